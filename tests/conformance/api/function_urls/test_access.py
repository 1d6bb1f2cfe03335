"""Who may call a function URL.

Source: Lambda guide, "Invoking Lambda function URLs", "Control access to Lambda function URLs"; recorded answers of Lambda.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.api_clients import ACCOUNT, REGION
from tests.support.function_urls import Answer, Url, sent, url_of
from workbench.gateway.signatures.access_keys import AccessKeys

FORBIDDEN = ("Forbidden. For troubleshooting Function URL authorization issues, see: "
             "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html")


def test_an_id_that_nothing_has(url: Url) -> None:
    """Recorded. The Region is part of the name."""
    for host in (url.host.replace(url.url_id, "a" * 32), url.host.replace("us-east-1", "eu-west-1")):
        told = url.send(host=host)
        assert (told.status, told.headers["x-amzn-errortype"], told.body) == (403, "AccessDeniedException", b'{"Message":null}')


def test_a_policy_has_to_admit_everyone(client: Any, url: Url) -> None:
    """Source: Lambda guide: since October 2025 both actions. Recorded: what is answered without."""
    sids = {"lambda:InvokeFunctionUrl": "", "lambda:InvokeFunction": ""}
    for statement in json.loads(client.get_policy(FunctionName="Open")["Policy"])["Statement"]:
        sids[statement["Action"]] = statement["Sid"]
    for action, again in (("lambda:InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
                          ("lambda:InvokeFunction", {"InvokedViaFunctionUrl": True})):
        client.remove_permission(FunctionName="Open", StatementId=sids[action])
        told = url.send()
        assert (told.status, told.headers["x-amzn-errortype"], told.document) == (
            403, "AccessDeniedException", {"Message": FORBIDDEN})
        client.add_permission(FunctionName="Open", StatementId=sids[action], Action=action, Principal="*", **again)
        assert url.send().status == 200


def test_an_alias_runs_its_version(client: Any) -> None:
    version = client.publish_version(FunctionName="Open")["Version"]
    client.create_alias(FunctionName="Open", Name="live", FunctionVersion=version)
    client.create_function_url_config(FunctionName="Open", Qualifier="live", AuthType="NONE")
    live = url_of(client, "Open", Qualifier="live")
    assert live.send().status == 403, "the function's own policy is not the alias's"
    for action, given in (("lambda:InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}), ("lambda:InvokeFunction", {})):
        client.add_permission(FunctionName="Open", Qualifier="live", StatementId=action.partition(":")[2], Action=action,
                              Principal="*", **given)
    assert live.send().document["version_of_code"] == version
    client.delete_alias(FunctionName="Open", Name="live")
    assert (live.send().status, live.send().body) == (403, b'{"Message":null}')


def test_a_signature_of_an_issued_key(client: Any, keys: AccessKeys) -> None:
    url = url_of(client, "Signed")
    key_id, key = keys.issue("test")
    credentials = Credentials(key_id, key.secret)

    def signed(path: str, host: str, by: Credentials = credentials, region: str = REGION, service: str = "lambda") -> Answer:
        request = AWSRequest("POST", f"http://{host}{path}", data=b'{"n": 1}', headers={"Content-Type": "application/json"})
        SigV4Auth(by, service, region).add_auth(request)
        return sent(url.engine, "POST", path, {**dict(request.headers.items()), "Host": host}, b'{"n": 1}')

    event = signed("/a?b=c", url.host).document
    assert event["requestContext"]["accountId"] == ACCOUNT
    assert event["requestContext"]["authorizer"] == {"iam": {
        "accessKey": key_id, "accountId": ACCOUNT, "callerId": ACCOUNT, "cognitoIdentity": None, "principalOrgId": None,
        "userArn": f"arn:aws:iam::{ACCOUNT}:root", "userId": ACCOUNT}}
    assert signed(f"/_url/{url.url_id}/a", urlsplit(url.engine).netloc).document["rawPath"] == "/a"
    unsigned = url.send("POST")
    assert (unsigned.status, unsigned.document) == (403, {"Message": FORBIDDEN})
    refused = [signed("/", url.host, Credentials(key_id, "wrong")), signed("/", url.host, Credentials("AKIAWBNOBODY", "x")),
               signed("/", url.host, region="eu-west-1"), signed("/", url.host, service="s3")]
    assert [(each.status, each.headers["x-amzn-errortype"]) for each in refused] == [
        (403, "InvalidSignatureException"), (403, "UnrecognizedClientException"), (403, "InvalidSignatureException"),
        (403, "InvalidSignatureException")]
    assert keys.remove(key_id)
    assert signed("/", url.host).status == 403

"""What Terraform's AWS provider calls for what belongs to functions, one call after the other, and what it relies on.

Source of the calls, their parameters and what ends its waits: the provider's public source `internal/service/lambda`,
resources `aws_lambda_permission`, `aws_lambda_function_url`, `aws_lambda_function_event_invoke_config`,
`aws_lambda_function_recursion_config`, `aws_lambda_runtime_management_config`, `aws_lambda_event_source_mapping`,
`aws_lambda_layer_version`, `aws_lambda_layer_version_permission`.
"""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, create, zipped
from tests.support.go_sdk import GoAnswer, GoClient
from tests.support.shared_engine import SharedEngine

NAME = "configured"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"
GONE = "ResourceNotFoundException"


@pytest.fixture
def go(client: Any, engine: SharedEngine) -> Iterator[GoClient]:
    """With a function that has a version 1 and an alias `live`."""
    create(client, NAME, Publish=True)
    client.create_alias(FunctionName=NAME, Name="live", FunctionVersion="1")
    with closing(GoClient(engine.url, REGION)) as go:
        yield go
    client.delete_function(FunctionName=NAME)


def statements(answer: GoAnswer) -> dict[str, Any]:
    return {each["Sid"]: each for each in json.loads(answer.body["Policy"])["Statement"]} if answer.status == 200 else {}


@pytest.mark.parametrize("qualifier", ["", "live"])
def test_a_permission(go: GoClient, qualifier: str) -> None:
    """Read from the policy by its Sid; after its removal the provider reads until it is not found. Import asks GetFunction."""
    path, query = "/2015-03-31/functions/{}/policy", {"Qualifier": qualifier} if qualifier else {}
    given = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "StatementId": "terraform-1",
             "SourceAccount": ACCOUNT, "SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/Rule*"}
    assert go.call("GET", path, None, NAME, **query).code == GONE
    assert go.call("POST", path, given, NAME, **query).status == 201
    assert go.call("POST", path, {**given, "StatementId": "terraform-2"}, ARN, **query).status == 201
    assert go.call("POST", path, given, NAME, **query).code == "ResourceConflictException"
    found = statements(go.call("GET", path, None, NAME, **query))
    assert found["terraform-1"] == {
        "Sid": "terraform-1", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
        "Action": "lambda:InvokeFunction", "Resource": f"{ARN}:{qualifier}" if qualifier else ARN,
        "Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT}, "ArnLike": {"AWS:SourceArn": given["SourceArn"]}}}
    imported = go.call("GET", "/2015-03-31/functions/{}", None, NAME, **query).body["Configuration"]["FunctionArn"]
    assert imported.startswith(ARN)
    for sid in ("terraform-1", "terraform-2"):
        assert go.call("DELETE", path + "/{}", None, NAME, sid, **query).status == 204
        assert sid not in statements(go.call("GET", path, None, NAME, **query))
        assert go.call("DELETE", path + "/{}", None, NAME, sid, **query).code == GONE


@pytest.mark.parametrize("qualifier", ["", "live"])
def test_a_function_url(go: GoClient, qualifier: str) -> None:
    """With `NONE` the provider adds the permissions that a public URL needs, and takes them as there if their Sid exists."""
    path, query = "/2021-10-31/functions/{}/url", {"Qualifier": qualifier} if qualifier else {}
    policy = "/2015-03-31/functions/{}/policy"
    made = go.call("POST", path, {"AuthType": "NONE", "InvokeMode": "BUFFERED"}, NAME, **query)
    assert (made.status, made.body["InvokeMode"]) == (201, "BUFFERED")
    public: dict[str, Any] = {
        "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE", "StatementId": "FunctionURLAllowPublicAccess"}
    for given in (public, {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True, "StatementId": "ViaUrl"}):
        assert go.call("POST", policy, {"Principal": "*", **given}, NAME, **query).status == 201
        again = go.call("POST", policy, {"Principal": "*", **given}, NAME, **query)
        assert again.code == "ResourceConflictException"
        assert f"The statement id ({given['StatementId']}) provided already exists" in again.message
    url = go.call("GET", path, None, NAME, **query).body
    host = urllib.parse.urlsplit(url["FunctionUrl"]).hostname or ""
    assert len(host.split(".")[0]) == 32, "the attribute url_id"
    assert (url["AuthType"], url["FunctionArn"], url.get("Cors")) == ("NONE", f"{ARN}:{qualifier}" if qualifier else ARN, None)
    cors = {"AllowCredentials": True, "AllowMethods": ["*"], "AllowOrigins": ["*"], "AllowHeaders": ["date"], "MaxAge": 86_400}
    assert go.call("PUT", path, {"AuthType": "AWS_IAM", "Cors": cors}, NAME, **query).body["Cors"] == cors
    assert go.call("PUT", path, {"Cors": {}}, NAME, **query).status == 200
    assert go.call("GET", path, None, NAME, **query).body.get("Cors") is None
    assert go.call("DELETE", path, None, NAME, **query).status == 204
    for method in ("GET", "DELETE"):
        assert go.call(method, path, None, NAME, **query).code == GONE


@pytest.mark.parametrize("qualifier", ["", "$LATEST", "live", "1"])
def test_an_event_invoke_configuration(go: GoClient, qualifier: str) -> None:
    """Destinations that are not there may be empty objects; the function may be named by its ARN."""
    path, query = "/2019-09-25/functions/{}/event-invoke-config", {"Qualifier": qualifier} if qualifier else {}
    assert go.call("PUT", path, {"MaximumRetryAttempts": 2}, NAME, **query).status == 200
    assert go.call("GET", path, None, ARN, **query).body["DestinationConfig"] == {"OnFailure": {}, "OnSuccess": {}}
    given = {"DestinationConfig": {"OnFailure": {"Destination": QUEUE}}, "MaximumEventAgeInSeconds": 60,
             "MaximumRetryAttempts": 0}
    assert go.call("PUT", path, given, ARN, **query).status == 200
    found = go.call("GET", path, None, NAME, **query).body
    assert {name: found[name] for name in given} == {
        **given, "DestinationConfig": {"OnFailure": {"Destination": QUEUE}, "OnSuccess": {}}}
    assert go.call("DELETE", path, None, NAME, **query).status == 204
    assert go.call("GET", path, None, NAME, **query).code == GONE
    nowhere = {"DestinationConfig": {"OnFailure": {"Destination": f"{ARN}-not-there"}}}
    refused = go.call("PUT", path, {**given, **nowhere}, NAME, **query)
    assert (refused.code, "destination ARN" in refused.message) == ("InvalidParameterValueException", True), "it tries again"


def test_recursion_and_runtime_management(go: GoClient) -> None:
    """Both are destroyed by setting the default."""
    recursion = "/2024-08-31/functions/{}/recursion-config"
    for value in ("Allow", "Terminate"):
        assert go.call("PUT", recursion, {"RecursiveLoop": value}, NAME).body == {"RecursiveLoop": value}
        assert go.call("GET", recursion, None, NAME).body == {"RecursiveLoop": value}
    management = "/2021-07-20/functions/{}/runtime-management-config"
    runtime = f"arn:aws:lambda:{REGION}::runtime:{'a' * 64}"
    given = {"UpdateRuntimeOn": "Manual", "RuntimeVersionArn": runtime}
    for query, arn in (({}, ARN), ({"Qualifier": "1"}, f"{ARN}:1")):
        assert go.call("PUT", management, given, NAME, **query).body == {**given, "FunctionArn": arn}
        assert go.call("GET", management, None, NAME, **query).body == {**given, "FunctionArn": arn}
        assert go.call("PUT", management, {"UpdateRuntimeOn": "Auto"}, NAME, **query).status == 200
    assert go.call("GET", recursion, None, "nowhere").code == GONE
    assert go.call("GET", management, None, "nowhere").code == GONE


def test_an_event_source_mapping(go: GoClient) -> None:
    """Reads ask for the mapping and, by its ARN, for its tags; a deletion is over when the mapping is not found."""
    path = "/2015-03-31/event-source-mappings"
    given = {"BatchSize": 10, "Enabled": True, "EventSourceArn": QUEUE, "FunctionName": NAME, "Tags": {"a": "1"},
             "ScalingConfig": {"MaximumConcurrency": 2}, "FilterCriteria": {"Filters": [{"Pattern": '{"body":["x"]}'}]}}
    made = go.call("POST", path, given)
    assert (made.status, made.body["State"]) == (202, "Creating")
    mapping, identifier = path + "/{}", made.body["UUID"]

    def get() -> GoAnswer:
        return go.call("GET", mapping, None, identifier)

    assert go.until(get, lambda answer: answer.body["State"] not in ("Creating", "Enabling")).body["State"] == "Enabled"
    found = get().body
    assert go.call("GET", "/2017-03-31/tags/{}", None, found["EventSourceMappingArn"]).body == {"Tags": {"a": "1"}}
    assert (found["FunctionArn"], found["BatchSize"], found["MaximumBatchingWindowInSeconds"]) == (ARN, 10, 0)
    changed = go.call("PUT", mapping, {"Enabled": False, "FilterCriteria": {}, "ScalingConfig": {}}, identifier)
    assert (changed.status, changed.body["State"]) == (202, "Disabling")
    disabled = go.until(get, lambda answer: answer.body["State"] not in ("Disabling", "Updating")).body
    assert (disabled["State"], disabled.get("FilterCriteria"), disabled.get("ScalingConfig") or None) == ("Disabled", None, None)
    assert go.call("DELETE", mapping, None, identifier).body["State"] == "Deleting"
    assert go.until(get, lambda answer: answer.status != 200).code == GONE
    assert go.call("GET", path, None, MaxItems="100").status == 200
    assert go.call("GET", path + "/", None).status == 200, "its older versions end in a slash"


def test_a_layer_version_and_its_permission(go: GoClient) -> None:
    """A layer is named by its name or ARN. The data source asks for the first of the list, then for it."""
    path, arn = "/2018-10-31/layers/{}/versions", f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:shared"
    content = {"ZipFile": base64.b64encode(zipped({"python/shared.py": ""})).decode()}
    made = go.call("POST", path, {"Content": content, "Description": "", "LicenseInfo": "", "CompatibleRuntimes": ["python3.12"],
                                  "CompatibleArchitectures": ["x86_64"]}, "shared")
    assert (made.status, made.body["LayerVersionArn"]) == (201, f"{arn}:1")
    found = go.call("GET", path + "/{}", None, "shared", "1").body
    assert (found["LayerArn"], found["CompatibleRuntimes"]) == (arn, ["python3.12"])
    assert {"CodeSha256", "CodeSize", "Location"} <= found["Content"].keys()
    listed = go.call("GET", path, None, "shared", MaxItems="1", CompatibleRuntime="python3.12").body["LayerVersions"]
    assert [each["Version"] for each in listed] == [1]
    policy = path + "/{}/policy"
    given = {"Action": "lambda:GetLayerVersion", "Principal": "111111111111", "StatementId": "dev-account"}
    assert go.call("POST", policy, given, arn, "1").status == 201
    read = go.call("GET", policy, None, arn, "1")
    assert statements(read)["dev-account"]["Principal"] == {"AWS": "arn:aws:iam::111111111111:root"}
    assert read.body["RevisionId"]
    assert go.call("DELETE", policy + "/{}", None, arn, "1", "dev-account").status == 204
    assert go.call("GET", policy, None, arn, "1").code == GONE
    assert go.call("DELETE", path + "/{}", None, "shared", "1").status == 204
    assert go.call("GET", path + "/{}", None, "shared", "1").code == GONE

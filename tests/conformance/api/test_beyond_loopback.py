"""An engine that other machines reach: whoever has an issued key calls it with nothing but its endpoint, nobody else does.

Called at this machine's own address in its network. Source of the errors: Lambda API reference, "Common errors"; IAM user guide,
"Troubleshoot signed requests for AWS APIs"; recorded answers of services.
"""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3
import msgspec
import psutil
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from tests.conformance.api.test_aws_cli import AWS_CLI
from tests.support.api_clients import REGION, create, refused
from tests.support.commands import command_here
from tests.support.echo_service import Arrived, echo_service
from tests.support.engines import served
from tests.support.nodes import NotInstalled, lambda_sdk
from tests.support.shared_engine import SharedEngine
from tests.support.workspaces import one_function
from workbench.cli.reaching import reach_of
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.gateway.signatures.access_keys import FILE, AccessKeys
from workbench.model.engine_api import Connection
from workbench.model.failures import EngineError
from workbench.storage.state_home import state_home
from workbench.workspace.state_directory import state_directory

FUNCTIONS = "/2015-03-31/functions"
INVOKE = f"{FUNCTIONS}/Function/invocations"
MISMATCH = ("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and "
            "signing method. Consult the service documentation for details.")
PROGRAM = """
import { createRequire } from "node:module";
const [endpoint, installed, accessKeyId, secretAccessKey] = process.argv.slice(1);
const sdk = createRequire(installed + "/here.cjs")("@aws-sdk/client-lambda");
const credentials = { accessKeyId, secretAccessKey };
const client = new sdk.LambdaClient({ endpoint, region: "us-east-1", maxAttempts: 1, credentials });
const answer = await client.send(new sdk.InvokeCommand({ FunctionName: "Function", Payload: '{"by": "JavaScript"}' }));
console.log(new TextDecoder().decode(answer.Payload));
"""


class Server(NamedTuple):
    """An engine beyond loopback, and the key that was issued for it."""

    url: str
    key: Credentials
    connection: Connection
    keys: AccessKeys
    engine: SharedEngine


class Answer(NamedTuple):
    status: int
    kind: str
    body: dict[str, Any]


def own_address() -> str:
    for addresses in psutil.net_if_addrs().values():
        for each in addresses:
            if each.family is socket.AF_INET and not each.address.startswith("127."):
                return str(each.address)
    pytest.skip("This machine has no address but loopback's.")


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, address = tmp_path_factory.mktemp("beyond"), own_address()
    workspace = one_function(folder / "workspace", "def handler(event, context):\n    return event\n")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            patch.setenv(name, str(folder / name.lower()))
        keys = AccessKeys()
        key_id, key = keys.issue("tests")
        with served(workspace, "--sandbox", "process", "--host", "0.0.0.0") as process:
            connection = read_connection(state_directory(workspace))
            assert connection is not None
            assert process.url.startswith("http://127.0.0.1:")
            url, engine = process.url.replace("127.0.0.1", address), SharedEngine(process, connection)
            asyncio.run(engine.begin())
            yield Server(url, Credentials(key_id, key.secret), connection, keys, engine)
            written = process.stop()
    assert "Warning: other machines can call this engine at all addresses of this machine, port " in written
    assert key.secret not in written


@pytest.fixture
def server(shared_server: Server) -> Iterator[Server]:
    yield shared_server
    asyncio.run(shared_server.engine.stop_environments())


def client_of(server: Server, key: Credentials | None = None, service: str = "lambda", **config: Any) -> Any:
    key = key or server.key
    return boto3.client(service, endpoint_url=server.url, region_name=REGION, aws_access_key_id=key.access_key,
                        aws_secret_access_key=key.secret_key, aws_session_token=key.token,
                        config=Config(retries={"max_attempts": 0}, **config))


def signed(server: Server, method: str, path: str, body: bytes = b"", *, auth: Any = SigV4Auth, **headers: str) -> AWSRequest:
    """A request as botocore signs it."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest(method=method, url=server.url + path, data=body, headers=names)
    auth(server.key, "lambda", REGION).add_auth(request)
    return request


def sent(server: Server, request: AWSRequest, *, body: bytes | None = None, host: str = "") -> Answer:
    url = urlsplit(request.url)
    headers = {**dict(request.headers.items()), **({"Host": host} if host else {})}
    with closing(http.client.HTTPConnection(url.netloc, timeout=30)) as connection:
        connection.request(request.method, request.url.removeprefix(server.url), request.data if body is None else body, headers)
        answer = connection.getresponse()
        assert answer.headers["x-amzn-RequestId"]
        return Answer(answer.status, answer.headers.get("x-amzn-ErrorType", ""), json.loads(answer.read() or b"{}"))


async def test_other_services_get_what_was_sent(server: Server) -> None:
    """The body is read before it is passed on, because it is part of what is signed."""
    with echo_service() as services:
        async with EngineClient(server.connection) as window:
            settings = (await window.health()).settings
            await window.change_settings(msgspec.structs.replace(settings, services=services))
            request = AWSRequest(method="PUT", url=f"{server.url}/bucket/key", data=b"content")
            S3SigV4Auth(server.key, "s3", REGION).add_auth(request)
            arrived = await asyncio.to_thread(sent_raw, server, request)
            assert msgspec.json.decode(arrived, type=Arrived).body == "content"
            await window.change_settings(settings)


def sent_raw(server: Server, request: AWSRequest) -> bytes:
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)) as connection:
        connection.request(request.method, request.url.removeprefix(server.url), request.data, dict(request.headers.items()))
        return connection.getresponse().read()


def test_boto3(server: Server) -> None:
    with closing(client_of(server)) as client:
        create(client, "made")
        assert json.load(client.invoke(FunctionName="made", Payload=b"{}")["Payload"]) == "one"
        location = client.get_function(FunctionName="made")["Code"]["Location"]
        assert location.startswith(server.url)
        assert client.invoke(FunctionName="Function", Payload=b'{"a": "\xc3\xa9"}', LogType="Tail")["LogResult"]
        arn = client.get_function(FunctionName="made")["Configuration"]["FunctionArn"]
        client.tag_resource(Resource=arn, Tags={"a b": "c/d"})
        client.delete_function(FunctionName="made")
        events = client.invoke_with_response_stream(FunctionName="Function", Payload=b"[1]")["EventStream"]
        assert b"".join(each["PayloadChunk"]["Payload"] for each in events if "PayloadChunk" in each) == b"[1]"


def test_the_aws_cli(server: Server, tmp_path: Path) -> None:
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": server.key.access_key, "AWS_SECRET_ACCESS_KEY": server.key.secret_key,
                   "AWS_DEFAULT_REGION": REGION}
    command = ["--endpoint-url", server.url, "lambda", "invoke", "--function-name", "Function", "--payload", '{"by":"it"}', "out"]
    done = subprocess.run([sys.executable, "-c", AWS_CLI, json.dumps([command])], capture_output=True, text=True, timeout=60,
                          cwd=tmp_path, env=environment)
    assert done.stdout.endswith("<0>\n"), done.stderr
    assert json.loads((tmp_path / "out").read_text()) == {"by": "it"}


@pytest.mark.node
def test_the_sdk_for_javascript(server: Server) -> None:
    try:
        node, installed = lambda_sdk()
    except NotInstalled as reason:
        pytest.skip(str(reason))
    given = (server.url, str(installed), server.key.access_key, server.key.secret_key)
    done = subprocess.run([node, "--input-type=module", "-e", PROGRAM, *given], capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout or "null") == {"by": "JavaScript"}, done.stderr


def test_a_presigned_request(server: Server) -> None:
    request = signed(server, "GET", f"{FUNCTIONS}?MaxItems=5", auth=SigV4QueryAuth)
    assert sent(server, request).status == 200
    request.url = request.url.replace("MaxItems=5", "MaxItems=6")
    assert sent(server, request) == (403, "InvalidSignatureException", {"message": MISMATCH})


def test_a_compressed_body(server: Server) -> None:
    request = signed(server, "POST", INVOKE, gzip.compress(b'{"a": 1}'), Content_Encoding="gzip")
    assert sent(server, request) == (200, "", {"a": 1})
    assert sent(server, request, body=gzip.compress(b'{"a": 2}')).status == 403


def test_a_body_in_chunks_that_are_not_signed(server: Server) -> None:
    class InChunks(SigV4Auth):
        def payload(self, request: Any) -> str:
            return str(request.headers["X-Amz-Content-SHA256"])

    body = b"4\r\n[1,2\r\n3\r\n,3]\r\n0\r\nx-amz-checksum-crc32:sOO8/Q==\r\n\r\n"
    request = signed(server, "POST", INVOKE, body, auth=InChunks,
                     X_Amz_Content_SHA256="STREAMING-UNSIGNED-PAYLOAD-TRAILER", Content_Encoding="aws-chunked")
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)) as connection:
        connection.request("POST", INVOKE, request.data, dict(request.headers.items()))
        assert json.load(connection.getresponse()) == [1, 2, 3]


def test_wrong_keys(server: Server) -> None:
    unknown = {"message": "The security token included in the request is invalid."}
    for key, code, body in (
        (Credentials("AKIAIOSFODNN7EXAMPLE", server.key.secret_key), "UnrecognizedClientException", unknown),
        (Credentials(server.key.access_key, server.key.secret_key, "token"), "UnrecognizedClientException", unknown),
        (Credentials(server.key.access_key, "wrong"), "InvalidSignatureException", {"message": MISMATCH}),
    ):
        with closing(client_of(server, key)) as client:
            refusal = refused(client.list_functions)
            assert (refusal.status, refusal.code, refusal.body) == (403, code, body)
            refusal = refused(client.invoke, FunctionName="Function", Payload=b"{}")
            assert (refusal.status, refusal.code) == (403, code)


def test_other_services_need_a_signature_as_well(server: Server) -> None:
    """And are refused as their clients read errors, in XML."""
    wrong = Credentials(server.key.access_key, "wrong")
    with closing(client_of(server, service="cloudformation")) as stacks, closing(client_of(server, service="s3")) as s3:
        assert stacks.list_stacks()["StackSummaries"] == []
        assert refused(s3.put_object, Bucket="bucket", Key="a b/c+d", Body=b"x").code == "NoServicesEndpoint"
    with closing(client_of(server, wrong, "cloudformation")) as stacks, closing(client_of(server, wrong, "s3")) as s3:
        assert refused(stacks.list_stacks).code == "InvalidSignatureException"
        assert refused(s3.put_object, Bucket="bucket", Key="a b/c+d", Body=b"x").code == "InvalidSignatureException"


def test_what_was_changed_on_its_way(server: Server) -> None:
    mismatch = (403, "InvalidSignatureException", {"message": MISMATCH})
    request = signed(server, "POST", INVOKE, b'{"a": 1}', X_Amz_Log_Type="None")
    assert sent(server, request) == (200, "", {"a": 1})
    assert sent(server, request, body=b'{"a": 2}') == mismatch
    request.headers["X-Amz-Log-Type"] = "Tail"
    assert sent(server, request) == mismatch
    assert sent(server, signed(server, "GET", FUNCTIONS), host="127.0.0.1") == mismatch
    request = signed(server, "GET", f"{FUNCTIONS}?MaxItems=1")
    request.url += "0"
    assert sent(server, request) == mismatch


def test_an_old_signature(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    then = datetime.now(UTC) - timedelta(minutes=6)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: then.replace(tzinfo=None))
    answer = sent(server, signed(server, "GET", FUNCTIONS))
    assert answer[:2] == (403, "InvalidSignatureException")
    assert answer.body["message"].startswith(f"Signature expired: {then:%Y%m%dT%H%M%SZ} is now earlier than ")
    assert answer.body["message"].endswith(" - 5 min.)")
    # What is presigned says itself how long it is good, which is no longer than a quarter of an hour.
    assert sent(server, signed(server, "GET", FUNCTIONS, auth=SigV4QueryAuth)).status == 200
    short = signed(server, "GET", FUNCTIONS, auth=lambda *given: SigV4QueryAuth(*given, expires=300))
    assert sent(server, short).body["message"].endswith(" - 5 min.)")


@pytest.mark.parametrize("at", ["loopback", "beyond"])
def test_without_a_signature_nobody_is_answered(server: Server, at: str) -> None:
    url = server.url if at == "beyond" else server.connection.url
    missing = (403, "MissingAuthenticationTokenException", {"message": "Missing Authentication Token"})
    there = server._replace(url=url)
    for method, path in (("GET", FUNCTIONS), ("POST", INVOKE), ("POST", FUNCTIONS), ("GET", "/nowhere"), ("OPTIONS", "/")):
        assert sent(there, AWSRequest(method=method, url=url + path, data=b"{}")) == missing
    for way in ("/_code/..", "/_code/%2e%2e", "/_code/x/..", "/_workbench/..", "/_code/x%2f..", "//_code/.."):
        assert sent(there, AWSRequest(method="GET", url=f"{url}{way}{FUNCTIONS}")).status in (403, 404)
    token = {"Authorization": f"Bearer {server.connection.token}"}
    assert sent(there, AWSRequest(method="GET", url=url + FUNCTIONS, headers=token)).status == (200 if at == "loopback" else 403)
    assert sent(there, AWSRequest(method="GET", url=f"{url}/_code/{'0' * 64}?X-Amz-Expires=1&X-Amz-Signature=0")).status == 403


def test_a_function_url_asks_for_no_key_where_it_is_public(server: Server) -> None:
    """It has the form that needs no name, because an address has no names below it. A page may call it, and nothing else."""
    with closing(client_of(server)) as client:
        public = client.create_function_url_config(FunctionName="Function", AuthType="NONE")["FunctionUrl"]
        assert public.startswith(f"{server.url}/_url/")
        page = {"Origin": "http://page.example"}
        assert sent(server, AWSRequest(method="GET", url=public, headers=page)).status == 403  # nobody is permitted yet
        for action in ("InvokeFunctionUrl", "InvokeFunction"):
            client.add_permission(FunctionName="Function", StatementId=action, Action=f"lambda:{action}", Principal="*")
        assert sent(server, AWSRequest(method="GET", url=f"{public}a", headers=page)).body["rawPath"] == "/a"
        for host in ("evil.example", f"{public.split('/')[-2]}.lambda-url.us-east-1.evil.example"):
            assert sent(server, AWSRequest(method="GET", url=public), host=host)[:2] == (403, "AccessDeniedException")
        client.update_function_url_config(FunctionName="Function", AuthType="AWS_IAM")
        assert sent(server, AWSRequest(method="GET", url=public)).status == 403
        request = signed(server, "GET", f"{public.removeprefix(server.url)}b")
        assert sent(server, request).body["requestContext"]["authorizer"]["iam"]["accessKey"] == server.key.access_key
        client.delete_function_url_config(FunctionName="Function")


def test_the_workbench_itself_stays_on_loopback(server: Server) -> None:
    token = {"Authorization": f"Bearer {server.connection.token}"}
    for host in ("", "127.0.0.1", "localhost"):
        for path in ("/_workbench/health", "/_workbench/functions", "/_workbench/stream"):
            answer = sent(server, AWSRequest(method="GET", url=server.url + path, headers=token), host=host)
            assert answer == (403, "AccessDeniedException", {"message": "/_workbench/ is answered on loopback only."})

    async def on_loopback() -> bytes:
        async with EngineClient(server.connection) as client:
            return (await client.invoke("Function", b"[1]")).payload

    assert asyncio.run(on_loopback()) == b"[1]"


@pytest.mark.parametrize(("host", "passes"), [
    ("evil.example", False), ("evil.example:80", False), ("0.0.0.0", False), ("[::]", False),
    ("192.0.2.1.evil.example", False), ("2130706433", False), ("localhost:9001", True), ("192.0.2.99", True),
    (socket.gethostname(), True), ("[2001:db8::1]:80", True)])
def test_names_that_can_be_rebound_are_refused(server: Server, host: str, passes: bool) -> None:
    """An address is none: a browser that has it connects to nowhere else. What passes must still be signed."""
    kind = "MissingAuthenticationTokenException" if passes else "AccessDeniedException"
    assert sent(server, AWSRequest(method="GET", url=server.url + FUNCTIONS), host=host)[:2] == (403, kind)


def test_the_sandbox_is_not_chosen_from_elsewhere(server: Server) -> None:
    """A process has the rights of the person whose engine it is."""
    answer = sent(server, signed(server, "POST", INVOKE, b"{}", X_Workbench_Sandbox="process"))
    assert answer[:2] == (403, "AccessDeniedException")


def test_a_web_page_is_refused_even_with_a_signature(server: Server) -> None:
    request = signed(server, "GET", FUNCTIONS)
    request.headers["Origin"] = "http://evil.example"
    assert sent(server, request)[:2] == (403, "AccessDeniedException")


def test_a_key_that_is_removed_is_refused_at_once(server: Server) -> None:
    key_id, key = server.keys.issue()
    with closing(client_of(server, Credentials(key_id, key.secret))) as client:
        client.list_functions()
        assert server.keys.remove(key_id)
        assert refused(client.list_functions).code == "UnrecognizedClientException"


def test_the_commands_that_issue_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORKBENCH_STATE_HOME", str(tmp_path))
    assert command_here(capsys, "keys", "list").out == "No keys have been issued. workbench keys add issues one.\n"
    with pytest.raises(EngineError) as error:
        reach_of("0.0.0.0")
    assert error.value.hint == "workbench keys add makes one."
    with pytest.raises(EngineError, match="leads to this machine's loopback address"):
        reach_of("127.1")
    added = command_here(capsys, "keys", "add", "--note", "for CI")
    variables = dict(line.split("=", 1) for line in added.out.splitlines())
    assert sorted(variables) == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    key_id, secret = variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"]
    assert (len(key_id), len(secret)) == (20, 40)
    listed = command_here(capsys, "keys", "list").out + command_here(capsys, "keys", "list", "--json").out
    assert key_id in listed
    assert "for CI" in listed
    assert secret not in listed
    if os.name == "posix":
        assert stat.S_IMODE((state_home() / FILE).stat().st_mode) == 0o600
    assert command_here(capsys, "keys", "remove", key_id).status == 0
    assert command_here(capsys, "keys", "remove", key_id).status == 1

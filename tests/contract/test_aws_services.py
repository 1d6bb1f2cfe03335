"""A handler with plain SDK clients reaches AWS services while there is a services endpoint, in every sandbox, and nothing else.

Without one it reaches Lambda alone, and that never in place of a real account's.

Source for AWS_ENDPOINT_URL: AWS SDKs and Tools reference guide, "Service-specific endpoints".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest

from tests.contract.conftest import StartEngine
from tests.support.engines import EngineInTest, until
from tests.support.moto_servers import moto_url
from tests.support.packaged_boto3 import package_boto3
from tests.support.workspaces import WorkspaceBuilder, one_function
from workbench.client.invocations import InvokeWish
from workbench.model.function import SandboxKind

HANDLER = """
    import json, os, urllib.error, urllib.request
    import boto3
    from botocore.exceptions import ClientError

    def handler(event, context):
        return {name: globals()[name](event) for name in event["calls"]}

    def address(event):
        return os.environ.get("AWS_ENDPOINT_URL")

    def objects(event):
        s3 = boto3.client("s3")
        s3.put_object(Bucket="functions", Key=event["key"], Body=b"x" * 1_000_000)
        return len(s3.get_object(Bucket="functions", Key=event["key"])["Body"].read())

    def functions(event):
        return [each["FunctionName"] for each in boto3.client("lambda").list_functions()["Functions"]]

    def assumed(event):
        arn = "arn:aws:iam::111122223333:role/role"
        role = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
        sts = boto3.client("sts", aws_access_key_id=role["AccessKeyId"], aws_secret_access_key=role["SecretAccessKey"],
                           aws_session_token=role["SessionToken"])
        theirs = boto3.client("lambda", aws_access_key_id=role["AccessKeyId"], aws_secret_access_key=role["SecretAccessKey"],
                              aws_session_token=role["SessionToken"])
        return [sts.get_caller_identity()["Account"], len(theirs.list_functions()["Functions"])]

    def foreign(event):
        try:
            boto3.client("sts", aws_access_key_id="other", aws_secret_access_key="other").get_caller_identity()
        except ClientError as error:
            return str(error)

    def escape(event):
        client = boto3.client("lambda")
        choose = lambda request, **_: request.headers.add_header("X-Workbench-Sandbox", "process")
        client.meta.events.register("before-sign.lambda.Invoke", choose)
        try:
            return json.load(client.invoke(FunctionName="Function", Payload=b'{"calls": []}')["Payload"])
        except ClientError as error:
            return error.response["Error"]["Code"]

    def private(event):
        return [status(path) for path in ("/_workbench/health", "/_workbench/functions", "/2015-03-31/functions/")]

    def status(path):
        try:
            urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + path)
        except urllib.error.HTTPError as error:
            return error.code
"""


ADDRESS = """
    import os
    def handler(event, context):
        return os.environ.get("AWS_ENDPOINT_URL")
"""
LAMBDA_ALONE = """
    import json, os
    import boto3
    from botocore.exceptions import ClientError

    def handler(event, context):
        client = boto3.client("lambda")
        if "turn" not in event:
            return [each["FunctionName"] for each in client.list_functions()["Functions"]], others(), addresses()
        again = json.dumps({"turn": event["turn"] + 1})
        client.invoke(FunctionName=context.function_name, InvocationType="Event", Payload=again)

    def others():
        try:
            boto3.client("sts", endpoint_url=os.environ["AWS_ENDPOINT_URL_LAMBDA"]).get_caller_identity()
        except ClientError as error:
            return error.response["Error"]["Code"]

    def addresses():
        return sorted(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL"))
"""


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_url() as url:
        boto3.client("s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="a",
                     aws_secret_access_key="b").create_bucket(Bucket="functions")
        yield url


def workspace(folder: Path, code: str = HANDLER) -> Path:
    builder = WorkspaceBuilder(folder)
    builder.function("Function", {"app.py": code}, timeout_s=60, memory_mb=512)
    root = builder.write()
    (place,) = root.rglob("app.py")
    package_boto3(place.parent, "s3", "sts", "lambda")
    return root


def use(engine: EngineInTest, services: str) -> None:
    engine.engine.settings.use(msgspec.structs.replace(engine.engine.settings.in_force, services=services))


async def told(engine: EngineInTest, *calls: str, **event: Any) -> dict[str, Any]:
    invocation = await engine.invoke({"calls": calls, **event})
    assert not invocation.function_error, invocation.payload
    return dict(json.loads(invocation.payload))


async def test_a_handler_reaches_all_services_and_lambda_and_nothing_else(
    start: StartEngine, sandbox: SandboxKind, tmp_path: Path, moto: str
) -> None:
    engine = await start(workspace(tmp_path / "w"))
    use(engine, moto)
    found = await told(engine, "address", "objects", "functions", "assumed", "foreign", "escape", "private", key=sandbox)
    address = found.pop("address")
    there = 1 if sandbox == "process" else 0  # the engine's own port knows no account by such a key
    refusal = None if sandbox == "process" else (
        "An error occurred (UnrecognizedClientException) when calling the GetCallerIdentity operation: Functions reach this "
        "address with the credentials of their own environment alone.")
    assert found == {"objects": 1_000_000, "functions": ["Function"], "assumed": ["111122223333", there], "foreign": refusal,
                     "escape": {} if sandbox == "process" else "AccessDeniedException",
                     "private": [403, 403, None] if sandbox == "process" else [404, 404, 403]}
    assert (address == engine.client.connection.url) is (sandbox == "process")


@pytest.mark.parametrize("sandbox", ["process"])
async def test_the_address_comes_with_the_setting_and_a_persons_own_stays(start: StartEngine, tmp_path: Path, moto: str) -> None:
    root = one_function(tmp_path / "w", ADDRESS)
    engine = await start(root)
    assert (await engine.invoke()).payload == "null"
    await engine.client.change_settings(msgspec.structs.replace(engine.engine.settings.in_force, services=moto))
    assert (await engine.invoke()).payload == f'"{engine.client.connection.url}"', "what runs already is renewed"
    one_function(tmp_path / "w", ADDRESS, environment={"AWS_ENDPOINT_URL": "http://localhost:4566"})
    await engine.client.refresh()
    assert (await engine.invoke()).payload == '"http://localhost:4566"'


async def test_without_services_a_handler_reaches_lambda_and_nothing_else(
    start: StartEngine, sandbox: SandboxKind, tmp_path: Path
) -> None:
    engine = await start(workspace(tmp_path / "w", LAMBDA_ALONE))
    invocation = await engine.invoke()
    refusal = "NoServicesEndpoint" if sandbox == "process" else "AccessDeniedException"
    assert json.loads(invocation.payload) == [["Function"], refusal, ["AWS_ENDPOINT_URL_LAMBDA"]], invocation.payload


@pytest.mark.parametrize("sandbox", ["isolated"])
async def test_a_loop_through_it_is_ended(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(workspace(tmp_path / "w", LAMBDA_ALONE))
    await engine.client.invocations.send("Function", b'{"turn": 1}', InvokeWish())

    async def ends() -> list[str]:
        return [each.fields()["condition"] for each in await engine.client.events(limit=10_000)
                if each.type == "sandbox.queueSettled"]

    async def all_ended() -> bool:
        return len(await ends()) == 17

    await until(all_ended, 60)
    assert sorted(await ends()) == ["RecursiveInvocationDetected"] + ["Success"] * 16


@pytest.mark.parametrize("sandbox", ["process"])
@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA"])
async def test_an_address_of_the_functions_own_is_the_only_one(start: StartEngine, tmp_path: Path, name: str) -> None:
    told = 'import os\ndef handler(event, context):\n    return {n: v for n, v in os.environ.items() if "ENDPOINT" in n}\n'
    engine = await start(one_function(tmp_path / "w", told, environment={name: "http://localhost:4566"}))
    assert json.loads((await engine.invoke()).payload) == {name: "http://localhost:4566"}

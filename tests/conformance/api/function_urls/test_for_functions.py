"""A function URL that a template gives to a function: there it is an address that a program in that sandbox can call."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_clients import lambda_client
from tests.support.function_urls import sent
from tests.support.shared_engine import SharedEngine, shared_by_tests
from tests.support.stacks import outputs, waited
from tests.support.workspaces import WorkspaceBuilder
from workbench.model.engine_api import SandboxChoice, Settings
from workbench.model.url_addresses import for_programs, names_url

CALLEE = "def handler(event, context):\n    return [event['rawPath'], event['body']]\n"
CALLER = """
    import os, urllib.request
    def handler(event, context):
        url = os.environ["CALLEE"]
        try:
            request = urllib.request.Request(url + "orders/1", b"asked", {"Content-Type": "text/plain"})
            answer = urllib.request.urlopen(request, timeout=10).read().decode()
        except OSError as error:
            answer = repr(error)
        return [url, answer, os.environ["OTHER"]]
"""
OTHER = "https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws/"
STACK = """
Resources:
  Called:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Role: !Sub arn:aws:iam::${AWS::AccountId}:role/any
      Code:
        ZipFile: |
          def handler(event, context):
              return [event["rawPath"], event["body"]]
  CalledUrl: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref Called, AuthType: NONE}}
  Everyone:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Called, Principal: "*", Action: lambda:InvokeFunctionUrl, FunctionUrlAuthType: NONE}
  ByUrl:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Called, Principal: "*", Action: lambda:InvokeFunction, InvokedViaFunctionUrl: true}
Outputs:
  Url: {Value: !GetAtt CalledUrl.FunctionUrl}
"""


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    builder = WorkspaceBuilder(tmp_path_factory.mktemp("workspace"))
    builder.function("Callee", {"app.py": CALLEE}, properties="FunctionUrlConfig: {AuthType: NONE}")
    builder.function("Caller", {"app.py": CALLER}, timeout_s=20, properties=(
        f"Environment: {{Variables: {{CALLEE: !GetAtt CalleeUrl.FunctionUrl, OTHER: '{OTHER}'}}}}"))
    with shared_by_tests(tmp_path_factory, builder.write()) as engine:
        with run_in(engine, "isolated"), contextlib.closing(lambda_client(engine.url)) as client:
            client.invoke(FunctionName="Callee")  # what lasts as long as the engine begins with its first environment
        asyncio.run(engine.stop_environments())
        yield engine


@contextlib.contextmanager
def run_in(engine: SharedEngine, sandbox: SandboxChoice) -> Iterator[None]:
    engine.told(lambda told: told.change_settings(Settings(sandbox=sandbox, prepared_sandboxes="none")))
    yield
    engine.told(lambda told: told.change_settings(Settings(sandbox="process")))


@pytest.fixture
def url_id(client: Any) -> str:
    address: str = client.get_function_url_config(FunctionName="Callee")["FunctionUrl"]
    return address.partition("//")[2].partition(".")[0]


@pytest.mark.parametrize("sandbox", ["process", "isolated"])
def test_a_function_calls_another_by_its_url(sandbox: SandboxChoice, client: Any, engine: SharedEngine, url_id: str) -> None:
    """No services endpoint is needed, and an address of a URL that is not here stays as it is."""
    statuses = {each.kind: each for each in engine.told(lambda told: told.health()).sandboxes}
    if not statuses[sandbox].available:  # type: ignore[index]
        pytest.skip(statuses[sandbox].detail)  # type: ignore[index]
    with run_in(engine, sandbox):
        address, answer, other = json.loads(client.invoke(FunctionName="Caller", Payload=b"{}")["Payload"].read())
    assert (json.loads(answer), other) == (["/orders/1", "asked"], OTHER)
    assert address.startswith("http://127.0.0.1:")
    assert address.endswith(f"/_url/{url_id}/")


def test_a_stack_s_output_is_for_programs(engine: SharedEngine) -> None:
    with contextlib.closing(lambda_client(engine.url, service="cloudformation")) as stacks:
        stacks.create_stack(StackName="urls", TemplateBody=STACK)
        assert waited(stacks, "create", "urls") == "CREATE_COMPLETE"
        address = outputs(stacks, "urls")["Url"]
        assert address.startswith(f"{engine.url}/_url/")
        answer = sent(engine.url, "POST", address.removeprefix(engine.url) + "a/b", {"Content-Type": "text/plain"}, b"x")
        assert (answer.status, answer.document) == (200, ["/a/b", "x"])
        stacks.delete_stack(StackName="urls")
        stacks.get_waiter("stack_delete_complete").wait(StackName="urls", WaiterConfig={"Delay": 0.05})


def test_addresses_within_texts() -> None:
    known = "a" * 32
    base = "http://127.0.0.1:9001"
    local = f"{base}/_url/{known}"
    for text, found in (
            (f"https://{known}.lambda-url.us-east-1.on.aws/x?y=1", f"{local}/x?y=1"),
            (f"http://{known}.lambda-url.eu-west-1.localhost:9001/", f"{local}/"),
            (f"http://127.0.0.1:1234/_url/{known}/", f"{local}/"),
            (f'{{"url": "https://{known}.lambda-url.us-east-1.on.aws"}}', f'{{"url": "{local}"}}')):
        assert (for_programs(text, base, known.__eq__), names_url(text)) == (found, True)
    for text in (f"https://{known}.lambda-url.us-east-1.on.aws.example.com/", "https://example.com/", "", f"{known}.on.aws"):
        assert (for_programs(text, base, known.__eq__), names_url(text)) == (text, False)

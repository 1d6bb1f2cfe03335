"""The engine as other programs meet it: boto3, a web page that must not, many callers at once."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import msgspec
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.engines import ServeProcess, engine_in_test, served, until
from tests.support.shared_engine import SharedEngine, shared_by_tests
from tests.support.workspaces import WorkspaceBuilder
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.client.stream import follow
from workbench.model.events import StreamEvent
from workbench.workspace.state_directory import state_directory

ECHO = """
    import sys
    def handler(event, context):
        marker = event.get("marker", "")
        print(marker, "first")
        print(marker, "second", file=sys.stderr)
        if event.get("fail"):
            raise ValueError("wrong on purpose")
        given = context.client_context
        return {"event": event, "requestId": context.aws_request_id, "arn": context.invoked_function_arn,
                "custom": given.custom if given else None, "app": given.client.app_title if given else None}
"""
DURABLE = "def handler(event, context):\n    return {'Status': 'SUCCEEDED', 'Result': '\"ran\"'}\n"
CALLERS, CALLS_EACH = 8, 125
TOO_LARGE = 6 * 1024 * 1024 + 1


def write_workspace(root: Path) -> Path:
    builder = WorkspaceBuilder(root)
    builder.function("Echo", {"app.py": ECHO}, timeout_s=30, environment={"STAGE": "test"})
    return builder.function("Durable", {"app.py": DURABLE}, properties="DurableConfig: {ExecutionTimeout: 60}").write()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    """One engine for all tests that need no history of their own; it belongs to a person of its own, too."""
    with shared_by_tests(tmp_path_factory, write_workspace(tmp_path_factory.mktemp("shared") / "w")) as engine:
        yield engine


@pytest.fixture
def server(shared: SharedEngine) -> Iterator[SharedEngine]:
    """The shared engine, left without environments: each test begins with a cold start."""
    yield shared
    asyncio.run(shared.stop_environments())


@pytest.fixture
def lambda_client(server: SharedEngine) -> Iterator[Any]:
    with closing(boto3_client(server.url)) as client:
        yield client


def boto3_client(url: str) -> Any:
    return boto3.client(
        "lambda", endpoint_url=url, region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}),
    )


def encoded_context(context: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps(context).encode()).decode()


def engine_client(workspace: Path) -> EngineClient:
    connection = read_connection(state_directory(workspace))
    assert connection is not None
    return EngineClient(connection)


def test_boto3_invokes(lambda_client: Any) -> None:
    context = {"custom": {"shop": "Zurich"}, "client": {"app_title": "till"}, "env": {}}
    answer = lambda_client.invoke(
        FunctionName="Echo", Payload=b'{"marker": "m1"}', LogType="Tail", ClientContext=encoded_context(context)
    )
    payload = json.load(answer["Payload"])
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert (answer["StatusCode"], answer["ExecutedVersion"], "FunctionError" in answer) == (200, "$LATEST", False)
    assert payload["event"] == {"marker": "m1"}
    assert payload["requestId"] == request_id
    assert (payload["custom"], payload["app"]) == ({"shop": "Zurich"}, "till")
    log = base64.b64decode(answer["LogResult"]).decode()
    assert f"START RequestId: {request_id} Version: $LATEST\nm1 first\nm1 second\nEND RequestId: {request_id}\nREPORT" in log


def test_boto3_starts_a_durable_execution(lambda_client: Any) -> None:
    answer = lambda_client.invoke(FunctionName="Durable", Payload=b"{}", DurableExecutionName="order-7")
    assert json.load(answer["Payload"]) == "ran"
    arn = "arn:aws:lambda:us-east-1:123456789012:function:Durable:$LATEST/durable-execution/order-7/"
    assert answer["DurableExecutionArn"].startswith(arn)
    config = lambda_client.get_function_configuration(FunctionName="Durable")["DurableConfig"]
    assert config == {"ExecutionTimeout": 60, "RetentionPeriodInDays": 14}
    assert "DurableExecutionArn" not in lambda_client.invoke(FunctionName="Echo", Payload=b"{}")


def test_a_client_context_is_unicode(lambda_client: Any) -> None:
    context = encoded_context({"client": {}, "custom": {"shop": "Zürich ☕"}})
    answer = lambda_client.invoke(FunctionName="Echo", ClientContext=context)
    assert json.load(answer["Payload"]).get("custom") == {"shop": "Zürich ☕"}


def test_boto3_sees_function_errors_and_other_names(lambda_client: Any) -> None:
    failed = lambda_client.invoke(FunctionName="Echo", Payload=b'{"fail": true}')
    assert (failed["StatusCode"], failed["FunctionError"]) == (200, "Unhandled")
    assert json.load(failed["Payload"])["errorType"] == "ValueError"
    arn = "arn:aws:lambda:us-east-1:123456789012:function:Echo"
    for name, seen in ((arn, arn), (f"{arn}:$LATEST", f"{arn}:$LATEST"), ("123456789012:function:Echo", arn)):
        assert json.load(lambda_client.invoke(FunctionName=name)["Payload"])["arn"] == seen
    dry = lambda_client.invoke(FunctionName="Echo", InvocationType="DryRun")
    assert (dry["StatusCode"], dry["Payload"].read()) == (204, b"")


def test_boto3_errors_are_its_exceptions(lambda_client: Any) -> None:
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException) as missing:
        lambda_client.invoke(FunctionName="Nope")
    assert "function:Nope" in missing.value.response["Error"]["Message"]
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
        lambda_client.get_function(FunctionName="Nope")
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
        lambda_client.invoke(FunctionName="Nope", InvocationType="DryRun")
    with pytest.raises(lambda_client.exceptions.InvalidRequestContentException):
        lambda_client.invoke(FunctionName="Echo", Payload=b"{no json")
    with pytest.raises(ClientError) as large:
        lambda_client.invoke(FunctionName="Echo", Payload=b'"' + b"x" * TOO_LARGE + b'"')
    assert large.value.response["Error"]["Code"] == "RequestEntityTooLargeException"
    assert large.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_boto3_describes_functions(lambda_client: Any) -> None:
    configuration = lambda_client.get_function_configuration(FunctionName="Echo")
    assert (configuration["Runtime"], configuration["Handler"], configuration["Timeout"]) == ("python3.11", "app.handler", 30)
    assert configuration["Environment"] == {"Variables": {"STAGE": "test"}}
    assert configuration["CodeSize"] > 0
    function = lambda_client.get_function(FunctionName="Echo")
    assert function["Configuration"]["FunctionArn"] == configuration["FunctionArn"]
    assert (function["Configuration"]["State"], function["Code"]["Location"][:7]) == ("Active", "http://")


async def test_boto3_pages_through_functions(tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "many")
    names = [f"Function{number:02}" for number in range(53)]
    for name in names:
        builder.function(name, {"app.py": "def handler(event, context): ..."})
    async with engine_in_test(builder.write()) as engine:
        first, pages = await asyncio.to_thread(_first_and_pages, engine.client.connection.url)
    assert len(first) == 50
    assert [len(page["Functions"]) for page in pages] == [20, 20, 13]
    assert [function["FunctionName"] for page in pages for function in page["Functions"]] == names


def _first_and_pages(url: str) -> tuple[list[Any], list[Any]]:
    with closing(boto3_client(url)) as client:
        paginator = client.get_paginator("list_functions")
        return client.list_functions()["Functions"], list(paginator.paginate(PaginationConfig={"PageSize": 20}))


INVOKE = ("POST", "/2015-03-31/functions/Echo/invocations")
HEALTH = ("GET", "/_workbench/health")


@pytest.mark.parametrize(("request_line", "headers"), [
    (INVOKE, {"Origin": "https://example.com"}),
    (INVOKE, {"Origin": "null", "Content-Type": "text/plain"}),
    (INVOKE, {"Sec-Fetch-Site": "cross-site"}),
    (INVOKE, {"Sec-Fetch-Site": "same-site"}),
    (INVOKE, {"Host": "rebound.example.com"}),
    (INVOKE, {"Host": "127.0.0.1.example.com"}),
    (("OPTIONS", INVOKE[1]), {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}),
    (HEALTH, {}),
    (HEALTH, {"Authorization": "Bearer wrong"}),
    (("GET", "/_workbench/stream?since=0"), {}),
    (("POST", "/_workbench/shutdown"), {}),
    (("GET", "/_workbench/nothing"), {}),
], ids=str)
async def test_who_may_not_call(refusing: _Refusing, request_line: tuple[str, str], headers: dict[str, str]) -> None:
    status, answered = refusing.ask(*request_line, headers)
    assert (status, answered.get("x-amzn-ErrorType")) == (403, "AccessDeniedException")
    assert "Access-Control-Allow-Origin" not in answered


class _Refusing:
    """A server asked with nothing but standard headers."""

    def __init__(self, url: str) -> None:
        self._address = url.removeprefix("http://")

    def ask(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, http.client.HTTPMessage]:
        with closing(http.client.HTTPConnection(self._address, timeout=10)) as connection:
            connection.request(method, path, body=b"{}" if method == "POST" else None, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers


@pytest.fixture
def refusing(shared: SharedEngine) -> _Refusing:
    return _Refusing(shared.url)


@pytest.fixture
def served_alone(tmp_path: Path) -> Iterator[tuple[ServeProcess, Path]]:
    """An engine whose history begins with the test."""
    root = write_workspace(tmp_path / "w")
    with served(root, "--sandbox", "process") as process:
        yield process, root


async def test_every_line_of_a_thousand_invocations_is_with_its_request(served_alone: tuple[ServeProcess, Path]) -> None:
    server, workspace = served_alone
    async with engine_client(workspace) as client:
        steady: list[StreamEvent] = []
        restless: list[StreamEvent] = []
        followers = [asyncio.create_task(_follow(client, steady)), asyncio.create_task(_reconnect(client, restless))]
        async with aiohttp.ClientSession(server.url) as session:
            answers = await asyncio.gather(*(_caller(number, server.url, session) for number in range(CALLERS)))
        markers = {marker: request_id for answer in answers for marker, request_id in answer.items()}
        for request_id in markers.values():
            await client.invocation_events(request_id)
        last = (await client.health()).seq
        await until(lambda: all(events and events[-1].seq >= last for events in (steady, restless)), 30)
        for follower in followers:
            follower.cancel()
        await asyncio.gather(*followers, return_exceptions=True)
        journal = await _journal(client)

    assert len(markers) == len(set(markers.values())) == CALLERS * CALLS_EACH
    for events in (journal, steady, restless):
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert _lines_by_request(events) == {
            request_id: [f"{marker} first", f"{marker} second"] for marker, request_id in markers.items()
        }
    assert msgspec.json.encode(steady) == msgspec.json.encode(restless) == msgspec.json.encode(journal)


async def _caller(number: int, url: str, session: aiohttp.ClientSession) -> dict[str, str]:
    """One caller's markers and the ids of their requests; every fourth caller is boto3, in a thread."""
    markers = [f"marker-{number}-{call}" for call in range(CALLS_EACH)]
    if number % 4 == 0:
        return await asyncio.to_thread(_call_with_boto3, url, markers)
    return {marker: await _call_with_aiohttp(session, marker) for marker in markers}


def _call_with_boto3(url: str, markers: list[str]) -> dict[str, str]:
    requests = {}
    with closing(boto3_client(url)) as client:
        for marker in markers:
            answer = client.invoke(FunctionName="Echo", Payload=json.dumps({"marker": marker}))
            assert json.load(answer["Payload"])["event"] == {"marker": marker}
            requests[marker] = answer["ResponseMetadata"]["RequestId"]
    return requests


async def _call_with_aiohttp(session: aiohttp.ClientSession, marker: str) -> str:
    async with session.post(INVOKE[1], data=json.dumps({"marker": marker}).encode()) as answer:
        assert (answer.status, (await answer.json())["event"]) == (200, {"marker": marker})
        return answer.headers["x-amzn-RequestId"]


async def _follow(client: EngineClient, events: list[StreamEvent]) -> None:
    async for batch in follow(client):
        events.extend(batch)


async def _reconnect(client: EngineClient, events: list[StreamEvent]) -> None:
    """A follower that leaves after every third frame and comes back with its last number."""
    while True:
        async with client.open_stream(events[-1].seq if events else 0) as socket:
            for _ in range(3):
                events.extend(msgspec.json.decode(await socket.receive_str(), type=list[StreamEvent]))


async def _journal(client: EngineClient) -> list[StreamEvent]:
    events: list[StreamEvent] = []
    while page := await client.events(events[-1].seq if events else 0, limit=777):
        events.extend(page)
    return events


def _lines_by_request(events: list[StreamEvent]) -> dict[str, list[str]]:
    lines = defaultdict(list)
    for event in events:
        if event.type == "function":
            lines[event.request_id].append(str(event.record))
    return dict(lines)

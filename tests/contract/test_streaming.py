"""Responses that are streamed: boto3's invoke_with_response_stream against the engine, and function URLs, in every sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import queue
import shutil
import time
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.config
import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import StartEngine, in_a_process, with_either_client
from tests.support.engines import EngineInTest
from tests.support.workspaces import NODE_RUNTIME, WorkspaceBuilder, one_function
from workbench.engine.invocation import bandwidth
from workbench.engine.lifecycle import streamed_answer

BOOTSTRAP = """\
#!/usr/bin/env python3
import base64, http.client, json, os, time
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
BASE = "/2018-06-01/runtime/"
connection = http.client.HTTPConnection(host, int(port))
def call(method, path, body=None, headers={}):
    connection.request(method, BASE + path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()
def begin(rid, mode="streaming", **headers):
    connection.putrequest("POST", BASE + f"invocation/{rid}/response")
    connection.putheader("Lambda-Runtime-Function-Response-Mode", mode)
    connection.putheader("Transfer-Encoding", "chunked")
    connection.putheader("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body")
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
def part(data):
    connection.send(b"%x\\r\\n%s\\r\\n" % (len(data), data))
def end(trailers=b""):
    connection.send(b"0\\r\\n" + trailers + b"\\r\\n")
    answer = connection.getresponse()
    return answer.status, answer.read()
while True:
    status, headers, body = call("GET", "invocation/next")
    rid, event = headers["Lambda-Runtime-Aws-Request-Id"], json.loads(body)
    event = json.loads(event["body"]) if "rawPath" in event else event
    if event["do"] == "stream":
        begin(rid, Content_Type="application/vnd.awslambda.http-integration-response")
        part(json.dumps({"statusCode": 201}).encode() + bytes(8))
        while os.path.exists(event["while"]):
            time.sleep(0.005)
        part(b"second")
        end()
    elif event["do"] == "fail":
        begin(rid)
        part(b"half")
        document = base64.b64encode(b'{"errorMessage":"broken","errorType":"Broken"}')
        kind = b"Lambda-Runtime-Function-Error-Type: Runtime.Broken\\r\\n"
        end(kind + b"Lambda-Runtime-Function-Error-Body: " + document + b"\\r\\n")
    elif event["do"] == "much":
        begin(rid)
        for _ in range(event["parts"]):
            part(b"x" * 65536)
        end()
    elif event["do"] == "hang up":
        begin(rid)
        part(b"half")
        connection.close()
        time.sleep(60)
    elif event["do"] == "stop":
        begin(rid)
        part(b"half")
        time.sleep(60)
    elif event["do"] == "odd mode":
        odd = call("POST", f"invocation/{rid}/response", b"1", {"Lambda-Runtime-Function-Response-Mode": "odd"})
        other = call("POST", f"invocation/{rid}/response", b"1", {"Lambda-Runtime-Invocation-Id": "other"})
        right = {"Lambda-Runtime-Invocation-Id": headers["Lambda-Runtime-Invocation-Id"]}
        seen = [[answer[0], json.loads(answer[2])["errorType"]] for answer in (odd, other)]
        call("POST", f"invocation/{rid}/response", json.dumps(seen), right)
"""


@pytest.fixture
async def engine(start: StartEngine, tmp_path: Path) -> EngineInTest:
    builder = WorkspaceBuilder(tmp_path / "w")
    builder.function("Function", {"bootstrap": BOOTSTRAP}, runtime="provided.al2023", handler="x", timeout_s=3,
                     properties="FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}")
    workspace = builder.write()
    (workspace / "function" / "bootstrap").chmod(0o755)
    return await start(workspace)


@contextlib.contextmanager
def _client(engine: EngineInTest) -> Iterator[Any]:
    client = boto3.client(
        "lambda", endpoint_url=engine.client.connection.url, region_name="us-east-1",
        aws_access_key_id="a", aws_secret_access_key="b",
        config=botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=20),
    )
    try:
        yield client
    finally:
        client.close()


def _events(engine: EngineInTest, event: object, **options: Any) -> Iterator[dict[str, Any]]:
    with _client(engine) as client:
        answer = client.invoke_with_response_stream(FunctionName="Function", Payload=json.dumps(event), **options)
        assert answer["ExecutedVersion"] == "$LATEST"
        with contextlib.closing(answer["EventStream"]) as events:
            yield from events


async def _all(engine: EngineInTest, event: object, **options: Any) -> tuple[bytes, dict[str, Any]]:
    """The payload of all chunks, and the last event's content."""
    *chunks, last = await asyncio.to_thread(lambda: list(_events(engine, event, **options)))
    return b"".join(chunk["PayloadChunk"]["Payload"] for chunk in chunks), last["InvokeComplete"]


async def test_chunks_arrive_while_the_function_still_writes(engine: EngineInTest, tmp_path: Path) -> None:
    gate = tmp_path / "w" / "function" / "gate"
    gate.touch()
    place = str(gate) if (await engine.client.health()).sandbox == "process" else "/var/task/gate"
    arrived: queue.Queue[dict[str, Any]] = queue.Queue()

    def read() -> None:
        for event in _events(engine, {"do": "stream", "while": place}):
            arrived.put(event)

    reading = asyncio.create_task(asyncio.to_thread(read))
    first = await asyncio.to_thread(arrived.get, timeout=20)
    assert first["PayloadChunk"]["Payload"] == b'{"statusCode": 201}' + bytes(8)
    assert await engine.states() == ["busy"]
    gate.unlink()
    await reading
    assert [arrived.get() for _ in range(2)] == [{"PayloadChunk": {"Payload": b"second"}}, {"InvokeComplete": {}}]
    buffered = await engine.invoke({"do": "stream", "while": place})
    assert buffered.payload.encode() == b'{"statusCode": 201}' + bytes(8) + b"second"


@in_a_process
async def test_a_failure_in_the_middle(engine: EngineInTest) -> None:
    payload, complete = await _all(engine, {"do": "fail"}, LogType="Tail")
    assert payload == b"half"
    assert (complete["ErrorCode"], json.loads(complete["ErrorDetails"])["errorMessage"]) == ("Runtime.Broken", "broken")
    assert "LogResult" in complete


@in_a_process
async def test_more_than_a_buffered_response_may_have(engine: EngineInTest) -> None:
    payload, complete = await _all(engine, {"do": "much", "parts": 160})
    assert (len(payload), complete) == (160 * 65536, {})
    buffered = await engine.invoke({"do": "much", "parts": 160})
    assert json.loads(buffered.payload)["errorType"] == "Function.ResponseSizeTooLarge"


@contextlib.contextmanager
def _url(engine: EngineInTest, event: object) -> Iterator[http.client.HTTPResponse]:
    """The answer of the function's URL, as far as its head."""
    with _client(engine) as client:
        address = client.get_function_url_config(FunctionName="Function")["FunctionUrl"]
    with contextlib.closing(http.client.HTTPConnection(urlsplit(engine.client.connection.url).netloc, timeout=20)) as connection:
        path = f"/_url/{urlsplit(address).netloc.partition('.')[0]}/"
        connection.request("POST", path, json.dumps(event), {"Content-Type": "application/json"})
        with connection.getresponse() as response:
            yield response


def _broken_off(engine: EngineInTest, event: object) -> bytes:
    """What a URL sent before its connection ended without the last chunk."""
    with _url(engine, event) as response:
        assert (response.status, response.headers["transfer-encoding"]) == (200, "chunked")
        read = bytearray()
        with contextlib.suppress(http.client.IncompleteRead):
            while part := response.read(4):
                read += part
            raise AssertionError("The stream had its last chunk.")
        return bytes(read)


async def test_through_a_url(engine: EngineInTest, tmp_path: Path) -> None:
    gate = tmp_path / "w" / "function" / "gate"
    gate.touch()
    place = str(gate) if (await engine.client.health()).sandbox == "process" else "/var/task/gate"

    def read() -> tuple[int, bytes]:
        with _url(engine, {"do": "stream", "while": place}) as response:
            assert response.headers["transfer-encoding"] == "chunked"  # the head is here while the function still waits
            gate.unlink()
            return response.status, response.read()

    assert await asyncio.to_thread(read) == (201, b"second")
    for what in ("fail", "hang up"):
        assert await asyncio.to_thread(_broken_off, engine, {"do": what}) == b"half"


@in_a_process
async def test_no_more_than_a_stream_may_have(engine: EngineInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """200 MB on Lambda; here less, because that many take a minute and a half at its speed."""
    monkeypatch.setattr(streamed_answer, "STREAM_LIMIT_BYTES", 1_048_576)
    payload, complete = await _all(engine, {"do": "much", "parts": 32})
    assert (len(payload), complete["ErrorCode"]) == (1_048_576, "Unhandled")
    assert json.loads(complete["ErrorDetails"])["errorType"] == "Function.ResponseSizeTooLarge"
    assert len(await asyncio.to_thread(_broken_off, engine, {"do": "much", "parts": 32})) == 1_048_576


@in_a_process
async def test_what_comes_after_the_first_megabytes_is_slow(engine: EngineInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """6 MB at any speed and then 2 MB a second on Lambda; here 64 KB and then 128 KB, by the API and by a URL."""
    assert (bandwidth.STREAM_BURST_BYTES, bandwidth.STREAM_RATE_BYTES_PER_S) == (6 * 2**20, 2 * 2**20)
    await engine.invoke({"do": "much", "parts": 1})
    monkeypatch.setattr(bandwidth, "STREAM_BURST_BYTES", 65_536)
    monkeypatch.setattr(bandwidth, "STREAM_RATE_BYTES_PER_S", 131_072)

    def read() -> int:
        with _url(engine, {"do": "much", "parts": 3}) as response:
            return len(response.read())

    async def timed(streamed: Awaitable[Any]) -> tuple[Any, float]:
        began_s = time.monotonic()
        return await streamed, time.monotonic() - began_s

    (by_api, api_s), (by_url, url_s) = await asyncio.gather(
        timed(_all(engine, {"do": "much", "parts": 3})), timed(asyncio.to_thread(read)))
    assert (len(by_api[0]), by_url) == (196_608, 196_608)
    assert min(api_s, url_s) > 0.95


@with_either_client
async def test_a_stream_that_is_never_ended(engine: EngineInTest) -> None:
    for what, error_type in (("hang up", "Runtime.TruncatedResponse"), ("stop", "Sandbox.Timedout")):
        payload, complete = await _all(engine, {"do": what})
        assert (payload, complete["ErrorCode"]) == (b"half", "Unhandled")
        assert json.loads(complete["ErrorDetails"])["errorType"] == error_type
        assert (await engine.invoke({"do": "fail"})).error_type == "Runtime.Broken"


@in_a_process
async def test_refused_modes_and_invocation_ids(engine: EngineInTest) -> None:
    invocation = await engine.invoke({"do": "odd mode"})
    assert json.loads(invocation.payload) == [[400, "InvalidFunctionResponseMode"], [400, "InvalidInvocationId"]]


@in_a_process
async def test_functions_that_do_not_stream(start: StartEngine, tmp_path: Path) -> None:
    code = """
        def handler(event, context):
            if event == "fail":
                raise ValueError("boom")
            return event
    """
    engine = await start(one_function(tmp_path / "w", code))
    assert await _all(engine, "x" * 300_000) == (json.dumps("x" * 300_000).encode(), {})
    payload, complete = await _all(engine, "fail")
    assert (payload, complete["ErrorCode"], json.loads(complete["ErrorDetails"])["errorMessage"]) == (b"", "Unhandled", "boom")


@in_a_process
async def test_what_is_refused_before_anything_runs(engine: EngineInTest) -> None:
    def call(**options: Any) -> dict[str, Any]:
        with _client(engine) as client:
            answer: dict[str, Any] = client.invoke_with_response_stream(**options)
            answer["EventStream"].close()
            return answer

    with pytest.raises(ClientError) as refused:
        await asyncio.to_thread(call, FunctionName="Nobody")
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
    dry = await asyncio.to_thread(call, FunctionName="Function", InvocationType="DryRun")
    assert dry["ResponseMetadata"]["HTTPStatusCode"] == 204


@with_either_client
async def test_streamify_response_of_nodejs(start: StartEngine, tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed.")
    code = """
        exports.handler = awslambda.streamifyResponse(async (event, stream) => {
          const metadata = { statusCode: 201, headers: { "x-own": "yes" } };
          const body = awslambda.HttpResponseStream.from(stream, metadata);
          body.write("first ");
          if (event.fail) {
            throw new TypeError("in the middle");
          }
          body.write("second");
          body.end();
        });
    """
    builder = WorkspaceBuilder(tmp_path / "w")
    builder.function("Function", {"app.js": code}, runtime=NODE_RUNTIME)
    engine = await start(builder.write())
    payload, complete = await _all(engine, {})
    prelude, body = payload.split(bytes(8))
    assert (json.loads(prelude), body, complete) == ({"statusCode": 201, "headers": {"x-own": "yes"}}, b"first second", {})
    payload, complete = await _all(engine, {"fail": True})
    assert payload.endswith(b"first ")
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "in the middle"

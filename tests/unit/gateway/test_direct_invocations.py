"""Plain invocations go a way of their own through the gateway: it answers as the other does, and takes no others."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.support.engines import EngineInTest, engine_in_test
from tests.support.workspaces import one_function
from workbench.gateway.lambda_api import LambdaApi
from workbench.gateway.unread_answers import PART_BYTES
from workbench.gateway.wire.caller import Caller
from workbench.gateway.written_answer import WrittenAnswer
from workbench.model.account import ACCOUNT_ID
from workbench.model.engine_api import COLD_HEADER, REQUEST_ID_HEADER

CODE = f"""
def handler(event, context):
    if event == 'fail':
        raise ValueError('no')
    return 'x' * {PART_BYTES} if event == 'much' else event
"""
PATH = "/2015-03-31/functions/Function/invocations"
ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:Function"
SIGNED = "Authorization: AWS4-HMAC-SHA256 Credential=key/20260101/{}/aws4_request, SignedHeaders=host, Signature=0"
CHANGING = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}|Root=[^\r]+|Date: [^\r]+")

DIRECT = {
    "nothing special": (PATH, (), b'"HERE"', 200),
    "a signature for Lambda": (PATH, (SIGNED.format("us-east-1/lambda"),), b'"HERE"', 200),
    "a kind of sandbox": (PATH, ("x-workbench-sandbox: process",), b'"HERE"', 200),
    "an ARN": (PATH.replace("Function/", f"{ARN.replace(':', '%3A')}/"), (), b'"HERE"', 200),
    "a qualifier": (f"{PATH}?Qualifier=$LATEST", (), b'"HERE"', 200),
    "no body": (PATH, (), b"", 200),
    "an error of the function": (PATH, (), b'"fail"', 200),
    "a long answer": (PATH, (), b'"much"', 200),
    "a connection that is to be closed": (PATH, ("Connection: close",), b'"HERE"', 200),
    "a function that is not there": (PATH.replace("Function/", "Nobody/"), (), b'"HERE"', 404),
    "a version that is not there": (f"{PATH}?Qualifier=7", (), b'"HERE"', 404),
    "an event that is no JSON": (PATH, (), b"{", 400),
}
OTHERS = {
    "an event": (PATH, ("X-Amz-Invocation-Type: Event",), b'"HERE"', 202),
    "a dry run": (PATH, ("x-amz-invocation-type: DryRun",), b'"HERE"', 204),
    "the end of the log": (PATH, ("X-Amz-Log-Type: Tail",), b'"HERE"', 200),
    "a client context that is none": (PATH, ("X-Amz-Client-Context: #",), b'"HERE"', 400),
    "a tenant": (PATH, ("X-Amz-Tenant-Id: blue",), b'"HERE"', 400),
    "a tracing header": (PATH, ("X-Amzn-Trace-Id: Root=1-2-3",), b'"HERE"', 200),
    "an ID that is none": (PATH, (f"{REQUEST_ID_HEADER}: 1",), b'"HERE"', 400),
    "a new environment": (PATH, (f"{COLD_HEADER}: true",), b'"HERE"', 200),
    "an unknown sandbox": (PATH, ("X-Workbench-Sandbox: barn",), b'"HERE"', 400),
    "a header that is given twice": (PATH, ("X-Workbench-Sandbox: barn", "X-Workbench-Sandbox: process"), b'"HERE"', 400),
    "a packed body": (PATH, ("Content-Encoding: gzip",), gzip.compress(b'"HERE"'), 200),
    "a body in chunks of its own": (
        PATH, ("X-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER",), b'6\r\n"HERE"\r\n0\r\n\r\n', 200),
    "a signature in the query": (
        f"{PATH}?X-Amz-Credential=key/20260101/eu-west-1/lambda/aws4_request", (), b'"HERE"', 404),
    "an expectation": (PATH, ("Expect: nothing",), b'"HERE"', 417),
    "an ARN of another Region": (
        PATH.replace("Function/", f"{ARN.replace('us-east-1', 'eu-west-1').replace(':', '%3A')}/"), (), b'"HERE"', 404),
    "a caller in another Region": (PATH, (SIGNED.format("eu-west-1/lambda"),), b'"HERE"', 404),
    "a name that is none": (PATH.replace("Function/", "a%20b/"), (), b'"HERE"', 400),
    "contradicting qualifiers": (PATH.replace("Function/", "Function:1/") + "?Qualifier=2", (), b'"HERE"', 400),
    "a web page": (PATH, ("Origin: http://example.com",), b'"HERE"', 403),
    "a web page that fetches": (PATH, ("Sec-Fetch-Site: cross-site",), b'"HERE"', 403),
    "another host": (PATH, ("Host: example.com",), b'"HERE"', 403),
    "the host of a function URL": (PATH, ("Host: a.lambda-url.us-east-1.localhost",), b'"HERE"', 403),
    "another service": (PATH, (SIGNED.format("us-east-1/sqs"),), b'"HERE"', 400),
    "another operation": ("/2015-03-31/functions", (), b"{}", 400),
}


class OtherWay:
    """Counts the requests that come to the Lambda API on the other way."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.requests = 0
        answer = LambdaApi.answer

        async def counted(api: LambdaApi, request: web.Request, caller: Caller) -> web.StreamResponse:
            self.requests += 1
            return await answer(api, request, caller)

        patch.setattr(LambdaApi, "answer", counted)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EngineInTest]:
    async with engine_in_test(one_function(tmp_path, CODE)) as engine:
        yield engine


async def _sent(engine: EngineInTest, target: str, headers: tuple[str, ...], body: bytes, version: str = "1.1") -> bytes:
    """Send one request and return its answer as it comes."""
    host, _, port = engine.client.connection.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    own = () if headers and headers[0].startswith("Host:") else (f"Host: {host}:{port}",)
    lines = (f"POST {target} HTTP/{version}", *own, f"Content-Length: {len(body)}", *headers, "", "")
    writer.write("\r\n".join(lines).encode() + body)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    answer = head + (await reader.readexactly(int(length[1])) if length is not None else b"")
    if b"\r\nConnection: close" in head or version == "1.0":
        assert await reader.read() == b""  # it is closed
    writer.close()
    await writer.wait_closed()
    return answer


async def test_plain_invocations_go_directly_and_are_answered_alike(
    engine: EngineInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = OtherWay(monkeypatch)
    for what, (target, headers, body, status) in DIRECT.items():
        directly = await _sent(engine, target, headers, body)
        assert (what, others.requests) == (what, 0)
        assert directly.split()[1] == str(status).encode(), (what, directly)
        answer = await _sent(engine, target, (*headers, "X-Amz-Log-Type: None"), body)
        assert (what, others.requests) == (what, 1)
        assert (what, CHANGING.sub(b"", directly)) == (what, CHANGING.sub(b"", answer))
        others.requests = 0


async def test_nothing_else_is_answered_directly(engine: EngineInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    answered: list[str] = []
    written = WrittenAnswer.__init__
    monkeypatch.setattr(WrittenAnswer, "__init__", lambda *given: answered.append("directly") or written(*given))
    for what, (target, headers, body, status) in OTHERS.items():
        answer = await _sent(engine, target, headers, body)
        assert (what, answer.split()[1]) == (what, str(status).encode()), answer
        assert (what, answered) == (what, [])


async def test_several_requests_at_once_are_answered_in_order(engine: EngineInTest) -> None:
    host, _, port = engine.client.connection.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for number in range(10, 30):
        writer.write(f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{number}".encode())
    answers = [(await reader.readuntil(b"\r\n\r\n"), await reader.readexactly(2))[1] for _ in range(20)]
    assert answers == [b"%d" % number for number in range(10, 30)]
    writer.close()
    await writer.wait_closed()


async def test_an_old_caller_is_answered_and_disconnected(engine: EngineInTest) -> None:
    assert (await _sent(engine, PATH, (), b'"HERE"', "1.0")).endswith(b'"HERE"')

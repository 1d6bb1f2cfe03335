"""Function URLs that stream (InvokeMode RESPONSE_STREAM), with what Lambda's runtime for Node.js offers handlers for it.

Source: Lambda guide, "Response streaming for Lambda functions" and "Invoking a response streaming enabled function using Lambda
function URLs"; Lambda API reference, InvokeWithResponseStream.
"""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.function_urls import url_of
from tests.support.nodes import NotInstalled, lambda_sdk
from tests.support.shared_engine import SharedEngine

pytestmark = [pytest.mark.node, pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")]

FETCH = """
    const [url] = process.argv.slice(1);
    const answer = await fetch(url);
    const parts = [];
    let ended = "whole";
    try {
      for await (const part of answer.body) parts.push(new TextDecoder().decode(part));
    } catch (error) {
      ended = error.cause.code;
    }
    console.log(answer.status, parts.join(""), ended, answer.headers.getSetCookie().join());
"""
SDK = """
    import { createRequire } from "node:module";
    const [endpoint, installed] = process.argv.slice(1);
    const sdk = createRequire(installed + "/here.cjs")("@aws-sdk/client-lambda");
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const client = new sdk.LambdaClient({ endpoint, region: "us-east-1", maxAttempts: 1, credentials });
    const answer = await client.send(new sdk.InvokeWithResponseStreamCommand({ FunctionName: "Stream",
                                                                              Payload: '{"plain": 1, "fail": 1}' }));
    let text = "", complete;
    for await (const event of answer.EventStream) {
      text += event.PayloadChunk ? new TextDecoder().decode(event.PayloadChunk.Payload) : "";
      complete = event.InvokeComplete ?? complete;
    }
    console.log(text, complete.ErrorCode, JSON.parse(complete.ErrorDetails).errorMessage);
"""


@pytest.fixture
def stream(client: Any) -> str:
    return url_of(client, "Stream").for_programs


@contextmanager
def opened(url: str, method: str = "GET") -> Iterator[http.client.HTTPResponse]:
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=20)) as connection:
        connection.request(method, f"{parts.path}?{parts.query}")
        with connection.getresponse() as response:
            yield response


def test_what_was_written_arrives_while_the_function_still_runs(stream: str, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    with opened(f"{stream}?gate={gate}") as response:
        assert (response.status, response.headers["x-own"], response.headers["content-type"]) == (201, "yes", "text/html")
        assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]
        assert response.headers["transfer-encoding"] == "chunked"
        assert response.read(6) == b"first "
        gate.unlink()
        assert response.read() == b"second"


def test_a_stream_that_is_only_a_body(stream: str) -> None:
    with opened(f"{stream}?plain=1") as response:
        assert (response.status, response.headers["content-type"], response.read()) == (200, "text/plain", b"first second")


def test_more_than_a_whole_answer_may_have(stream: str) -> None:
    with opened(f"{stream}?much=7000000") as response:
        assert len(response.read()) == 7_000_012


def test_a_failure_before_anything_was_written(stream: str) -> None:
    with opened(f"{stream}?early=1") as response:
        assert (response.status, response.read()) == (502, b"Internal Server Error")


def test_a_failure_in_the_middle_ends_without_the_last_chunk(stream: str) -> None:
    with opened(f"{stream}?fail=1") as response:
        assert response.status == 201
        with pytest.raises(http.client.IncompleteRead) as broken:
            response.read()
        assert broken.value.partial in (b"", b"first "), "http.client forgets what came before in the same call"


def test_head_has_no_body(stream: str) -> None:
    with opened(stream, "HEAD") as response:
        assert (response.status, response.headers["x-own"], response.read()) == (201, "yes", b"")


def test_what_fetch_sees(stream: str) -> None:
    def fetched(url: str) -> str:
        done = subprocess.run(["node", "--input-type=module", "-e", FETCH, url], capture_output=True, text=True, timeout=60)
        assert not done.stderr
        return done.stdout.strip()

    assert fetched(stream) == "201 first second whole a=1,b=2"
    assert fetched(f"{stream}?fail=1") == "201 first  UND_ERR_SOCKET a=1,b=2"


def test_a_url_that_does_not_stream_waits_for_the_end(client: Any) -> None:
    with opened(url_of(client, "Buffered").for_programs + "?plain=1") as response:
        assert (response.status, response.headers["content-length"], response.read()) == (200, "12", b"first second")
    with opened(url_of(client, "Buffered").for_programs + "?fail=1") as response:
        assert (response.status, response.read()) == (502, b"Internal Server Error")


def test_a_function_that_does_not_stream(client: Any) -> None:
    with opened(url_of(client, "Whole").for_programs) as response:
        assert (response.status, response.read()) == (202, b"whole")


def test_a_caller_that_goes_leaves_the_function_running(stream: str, tmp_path: Path) -> None:
    gate, parts = tmp_path / "gate", urlsplit(stream)
    gate.touch()
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as caller:
        caller.sendall(f"GET {parts.path}?gate={gate} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        assert caller.recv(1024)
    gate.unlink()
    with opened(stream) as response:
        assert response.read() == b"first second"


def test_a_failure_in_the_middle_for_the_javascript_sdk(engine: SharedEngine) -> None:
    try:
        node, installed = lambda_sdk()
    except NotInstalled as reason:
        pytest.skip(str(reason))
    done = subprocess.run([node, "--input-type=module", "-e", SDK, engine.url, str(installed)], capture_output=True, text=True,
                          timeout=60)
    assert done.stdout.strip() == "first  TypeError in the middle", done.stderr

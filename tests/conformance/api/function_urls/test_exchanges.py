"""What the engine tells about the HTTP requests that came through function URLs."""

from __future__ import annotations

import http.client
import json
import shutil
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.function_urls import Url, sent, url_of
from tests.support.shared_engine import SharedEngine
from workbench.model.overrides import MASK
from workbench.model.url_exchanges import BodyInfo, UrlExchangeInfo, UrlResponseInfo


def told(engine: SharedEngine, request_id: str) -> UrlExchangeInfo | None:
    """The exchange, once it has ended: an answer may arrive a moment before its connection is over."""
    until_s = time.monotonic() + 30
    while True:
        exchange: UrlExchangeInfo | None = engine.told(lambda client: client.versions.url_exchange(request_id))
        if exchange is None or (exchange.response is not None and exchange.response.end != "sending"):
            return exchange
        assert time.monotonic() < until_s, exchange
        time.sleep(0.01)


def answer_to(engine: SharedEngine, request_id: str) -> tuple[UrlExchangeInfo, UrlResponseInfo]:
    exchange = told(engine, request_id)
    assert exchange is not None
    assert exchange.response is not None
    return exchange, exchange.response


def test_request_and_response_as_they_were_sent(shared_engine: SharedEngine, url: Url) -> None:
    answer = {"statusCode": 418, "body": "short", "cookies": ["session=abc; Path=/"], "headers": {"X-Own": "yes"}}
    answered = url.send("POST", "/a%20b?q=1&q=2", b"\xff\x00", Cookie="session=abc", Authorization="Bearer abc",
                        x_answer=json.dumps(answer))
    assert answered.status == 418
    exchange, response = answer_to(shared_engine, answered.headers["x-amzn-requestid"])
    assert (exchange.function, exchange.method, exchange.path, exchange.query, exchange.protocol) == (
        "Open", "POST", "/a%20b", "q=1&q=2", "HTTP/1.1")
    assert exchange.url == f"{url.url.rstrip('/')}/a%20b?q=1&q=2"
    headers = dict(exchange.headers)
    assert (headers["Cookie"], headers["Authorization"]) == (f"session={MASK}", f"Bearer {MASK}")
    assert exchange.body == BodyInfo(text="/wA=", is_base64=True, size_bytes=2, kept_bytes=2)
    assert (response.status, response.end, response.is_streamed, response.body.text) == (418, "whole", False, "short")
    assert dict(response.headers)["X-Own"] == "yes"
    assert dict(response.headers)["Set-Cookie"] == f"session={MASK}; Path=/"


def test_a_failed_function_and_one_that_nobody_may_call(shared_engine: SharedEngine, url: Url) -> None:
    failed = url.send(x_fail="on purpose")
    assert answer_to(shared_engine, failed.headers["x-amzn-requestid"])[1].status == failed.status == 502
    called = sent(url.engine, "GET", f"/_url/{url.url_id}/a", {})
    assert answer_to(shared_engine, called.headers["x-amzn-requestid"])[0].url == f"{url.for_programs}a"
    refused = url.send(host=url.host.replace(url.url_id, "a" * 32))
    assert told(shared_engine, refused.headers["x-amzn-requestid"]) is None
    assert told(shared_engine, "nonsense") is None


@pytest.mark.node
@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_a_streamed_response_has_its_parts_and_its_end(shared_engine: SharedEngine, client: Any) -> None:
    stream = url_of(client, "Stream")
    whole = stream.send(path="/?plain=1")
    _, response = answer_to(shared_engine, whole.headers["x-amzn-requestid"])
    assert (response.is_streamed, response.end, response.body.text) == (True, "whole", "first second")
    assert sum(chunk.size_bytes for chunk in response.chunks) == len(b"first second")
    assert response.ended_ms is not None
    assert response.after_ms <= response.chunks[0].at_ms <= response.ended_ms
    assert ended_in_the_middle(shared_engine, stream) == "broken"


def ended_in_the_middle(engine: SharedEngine, stream: Url) -> str:
    """How it ended for a caller who reads as far as there is something: the last chunk is missing."""
    connection = http.client.HTTPConnection(urlsplit(engine.url).netloc, timeout=20)
    try:
        connection.request("GET", "/?fail=1", headers={"Host": stream.host})
        answer = connection.getresponse()
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
    finally:
        connection.close()
    return answer_to(engine, answer.headers["x-amzn-RequestId"])[1].end

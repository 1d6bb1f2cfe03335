"""What is kept of an exchange: bounded, masked, text as text."""

from __future__ import annotations

import base64
import shlex
import subprocess
from typing import Any

import pytest

from workbench.gateway.function_urls.event import UrlRequest
from workbench.gateway.function_urls.recording import (
    BODY_KEPT_BYTES,
    MOST_CHUNKS,
    MOST_EXCHANGES,
    MOST_KEPT_BYTES,
    Recording,
    Recordings,
    masked,
)
from workbench.model.overrides import MASK
from workbench.model.url_exchanges import UrlExchangeInfo


def recording(request_id: str = "r1", **given: Any) -> Recording:
    request = UrlRequest(**{
        "url_id": "abc", "domain_name": "abc.lambda-url.us-east-1.localhost", "method": "POST", "path": "/a", "query": "x=1",
        "headers": (), "body": b"", "protocol": "HTTP/1.1", "source_ip": "127.0.0.1", "port": "9001", "request_id": request_id,
        "trace_id": "Root=1", "time_ms": 1_000, **given})
    return Recording(request, "http://abc.lambda-url.us-east-1.localhost:9001", "Open", "live")


def exchange(**given: Any) -> UrlExchangeInfo:
    return recording(**given).info()


@pytest.mark.parametrize(("name", "value", "shown"), [
    ("Accept", "text/html", "text/html"),
    ("Authorization", "Bearer abc", f"Bearer {MASK}"),
    ("authorization", "abc", MASK),
    ("Cookie", "session=abc; theme=dark", f"session={MASK}; theme={MASK}"),
    ("Set-Cookie", "session=abc=; Path=/; HttpOnly", f"session={MASK}; Path=/; HttpOnly"),
    ("X-Api-Key", "abc", MASK),
    ("X-Amz-Security-Token", "abc", MASK),
    ("x-amzn-Remapped-www-authenticate", "Basic", "Basic"),
    ("X-Odd", "\udcff", "�"),
])
def test_secrets_are_masked(name: str, value: str, shown: str) -> None:
    assert masked([(name, value)]) == ((name, shown),)


def test_secrets_of_the_query_are_masked() -> None:
    told = exchange(query="a=1&X-Amz-Signature=abc&token=t&empty")
    assert told.query == f"a=1&X-Amz-Signature={MASK}&token={MASK}&empty"
    assert told.url == f"http://abc.lambda-url.us-east-1.localhost:9001/a?{told.query}"


@pytest.mark.parametrize(("body", "text", "is_base64"), [
    (b"", "", False),
    ("grün\n".encode(), "grün\n", False),
    (b"\xff\x00", base64.b64encode(b"\xff\x00").decode(), True),
    (b"a\x00b", base64.b64encode(b"a\x00b").decode(), True),
])
def test_text_is_text_and_the_rest_base64(body: bytes, text: str, is_base64: bool) -> None:
    told = exchange(body=body).body
    assert (told.text, told.is_base64, told.size_bytes, told.is_whole) == (text, is_base64, len(body), True)


def test_of_a_long_body_the_beginning_is_kept_to_the_last_whole_character() -> None:
    body = b"x" + "ü".encode() * BODY_KEPT_BYTES
    told = exchange(body=body).body
    assert (told.size_bytes, told.kept_bytes, told.is_whole, told.is_base64) == (len(body), BODY_KEPT_BYTES, False, False)
    assert told.text == "x" + "ü" * ((BODY_KEPT_BYTES - 1) // 2)


def test_a_response_in_parts_has_their_times_up_to_a_bound() -> None:
    kept = recording()
    assert kept.info().response is None
    kept.begun(201, [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], is_streamed=True)
    for _ in range(MOST_CHUNKS + 2):
        kept.sent(b"ab")
    told = kept.info().response
    assert told is not None
    assert (told.status, told.headers, told.end, told.ended_ms) == (
        201, (("Set-Cookie", f"a={MASK}"), ("Set-Cookie", f"b={MASK}")), "sending", None)
    assert (len(told.chunks), told.chunks_left_out, told.body.size_bytes) == (MOST_CHUNKS, 2, 2 * (MOST_CHUNKS + 2))
    assert [chunk.at_ms for chunk in told.chunks] == sorted(chunk.at_ms for chunk in told.chunks)
    kept.ended("broken")
    kept.ended("left")
    told = kept.info().response
    assert told is not None
    assert told.end == "broken"
    assert told.ended_ms is not None


def test_the_oldest_exchanges_go_first() -> None:
    kept = Recordings()
    for number in range(MOST_EXCHANGES + 1):
        kept.begin(recording(f"r{number}"))
    assert kept.get("r0") is None
    assert kept.get("r1") is not None
    large = MOST_KEPT_BYTES // BODY_KEPT_BYTES
    for number in range(large + 1):
        kept.begin(recording(f"large{number}", body=b"x" * BODY_KEPT_BYTES))
    assert kept.get(f"r{MOST_EXCHANGES}") is None
    assert (kept.get("large0"), kept.get("large1") is None) == (None, False)


def test_as_a_command_for_curl() -> None:
    headers = (("Host", "abc"), ("Content-Type", "application/json"), ("Authorization", "Bearer x"), ("Content-Length", "9"))
    told = exchange(headers=headers, body=b'{"a":"it\'s"}')
    url = "http://abc.lambda-url.us-east-1.localhost:9001/a?x=1"
    assert shlex.split(told.as_curl()) == [
        "curl", "-i", "-X", "POST", url, "-H", "Content-Type: application/json", "-H", f"Authorization: Bearer {MASK}",
        "--data-binary", '{"a":"it\'s"}']
    assert exchange(method="GET").as_curl() == f"curl -i '{url}'"
    words = exchange(body=b"\xff\x00").as_curl().replace("curl -i", "cat; : curl -i")
    assert subprocess.run(["sh", "-c", words], capture_output=True, check=True).stdout == b"\xff\x00"

"""The event for an HTTP request, where a real request would be laborious. Source: see the module."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from workbench.gateway.function_urls.event import UrlRequest, event_of


def event(**given: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "url_id": "abc", "domain_name": "abc.lambda-url.us-east-1.localhost", "method": "POST", "path": "/", "query": "",
        "headers": (), "body": b"", "protocol": "HTTP/1.1", "source_ip": "192.0.2.1", "port": "9001", "request_id": "r",
        "trace_id": "Root=1-a-b;Parent=c;Sampled=0", "time_ms": 1_600_000_000_123, **given}
    made: dict[str, Any] = json.loads(event_of(UrlRequest(**values)))
    return made


def test_what_has_no_value_is_left_out() -> None:
    made = event()
    assert not {"body", "cookies", "queryStringParameters", "pathParameters", "stageVariables"} & made.keys()
    assert (made["rawQueryString"], made["isBase64Encoded"]) == ("", False)
    assert made["headers"] == {"x-amzn-trace-id": "Root=1-a-b", "x-forwarded-for": "192.0.2.1", "x-forwarded-port": "9001",
                               "x-forwarded-proto": "http"}
    context = made["requestContext"]
    assert (context["time"], context["timeEpoch"]) == ("13/Sep/2020:12:26:40 +0000", 1_600_000_000_123)


@pytest.mark.parametrize(("kind", "body", "is_text"), [
    ("text/html; charset=utf-8", b"a", True), ("application/json", b"a", True), ("application/vnd.api+json", b"a", True),
    ("application/xml", b"a", True), ("application/javascript", b"a", True), ("image/svg+xml", b"a", False),
    ("application/x-www-form-urlencoded", b"a=1", False), ("multipart/form-data", b"a", False), ("image/png", b"a", False),
    ("", b"a", False), ("text/plain", b"\xff", False),
])
def test_which_bodies_are_text(kind: str, body: bytes, is_text: bool) -> None:
    made = event(headers=(("Content-Type", kind),) if kind else (), body=body)
    assert made["isBase64Encoded"] is not is_text
    assert (made["body"].encode() if is_text else base64.b64decode(made["body"])) == body


def test_a_compressed_body_is_not_text() -> None:
    assert event(headers=(("Content-Type", "text/plain"), ("Content-Encoding", "gzip")), body=b"a")["isBase64Encoded"] is True


def test_names_that_come_twice() -> None:
    made = event(headers=(("X-A", "1"), ("x-a", "2"), ("Cookie", "a=1"), ("cookie", " b=2;;c=3 "), ("Connection", "close")),
                 query="a=1&a=&&b&c=%2B+%ff")
    assert made["headers"]["x-a"] == "1,2"
    assert made["cookies"] == ["a=1", "b=2", "c=3"]
    assert not {"cookie", "connection"} & made["headers"].keys()
    assert made["queryStringParameters"] == {"a": "1,", "b": "", "c": "+ \ufffd"}


def test_bytes_that_are_no_text() -> None:
    """As a server reads headers and paths that are not UTF-8."""
    odd = b"\xff".decode("utf-8", "surrogateescape")
    made = event(path=f"/{odd}", query=f"a={odd}", headers=(("X-A", odd),))
    assert (made["rawPath"], made["rawQueryString"], made["headers"]["x-a"]) == ("/\ufffd", "a=\ufffd", "\ufffd")


def test_who_signed() -> None:
    iam = {"accessKey": "AKIA", "accountId": "123456789012"}
    context = event(iam=iam)["requestContext"]
    assert (context["accountId"], context["authorizer"]) == ("123456789012", {"iam": iam})

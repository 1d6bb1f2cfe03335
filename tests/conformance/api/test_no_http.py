"""What is sent to the engine's port and is no request, or only half of one: answered as Lambda answers, and the engine goes on.

Sources: recorded answers of the service (a request ID with every answer, `Type` and `message` with errors); RFC 9112, "Message
Parsing Robustness"; RFC 9110, 10.1.1 (Expect). What AWS says to what is no HTTP is not known.
"""

from __future__ import annotations

import http.client
import json
import re
import socket

import pytest

from tests.support.shared_engine import SharedEngine

HOST = b"Host: localhost\r\n"
LIST = b"GET /2015-03-31/functions HTTP/1.1\r\n" + HOST
INVOKE = b"POST /2015-03-31/functions/FromTemplate/invocations HTTP/1.1\r\n" + HOST
SENT = {
    "no request line": (b"hello\r\n\r\n", 400),
    "a line of TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "a method with a space": (b"GE T /2015-03-31/functions HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a version that is none": (b"GET / HTTP/x.y\r\n" + HOST + b"\r\n", 400),
    "a header without a name": (LIST + b": value\r\n\r\n", 400),
    "a header without a colon": (LIST + b"nothing\r\n\r\n", 400),
    "a header that is too long": (LIST + b"X-Long: " + b"x" * 20_000 + b"\r\n\r\n", 400),
    "a line that is too long": (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a length that is no number": (INVOKE + b"Content-Length: many\r\n\r\n{}", 400),
    "two lengths": (INVOKE + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    "a length and chunks": (INVOKE + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "a chunk that is none": (INVOKE + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400),
    "an unknown expectation": (LIST + b"Expect: nonsense\r\n\r\n", 417),
}


@pytest.mark.parametrize("what", SENT)
def test_what_is_no_http_is_refused_in_the_shape_of_lambdas_errors(what: str, engine: SharedEngine) -> None:
    data, status = SENT[what]
    answer, body = _answered(engine, data)
    assert answer.status == status
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.headers["x-amzn-RequestId"])
    assert answer.headers["Content-Type"].startswith("application/json")
    code = answer.headers["x-amzn-ErrorType"]
    assert code == ("InvalidRequestContentException" if status == 400 else "ServiceException")
    document = json.loads(body)
    assert document["Type"] == "User"
    text = document["message" if status == 400 else "Message"]  # each error has a spelling of its own
    assert text.isascii()
    assert len(text) <= 250


def test_the_next_connection_is_served(engine: SharedEngine) -> None:
    _answered(engine, b"hello\r\n\r\n")
    answer, body = _answered(engine, LIST + b"Connection: close\r\n\r\n")
    assert (answer.status, [each["FunctionName"] for each in json.loads(body)["Functions"]]) == (200, ["FromTemplate"])


def _answered(engine: SharedEngine, data: bytes) -> tuple[http.client.HTTPResponse, bytes]:
    host, _, port = engine.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(data)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer, answer.read()

"""What a function's answer is to the HTTP client behind API Gateway, a load balancer or a function URL. No I/O.

Source: Lambda guide, "Lambda function URLs: response payloads"; API Gateway guide, "Lambda proxy integrations" (formats 1.0 and
2.0); Elastic Load Balancing guide, "Lambda functions as targets".
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Literal, NamedTuple

import msgspec

Headers = tuple[tuple[str, str], ...]
Front = Literal["", "format 1.0", "format 2.0", "load balancer"]
PRELUDE_END = b"\0" * 8
"""What separates the metadata of a streamed HTTP response from its body."""


class HttpAnswer(NamedTuple):
    """A response. `problem` says what the front would refuse, "" if nothing. `media_type` is lower case, without parameters."""

    status: int
    headers: Headers
    cookies: tuple[str, ...]
    body: bytes
    problem: str = ""

    @property
    def media_type(self) -> str:
        """What the Content-Type header says the body is; "" without one."""
        value = next((value for name, value in self.headers if name.lower() == "content-type"), "")
        return value.partition(";")[0].strip().lower()


class _Http(msgspec.Struct):
    method: str
    path: str = ""


class _Context(msgspec.Struct):
    http: _Http | None = None
    elb: dict[str, Any] | None = None
    stage: str = ""


class _Event(msgspec.Struct, rename="camel"):
    request_context: _Context
    http_method: str = ""
    path: str = ""


_raw_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_event = msgspec.json.Decoder(_Event).decode


def front_of(event_text: str) -> Front:
    """Return which kind of front sends an event like this one; "" if it is no HTTP request."""
    event = _http_event(event_text)
    if event is None:
        return ""
    if event.request_context.http is not None:
        return "format 2.0"
    if event.request_context.elb is not None:
        return "load balancer"
    return "format 1.0" if event.http_method else ""


def request_line(event_text: str) -> str:
    """Return `GET /orders` of the request behind an event, "" if it is none."""
    event = _http_event(event_text)
    if event is None:
        return ""
    http = event.request_context.http
    return f"{http.method} {http.path}".rstrip() if http is not None else f"{event.http_method} {event.path}".strip()


def http_answer(content: bytes, front: Front) -> HttpAnswer | None:
    """Return the HTTP response that an answer is; None if the request was none, or the front would not understand the answer.

    Without a front, an answer counts that has a status and a body, as one is tried with any event.
    """
    if PRELUDE_END in content[:65_536]:
        return _streamed(content)
    members = _members_of(content)
    if members is not None and "statusCode" in members and (front or "body" in members):
        document = _object(content)
        if document is not None and _is_status(document["statusCode"]):
            return _described(document)
    if front != "format 2.0":
        return None
    # Format 2.0 makes a response of any answer: "infers that the response is JSON".
    return HttpAnswer(200, (("content-type", "application/json"),), (), content)


def _http_event(event_text: str) -> _Event | None:
    if '"requestContext"' not in event_text:  # most events, told without being decoded
        return None
    try:
        return _decode_event(event_text)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def _streamed(content: bytes) -> HttpAnswer | None:
    prelude, _, body = content.partition(PRELUDE_END)
    document = _object(prelude)
    if document is None:
        return None
    described = _described({"statusCode": 200, **document})
    return described._replace(body=body)


def _described(document: dict[str, Any]) -> HttpAnswer:
    cookies = document.get("cookies")
    body, problem = _body(document)
    return HttpAnswer(
        int(document["statusCode"]), tuple(_headers(document)),
        tuple(map(str, cookies)) if isinstance(cookies, list) else (), body, problem)


def _headers(document: dict[str, Any]) -> list[tuple[str, str]]:
    multiple, single = document.get("multiValueHeaders"), document.get("headers")
    found = [(str(name), _text(value)) for name, values in multiple.items() if isinstance(values, list) for value in values
             ] if isinstance(multiple, dict) else []
    known = {name.lower() for name, _ in found}
    if isinstance(single, dict):
        found += [(str(name), _text(value)) for name, value in single.items() if str(name).lower() not in known]
    return found


def _body(document: dict[str, Any]) -> tuple[bytes, str]:
    body = document.get("body")
    if body is None:
        return b"", ""
    if not isinstance(body, str):
        return msgspec.json.encode(body), "The body is no string: API Gateway and load balancers answer 502 for it."
    if not document.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass"), ""
    try:
        return base64.b64decode(body, validate=True), ""
    except (binascii.Error, ValueError):
        return body.encode("utf-8", "surrogatepass"), "isBase64Encoded is true, but the body is no base64."


def _is_status(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599) or (
        isinstance(value, str) and value.isdecimal() and len(value) == 3)


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _members_of(content: bytes) -> dict[str, msgspec.Raw] | None:
    """Return an object's members without decoding them: most answers are none of HTTP, and may be long."""
    try:
        return _raw_members(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None

"""What a function's answer means in HTTP: payload format 2.0, whole or as the head of a stream.

Source: Lambda guide, "Invoking Lambda function URLs", "Response payload format" and "Cookies"; recorded answers: a string comes
without its quotes, a status may be a string of digits, what is no answer becomes 502.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from workbench.gateway.function_urls.headers import CONTENT_TYPE, Malformed, answer_headers
from workbench.model.json_text import decoded, whole

Headers = tuple[tuple[str, str], ...]
JSON = "application/json"
BYTES = "application/octet-stream"
"""What a stream is of that does not say it."""
_STATUS = re.compile(r"[2-5]\d\d", re.ASCII)


class HttpAnswer(msgspec.Struct, frozen=True):
    """Status, headers (one pair for each that is sent, cookies among them) and body."""

    status: int
    headers: Headers
    body: bytes = b""


def answer_of(payload: bytes) -> HttpAnswer:
    """Return what a function's whole answer means. Raises Malformed."""
    document = _decoded(payload, "The function's answer")
    if not isinstance(document, dict) or "statusCode" not in document:
        text = document.encode("utf-8", "replace") if isinstance(document, str) else payload
        return HttpAnswer(200, ((CONTENT_TYPE, JSON),), text)
    head = _head(document)
    return HttpAnswer(head.status, head.headers, _body(document))


def head_of(prelude: bytes) -> HttpAnswer:
    """Return status and headers that a stream begins with. Raises Malformed."""
    document = _decoded(prelude, "What the stream begins with")
    if not isinstance(document, dict):
        raise Malformed("What the stream begins with is no JSON object.")
    return _head({"statusCode": 200, **document}, BYTES)


def _head(document: Mapping[str, Any], kind: str = JSON) -> HttpAnswer:
    status = str(document["statusCode"])
    if not _STATUS.fullmatch(status):
        raise Malformed(f"statusCode is a number from 200 to 599, not {status[:50]!r}.")
    named = tuple(answer_headers(_pairs(document.get("headers"))))
    if not any(name.lower() == "content-type" for name, _ in named):
        named = ((CONTENT_TYPE, kind), *named)
    return HttpAnswer(int(status), (*named, *_cookies(document.get("cookies"))))


def _pairs(headers: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(headers, dict | None):
        raise Malformed("headers is an object of names and values.")
    for name, value in (headers or {}).items():
        if isinstance(value, dict | list):
            raise Malformed(f"The header {name[:50]!r} has no text as its value; cookies have a list of their own.")
        if value is not None:
            yield name, whole(value) if isinstance(value, str) else msgspec.json.encode(value).decode()


def _cookies(cookies: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(cookies, list | None) or not all(isinstance(each, str) for each in cookies or ()):
        raise Malformed("cookies is a list of texts.")
    for cookie in cookies or ():
        yield from answer_headers([("Set-Cookie", whole(cookie))])


def _body(document: Mapping[str, Any]) -> bytes:
    body = document.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise Malformed("body is a text, not an object: encode it as JSON.")
    if document.get("isBase64Encoded") is not True:
        return body.encode("utf-8", "replace")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("isBase64Encoded is true, and body is not base64.") from error


def _decoded(text: bytes, what: str) -> Any:
    try:
        return decoded(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{what} is not JSON.") from error

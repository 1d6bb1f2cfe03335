"""The event that a function gets for an HTTP request: payload format 2.0.

Source: Lambda guide, "Invoking Lambda function URLs", "Request payload format"; API Gateway guide, "Working with AWS Lambda proxy
integrations for HTTP APIs"; recorded events. Members without a value are left out, as recorded events have them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from workbench.model.moments import universal_time

_TEXTS = re.compile(r"text/.+|application/(?:.+\+)?(?:json|xml)|application/javascript")
"""The types of bodies that are passed as text; all others are base64, forms as well."""
_OF_CONNECTION = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade", "expect"})
_LAMBDAS = frozenset({"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-amzn-trace-id"})
"""What Lambda itself tells about a request: a caller's word for it does not count."""


class UrlRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request for a function URL. `path` and `query` as they were sent, without the question mark.

    `trace_id` is the invocation's. `iam` is who signed the request, None for a URL that asks for no signature.
    """

    url_id: str
    domain_name: str
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    protocol: str
    source_ip: str
    port: str
    request_id: str
    trace_id: str
    time_ms: int
    iam: Mapping[str, Any] | None = None


def event_of(request: UrlRequest) -> bytes:
    """Return the event as JSON."""
    headers = dict(_joined((name.lower(), _text(value)) for name, value in request.headers if _is_told(name.lower())))
    cookies = [each.strip() for each in headers.pop("cookie", "").split(";") if each.strip()]
    headers.update({"x-amzn-trace-id": request.trace_id.partition(";Parent=")[0], "x-forwarded-for": request.source_ip,
                    "x-forwarded-port": request.port, "x-forwarded-proto": "http"})
    query = dict(_joined(_parameters(request.query)))
    body, is_base64 = _body(request.body, headers)
    event: dict[str, Any] = {
        "version": "2.0", "routeKey": "$default", "rawPath": _text(request.path), "rawQueryString": _text(request.query),
        "cookies": cookies, "headers": headers, "queryStringParameters": query, "requestContext": _context(request, headers),
        "body": body, "isBase64Encoded": is_base64,
    }
    optional = ("cookies", "queryStringParameters", "body")
    return msgspec.json.encode({name: value for name, value in event.items() if value or name not in optional})


def _context(request: UrlRequest, headers: Mapping[str, str]) -> dict[str, Any]:
    who = {"accountId": "anonymous"} if request.iam is None else {"accountId": request.iam["accountId"]}
    authorizer = {} if request.iam is None else {"authorizer": {"iam": request.iam}}
    return {
        **who, "apiId": request.url_id, **authorizer, "domainName": request.domain_name, "domainPrefix": request.url_id,
        "http": {"method": request.method, "path": _text(request.path), "protocol": request.protocol,
                 "sourceIp": request.source_ip, "userAgent": headers.get("user-agent", "")},
        "requestId": request.request_id, "routeKey": "$default", "stage": "$default",
        "time": universal_time(request.time_ms / 1000).strftime("%d/%b/%Y:%H:%M:%S +0000"), "timeEpoch": request.time_ms,
    }


def _body(body: bytes, headers: Mapping[str, str]) -> tuple[str, bool]:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body:
        return "", False
    if _TEXTS.fullmatch(kind) and "content-encoding" not in headers:
        try:
            return body.decode(), False
        except UnicodeDecodeError:  # JSON could not carry it
            pass
    return base64.b64encode(body).decode(), True


def _is_told(name: str) -> bool:
    return name not in _OF_CONNECTION and name not in _LAMBDAS


def _joined(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield each name once, its values joined by commas; those of cookies by semicolons."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    for name, values in found.items():
        yield name, ("; " if name == "cookie" else ",").join(values)


def _parameters(query: str) -> Iterator[tuple[str, str]]:
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if pair:
            yield _decoded(name), _decoded(value)


def _decoded(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ").encode("utf-8", "surrogateescape")).decode("utf-8", "replace")


def _text(text: str) -> str:
    """Return what JSON can carry of bytes that need not be valid UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

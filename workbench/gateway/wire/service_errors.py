"""Errors of ours in place of another service's answer, in the form in which its clients read errors.

Sources: Smithy documentation, "AWS JSON 1.1 protocol", "AWS query protocol", "AWS EC2 query protocol", "AWS REST XML protocol",
"Smithy RPC v2 CBOR protocol"; Amazon S3 API reference, "Error responses".
"""

from __future__ import annotations

import uuid
from xml.sax.saxutils import escape

import msgspec
from aiohttp import web

from workbench.gateway.wire.service_names import is_form

_REST_XML = frozenset({"cloudfront", "route53", "s3-control"})
_S3 = frozenset({"s3", "s3express", "s3-outposts"})


def service_error(request: web.Request, service: str, code: str, message: str, status: int = 400) -> web.Response:
    """Return an error of a service as the caller's client expects it."""
    request_id, message = str(uuid.uuid4()), message.encode("utf-8", "replace").decode()  # callers' bytes may be anything
    headers = {"x-amzn-RequestId": request_id, "x-amzn-ErrorType": code}
    if request.headers.get("smithy-protocol", "") == "rpc-v2-cbor":
        headers |= {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
        return web.Response(status=status, body=_cbor({"__type": code, "message": message}), headers=headers)
    if service in _S3:
        return _xml(status, f"<Error><Code>{code}</Code><Message>{escape(message)}</Message>"
                            f"<RequestId>{request_id}</RequestId></Error>", headers)
    if service == "ec2":
        return _xml(status, f"<Response><Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error></Errors>"
                            f"<RequestID>{request_id}</RequestID></Response>", headers)
    if service in _REST_XML or is_form(request) or "Action" in request.query:
        return _xml(status, f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message>"
                            f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>", headers)
    kind = request.content_type if request.content_type.startswith("application/x-amz-json") else "application/json"
    body = msgspec.json.encode({"__type": code, "message": message})
    return web.Response(status=status, body=body, headers={**headers, "Content-Type": kind})


def _xml(status: int, document: str, headers: dict[str, str]) -> web.Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{document}'.encode()
    return web.Response(status=status, body=body, headers={**headers, "Content-Type": "application/xml"})


def _cbor(document: dict[str, str]) -> bytes:
    """Encode a small map of texts. Source: RFC 8949."""
    parts = [bytes([0xA0 | len(document)])]
    for text in (text for pair in document.items() for text in pair):
        encoded = text.encode()
        parts += [b"\x79", len(encoded).to_bytes(2, "big"), encoded]
    return b"".join(parts)

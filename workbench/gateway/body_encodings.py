"""Take off what a request's body is packed in: `aws-chunked`, gzip and deflate. Signatures cover the body as it came, packed.

An encoding that is not known here is left as it is. Source: RFC 9110, 8.4.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Mapping

from aiohttp import web

from workbench.gateway.signatures import aws_chunks
from workbench.model.failures import ServiceError

_GZIP, _ZLIB, _RAW = 31, 15, -15
"""How zlib is told of each format. Source: zlib manual, `inflateInit2`."""
_PLAIN = frozenset({"", "identity", aws_chunks.ENCODING})


def is_packed(headers: Mapping[str, str]) -> bool:
    """Whether `unpacked` may find anything to take off."""
    return "Content-Encoding" in headers or aws_chunks.is_framed(headers)


async def unpacked(body: bytes, headers: Mapping[str, str], limit_bytes: int) -> bytes:
    """Return the body's content. Raises ServiceError 400 if it is not packed as announced, HTTPRequestEntityTooLarge."""
    if aws_chunks.is_framed(headers):
        body = aws_chunks.framed(body).content
    if "Content-Encoding" not in headers:
        return body
    encodings = [each.strip().lower() for each in headers.get("Content-Encoding", "").split(",")]
    packed = [each for each in encodings if each not in _PLAIN]
    if not body or packed not in (["gzip"], ["x-gzip"], ["deflate"]):
        return body
    # A thread: a little that is packed may be many MB.
    return await asyncio.to_thread(_inflated, body, packed[0], limit_bytes)


def _inflated(body: bytes, encoding: str, limit_bytes: int) -> bytes:
    if encoding == "deflate":
        # Some clients leave zlib's header out, whose first byte has 8 in its lower half. Source: RFC 1950, 2.2.
        return _all_of(body, _ZLIB if body[0] & 15 == 8 else _RAW, limit_bytes)
    return _all_of(body, _GZIP, limit_bytes)


def _all_of(body: bytes, form: int, limit_bytes: int) -> bytes:
    content = bytearray()
    try:
        while body:  # several members may follow one another
            member = zlib.decompressobj(form)
            content += member.decompress(body, limit_bytes + 1 - len(content))
            if len(content) > limit_bytes:
                raise web.HTTPRequestEntityTooLarge(limit_bytes, len(content))
            if not member.eof:
                raise _broken()
            body = member.unused_data
    except zlib.error:
        raise _broken() from None
    return bytes(content)


def _broken() -> ServiceError:
    return ServiceError("InvalidRequestContentException", 400, "Could not parse request body: it is not compressed as its "
                        "Content-Encoding says.")

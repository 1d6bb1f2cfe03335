"""Bodies in chunks that are signed one by one (`aws-chunked`), as SDKs send streams whose hash they cannot know beforehand.

    <size in hexadecimal>[;chunk-signature=<signature>]\\r\\n<data>\\r\\n … 0[;chunk-signature=…]\\r\\n[trailers]\\r\\n

Source: Amazon S3 API reference, "Signature calculations for the Authorization header: transferring payload in multiple chunks",
and "… including trailing headers".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

import msgspec

from workbench.gateway.signatures import refusals
from workbench.gateway.signatures.canonical import EMPTY_HASH
from workbench.gateway.signatures.claims import Claim
from workbench.gateway.signatures.signing import is_same, signature
from workbench.model.failures import ServiceError

ENCODING = "aws-chunked"
UNSIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
TRAILED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
KINDS = (UNSIGNED, SIGNED, TRAILED)
"""What `x-amz-content-sha256` has for such bodies."""
_HEAD = re.compile(rb"([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?\r\n")
_TRAILER_SIGNATURE = b"x-amz-trailer-signature"


class Chunk(msgspec.Struct, frozen=True):
    """One chunk; the last one is empty. `signature` is "" where chunks are not signed."""

    data: bytes
    signature: str


class Framed(msgspec.Struct, frozen=True):
    """A body in chunks, and the headers after it as they were sent."""

    chunks: tuple[Chunk, ...]
    trailers: bytes

    @property
    def content(self) -> bytes:
        """What the chunks contain."""
        return b"".join(chunk.data for chunk in self.chunks)


def is_framed(headers: Mapping[str, str]) -> bool:
    """Whether a request's body comes in such chunks."""
    if "Content-Encoding" not in headers and "X-Amz-Content-Sha256" not in headers:
        return False
    encodings = {each.strip().lower() for each in headers.get("Content-Encoding", "").split(",")}
    return ENCODING in encodings or headers.get("X-Amz-Content-Sha256", "") in KINDS


def framed(body: bytes) -> Framed:
    """Read a body in chunks. Raises ServiceError 400 for one that is not whole."""
    chunks: list[Chunk] = []
    place = 0
    while not chunks or chunks[-1].data:
        head = _HEAD.match(body, place)
        if head is None:
            raise _broken()
        start, size = head.end(), int(head[1], 16)
        data = body[start : start + size]
        place = start + size
        if len(data) < size or (size and body[place : place + 2] != b"\r\n"):
            raise _broken()
        place += 2 if size else 0
        chunks.append(Chunk(data, (head[2] or b"").decode()))
    return Framed(tuple(chunks), body[place:])


def check(body: Framed, kind: str, key: bytes, claim: Claim) -> None:
    """Raise ServiceError 403 unless each chunk is signed after the one before it, the first after the request itself."""
    previous = claim.signature
    for chunk in body.chunks:
        right = _signature(key, claim, "PAYLOAD", (previous, EMPTY_HASH, hashlib.sha256(chunk.data).hexdigest()))
        if not is_same(chunk.signature, right):
            raise refusals.mismatch()
        previous = right
    if kind == TRAILED:
        given = dict(_trailers(body.trailers))
        covered = b"".join(name + b":" + value + b"\n" for name, value in given.items() if name != _TRAILER_SIGNATURE)
        right = _signature(key, claim, "TRAILER", (previous, hashlib.sha256(covered).hexdigest()))
        if not is_same(given.get(_TRAILER_SIGNATURE, b"").decode("latin-1"), right):
            raise refusals.mismatch()


def _signature(key: bytes, claim: Claim, what: str, parts: tuple[str, ...]) -> str:
    return signature(key, "\n".join((f"AWS4-HMAC-SHA256-{what}", claim.time, claim.scope, *parts)))


def _trailers(lines: bytes) -> Iterator[tuple[bytes, bytes]]:
    for line in lines.splitlines():
        name, colon, value = line.partition(b":")
        if colon:
            yield name.strip().lower(), value.strip()


def _broken() -> ServiceError:
    return ServiceError("InvalidRequestContentException", 400, "Could not parse request body: it is not in aws-chunked's form.")

"""Decompresses request bodies, never to more than is allowed. Source: RFC 9110, 8.4.1."""

from __future__ import annotations

import zlib
from typing import Protocol

from workbench.model.failures import ServiceError

_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


class Decoder(Protocol):
    """Decodes one body part by part."""

    def decoded(self, part: bytes, most_bytes: int) -> bytes:
        """Return the next bytes, at most `most_bytes`; fewer mean that there are no more of them in this part."""

    def end(self) -> None:
        """Check that the body was complete. Raises ServiceError."""


def decoder_of(encoding: str) -> Decoder:
    """Return what decodes a body of this `Content-Encoding`. One that we do not know is left as it is."""
    return _Compressed(encoding.lower()) if encoding.lower() in ("gzip", "deflate") else _Plain()


class _Plain:
    def decoded(self, part: bytes, most_bytes: int) -> bytes:  # noqa: ARG002 - a part is never larger than a buffer
        return part

    def end(self) -> None:
        pass


class _Compressed:
    """gzip, or deflate with zlib's header, or without as some clients send it."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._has_begun = False

    def decoded(self, part: bytes, most_bytes: int) -> bytes:
        if not self._has_begun and self._encoding == "deflate" and part[0] & 0xF != 8:
            self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._has_begun = True
        try:
            return self._inflater.decompress(part, max(1, most_bytes))
        except zlib.error as error:
            raise self._refused() from error

    def end(self) -> None:
        if self._has_begun and not self._inflater.eof:
            raise self._refused()

    def _refused(self) -> ServiceError:
        return ServiceError("InvalidRequestContentException", 400,
                            f"Could not parse request body: Can not decode content-encoding: {self._encoding}")

"""Bodies that come compressed. Source: RFC 9110, 8.4.1; deflate without zlib's header is what some clients send."""

from __future__ import annotations

import gzip
import zlib

import pytest

from workbench.gateway.content_encoding import decoder_of
from workbench.model.failures import ServiceError

TEXT = b"text " * 1000
RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
DEFLATED = RAW.compress(TEXT) + RAW.flush()


@pytest.mark.parametrize(("encoding", "body"), [
    ("", TEXT), ("identity", TEXT), ("aws-chunked", TEXT), ("gzip", gzip.compress(TEXT)), ("GZIP", gzip.compress(TEXT)),
    ("deflate", zlib.compress(TEXT)), ("deflate", DEFLATED),
])
def test_a_body_is_decoded_part_by_part(encoding: str, body: bytes) -> None:
    decoder = decoder_of(encoding)
    found = b"".join(decoder.decoded(body[start:start + 7], 10_000) for start in range(0, len(body), 7))
    decoder.end()
    assert found == TEXT


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(TEXT)[:-9]])
def test_a_damaged_body_is_refused(body: bytes) -> None:
    def decode() -> None:
        decoder = decoder_of("gzip")
        decoder.decoded(body, 10_000)
        decoder.end()

    with pytest.raises(ServiceError, match="Could not parse request body") as refused:
        decode()
    assert (refused.value.code, refused.value.status) == ("InvalidRequestContentException", 400)


def test_a_bomb_takes_no_more_memory_than_is_allowed() -> None:
    assert len(decoder_of("gzip").decoded(gzip.compress(bytes(50_000_000)), 1_000)) == 1_000

"""What a body is packed in is taken off, within bounds."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest
from aiohttp import web
from multidict import CIMultiDict

from workbench.gateway.body_encodings import unpacked
from workbench.model.failures import ServiceError

CONTENT = b'{"a": 1}' * 100
_RAW = zlib.compressobj(wbits=-15)
RAW = _RAW.compress(CONTENT) + _RAW.flush()


def read(body: bytes, encoding: str, limit: int = 10_000) -> bytes:
    return asyncio.run(unpacked(body, CIMultiDict({"Content-Encoding": encoding}), limit))


@pytest.mark.parametrize(("encoding", "body"), [
    ("gzip", gzip.compress(CONTENT)), ("GZIP ", gzip.compress(CONTENT)), ("x-gzip", gzip.compress(CONTENT)),
    ("gzip", gzip.compress(CONTENT[:300]) + gzip.compress(CONTENT[300:])),
    ("deflate", zlib.compress(CONTENT)), ("deflate", RAW), ("identity", CONTENT), ("", CONTENT), ("br", CONTENT),
    ("aws-chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (len(CONTENT), CONTENT)),
])
def test_encodings(encoding: str, body: bytes) -> None:
    assert read(body, encoding) == CONTENT


def test_compressed_before_it_was_cut_into_chunks() -> None:
    packed = gzip.compress(CONTENT)
    assert read(b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed), "aws-chunked,gzip") == CONTENT


@pytest.mark.parametrize("body", [b"{}", gzip.compress(CONTENT)[:-1], gzip.compress(CONTENT) + b"x"])
def test_a_body_that_is_not_compressed(body: bytes) -> None:
    with pytest.raises(ServiceError) as error:
        read(body, "gzip")
    assert (error.value.status, error.value.code) == (400, "InvalidRequestContentException")


def test_a_little_that_is_much() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(web.HTTPRequestEntityTooLarge):
        read(bomb, "gzip")
    assert read(gzip.compress(bytes(10_000)), "gzip") == bytes(10_000)
    assert read(b"", "gzip") == b""

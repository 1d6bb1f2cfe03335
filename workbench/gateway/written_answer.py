"""An answer whose head is joined here, for what is asked all the time: aiohttp takes five times as long for its headers."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping
from email.utils import formatdate

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import SERVER_SOFTWARE


class WrittenAnswer(web.StreamResponse):
    """A whole answer of status 200, on a connection that stays open. Ask `suits` first.

    Nothing may be changed about it. The headers have what we know ourselves, or checked: they are sent as they are.
    """

    def __init__(self, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__()
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        head = f"HTTP/1.1 200 OK\r\n{lines}Content-Length: {len(body)}\r\n{_last_lines(int(time.time()))}\r\n"
        self._whole = head.encode("latin-1") + body

    @staticmethod
    def suits(request: web.BaseRequest) -> bool:
        """Whether a request can be answered so: one with a body in its answer, after which others may come."""
        return request.version == HttpVersion11 and request.keep_alive and request.method != "HEAD"

    @property
    def keep_alive(self) -> bool:
        """The connection stays open."""
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """Send everything. Waits for a caller that does not read. Raises ConnectionError."""
        whole, self._whole = self._whole, b""  # the connection keeps this answer until its next request
        await request.writer.write(whole)
        await request.writer.drain()
        return request.writer

    async def write_eof(self, data: bytes = b"") -> None:
        """There is nothing left."""


@functools.lru_cache(1)
def _last_lines(now_s: int) -> str:
    """Return the headers that aiohttp puts last, for this second."""
    return f"Date: {formatdate(now_s, usegmt=True)}\r\nServer: {SERVER_SOFTWARE}\r\n"

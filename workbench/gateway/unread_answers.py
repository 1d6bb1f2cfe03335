"""Answers to callers who may not read them: sent in parts, so that one waits once in memory, for a while and within a bound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from aiohttp import web

PART_BYTES = 65_536
STALLED_LIMIT_S = 60.0
"""A caller who takes nothing for so long is taken for gone."""
STALLED_S = 2.0
"""Where answers need too much memory, one who took nothing for so long is hung up on."""
MOST_UNREAD_BYTES = 64 << 20


class _Unread:
    """One answer on its way: what is left of it, and when its caller last took a part."""

    def __init__(self, request: web.Request, size: int) -> None:
        self.request = request
        self.left_bytes = size
        self.moved_s = time.monotonic()

    def hang_up(self) -> None:
        if self.request.transport is not None:
            self.request.transport.abort()


class UnreadAnswers:
    """All answers of one server that are on their way. On its loop."""

    def __init__(self, most_bytes: int = MOST_UNREAD_BYTES) -> None:
        self._most_bytes = most_bytes
        self._waiting: set[_Unread] = set()

    async def send(self, request: web.Request, headers: Mapping[str, str], body: bytes) -> web.StreamResponse:
        """Answer 200. Raises ConnectionError when the caller is gone, or has not read for too long."""
        if len(body) <= PART_BYTES:
            return web.Response(body=body, headers=headers)
        self._make_room(len(body))
        unread = _Unread(request, len(body))
        self._waiting.add(unread)
        try:
            return await self._in_parts(unread, headers, memoryview(body))
        finally:
            self._waiting.discard(unread)

    async def _in_parts(self, unread: _Unread, headers: Mapping[str, str], body: memoryview) -> web.StreamResponse:
        response = web.StreamResponse(headers=headers)
        response.content_length = len(body)
        await response.prepare(unread.request)
        for start in range(0, len(body), PART_BYTES):
            try:
                async with asyncio.timeout(STALLED_LIMIT_S):
                    await response.write(body[start:start + PART_BYTES])
            except TimeoutError:
                unread.hang_up()
                raise ConnectionResetError("The caller does not read its answer.") from None
            unread.moved_s = time.monotonic()
            unread.left_bytes -= PART_BYTES
        await response.write_eof()
        return response

    def _make_room(self, size: int) -> None:
        """Hang up on those who do not read, the longest waiting first, while there is too much for all."""
        now_s = time.monotonic()
        for unread in sorted(self._waiting, key=lambda each: each.moved_s):
            if size + sum(each.left_bytes for each in self._waiting) <= self._most_bytes or now_s - unread.moved_s < STALLED_S:
                return
            self._waiting.discard(unread)
            unread.hang_up()

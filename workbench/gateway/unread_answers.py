"""Answers to callers who may not read them: sent in parts, so that one waits once in memory, for a while and within a bound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web

PART_BYTES = 65_536
STALLED_LIMIT_S = 60.0
"""A caller who takes nothing for so long is taken for gone."""
STALLED_S = 2.0
"""Where answers need too much memory, one who took nothing for so long is hung up on; the sooner, the more they need, and at
half as much again as they may need, whoever has waited longest."""
MOST_UNREAD_BYTES = 64 << 20
MOST_IN_MAKING = 2
"""Answers that are read from the journal at the same time; each may be tens of MB."""
_LOOK_AGAIN_S = 0.1


class Unread:
    """One answer on its way, which is in memory until all of it is gone, and when its caller last took a part."""

    def __init__(self, request: web.Request, size: int) -> None:
        self.size_bytes = size
        self.moved_s = time.monotonic()
        self._request = request

    async def write(self, response: web.StreamResponse, part: bytes) -> None:
        """One more part. Raises ConnectionError when the caller is gone, or has not read for too long."""
        try:
            async with asyncio.timeout(STALLED_LIMIT_S):
                await response.write(part)
        except TimeoutError:
            self.hang_up()
            raise ConnectionResetError("The caller does not read its answer.") from None
        self.moved_s = time.monotonic()

    def hang_up(self) -> None:
        """Its caller gets no more."""
        if self._request.transport is not None:
            self._request.transport.abort()


class UnreadAnswers:
    """All answers of one server that are on their way. On its loop."""

    def __init__(self, most_bytes: int = MOST_UNREAD_BYTES) -> None:
        self._most_bytes = most_bytes
        self._waiting: set[Unread] = set()
        self._turns = asyncio.Semaphore(MOST_IN_MAKING)

    @web.middleware
    async def in_parts(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """The outermost middleware: every large answer of any handler goes out in parts."""
        response = await handler(request)
        if not isinstance(response, web.Response) or request.method == "HEAD":
            return response
        body = response.body
        if not isinstance(body, bytes) or len(body) <= PART_BYTES:
            return response
        whole = web.StreamResponse(status=response.status, reason=response.reason, headers=response.headers)
        whole.content_length = len(body)
        del response
        with self.waiting(request, len(body)) as unread:
            try:
                await whole.prepare(request)
                for start in range(0, len(body), PART_BYTES):
                    await unread.write(whole, body[start:start + PART_BYTES])
                await whole.write_eof()
            finally:
                del body  # a failure's traceback keeps this frame, for how long the garbage collector says
        return whole

    @contextmanager
    def waiting(self, request: web.Request, size: int) -> Iterator[Unread]:
        """An answer of `size` bytes, whose parts go out by `Unread.write`."""
        self._hang_up_on_the_stalled(size)
        unread = Unread(request, size)
        self._waiting.add(unread)
        try:
            yield unread
        finally:
            self._waiting.discard(unread)

    @asynccontextmanager
    async def making(self) -> AsyncIterator[None]:
        """For what makes an answer that may be large: few at the same time, and none while too much waits to be read."""
        async with self._turns:
            while self._bytes > self._most_bytes:
                self._hang_up_on_the_stalled(0)
                await asyncio.sleep(_LOOK_AGAIN_S)
            yield

    @property
    def _bytes(self) -> int:
        return sum(each.size_bytes for each in self._waiting)

    def _hang_up_on_the_stalled(self, size: int) -> None:
        """The longest waiting first, while there is too much for all."""
        now_s = time.monotonic()
        for unread in sorted(self._waiting, key=lambda each: each.moved_s):
            share = (size + self._bytes) / self._most_bytes
            if share <= 1 or now_s - unread.moved_s < STALLED_S * max(0.0, 3 - 2 * share):
                return
            self._waiting.discard(unread)
            unread.hang_up()

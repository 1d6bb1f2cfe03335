"""Bound the memory taken by answers that callers are slow to read, or never read.

Large answers are sent in parts, so that only one copy of each is in memory. The time and the total size are limited.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web

PART_BYTES = 65_536
STALLED_LIMIT_S = 60.0
"""A caller that reads nothing for this long is considered gone."""
STALLED_S = 2.0
"""While answers exceed the bound, a caller that has read nothing for this long is disconnected. The patience shrinks as the
excess grows: at one and a half times the bound it is zero, and the caller that has been stalled longest goes at once."""
MOST_UNREAD_BYTES = 64 << 20
"""The maximum size of all large answers that are being sent."""
MOST_IN_MAKING = 2
"""How many answers may be read from the journal at the same time; each may take tens of MB."""
_LOOK_AGAIN_S = 0.1


class Unread:
    """One answer that is being sent: its size, all of which stays in memory, and when its caller last read a part."""

    def __init__(self, request: web.Request, size: int) -> None:
        self.size_bytes = size
        self.moved_s = time.monotonic()
        self._request = request

    async def write(self, response: web.StreamResponse, part: bytes) -> None:
        """Send one more part. Raises ConnectionError when the caller is gone or reads nothing for STALLED_LIMIT_S."""
        try:
            async with asyncio.timeout(STALLED_LIMIT_S):
                await response.write(part)
        except TimeoutError:
            self.hang_up()
            raise ConnectionResetError("The caller does not read its answer.") from None
        self.moved_s = time.monotonic()

    def hang_up(self) -> None:
        """Abort the connection."""
        if self._request.transport is not None:
            self._request.transport.abort()


class UnreadAnswers:
    """The answers that one server is sending. Use it on the server's loop."""

    def __init__(self, most_bytes: int = MOST_UNREAD_BYTES) -> None:
        self._most_bytes = most_bytes
        self._waiting: set[Unread] = set()
        self._turns = asyncio.Semaphore(MOST_IN_MAKING)

    @web.middleware
    async def in_parts(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """The middleware that sends every handler's large answers in parts."""
        return await self.sent(request, await handler(request))

    async def sent(self, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
        """Send an answer in parts if it is large, else return it. The caller must not keep it, or what is in it, meanwhile."""
        body = getattr(response, "body", None)  # cheaper than to ask for the class, whose base is an abstract one
        if not isinstance(body, bytes) or len(body) <= PART_BYTES or request.method == "HEAD":
            return response
        whole = web.StreamResponse(status=response.status, reason=response.reason, headers=response.headers)
        whole.content_length = len(body)
        del response  # it holds a second reference to the body, which would outlive the sending
        with self.waiting(request, len(body)) as unread:
            try:
                await whole.prepare(request)
                for start in range(0, len(body), PART_BYTES):
                    await unread.write(whole, body[start:start + PART_BYTES])
                await whole.write_eof()
            finally:
                del body  # a failure's traceback keeps this frame, and the body in it, until the garbage collector runs
        return whole

    @contextmanager
    def waiting(self, request: web.Request, size: int) -> Iterator[Unread]:
        """Account for an answer of `size` bytes during the block, which sends its parts with `Unread.write`."""
        self._hang_up_on_the_stalled(size)
        unread = Unread(request, size)
        self._waiting.add(unread)
        try:
            yield unread
        finally:
            self._waiting.discard(unread)

    @asynccontextmanager
    async def making(self) -> AsyncIterator[None]:
        """Wrap the making of an answer that may be large: waits for a turn, and while too much is still to be read."""
        async with self._turns:
            while self._bytes > self._most_bytes:
                self._hang_up_on_the_stalled(0)
                await asyncio.sleep(_LOOK_AGAIN_S)
            yield

    @property
    def _bytes(self) -> int:
        return sum(each.size_bytes for each in self._waiting)

    def _hang_up_on_the_stalled(self, size: int) -> None:
        """Disconnect stalled callers, the longest stalled first, until the answers and `size` more bytes fit."""
        now_s = time.monotonic()
        for unread in sorted(self._waiting, key=lambda each: each.moved_s):
            share = (size + self._bytes) / self._most_bytes
            if share <= 1 or now_s - unread.moved_s < STALLED_S * max(0.0, 3 - 2 * share):
                return
            self._waiting.discard(unread)  # counts no longer at once, although its task ends only with the next turn of the loop
            unread.hang_up()

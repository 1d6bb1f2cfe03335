"""Bound the memory taken by all request bodies together, however many callers send them and however slowly.

A body that is larger than most, or may be, waits for its turn before it is read: its caller's socket is full until then. A
request that has waited almost as long as AWS's clients do is throttled as Lambda throttles, because these clients retry a 429 and
most of them do not retry a 408. Source: botocore's `data/_retry.json` and its `retries.standard`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from workbench.model.failures import ServiceError

MOST_BYTES = 64 << 20
"""The maximum size of all larger bodies together, from their first part to the answer: ten of the largest."""
BODY_LIMIT_S = 60.0
"""How long a caller may take to send its body once reading begins: 6 MB at 100 KB a second."""
SMALL_BYTES = 65_536
"""Bodies up to this size never wait. They are bounded by the number of open connections."""
STALLED_S = 2.0
"""While others wait, a caller that has sent nothing for this long is disconnected."""
TURN_S = 50.0
"""How long a body waits for its turn. AWS's clients give up after 60 seconds without an answer. Source: botocore's `Config`,
`read_timeout`."""
_LOOK_S = 0.02
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TooLarge = Callable[[bytes | bytearray], Exception]
"""Returns the error for a body that is too large, from its beginning up to the limit."""


class _Body:
    """One body: the room it needs, and when its caller last sent something."""

    def __init__(self, request: web.BaseRequest, limit_bytes: int) -> None:
        self.request = request
        # A package may be a little larger than all the room there is: then it comes alone.
        self.most_bytes = min(_announced_bytes(request, limit_bytes), limit_bytes, MOST_BYTES)
        self.moved_s = 0.0
        self.has_room = False
        self.is_whole = False

    def is_stalled(self) -> bool:
        return self.has_room and not self.is_whole and time.monotonic() - self.moved_s > STALLED_S


def _no_room() -> ServiceError:
    hint = (f"Events of {MOST_BYTES >> 20} MB in all are under way already, and none was answered within {TURN_S:.0f} seconds. "
            "Send fewer large events at a time.")
    return ServiceError("TooManyRequestsException", 429, "Rate Exceeded.", hint=hint)


def _announced_bytes(request: web.BaseRequest, otherwise: int) -> int:
    """The size the caller announces; `otherwise` when it is chunked or compressed, so that the size is not known."""
    if not request.body_exists:
        return 0
    length = request.content_length
    return otherwise if length is None or "Content-Encoding" in request.headers else length


def read_at_once(request: web.Request, limit_bytes: int) -> bytes | None:
    """Return a small body that came with its head, as nearly all do; None if it has to be waited for."""
    if not request.body_exists:
        return b""
    if _announced_bytes(request, limit_bytes) <= min(SMALL_BYTES, limit_bytes) and request.content.is_eof():
        return request.content.read_nowait()
    return None


def too_large_body(beginning: bytes | bytearray) -> Exception:
    """Return aiohttp's own error."""
    return web.HTTPRequestEntityTooLarge(len(beginning) - 1, len(beginning))


class BodiesInMemory:
    """The bodies of one server's requests. `read` reserves room, `settle` adapts it, `middleware` releases it. For its loop."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bodies: dict[int, _Body] = {}
        self._line = asyncio.Lock()  # its holder is the first of those that wait for room

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Release a body's room once its request has been answered."""
        try:
            return await handler(request)
        finally:
            self._bodies.pop(id(request), None)

    async def read(self, request: web.Request, limit_bytes: int, too_large: TooLarge | None = None) -> bytes:
        """Read the whole body, in its turn.

        Raises ServiceError 429 if its turn does not come and 408 if the body does not, what `too_large` returns (by default
        HTTPRequestEntityTooLarge), and what reading from a connection raises.
        """
        here = read_at_once(request, limit_bytes)
        if here is not None:
            return here
        body = self._bodies[id(request)] = _Body(request, limit_bytes)
        content = bytearray()
        try:
            if body.most_bytes > SMALL_BYTES:
                await self._turn(body)
            # The time counts from the turn: while the body waited, nobody read, and the caller could not send the rest.
            async with asyncio.timeout(BODY_LIMIT_S):
                if not await self._read_into(content, body, limit_bytes):
                    raise (too_large or too_large_body)(content)
            return bytes(content)
        except TimeoutError:
            message = f"The body of the request did not come within {BODY_LIMIT_S:.0f} seconds."
            raise ServiceError("RequestTimeoutException", 408, message) from None
        finally:
            content.clear()  # a failure's traceback keeps this frame, and the bytes in it, until the garbage collector runs

    def settle(self, request: web.Request, size_bytes: int) -> None:
        """Reserve from now on only what a body takes that was read: its size was not known before, or it was compressed."""
        body = self._bodies.get(id(request))
        if body is not None:
            body.most_bytes = min(body.most_bytes, size_bytes)

    async def _read_into(self, content: bytearray, body: _Body, limit_bytes: int) -> bool:
        """Read until the end, and return whether that came before the limit."""
        while part := await body.request.content.readany():
            content += part
            if len(content) > limit_bytes:
                return False
            body.moved_s = time.monotonic()
        body.is_whole = True
        return True

    async def _turn(self, body: _Body) -> None:
        """Return when there is room for all of it, first come, first served. Raises ServiceError."""
        try:
            # In order of arrival, or smaller bodies would keep passing a large one. Only the first in line looks for room, which
            # costs more the more there are. It polls instead of being woken because no event tells that a caller has stalled.
            async with asyncio.timeout(TURN_S), self._line:
                while self._taken_bytes() + body.most_bytes > self._most_bytes:
                    self._hang_up_on_the_stalled()
                    await asyncio.sleep(_LOOK_S)
                body.has_room, body.moved_s = True, time.monotonic()
        except TimeoutError:
            raise _no_room() from None

    def _taken_bytes(self) -> int:
        return sum(each.most_bytes for each in self._bodies.values() if each.has_room)

    def _hang_up_on_the_stalled(self) -> None:
        for each in [each for each in self._bodies.values() if each.is_stalled()]:
            self._bodies.pop(id(each.request))
            if each.request.transport is not None:
                each.request.transport.abort()

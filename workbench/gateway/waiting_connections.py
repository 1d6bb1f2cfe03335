"""Connections on which nothing is asked: each is a file of this process, and there are only so many of those.

Who connects and sends nothing, or the beginning of a request and no end, would otherwise keep all others out for ever.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from aiohttp import web

LOOK_S = 0.25
FIRST_REQUEST_S = 30.0
"""So long may a caller take to the end of its first request's headers; where connections are kept, four times that."""
MOST_WAITING = 1_000
"""So many may wait for longer than a second; it is fewer where this process may have few files."""
_PATIENT_S = 1.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Connection(Protocol):
    """aiohttp's protocol of a connection."""

    def force_close(self) -> None:
        """Answer nothing more on it."""

    def close(self) -> None:
        """Close it when what is under way is done."""

    @property
    def transport(self) -> asyncio.Transport | None:
        """None when it is closed."""


class WaitingConnections:
    """Those of one server. `middleware` tells which are in use. On its loop."""

    def __init__(self, connections: Callable[[], Iterable[Connection]], most: int = MOST_WAITING) -> None:
        self._connections = connections
        self._most = most
        self._in_use: set[object] = set()
        self._since_s: dict[object, float] = {}
        self._has_asked: set[object] = set()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A request has come whole as far as its headers go."""
        connection = request.protocol
        self._in_use.add(connection)
        try:
            return await handler(request)
        finally:
            self._in_use.discard(connection)
            self._has_asked.add(connection)
            self._since_s.pop(connection, None)

    async def watch(self) -> None:
        """Hang up on those who wait for too long, and on the longest waiting where there are too many. Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            self._look(time.monotonic())

    def _look(self, now_s: float) -> None:
        waiting = [each for each in self._connections() if each not in self._in_use]
        self._since_s = {each: self._since_s.get(each, now_s) for each in waiting}
        self._has_asked &= set(waiting) | self._in_use
        patient = sorted((each for each in waiting if now_s - self._since_s[each] > _PATIENT_S), key=self._since_s.__getitem__)
        for number, each in enumerate(patient):
            limit_s = FIRST_REQUEST_S * (4 if each in self._has_asked else 1)
            if len(patient) - number > self._most or now_s - self._since_s[each] > limit_s:
                each.force_close()
                if each.transport is not None:
                    each.transport.abort()

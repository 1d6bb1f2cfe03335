"""Limit idle connections: each takes one of this process's open files, whose number is limited.

Callers that connect and send nothing, or only the beginning of a request, could otherwise keep everyone else out forever.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from aiohttp import web

LOOK_S = 0.25
FIRST_REQUEST_S = 30.0
"""How long a caller may take to send the headers of its first request. A connection kept for more requests may idle four times
as long."""
MOST_WAITING = 1_000
"""How many connections may idle for more than a second; fewer where this process may open only few files."""
_PATIENT_S = 1.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Connection(Protocol):
    """What we use of a connection of aiohttp's server."""

    def force_close(self) -> None:
        """Answer nothing more on it."""

    def close(self) -> None:
        """Close it after the current request."""

    @property
    def transport(self) -> asyncio.Transport | None:
        """None when it is closed."""


class WaitingConnections:
    """The idle connections of one server; `middleware` records which are in use, or `begin` and `end`. For the server's loop."""

    def __init__(self, connections: Callable[[], Iterable[Connection]], most: int = MOST_WAITING) -> None:
        self._connections = connections
        self._most = most
        self._in_use: set[object] = set()
        self._since_s: dict[object, float] = {}
        self._has_asked: set[object] = set()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Mark the connection as in use from the end of a request's headers to the end of its answer."""
        self.begin(request.protocol)
        try:
            return await handler(request)
        finally:
            self.end(request.protocol)

    def begin(self, connection: object) -> None:
        """A request has come on a connection. Call `end` when it is answered."""
        self._in_use.add(connection)

    def end(self, connection: object) -> None:
        """It is answered."""
        self._in_use.discard(connection)
        self._has_asked.add(connection)
        self._since_s.pop(connection, None)

    async def watch(self) -> None:
        """Close connections that have idled too long, and the longest idle ones when there are too many. Runs until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            self._look(time.monotonic())

    def _look(self, now_s: float) -> None:
        # Built anew each time, so that connections that are gone are forgotten.
        waiting = [each for each in self._connections() if each not in self._in_use]
        self._since_s = {each: self._since_s.get(each, now_s) for each in waiting}
        self._has_asked &= set(waiting) | self._in_use
        patient = sorted((each for each in waiting if now_s - self._since_s[each] > _PATIENT_S), key=self._since_s.__getitem__)
        for number, each in enumerate(patient):
            limit_s = FIRST_REQUEST_S * (4 if each in self._has_asked else 1)
            if len(patient) - number > self._most or now_s - self._since_s[each] > limit_s:
                each.force_close()
                if each.transport is not None:
                    each.transport.abort()  # not `close`, which waits until a caller that reads nothing has read what is written

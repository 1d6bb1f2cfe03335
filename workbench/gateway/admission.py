"""Holds requests back until the engine has started.

The port is bound first, so that a port that is taken is reported before a large workspace is read. A client that knows the port
may therefore call before there are functions.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from workbench.gateway.errors import Handler
from workbench.model.failures import ServiceError


class Admission:
    """Lets no request through before `open`. Use it on the server's loop."""

    def __init__(self) -> None:
        self._decided = asyncio.Event()
        self._is_open = False

    @property
    def is_open(self) -> bool:
        """Whether no request has to wait."""
        return self._is_open

    def open(self) -> None:
        """Serve the requests that wait, and all that come."""
        self._is_open = True
        self._decided.set()

    def close(self) -> None:
        """Refuse the requests that still wait: the engine ends before it has started."""
        self._decided.set()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Wait for the decision. Raises ServiceError 503 when the engine ends instead."""
        if not self._is_open:
            await self._decided.wait()
        if not self._is_open:
            raise ServiceError("ServiceException", 503, "The engine ended before it had started.", fault="Service")
        return await handler(request)

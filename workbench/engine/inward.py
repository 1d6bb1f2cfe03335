"""Connections into an environment, to what listens there: subscribers of telemetry, debuggers.

How to get in depends on the sandbox: a container's address, a network namespace, or this machine's loopback interface.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.client_proto import ResponseHandler

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.tracing import Trace

Connect = Callable[[int], Awaitable[socket.socket]]
"""Connects to a port inside (`Sandbox.connect`). Raises OSError."""


def inside_url(port: int, path: str) -> str:
    """Return the URL of a path inside. The host is what a client inside would use: Node.js's inspector refuses other names."""
    return f"http://127.0.0.1:{port}{path}"


class InwardConnector(aiohttp.BaseConnector):
    """Lets an aiohttp client connect through `connect`. Raises ClientConnectionError if that fails."""

    def __init__(self, connect: Connect, *, force_close: bool = False) -> None:
        super().__init__(force_close=force_close)
        self._connect_inside = connect

    async def _create_connection(
        self, req: ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout  # noqa: ARG002 - the base's
    ) -> ResponseHandler:
        try:
            async with asyncio.timeout(timeout.sock_connect):
                connection = await self._connect_inside(req.url.port or 80)
            _, protocol = await asyncio.get_running_loop().create_connection(self._factory, sock=connection)
        except (OSError, TimeoutError) as error:
            raise aiohttp.ClientConnectionError(str(error)) from error
        return protocol

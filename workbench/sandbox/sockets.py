"""Sockets for environments that have an address on this machine's network: to listen for their calls, and to connect to them."""

from __future__ import annotations

import asyncio
import socket

from workbench.sandbox.protocol import Address, Listening

_BACKLOG = 16


def listen_at(address: Address) -> Listening:
    """Listen at a free port. Raises OSError."""
    listener = socket.create_server((address.bind_host, 0), backlog=_BACKLOG)
    listener.setblocking(False)
    return Listening(listener, f"{address.advertised_host}:{listener.getsockname()[1]}")


async def connect_to(host: str, port: int) -> socket.socket:
    """Connect, and return the non-blocking socket. Raises OSError."""
    connection = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    connection.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(connection, (host, port))
    except BaseException:
        connection.close()
        raise
    return connection

"""Sockets of environments that this machine reaches by an address: listening for their calls, and connecting to them."""

from __future__ import annotations

import asyncio
import socket

from workbench.sandbox.protocol import Address, Listening

_BACKLOG = 16


def listen_at(address: Address) -> Listening:
    """A socket at a free port. Raises OSError."""
    listener = socket.create_server((address.bind_host, 0), backlog=_BACKLOG)
    listener.setblocking(False)
    return Listening(listener, f"{address.advertised_host}:{listener.getsockname()[1]}")


async def connect_to(host: str, port: int) -> socket.socket:
    """A connection, not blocking. Raises OSError."""
    connection = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    connection.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(connection, (host, port))
    except BaseException:
        connection.close()
        raise
    return connection

"""Makes configured services on this machine's loopback interface (moto, LocalStack) reachable in an environment's own network.

`http://localhost:4566` means the same inside and outside: a listener inside leads, through the engine, to exactly the configured
address and to nothing else. On the engine's loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
import struct
from collections.abc import Callable, Coroutine, Iterable, Mapping
from urllib.parse import urlsplit

import msgspec

from workbench.background import TaskSet, begin_awaited
from workbench.model.failures import SandboxError
from workbench.sandbox.isolated.namespace_sockets import NamespaceSockets
from workbench.sandbox.isolated.network_namespace import NetworkNamespace

MOST_CONNECTIONS = 256
"""Most concurrent connections of one environment to one service; further ones wait for their turn."""
MOST_KEPT = 4 * MOST_CONNECTIONS
"""Most connections of one environment, including waiting ones. Further ones are reset: each takes a descriptor of the engine."""
_CHUNK_BYTES = 1 << 16
_ENDPOINT = re.compile(r"AWS_ENDPOINT_URL(_[A-Z0-9_]+)?$")
_PORTS = {"http": 80, "https": 443}
_LOOPBACK = re.compile(r"(.+\.)?localhost(\.localstack\.cloud)?\.?$", re.IGNORECASE)
"""Names that resolve to 127.0.0.1 everywhere. Sources: RFC 6761, 6.3; LocalStack's documentation, "Transparent endpoint
injection"."""


class Service(msgspec.Struct, frozen=True, order=True):
    """A service at an address of this machine's loopback interface."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def cure(self) -> str:
        """What to do if it cannot be provided in an environment's network."""
        if ":" in self.host:
            return f"Where IPv6 is switched off, 127.0.0.1:{self.port} may do."
        return "Let the service listen at another port, or run the function in Docker or as a process."


def configured_services(variables: Mapping[str, str]) -> tuple[Service, ...]:
    """The services that a function's variables name as AWS endpoints (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3`, …).

    Only a suggestion: variables come from the template, whose author could name any service of this machine. Use the result only
    as far as the person has agreed. Source: AWS SDKs and Tools reference guide, "Service-specific endpoints".
    """
    named = (_service(value) for name, value in variables.items() if _ENDPOINT.match(name))
    return tuple(sorted({service for service in named if service is not None}))


def _service(url: str) -> Service | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
        host = "127.0.0.1" if _LOOPBACK.match(host) else host
        return Service(host, port) if port and ipaddress.ip_address(host).is_loopback else None
    except ValueError:
        return None  # not an address of this machine: it leads to the outside, or nowhere


class Forwarding:
    """The listeners inside one environment, and the connections that go through them."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._relays = TaskSet()
        self._closed = False

    @classmethod
    async def into(
        cls, sockets: NamespaceSockets, place: int | NetworkNamespace, services: Iterable[Service]
    ) -> tuple[Forwarding, tuple[str, ...]]:
        """Listen for each service inside. Also returns a sentence for each service for which that failed. Raises OSError."""
        made, notices = cls(), list[str]()
        try:
            for service in services:
                try:
                    await made._add(await sockets.listen(place, service.host, service.port), service)
                except SandboxError as error:
                    notices.append(f"The function does not reach {service} of this machine. {error.message} {service.cure}")
        except BaseException:  # the listeners of the services before it would stay open
            await made.close()
            raise
        return made, tuple(notices)

    async def _add(self, listener: socket.socket, service: Service) -> None:
        try:
            self._servers.append(await asyncio.start_server(self._relay(service), sock=listener))
        except BaseException:
            listener.close()
            raise

    async def close(self) -> None:
        """Stop listening and close all connections. Idempotent."""
        self._closed = True
        for server in self._servers:
            server.close()
        self._servers.clear()
        await self._relays.cancel()

    def _relay(self, service: Service) -> _Relay:
        return _Relay(service, self._relays, lambda: self._closed)


class _Relay:
    """Forwards connections to one service."""

    def __init__(self, service: Service, relays: TaskSet, is_closed: Callable[[], bool]) -> None:
        self._service = service
        self._relays = relays
        self._is_closed = is_closed
        self._turns = asyncio.Semaphore(MOST_CONNECTIONS)

    def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_closed() or len(self._relays) >= MOST_KEPT:
            writer.transport.abort()
            return
        self._relays.begin("Forwarding a connection", self._run(reader, writer))

    async def _run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._turns:
            try:
                outer_reader, outer_writer = await asyncio.open_connection(self._service.host, self._service.port)
            except OSError:
                _reset(writer)  # nobody listens outside
                return
            try:
                with contextlib.suppress(OSError):
                    await _both(_pump(reader, outer_writer), _pump(outer_reader, writer))
            finally:
                for each in (writer, outer_writer):
                    each.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Reset a connection, so that the other end sees an error and not an end of data. Source: socket(7), SO_LINGER."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _both(*ways: Coroutine[None, None, None]) -> None:
    """Run both ways until both have ended or one has failed."""
    tasks = [begin_awaited("One way of a connection", way, OSError) for way in ways]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:  # `gather` lets the other way run on when one fails
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy data no faster than it is accepted, then pass on its end, so that half-closed connections work."""
    while data := await reader.read(_CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(OSError, NotImplementedError):
        writer.write_eof()

"""Sending batches into an environment: an HTTP POST of a JSON array, or lines of JSON over TCP."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol

import aiohttp

from workbench.engine.inward import Connect, InwardConnector, inside_url
from workbench.engine.telemetry.subscription import Destination


class NotDelivered(Exception):
    """A batch could not be handed over; the text says why."""


class Delivery(Protocol):
    """One subscriber's end of the line."""

    async def send(self, batch: list[bytes]) -> None:
        """Hand over a batch of encoded records; returns when it was taken. Raises NotDelivered."""

    async def close(self) -> None:
        """Hang up."""


def delivery_to(connect: Connect, destination: Destination) -> Delivery:
    """The way to a destination in the environment that `connect` leads to."""
    if destination.protocol == "TCP":
        return TcpDelivery(connect, destination.port)
    return HttpDelivery(connect, destination)


class HttpDelivery:
    """POSTs to one URL, one connection a batch: one that was kept would be dead after a freeze."""

    def __init__(self, connect: Connect, destination: Destination) -> None:
        self._connect = connect
        self._url = inside_url(destination.port, destination.path)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, batch: list[bytes]) -> None:
        """POST the batch as a JSON array. No time limit: a frozen subscriber answers when it is thawed."""
        if self._session is None:
            connector = InwardConnector(self._connect, force_close=True)
            self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None))
        body = b"[" + b",".join(batch) + b"]"
        try:
            async with self._session.post(self._url, data=body, headers={"Content-Type": "application/json"}) as answer:
                status = answer.status
        except (aiohttp.ClientError, OSError) as error:
            raise NotDelivered(str(error)) from error
        if status >= 400:
            raise NotDelivered(f"The subscriber answered {status}.")

    async def close(self) -> None:
        """Release the session."""
        if self._session is not None:
            await self._session.close()


class TcpDelivery:
    """One connection for all batches; every record is one line."""

    def __init__(self, connect: Connect, port: int) -> None:
        self._connect = connect
        self._port = port
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, batch: list[bytes]) -> None:
        """Write the records; connects first where there is no connection."""
        try:
            if self._writer is None:
                _, self._writer = await asyncio.open_connection(sock=await self._connect(self._port))
            self._writer.write(b"".join(record + b"\n" for record in batch))
            await self._writer.drain()
        except OSError as error:
            await self.close()
            raise NotDelivered(str(error)) from error

    async def close(self) -> None:
        """Close the connection."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

"""Sending batches into an environment: an HTTP POST of a JSON array, or lines of JSON over TCP."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol

import aiohttp

from workbench.engine.inward import Connect, InwardConnector, inside_url
from workbench.engine.telemetry.subscription import Destination


class NotDelivered(Exception):
    """Raised when a batch could not be delivered; the text says why."""


class Delivery(Protocol):
    """Delivers to one subscriber."""

    async def send(self, batch: list[bytes]) -> None:
        """Deliver a batch of encoded records; return when the subscriber has accepted it. Raises NotDelivered."""

    async def close(self) -> None:
        """Close the connection."""


def delivery_to(connect: Connect, destination: Destination) -> Delivery:
    """Return a delivery to a destination inside the environment that `connect` leads to."""
    if destination.protocol == "TCP":
        return TcpDelivery(connect, destination.port)
    return HttpDelivery(connect, destination)


class HttpDelivery:
    """POSTs to one URL, with a new connection for each batch: a connection that is kept would be dead after a freeze."""

    def __init__(self, connect: Connect, destination: Destination) -> None:
        self._connect = connect
        self._url = inside_url(destination.port, destination.path)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, batch: list[bytes]) -> None:
        """POST the batch as a JSON array. There is no time limit: a frozen subscriber answers when it is thawed."""
        # Made here because few environments have subscribers, and a session has to be made on the loop that uses it.
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
    """Writes all batches to one connection; every record is one line."""

    def __init__(self, connect: Connect, port: int) -> None:
        self._connect = connect
        self._port = port
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, batch: list[bytes]) -> None:
        """Write the records, connecting first if there is no connection."""
        try:
            if self._writer is None:
                _, self._writer = await asyncio.open_connection(sock=await self._connect(self._port))
            self._writer.write(b"".join(record + b"\n" for record in batch))
            await self._writer.drain()
        except OSError as error:
            await self.close()  # so that the next batch connects anew
            raise NotDelivered(str(error)) from error

    async def close(self) -> None:
        """Close the connection."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):  # raises what broke the connection, which `send` has reported
                await writer.wait_closed()

"""A cable between the Docker SDK and the real engine that a test can cut: what is left is an engine that went away."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

_USUAL = "unix:///var/run/docker.sock"
_BLOCK = 1 << 16


class Cable:
    """Forwards a socket to the one of the engine that DOCKER_HOST names now, on the test's loop."""

    def __init__(self, path: Path) -> None:
        self.url = f"unix://{path}"
        self._path = path
        self._engine = os.environ.get("DOCKER_HOST", _USUAL).removeprefix("unix://")
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Cable:
        self._server = await asyncio.start_unix_server(self._plug, self._path)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.cut()

    async def cut(self) -> None:
        """Hang up on everybody and listen no more."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        self._path.unlink(missing_ok=True)
        await self.hang_up()

    async def hang_up(self) -> None:
        """Break all connections, those that are just being made too; new ones are taken as before."""
        broken = tuple(self._tasks)
        for task in broken:
            task.cancel()
        await asyncio.gather(*broken, return_exceptions=True)

    def _plug(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._connect(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until both sides have said all, or somebody hangs up."""
        with contextlib.closing(writer.transport) as client, contextlib.suppress(OSError):
            engine_reader, engine_writer = await asyncio.open_unix_connection(self._engine)
            with contextlib.closing(engine_writer.transport) as engine:
                try:
                    await asyncio.gather(_forward(reader, engine_writer), _forward(engine_reader, writer))
                except asyncio.CancelledError:
                    client.abort()
                    engine.abort()
                    raise


async def _forward(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(_BLOCK):
            target.write(data)
            await target.drain()
    with contextlib.suppress(OSError):
        target.close()

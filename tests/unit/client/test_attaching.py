"""Attaching to an engine that serves the workspace already: whoever gives up meanwhile leaves no connection open."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.engines import until
from workbench.background import begin_awaited
from workbench.client.engine_process import attach, connection_file
from workbench.model.engine_api import Connection
from workbench.storage.processes import RunningProcess


async def test_whoever_gives_up_leaves_no_connection_open(tmp_path: Path) -> None:
    """A session that nobody has closed complains when it is collected, and fails the test."""
    callers: list[asyncio.StreamWriter] = []
    gone = asyncio.Event()

    async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.append(writer)
        while await reader.read(1_000):  # until the caller hangs up
            pass
        gone.set()
        writer.close()

    server = await asyncio.start_server(says_nothing, "127.0.0.1", 0)
    me, port = RunningProcess.ourselves(), server.sockets[0].getsockname()[1]
    connection_file(tmp_path).write(Connection(
        url=f"http://127.0.0.1:{port}", token="t", pid=me.pid, engine_id="e", workspace=str(tmp_path), started_s=me.created_s,
        program=me.program))
    attaching = begin_awaited("attaching", attach(tmp_path))
    await until(lambda: callers)
    attaching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attaching
    async with asyncio.timeout(30):
        await gone.wait()
    server.close()
    await server.wait_closed()

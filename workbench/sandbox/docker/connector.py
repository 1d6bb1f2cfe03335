"""Connects to the container engine on first use, and has what dead engines of ours left behind removed."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path

from workbench.model.failures import SandboxError
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.connection import Connection
from workbench.sandbox.docker.engine import find_patiently
from workbench.sandbox.docker.labels import engine_labels
from workbench.sandbox.docker.orphans import dead_folders, note_owner, remove_orphans
from workbench.sandbox.protocol import ProgressHandler


class Connector:
    """One engine's way to its container engine. On the loop."""

    def __init__(self, engine_id: str, root: Path) -> None:
        """`root`: the folder with those of all engines of the workspace."""
        self._engine_id = engine_id
        self._root = root
        self._connecting = asyncio.Lock()
        self.connection: Connection | None = None
        """The connection, None before the first use and after `close`."""

    async def connected(self, progress: ProgressHandler = lambda _: None) -> Connection:
        """The connection, made on first use; `progress` is told if the engine is slow to answer. Raises SandboxUnavailable."""
        async with self._connecting:
            if self.connection is None:
                calls = DockerCalls(await find_patiently(progress))
                self.connection = Connection(calls, self._engine_id, self._root)
                with contextlib.suppress(OSError):  # a folder that cannot be written is told when it is needed
                    await asyncio.to_thread(note_owner, self._root / self._engine_id, engine_labels(self._engine_id))
                # Not awaited: the first cold start should not wait until another engine's remains are gone.
                calls.start(lambda client: remove_orphans(client, calls.engine))
            return self.connection

    async def reap_orphans(self) -> int:
        """Remove what dead engines left behind; returns the number of containers. Never raises: 0 without Docker.

        Cheap enough for the engine's start: Docker is not even looked for unless an engine of this workspace has died.
        """
        folders = await asyncio.to_thread(dead_folders, self._root)
        if self.connection is None and not folders:
            return 0
        try:
            connection = await self.connected()
            engine = connection.calls.engine
            removed = await connection.calls.run(
                "remove old containers", lambda client: remove_orphans(client, engine), deadline_s=None)
        except SandboxError:
            return 0
        for folder in folders:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return removed

    async def close(self) -> None:
        """Remove this engine's containers and close the connection."""
        connection, self.connection = self.connection, None
        if connection is not None:
            await connection.close()

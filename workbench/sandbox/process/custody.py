"""Nothing that an engine started may outlive it: what is told to the guardian now and to the next engine later."""

from __future__ import annotations

import asyncio
from pathlib import Path

from workbench.sandbox.process.guardian import Guardian
from workbench.sandbox.process.orphans import OrphansFile, reap_orphans


class Custody:
    """Keeps account of the living runtimes of one engine."""

    def __init__(self, orphans_file: Path) -> None:
        self._path = orphans_file
        self._orphans = OrphansFile(orphans_file)
        self._guardian = Guardian()

    async def reap_orphans(self) -> int:
        """End what a killed engine left behind; returns how many runtimes that were."""
        return await asyncio.to_thread(reap_orphans, self._path)

    def started(self, pid: int, temp_folder: Path) -> None:
        """A runtime lives, leading a process group of its own: the guardian knows it at once, the file in a moment.

        Writing the file takes some milliseconds beside a process that starts, which need not be part of that start. If the
        engine is killed before, the guardian still ends the runtime; at worst an empty temporary folder stays.
        """
        self._guardian.watch(pid)
        asyncio.get_running_loop().call_soon(self._orphans.add, pid, temp_folder)

    def ended(self, pid: int) -> None:
        """Its group was killed; its number is about to become free."""
        self._guardian.forget(pid)

    def gone(self, pid: int) -> None:
        """Nothing of it is left, its temporary folder included."""
        self._orphans.remove(pid)

    def close(self) -> None:
        """End the guardian."""
        self._guardian.close()

"""Records what an engine has started, so that nothing outlives it: for the guardian now, and in a file for the next engine."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path

from workbench.background import begin_awaited
from workbench.sandbox.process.engine_folder import remove_left
from workbench.sandbox.process.guardian import Guardian
from workbench.sandbox.process.orphans import TEMP_PREFIX, OrphansFile, reap_orphans


class ChildRegistry:
    """The living runtimes of one engine, and the folders and control groups of their environments."""

    def __init__(self, orphans_file: Path, marks: Sequence[str] = ()) -> None:
        """`marks`: the folders of the engine's control groups."""
        self._bases = {Path(mark).parent for mark in marks}
        self._path = orphans_file
        self._reaping: asyncio.Task[int] | None = None
        self._orphans = OrphansFile(orphans_file, marks)
        self._guardian = Guardian(marks)

    async def reap_orphans(self) -> int:
        """End what a killed engine left behind, once; returns the number of runtimes. A cancelled caller does not stop it."""
        if self._reaping is None:
            self._reaping = begin_awaited("Removing what earlier engines left", asyncio.to_thread(self._reap))
        return await asyncio.shield(self._reaping)

    def _reap(self) -> int:
        count = reap_orphans(self._path)
        remove_left(self._bases)
        return count

    def made_ahead(self, temp_folder: Path) -> None:
        """Record the folder of an environment made ahead, which may exist for a long time without a runtime."""
        self._orphans.keep(temp_folder)

    def new_folder(self) -> Path:
        """Make a temporary folder that is recorded before it exists: if we are killed in between, the next engine still finds it.

        Raises OSError.
        """
        while True:
            folder = Path(tempfile.gettempdir()) / f"{TEMP_PREFIX}{secrets.token_hex(4)}"
            self._orphans.keep(folder)
            try:
                folder.mkdir(mode=0o700)
            except OSError as error:
                self._orphans.release(folder)
                if not isinstance(error, FileExistsError):
                    raise
            else:
                return folder

    def started(self, pid: int, temp_folder: Path) -> None:
        """Record a runtime that leads its own process group: with the guardian at once, in the file a moment later.

        Writing the file takes some milliseconds while the process starts, which would delay that start. If the engine is killed
        before, the guardian still ends the runtime; at worst, an empty temporary folder is left.
        """
        self._guardian.watch(pid)
        asyncio.get_running_loop().call_soon(self._orphans.add, pid, temp_folder)

    def ended(self, pid: int) -> None:
        """Forget a group that was killed. Call it before the leader is reaped, because its ID may be reused after that."""
        self._guardian.forget(pid)

    def gone(self, pid: int) -> None:
        """Forget a runtime of which no process is left. Its environment keeps the temporary folder."""
        self._orphans.remove(pid)

    def released(self, temp_folder: Path) -> None:
        """Forget the folder of an environment that is gone; the folder has been removed."""
        self._orphans.release(temp_folder)

    def close(self) -> None:
        """End the guardian."""
        self._guardian.close()

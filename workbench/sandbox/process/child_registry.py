"""Nothing that an engine started may outlive it: what is told to the guardian now and to the next engine later."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path

from workbench.background import begin_awaited
from workbench.sandbox.process.guardian import Guardian
from workbench.sandbox.process.orphans import TEMP_PREFIX, OrphansFile, reap_orphans


class ChildRegistry:
    """Keeps account of the living runtimes of one engine, and of what their environments keep."""

    def __init__(self, orphans_file: Path, marks: Sequence[str] = ()) -> None:
        """`marks`: with what the folders of the engine's control groups begin."""
        self._path = orphans_file
        self._reaping: asyncio.Task[int] | None = None
        self._orphans = OrphansFile(orphans_file, marks)
        self._guardian = Guardian(marks)

    async def reap_orphans(self) -> int:
        """End what a killed engine left behind, once for all callers. Returns the number of runtimes."""
        if self._reaping is None:
            self._reaping = begin_awaited("Removing what earlier engines left", asyncio.to_thread(reap_orphans, self._path))
        return await asyncio.shield(self._reaping)

    def made_ahead(self, temp_folder: Path) -> None:
        """An environment waits for a request: its folder may lie there for long without a runtime."""
        self._orphans.keep(temp_folder)

    def new_folder(self) -> Path:
        """A new temporary folder, noted before it is there: made in the background it would else be nobody's for a while.

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
        """Nothing that it started is left; its temporary folder is still its environment's."""
        self._orphans.remove(pid)

    def released(self, temp_folder: Path) -> None:
        """An environment is gone, and so is its folder."""
        self._orphans.release(temp_folder)

    def close(self) -> None:
        """End the guardian."""
        self._guardian.close()

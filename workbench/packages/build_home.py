"""The home of a workspace's builds: an entry of the cache like all others, so it is counted, and cleared while no build runs.

Tools keep there what they fetched (npm, Maven, Gradle, Go), which saves the next build the time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from workbench.packages.leases import Leases
from workbench.packages.store import LEASES, Note, Store

KIND = "build-homes"


class BuildHome:
    """Of the workspace that `key` stands for. On the engine's loop."""

    def __init__(self, store: Store, key: str) -> None:
        self._store = store
        self._key = key
        self._leases = Leases(store.folder / LEASES)
        self._builds = 0

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Path]:
        """The folder, in use for the block; what it takes is noted afterwards. Raises SandboxError."""
        self._builds += 1
        try:
            yield await asyncio.to_thread(self._ensure)
        finally:
            self._builds -= 1
            if not self._builds:
                await asyncio.to_thread(self._give_back)

    def _ensure(self) -> Path:
        """In use before it is looked for, so that nobody clears it in between."""
        self._leases.hold([f"{KIND}/{self._key}"])
        entry = self._store.find(KIND, self._key)
        if entry is None:
            with self._store.making() as content:
                entry = self._store.keep(KIND, self._key, content, Note())
        entry.content.chmod(0o700)
        return entry.content

    def _give_back(self) -> None:
        entry = self._store.find(KIND, self._key)
        if entry is not None:
            self._store.note_size(KIND, self._key, _size_bytes(entry.content))
        if not self._builds:  # another one may have begun meanwhile, whose lease it is
            self._leases.release()


def _size_bytes(folder: Path) -> int:
    size_bytes = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size_bytes += os.lstat(os.path.join(parent, name)).st_size
    return size_bytes

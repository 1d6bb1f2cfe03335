"""The home folder of a workspace's isolated builds, in which tools (npm, Maven, Gradle, Go) cache their downloads.

It is an entry of the package cache, so it counts toward the cache's size and can be cleared while no build runs.
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
    """The home of the builds of one workspace, identified by `key`. Use it on the engine's loop."""

    def __init__(self, store: Store, key: str) -> None:
        self._store = store
        self._key = key
        self._leases = Leases(store.folder / LEASES)
        self._builds = 0

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Path]:
        """Lend the folder for the block, protected from clearing, and record its size afterwards. Raises SandboxError."""
        self._builds += 1
        try:
            yield await asyncio.to_thread(self._ensure)
        finally:
            self._builds -= 1
            if not self._builds:
                await asyncio.to_thread(self._give_back)

    def _ensure(self) -> Path:
        """The folder, created if needed. The lease is taken first, so that nobody clears the folder between look-up and use."""
        self._leases.hold([f"{KIND}/{self._key}"])
        entry = self._store.find(KIND, self._key)
        if entry is None:
            with self._store.making() as content:
                entry = self._store.keep(KIND, self._key, content, Note())
        # The store opens its folders to everyone, but caches and settings of tools may contain tokens.
        entry.content.chmod(0o700)
        return entry.content

    def _give_back(self) -> None:
        entry = self._store.find(KIND, self._key)
        if entry is not None:
            self._store.note_size(KIND, self._key, _size_bytes(entry.content))
        if not self._builds:  # otherwise another build has begun meanwhile and needs the lease
            self._leases.release()


def _size_bytes(folder: Path) -> int:
    size_bytes = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size_bytes += os.lstat(os.path.join(parent, name)).st_size
    return size_bytes

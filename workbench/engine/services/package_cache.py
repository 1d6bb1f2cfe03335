"""The cache of packages, which all engines of this person share."""

from __future__ import annotations

import asyncio

from workbench.model.engine_api import CacheReport
from workbench.packages.store import Store


class PackageCache:
    """Works on the store in a thread. Use it on the engine's loop."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def report(self) -> CacheReport:
        """Return the size of the cache."""
        return await asyncio.to_thread(self._store.report)

    async def clear(self) -> CacheReport:
        """Delete everything that no living program uses, and return what is left."""
        await asyncio.to_thread(self._store.clear)
        return await self.report()

    async def prune(self) -> None:
        """Delete what has not been used for long."""
        await asyncio.to_thread(self._store.prune)

"""The cache of packages, which all engines of this person share."""

from __future__ import annotations

import asyncio

from workbench.model.engine_api import CacheReport
from workbench.packages.package import Packages


class PackageCache:
    """Works on the store in a thread. Use it on the engine's loop."""

    def __init__(self, packages: Packages) -> None:
        self._store = packages.store
        self._failures = packages.failures

    def build_again(self) -> None:
        """Have builds that failed run again for the next request, because a person asks."""
        self._failures.forget()

    async def report(self) -> CacheReport:
        """Return the size of the cache."""
        return await asyncio.to_thread(self._store.report)

    async def clear(self) -> CacheReport:
        """Delete everything that no living program uses, and return what is left."""
        await asyncio.to_thread(self._store.clear)
        self.build_again()
        return await self.report()

    async def prune(self) -> None:
        """Delete what has not been used for long."""
        await asyncio.to_thread(self._store.prune)

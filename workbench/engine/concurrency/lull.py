"""When there is time for what can wait: not while somebody waits for a cold start, and measures it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

PAUSE_S = 0.1
"""Who has environments retired most often invokes next: for so long nothing is done in any case."""
LONGEST_S = 10.0
"""Nothing is put off for longer: the longest INIT there is."""


class Lull:
    """Keeps work that would compete for the same cores (and the same container daemon) away from cold starts. On the loop."""

    def __init__(self) -> None:
        self._blocks = 0
        self._calm = asyncio.Event()
        self._calm.set()
        self._over = asyncio.Event()

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """There is no lull within this block."""
        self._blocks += 1
        self._calm.clear()
        try:
            yield
        finally:
            self._blocks -= 1
            if not self._blocks:
                self._calm.set()

    async def wait(self) -> None:
        """Return in the next lull: PAUSE_S from now at the earliest, LONGEST_S later at the latest, at once after `end`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAUSE_S):
                await self._over.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_S):
                await self._calm.wait()

    def end(self) -> None:
        """Nothing waits any more."""
        self._over.set()
        self._calm.set()

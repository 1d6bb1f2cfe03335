"""Defers background work until no cold start is in progress."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from workbench.engine.clock import Clock

PAUSE_S = 0.1
"""Deferred work always waits this long: a caller that has just retired environments usually invokes next."""
LONGEST_S = 10.0
"""The maximum delay, which is the longest on-demand INIT."""


class QuietPeriod:
    """Keeps work that competes for the cores and the container daemon away from cold starts. Use it on the engine's loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._blocks = 0
        self._calm = asyncio.Event()
        self._calm.set()
        self._over = asyncio.Event()

    @contextlib.contextmanager
    def hold_off(self) -> Iterator[None]:
        """Hold off deferred work within this block."""
        self._blocks += 1
        self._calm.clear()
        try:
            yield
        finally:
            self._blocks -= 1
            if not self._blocks:
                self._calm.set()

    async def wait(self) -> None:
        """Return in the next quiet period: after PAUSE_S at the earliest, LONGEST_S later at the latest, at once after `end`."""
        # Two waits in this order: a cold start that begins during the pause must still hold off the work.
        with contextlib.suppress(TimeoutError):
            async with self._clock.timeout(PAUSE_S):
                await self._over.wait()
        with contextlib.suppress(TimeoutError):
            async with self._clock.timeout(LONGEST_S):
                await self._calm.wait()

    def end(self) -> None:
        """Let everything that waits go on, now and from now on, because the engine ends."""
        self._over.set()
        self._calm.set()

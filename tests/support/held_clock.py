"""A clock that stands still until a test forwards it: what waits for time in an engine waits for the test."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from workbench.engine.clock import Clock, Timer

QUIET_TURNS = 4
"""Turns of the loop, one after the other, in which nothing is left to do. What was sent to a local socket arrives within one."""


class HeldTimer:
    """One call that is due. Compared by when, then by the order in which they were asked for."""

    def __init__(self, at_ns: int, number: int, callback: Callable[[], object]) -> None:
        self.at_ns, self.callback, self._order = at_ns, callback, (at_ns, number)
        self.is_canceled = False

    def __lt__(self, other: HeldTimer) -> bool:
        return self._order < other._order

    def cancel(self) -> None:
        self.is_canceled = True


class HeldClock(Clock):
    """Begins at 1,000 s; epoch time begins at 2026-01-01T00:00:00Z."""

    def __init__(self) -> None:
        self._at_ns = 1_000 * 10**9
        self._timers: list[HeldTimer] = []
        self._numbers = count()
        super().__init__(lambda: self._at_ns, lambda: self._at_ns + 1_767_225_600 * 10**9)

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Timer:
        timer = HeldTimer(self._at_ns + max(round(delay_s * 1e9), 0), next(self._numbers), callback)
        heapq.heappush(self._timers, timer)
        return timer

    @property
    def waiting(self) -> int:
        """How many calls are due some time."""
        return sum(not timer.is_canceled for timer in self._timers)

    async def forward(self, duration_s: float) -> None:
        """Let this much time pass: each call that comes due is made at its time, and what it sets off goes on before the next."""
        until_ns = self._at_ns + round(duration_s * 1e9)
        await settled()
        while self._timers and self._timers[0].at_ns <= until_ns:
            await self._make_next_call()
        self._at_ns = until_ns

    async def forward_until(self, ended: asyncio.Task[None]) -> None:
        """Let time pass until a task has ended, and no longer."""
        await settled()
        while not ended.done():
            assert self._timers, "it waits for something that time does not bring"
            await self._make_next_call()

    async def _make_next_call(self) -> None:
        timer = heapq.heappop(self._timers)
        if not timer.is_canceled:
            self._at_ns = max(self._at_ns, timer.at_ns)
            timer.callback()
            await settled()


async def settled() -> None:
    """Return when the tasks of this loop have gone as far as they can without time or the world."""
    ready, quiet_turns = asyncio.get_running_loop()._ready, 0  # type: ignore[attr-defined]
    while quiet_turns < QUIET_TURNS:
        await asyncio.sleep(0)
        quiet_turns = 0 if ready else quiet_turns + 1

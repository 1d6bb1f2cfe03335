"""Time in the engine: monotonic everywhere, epoch only at the edge, through one anchor.

Somebody sets this machine's clock, or it sleeps (which Linux's monotonic clock does not count): durations, limits and the order
of events do not follow. Times of day do, between invocations; and what a function compares with its own clock does at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Protocol

LARGEST_DRIFT_NS = 1_000_000_000
"""A clock that is adjusted slowly is not followed at each step: times of the stream would not fit its durations."""


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Do not call. Idempotent, and nothing once it has called."""


class Clock:
    """Maps the system's monotonic clock to epoch milliseconds, and waits. Both readings can be given by a test.

    Whatever in the engine waits for time waits here, so that whoever holds the clock holds all of it; `call_later` is the only
    place where this clock meets the loop's. Waiting is for the engine's loop, reading for any thread.

    On Linux, macOS and Windows the monotonic clock is one for all processes, so a runtime's own readings fit in.
    """

    def __init__(
        self,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        epoch_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.now_ns = monotonic_ns
        self._epoch_ns = epoch_ns
        self._offset_ns = self._measured_ns()

    def epoch_ms(self, monotonic_ns: int) -> float:
        """Epoch milliseconds of a monotonic reading, exact to the microsecond: what events say, the same during an invocation."""
        return (monotonic_ns + self._offset_ns) // 1000 / 1000

    def deadline_ms(self, monotonic_ns: int) -> int:
        """Epoch milliseconds at which this machine's clock, as it goes now, will show that reading.

        For times that another program compares with that clock, as runtimes do for the time that is left.
        """
        return (monotonic_ns + self._measured_ns()) // 1_000_000

    def follow(self) -> None:
        """Look at this machine's clock again: where it was set, what comes has its times. To be called when nothing runs."""
        offset_ns = self._measured_ns()
        if abs(offset_ns - self._offset_ns) > LARGEST_DRIFT_NS:
            self._offset_ns = offset_ns

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Timer:
        """Call `callback` on the loop after this time."""
        return asyncio.get_running_loop().call_later(delay_s, callback)

    async def sleep(self, duration_s: float) -> None:
        """Return after this time."""
        over = asyncio.Event()
        timer = self.call_later(duration_s, over.set)
        try:
            await over.wait()
        finally:
            timer.cancel()

    async def sleep_until(self, monotonic_ns: int) -> None:
        """Return when `now_ns` has reached this reading, at once when it has."""
        while (left_ns := monotonic_ns - self.now_ns()) > 0:  # a loop's timer may be early by the grain of its clock
            await self.sleep(left_ns / 1e9)

    @contextlib.asynccontextmanager
    async def timeout(self, limit_s: float) -> AsyncIterator[None]:
        """Cancel the block after this time. Raises TimeoutError then, like `asyncio.timeout`."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as scope:
            timer = self.call_later(limit_s, lambda: scope.reschedule(loop.time()))
            try:
                yield
            finally:
                timer.cancel()

    def _measured_ns(self) -> int:
        return self._epoch_ns() - self.now_ns()

"""Time in the engine: monotonic everywhere, epoch time only at the edge, through one offset.

When somebody sets this machine's clock, or the machine sleeps (which Linux's monotonic clock does not count), durations, limits
and the order of events are not affected. Times of day follow between two invocations; deadlines, which a function compares with
the machine's clock, follow at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Protocol

LARGEST_DRIFT_NS = 1_000_000_000
"""Smaller differences are not followed: while NTP adjusts a clock slowly, times of the stream would not fit its durations."""


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Cancel the call. Idempotent; has no effect once the call was made."""


class Clock:
    """Maps the system's monotonic clock to epoch milliseconds, and waits. A test can replace both readings.

    The engine waits for time here, so that a test that holds the clock holds all of it; `call_later` is the only place where this
    clock meets the loop's. Wait on the engine's loop; read from any thread.

    On Linux, macOS and Windows all processes share the monotonic clock, so a runtime's own readings can be compared with it.
    """

    def __init__(
        self,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        epoch_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.now_ns = monotonic_ns
        self._epoch_ns = epoch_ns
        self.offset_ns = self._measured_ns()
        """From a monotonic reading to epoch time."""

    def epoch_ms(self, monotonic_ns: int) -> float:
        """Return a monotonic reading in epoch milliseconds, exact to the microsecond, as events have it.

        The offset does not change during an invocation, so that its times are consistent with its durations.
        """
        return (monotonic_ns + self.offset_ns) // 1000 / 1000

    def deadline_ms(self, monotonic_ns: int) -> int:
        """Return what this machine's clock, as it is set now, will show at that reading, in epoch milliseconds.

        Use it for times that another program compares with that clock, as runtimes do to compute the remaining time.
        """
        return (monotonic_ns + self._measured_ns()) // 1_000_000

    def follow(self) -> None:
        """Follow this machine's clock if it was set. Call it only while no invocation runs."""
        offset_ns = self._measured_ns()
        if abs(offset_ns - self.offset_ns) > LARGEST_DRIFT_NS:
            self.offset_ns = offset_ns

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Timer:
        """Call `callback` on the loop after this delay."""
        return asyncio.get_running_loop().call_later(delay_s, callback)

    async def sleep(self, duration_s: float) -> None:
        """Return after this time. Built on `call_later`, unlike `asyncio.sleep`, so that it follows a clock that a test holds."""
        over = asyncio.Event()
        timer = self.call_later(duration_s, over.set)
        try:
            await over.wait()
        finally:
            timer.cancel()

    @contextlib.asynccontextmanager
    async def timeout(self, limit_s: float) -> AsyncIterator[None]:
        """Cancel the block after this time and raise TimeoutError, like `asyncio.timeout`."""
        loop = asyncio.get_running_loop()
        # asyncio's own scope tells its cancellation from one from outside; only its clock is replaced by ours.
        async with asyncio.timeout(None) as scope:
            timer = self.call_later(limit_s, lambda: scope.reschedule(loop.time()))
            try:
                yield
            finally:
                timer.cancel()

    def _measured_ns(self) -> int:
        return self._epoch_ns() - self.now_ns()

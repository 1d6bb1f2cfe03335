"""Time in the engine: monotonic everywhere, epoch only at the edge, through one anchor.

Somebody sets this machine's clock, or it sleeps (which Linux's monotonic clock does not count): durations, limits and the order
of events do not follow. Times of day do, between invocations; and what a function compares with its own clock does at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable

LARGEST_DRIFT_NS = 1_000_000_000
"""A clock that is adjusted slowly is not followed at each step: times of the stream would not fit its durations."""


class Clock:
    """Maps the system's monotonic clock to epoch milliseconds. Both readings can be given by a test.

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

    def _measured_ns(self) -> int:
        return self._epoch_ns() - self.now_ns()

"""Time in the engine: monotonic everywhere, epoch only at the edge, through one anchor an engine."""

from __future__ import annotations

import time
from collections.abc import Callable


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
        self._offset_ns = epoch_ns() - monotonic_ns()

    def epoch_ms(self, monotonic_ns: int) -> float:
        """Epoch milliseconds of a monotonic reading, exact to the microsecond."""
        return (monotonic_ns + self._offset_ns) // 1000 / 1000

"""Time limits that are held while a debugger stops the function: no function is killed because a person reads a stack.

Lambda has no debugger, so no rule of AWS's stands behind this. Without a debugger the limits are plain timers of the engine's
clock.
"""

from __future__ import annotations

from collections.abc import Callable

from workbench.engine.clock import Clock, Timer


class TimeLimit:
    """One time limit. Use it on the loop."""

    def __init__(
        self, clock: Clock, limit_s: float, expired: Callable[[], None], ended: Callable[[TimeLimit], None]
    ) -> None:
        self._clock = clock
        self._left_s = limit_s
        self._expired = expired
        self._ended = ended
        self._timer: Timer | None = None
        self._going_since_ns = 0

    def go_on(self) -> None:
        """Start or resume; the time during which it was held does not count."""
        if self._timer is None:
            self._going_since_ns = self._clock.now_ns()
            self._timer = self._clock.call_later(self._left_s, self._expire)

    def hold(self) -> None:
        """Pause and keep what is left."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            self._left_s = max(self._left_s - (self._clock.now_ns() - self._going_since_ns) / 1e9, 0)

    def cancel(self) -> None:
        """Cancel the limit."""
        if self._timer is not None:
            self._timer.cancel()
        self._ended(self)

    def _expire(self) -> None:
        self.cancel()
        self._expired()


class TimeLimits:
    """The time limits of one environment: either all run or all are held. Use it on the loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._running: set[TimeLimit] = set()
        self.are_held = False

    def start(self, limit_s: float, expired: Callable[[], None]) -> TimeLimit:
        """Start a limit: `expired` is called after this many seconds, not counting held time, unless it is canceled first."""
        limit = TimeLimit(self._clock, limit_s, expired, self._running.discard)
        self._running.add(limit)
        if not self.are_held:
            limit.go_on()
        return limit

    def hold(self) -> None:
        """Hold all limits because a debugger stopped the function."""
        self.are_held = True
        for limit in self._running:
            limit.hold()

    def go_on(self) -> None:
        """Resume all limits because the function runs again."""
        self.are_held = False
        for limit in self._running:
            limit.go_on()

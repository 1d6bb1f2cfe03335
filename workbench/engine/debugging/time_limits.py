"""Time limits that are held while a debugger stops the function: no function is killed because a person reads a stack.

Lambda has no debugger, so no rule of AWS's stands behind this. Without a debugger the limits are plain timers of the engine's
clock.
"""

from __future__ import annotations

from collections.abc import Callable

from workbench.engine.alarm import Alarm
from workbench.engine.clock import Clock


class TimeLimit:
    """One time limit. Use it on the loop. While it is held, `left_ns` is what is left of it; otherwise it is due at `due_ns`."""

    __slots__ = ("_ended", "due_ns", "expired", "left_ns")

    def __init__(self, left_ns: int, expired: Callable[[], None], ended: Callable[[TimeLimit], None]) -> None:
        self.left_ns = left_ns
        self.due_ns = 0
        self.expired = expired
        self._ended = ended

    def cancel(self) -> None:
        """Cancel the limit. Idempotent."""
        self._ended(self)


class TimeLimits:
    """The time limits of one environment: either all run or all are held. Use it on the loop; `close` ends it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._running: set[TimeLimit] = set()
        self._alarm = Alarm(clock, self._expire)
        self.are_held = False

    def start(self, limit_s: float, expired: Callable[[], None]) -> TimeLimit:
        """Start a limit: `expired` is called after this many seconds, not counting held time, unless it is canceled first."""
        limit = TimeLimit(round(limit_s * 1e9), expired, self._end)
        self._running.add(limit)
        if not self.are_held:
            limit.due_ns = self._clock.now_ns() + limit.left_ns
            if len(self._running) == 1:  # nearly always
                self._alarm.set(limit.due_ns)
            else:
                self._set_alarm()
        return limit

    def hold(self) -> None:
        """Hold all limits because a debugger stopped the function. Idempotent."""
        now_ns = self._clock.now_ns()
        for limit in () if self.are_held else self._running:
            limit.left_ns = max(limit.due_ns - now_ns, 0)
        self.are_held = True
        self._alarm.give_up()

    def go_on(self) -> None:
        """Resume all limits because the function runs again. Idempotent."""
        now_ns = self._clock.now_ns()
        for limit in self._running if self.are_held else ():
            limit.due_ns = now_ns + limit.left_ns
        self.are_held = False
        self._set_alarm()

    def close(self) -> None:
        """End all of them."""
        self._running.clear()
        self._alarm.close()

    def _end(self, limit: TimeLimit) -> None:
        self._running.discard(limit)
        if not self._running:  # otherwise the alarm may come too early, and is set again
            self._alarm.give_up()

    def _set_alarm(self) -> None:
        if self._running:
            self._alarm.set(min([limit.due_ns for limit in self._running]))

    def _expire(self) -> None:
        """End what is due, and wait for what is not."""
        now_ns = self._clock.now_ns()
        for limit in [limit for limit in self._running if limit.due_ns <= now_ns]:
            if limit in self._running:  # the end of one may cancel another
                self._running.discard(limit)
                limit.expired()
        self._set_alarm()

"""A call that every invocation sets and gives up again before it is due: the loop's timer behind it is not made each time."""

from __future__ import annotations

from collections.abc import Callable

from workbench.engine.clock import Clock, Timer


class Alarm:
    """Calls `due` when the time comes that was set last. Use it on the loop; `close` ends it.

    When it is given up, or set to a later time, the timer stays, and is looked at when it comes: to make and cancel one costs a
    hundredth of all that the loop does for an invocation.
    """

    __slots__ = ("_clock", "_due", "_due_ns", "_timer", "_timer_ns")

    def __init__(self, clock: Clock, due: Callable[[], object]) -> None:
        self._clock = clock
        self._due = due
        self._due_ns = 0
        self._timer: Timer | None = None
        self._timer_ns = 0

    def set(self, due_ns: int) -> None:
        """Call `due` at this monotonic time, and not when it was to be called before."""
        self._due_ns = due_ns
        if self._timer is None or due_ns < self._timer_ns:
            self._wait()

    def give_up(self) -> None:
        """Call it no more. Idempotent."""
        self._due_ns = 0

    def close(self) -> None:
        """Do the same, and leave no timer behind."""
        self._due_ns = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_ns = self._due_ns
        self._timer = self._clock.call_later((self._due_ns - self._clock.now_ns()) / 1e9, self._look)

    def _look(self) -> None:
        self._timer = None
        if not self._due_ns:
            return
        if self._due_ns > self._clock.now_ns():
            self._wait()
        else:
            self._due_ns = 0
            self._due()

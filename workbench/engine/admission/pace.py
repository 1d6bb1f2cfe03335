"""How often something may happen: a number of times at once, then as often as that comes back."""

from __future__ import annotations


class Pace:
    """Counts what was taken. It comes back continuously; what nobody takes does not accumulate. Times are in monotonic ns.

    The limit is given with each question, because it may be changed meanwhile.
    """

    __slots__ = ("_at_ns", "_taken")

    def __init__(self) -> None:
        self._taken = 0.0
        self._at_ns = 0

    def has_room(self, limit: int, period_s: int, now_ns: int) -> bool:
        """Whether one more may be taken, of `limit` that come back within `period_s`."""
        back = (now_ns - self._at_ns) * limit / (period_s * 1_000_000_000)
        self._taken = max(self._taken - back, 0.0)
        self._at_ns = now_ns
        # A billionth of tolerance: sums of fractions would otherwise refuse what comes exactly in time.
        return self._taken + 1 <= limit + 1e-9

    def take(self) -> None:
        """Take one, right after `has_room` was asked."""
        self._taken += 1

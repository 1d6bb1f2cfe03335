"""How often something may happen. Times are in monotonic ns; limits are given with each question, as they may be changed."""

from __future__ import annotations

_SECOND_NS = 1_000_000_000


class PerSecond:
    """Counts what was taken in a second; the next one begins with the first question after its end."""

    __slots__ = ("_from_ns", "_taken")

    def __init__(self) -> None:
        self._taken = 0
        self._from_ns = -_SECOND_NS

    def has_room(self, limit: int, now_ns: int) -> bool:
        """Whether one more may be taken in this second."""
        if now_ns - self._from_ns >= _SECOND_NS:
            self._from_ns, self._taken = now_ns, 0
        return self._taken < limit

    def take(self) -> None:
        """Take one, right after `has_room` was asked."""
        self._taken += 1


class Refilled:
    """Counts what was taken of a stock. It comes back continuously; what nobody takes does not accumulate."""

    __slots__ = ("_at_ns", "_taken")

    def __init__(self) -> None:
        self._taken = 0.0
        self._at_ns = 0

    def take(self, stock: int, period_s: int, now_ns: int) -> bool:
        """Take one of the stock, which comes back within `period_s`. Return False if nothing is left."""
        back = (now_ns - self._at_ns) * stock / (period_s * _SECOND_NS)
        self._taken, self._at_ns = max(self._taken - back, 0.0), now_ns
        # A billionth of tolerance: sums of fractions would otherwise refuse what comes exactly in time.
        if self._taken + 1 > stock + 1e-9:
            return False
        self._taken += 1
        return True

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
        if not self.has_any(stock, period_s, now_ns):
            return False
        self._taken += 1
        return True

    def has_any(self, stock: int, period_s: int, now_ns: int) -> bool:
        """Whether one of the stock is left."""
        back = (now_ns - self._at_ns) * stock / (period_s * _SECOND_NS)
        self._taken, self._at_ns = max(self._taken - back, 0.0), now_ns
        # A billionth of tolerance: sums of fractions would otherwise refuse what comes exactly in time.
        return self._taken + 1 <= stock + 1e-9


class Rising:
    """Limits how fast a rate rises: in each second as many as in the one before may be taken, and others of a stock.

    The stock comes back within a period. A second begins with the first question after the end of the one before.
    """

    __slots__ = ("_before", "_from_ns", "_more", "_taken")

    def __init__(self) -> None:
        self._before = self._taken = 0
        self._from_ns = -2 * _SECOND_NS
        self._more = Refilled()

    def has_room(self, stock: int, period_s: int, now_ns: int) -> bool:
        """Whether one more may be taken in this second."""
        passed_ns = now_ns - self._from_ns
        if passed_ns >= _SECOND_NS:
            self._before = self._taken if passed_ns < 2 * _SECOND_NS else 0
            self._from_ns, self._taken = now_ns, 0
        return self._taken < self._before or self._more.has_any(stock, period_s, now_ns)

    def take(self, stock: int, period_s: int, now_ns: int) -> None:
        """Take one, right after `has_room` was asked."""
        if self._taken >= self._before:
            self._more.take(stock, period_s, now_ns)
        self._taken += 1

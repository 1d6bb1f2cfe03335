"""The clocks of the queue: one for all functions, and one of its own for each function whose clock was moved.

A queue's clock decides only when events are due and how old they are. It is held, goes on from where it was held, and is moved
forward; a handler's own clock and deadline never notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

ALL = ""
"""The key of the clock that counts for every function without one of its own."""


class QueueClock(msgspec.Struct, frozen=True):
    """One clock: held at a time, or `offset_ms` ahead of the machine's. Times are epoch milliseconds."""

    held_ms: int | None = None
    offset_ms: int = 0

    def now_ms(self, real_ms: int) -> int:
        """Return what it shows."""
        return real_ms + self.offset_ms if self.held_ms is None else self.held_ms

    def held(self, real_ms: int) -> QueueClock:
        """Return it standing still."""
        return QueueClock(self.now_ms(real_ms))

    def resumed(self, real_ms: int) -> QueueClock:
        """Return it going on from what it shows."""
        return self if self.held_ms is None else QueueClock(None, self.held_ms - real_ms)

    def forwarded(self, by_ms: int) -> QueueClock:
        """Return it moved forward, held or not as before."""
        if self.held_ms is None:
            return QueueClock(None, self.offset_ms + by_ms)
        return QueueClock(self.held_ms + by_ms)


class QueueClocks(Mapping[str, QueueClock]):
    """All clocks by key: that of all functions, and those of functions that have one. Values are replaced as a whole."""

    def __init__(self, real_ms: Callable[[], int]) -> None:
        """`real_ms` reads the machine's clock, in epoch milliseconds."""
        self.real_ms = real_ms
        self._clocks: dict[str, QueueClock] = {ALL: QueueClock()}

    def __getitem__(self, key: str) -> QueueClock:
        return self._clocks[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._clocks)

    def __len__(self) -> int:
        return len(self._clocks)

    def of(self, function: str) -> QueueClock:
        """Return the clock that counts for a function."""
        return self._clocks.get(function) or self._clocks[ALL]

    def key_of(self, function: str) -> str:
        """Return the key of that clock."""
        return function if function in self._clocks else ALL

    def now_ms(self, function: str) -> int:
        """Return the time of a function's queue, in epoch milliseconds."""
        return self.of(function).now_ms(self.real_ms())

    def is_held(self, function: str) -> bool:
        """Whether nothing of this function becomes due by itself."""
        return self.of(function).held_ms is not None

    @property
    def held(self) -> list[str]:
        """The keys of the clocks that are held."""
        return [key for key, clock in self._clocks.items() if clock.held_ms is not None]

    @property
    def are_moved(self) -> bool:
        """Whether a clock shows another time than the machine's, or is held."""
        return len(self._clocks) > 1 or self._clocks[ALL] != QueueClock()

    def use(self, clocks: Mapping[str, QueueClock]) -> None:
        """Have these clocks from now on."""
        self._clocks = {ALL: QueueClock(), **clocks}

    def with_hold(self, function: str) -> dict[str, QueueClock]:
        """Return the clocks with one that is held; for ALL, all of them."""
        return self._changed(function, lambda clock: clock.held(self.real_ms()))

    def with_resume(self, function: str) -> dict[str, QueueClock]:
        """Return the clocks with one that goes on; for ALL, all of them."""
        return self._changed(function, lambda clock: clock.resumed(self.real_ms()))

    def with_forward(self, function: str, by_ms: int) -> dict[str, QueueClock]:
        """Return the clocks with one that was moved forward; that is a function's own from then on."""
        return {**self._clocks, function: self.of(function).forwarded(by_ms)}

    def without(self, function: str) -> dict[str, QueueClock]:
        """Return the clocks without a function's own; for ALL, that one shows the machine's time again."""
        return {key: clock for key, clock in self._clocks.items() if key != function} | (
            {ALL: QueueClock()} if function == ALL else {})

    def _changed(self, function: str, change: Callable[[QueueClock], QueueClock]) -> dict[str, QueueClock]:
        if function == ALL:
            return {key: change(clock) for key, clock in self._clocks.items()}
        return {**self._clocks, function: change(self.of(function))}

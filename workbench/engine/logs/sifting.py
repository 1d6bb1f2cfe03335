"""The blocks that a search still has to look through, without those whose signatures tell that they have nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from workbench.engine.journal.log_reading import LogReading, Part, Promise, Sifted
from workbench.engine.journal.signatures import may_have
from workbench.engine.logs.required import Required


class Chunk(msgspec.Struct, frozen=True):
    """The next blocks that are to be looked through, and the share of all blocks that is done with them."""

    parts: list[Part]
    share: float


class Sifting:
    """Goes through blocks. Those that may have lines come first, then those that may only have something of the platform.

    Whoever uses it waits for each step, so that it needs no lock.
    """

    def __init__(self, blocks: Sequence[int], required: Required, *, in_order: bool = False) -> None:
        """`in_order`: all in the order of `blocks`."""
        self._blocks, self._at = blocks, 0
        self._later: list[int] = []
        self._whole = len(blocks)
        self._judge = None if required.is_nothing else partial(promise_of, required, in_order)

    @property
    def share(self) -> float:
        """The share of the blocks that were looked at."""
        return 1 - self._left / self._whole if self._whole else 1.0

    @property
    def is_over(self) -> bool:
        """Whether there are no more."""
        return not self._left

    @property
    def _left(self) -> int:
        return len(self._blocks) - self._at + len(self._later)

    def look(self, most: int) -> Callable[[LogReading], Sifted]:
        """Return the look for the next blocks, at most so many, which changes nothing here: another process may do it."""
        return partial(LogReading.sifted, blocks=self._blocks[self._at:], judge=self._judge, most=most)

    def take(self, sifted: Sifted) -> Chunk:
        """Take what was found, perhaps nothing for now."""
        self._at += sifted.looked
        self._later += sifted.later
        if self._at == len(self._blocks) and self._later:
            self._blocks, self._at, self._later, self._judge = self._later, 0, [], None
        return Chunk(sifted.parts, self.share)


def promise_of(required: Required, in_order: bool, signature: object) -> Promise:
    """Say what a block may have by its signature. `in_order`: something of the platform is as good as lines."""
    has = partial(may_have, signature)
    if required.in_lines(has):
        return Promise.LINES
    if not required.in_platform(has):
        return Promise.NOTHING
    return Promise.LINES if in_order else Promise.PLATFORM

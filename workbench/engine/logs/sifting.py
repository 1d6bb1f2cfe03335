"""The blocks that a search still has to look through, without those whose signatures tell that they have nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from workbench.engine.journal.log_reading import LogReading, Part, Promise, SearchPlan, Sifted
from workbench.engine.journal.signatures import may_have
from workbench.engine.logs.required import Required


class Progress(msgspec.Struct, frozen=True):
    """How far a search is: the share of all blocks, and how many `looked` at of `whole` entries."""

    share: float
    looked: int
    whole: int

    def over(self) -> Progress:
        """Return it for a search that does not go on."""
        return Progress(1.0, self.looked, self.whole)


class Chunk(msgspec.Struct, frozen=True):
    """The next blocks that are to be looked through, and how far the search is once they are."""

    parts: list[Part]
    progress: Progress


class Sifting:
    """Goes through blocks. Those that may have lines come first, then those that may only have something of the platform.

    Whoever uses it waits for each step, so that it needs no lock.
    """

    def __init__(self, plan: SearchPlan, required: Required, *, in_order: bool = False) -> None:
        """`in_order`: all in the order of the plan."""
        self._blocks, self._at = plan.blocks, 0
        self._later: list[int] = []
        self._counts, self._looked = plan.counts, plan.loose_count
        self._blocks_in_all, self._entries_in_all = len(plan.blocks), plan.loose_count + sum(map(self._count, plan.blocks))
        self._judge = None if required.tells_nothing else partial(promise_of, required, in_order)

    @property
    def progress(self) -> Progress:
        """How far the search is."""
        share = 1 - self._left / self._blocks_in_all if self._blocks_in_all else 1.0
        return Progress(share, self._looked, self._entries_in_all)

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
        seen = self._blocks[self._at:self._at + sifted.looked]
        self._looked += sum(map(self._count, seen)) - sum(map(self._count, sifted.later))
        self._at += sifted.looked
        self._later += sifted.later
        if self._at == len(self._blocks) and self._later:
            self._blocks, self._at, self._later, self._judge = self._later, 0, [], None
        return Chunk(sifted.parts, self.progress)

    def _count(self, block: int) -> int:
        return self._counts.get(block, 0)


def promise_of(required: Required, in_order: bool, signature: object, kinds: object) -> Promise:
    """Say what a block may have by its signature and its kinds. `in_order`: something of the platform is as good as lines."""
    has = partial(may_have, signature)
    if required.in_lines(has) and required.in_kinds(kinds):
        return Promise.LINES
    if not required.in_platform(has):
        return Promise.NOTHING
    return Promise.LINES if in_order else Promise.PLATFORM

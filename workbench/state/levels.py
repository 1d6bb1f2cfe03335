"""Spans at growing coarseness, worked out once: an overview of 100,000 spans costs no more than a look at a few.

Neighbors of one kind in one row become one span where less than a level's gap lies between them. A failure has a kind of its
own, so it only ever merges with failures, and stays visible at every level.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.state.folding import SHORTEST_IDLE_MS, union
from workbench.state.span_kinds import SpanKind

Floats = NDArray[np.float64]

_STEP = 4.0
_FINEST_MS = SHORTEST_IDLE_MS / _STEP**3
_LEVELS = 13
"""The coarsest joins what is less than 18 minutes apart: more than a pixel of a week."""


class Merged(NamedTuple):
    """Spans that stand for `counts` spans of one kind and one row, the shortest and longest of which are told."""

    start_ms: Floats
    end_ms: Floats
    kind: NDArray[np.uint8]
    row: NDArray[np.int32]
    counts: NDArray[np.int64]
    shortest_ms: Floats
    longest_ms: Floats

    def part(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Merged:
        """Return some of them."""
        return Merged(self.start_ms[chosen], self.end_ms[chosen], self.kind[chosen], self.row[chosen], self.counts[chosen],
                      self.shortest_ms[chosen], self.longest_ms[chosen])


def single(start_ms: Floats, end_ms: Floats, kind: NDArray[np.uint8], row: NDArray[np.int32]) -> Merged:
    """Return spans that stand for themselves."""
    lasted = end_ms - start_ms
    return Merged(start_ms, end_ms, kind, row, np.ones(start_ms.size, dtype=np.int64), lasted, lasted)


def joined(parts: list[Merged]) -> Merged:
    """Return all spans of several parts."""
    return Merged(
        np.concatenate([part.start_ms for part in parts]), np.concatenate([part.end_ms for part in parts]),
        np.concatenate([part.kind for part in parts]), np.concatenate([part.row for part in parts]),
        np.concatenate([part.counts for part in parts]), np.concatenate([part.shortest_ms for part in parts]),
        np.concatenate([part.longest_ms for part in parts]))


def merge(spans: Merged, gap_ms: float) -> Merged:
    """Merge spans, which are in order of row, kind and start, where no more than `gap_ms` lies between them."""
    if spans.start_ms.size < 2:
        return spans
    apart = (np.diff(spans.row) != 0) | (np.diff(spans.kind) != 0)
    # One running maximum for all groups: each is lifted above the one before it.
    lift = np.concatenate([[0.0], np.cumsum(apart)]) * (float(spans.end_ms.max() - spans.start_ms.min()) + 1.0)
    reached = np.maximum.accumulate(spans.end_ms + lift)
    begins = np.concatenate([[True], apart | (spans.start_ms[1:] + lift[1:] - reached[:-1] > gap_ms)])
    if begins.all():
        return spans
    first = np.flatnonzero(begins)
    return Merged(
        spans.start_ms[first], np.maximum.reduceat(spans.end_ms, first), spans.kind[first], spans.row[first],
        np.add.reduceat(spans.counts, first), np.minimum.reduceat(spans.shortest_ms, first),
        np.maximum.reduceat(spans.longest_ms, first))


class Block:
    """Closed spans with their numbers, at every level."""

    def __init__(self, spans: Merged, numbers: NDArray[np.int64]) -> None:
        order = np.lexsort((spans.start_ms, spans.kind, spans.row))
        self.numbers = numbers[order]
        self.levels = [spans.part(order)]
        for level in range(_LEVELS):
            self.levels.append(merge(self.levels[-1], _FINEST_MS * _STEP**level))
        coarse = self.levels[4]
        working = coarse.kind < SpanKind.IDLE
        self.busy = union(coarse.start_ms[working], coarse.end_ms[working])
        self.first_ms = float(spans.start_ms.min())
        self.last_ms = float(spans.end_ms.max())

    def since(self, number: int) -> Block | None:
        """Return what is left of it without the spans before a number; None if nothing is."""
        kept = self.numbers >= number
        if kept.all():
            return self
        return Block(self.levels[0].part(kept), self.numbers[kept]) if kept.any() else None


class Levels:
    """Blocks of closed spans; each is worked out when it is added, and never again."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []

    def add(self, spans: Merged, numbers: NDArray[np.int64]) -> None:
        """Add closed spans with their numbers."""
        if numbers.size:
            self.blocks.append(Block(spans, numbers))

    def drop_before(self, number: int) -> None:
        """Forget the spans before a number."""
        left = (block.since(number) for block in self.blocks)
        self.blocks = [block for block in left if block is not None]

    def between(self, first_ms: float, last_ms: float, pixel_ms: float) -> list[Merged]:
        """Return what can be seen between two times where a pixel is that long: no gap that is left out is wider than one."""
        level = level_for(pixel_ms)
        found = []
        for block in self.blocks:
            if block.last_ms >= first_ms and block.first_ms <= last_ms:
                spans = block.levels[level]
                seen = (spans.end_ms >= first_ms) & (spans.start_ms <= last_ms)
                found.append(spans if seen.all() else spans.part(seen))
        return found

    def numbers(self, first_ms: float, last_ms: float) -> list[NDArray[np.int64]]:
        """Return the numbers of the single spans between two times."""
        found = []
        for block in self.blocks:
            if block.last_ms >= first_ms and block.first_ms <= last_ms:
                spans = block.levels[0]
                found.append(block.numbers[(spans.end_ms >= first_ms) & (spans.start_ms <= last_ms)])
        return found

    def busy(self) -> tuple[Floats, Floats]:
        """Return the stretches in which anything works."""
        none = np.empty(0)
        starts = np.concatenate([none, *(block.busy[0] for block in self.blocks)])
        return union(starts, np.concatenate([none, *(block.busy[1] for block in self.blocks)]))

    def rows(self) -> set[int]:
        """Return the rows that have any spans."""
        return {row for block in self.blocks for row in np.unique(block.levels[-1].row).tolist()}


def level_for(pixel_ms: float) -> int:
    """Return the coarsest level that leaves out no gap wider than a pixel; 0 is the spans themselves."""
    if pixel_ms < _FINEST_MS:
        return 0
    return min(int(math.log(pixel_ms / _FINEST_MS, _STEP) + 1e-9) + 1, _LEVELS)

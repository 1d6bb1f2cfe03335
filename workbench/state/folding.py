"""Idle stretches of the time axis folded into breaks: which they are, and where each moment is on the screen.

A stretch in which nothing works takes as many pixels as its duration at the scale of the work beside it, but never more than a
break. So nothing is folded in an overview, and zoomed in far enough to read a cold start, the two minutes until the next
invocation are a break with a label. Positions stay in the order of their times, and can be turned back into times.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SHORTEST_IDLE_MS = 16.0
"""A shorter stretch without work is never folded: it is the engine's own time between two steps."""


class Break(NamedTuple):
    """A folded stretch: its times in milliseconds since the timeline's origin, and its pixels."""

    start_ms: float
    end_ms: float
    left: float
    right: float


class Idles(NamedTuple):
    """The stretches in which nothing works, in order and apart from each other."""

    start_ms: Floats
    end_ms: Floats


def union(starts: Floats, ends: Floats, gap_ms: float = SHORTEST_IDLE_MS) -> tuple[Floats, Floats]:
    """Return the stretches that spans cover, joined where no more than `gap_ms` lies between them."""
    if not starts.size:
        return starts, ends
    order = np.argsort(starts, kind="stable")
    starts, reached = starts[order], np.maximum.accumulate(ends[order])
    first = np.concatenate([[True], starts[1:] - reached[:-1] > gap_ms])
    last = np.concatenate([first[1:], [True]])
    return starts[first], reached[last]


def idles(starts: Floats, ends: Floats) -> Idles:
    """Return what lies between stretches of work as `union` returns them."""
    return Idles(ends[:-1], starts[1:])


class FoldedAxis:
    """Places times, in ms since the origin, on a line of pixels. Outside of folded stretches a millisecond is `scale` pixels."""

    def __init__(self, idle: Idles, scale: float, break_px: float) -> None:
        self.scale = scale
        self.break_px = break_px
        folded = (idle.end_ms - idle.start_ms) * scale > break_px
        self._starts, self._ends = idle.start_ms[folded], idle.end_ms[folded]
        work_ms = self._starts - np.concatenate([self._starts[:1], self._ends[:-1]])
        lefts = np.cumsum(work_ms * scale) + np.arange(self._starts.size) * break_px
        self._times = np.stack([self._starts, self._ends], axis=1).ravel()
        self._pixels = np.stack([lefts, lefts + break_px], axis=1).ravel()

    def x(self, times_ms: Floats) -> Floats:
        """Return the positions of times in pixels, from an arbitrary zero."""
        return _through(times_ms, self._times, self._pixels, self.scale)

    def x_of(self, time_ms: float) -> float:
        """Return the position of one time."""
        return float(self.x(np.array([time_ms]))[0])

    def time_at(self, x: float) -> float:
        """Return the time at a position: the inverse of `x_of`."""
        return float(_through(np.array([x]), self._pixels, self._times, 1 / self.scale)[0])

    def breaks(self, left: float, right: float) -> list[Break]:
        """Return the folded stretches between two positions."""
        lefts, rights = self._pixels[::2], self._pixels[1::2]
        first, last = np.searchsorted(rights, left), np.searchsorted(lefts, right, side="right")
        return [Break(float(self._starts[each]), float(self._ends[each]), float(lefts[each]), float(rights[each]))
                for each in range(int(first), int(last))]

    def stretch_start(self, time_ms: float, first_ms: float) -> float:
        """Return the end of the last folded stretch before a time, `first_ms` if there is none.

        What follows it is told in milliseconds from there.
        """
        place = int(np.searchsorted(self._ends, time_ms, side="right")) - 1
        return float(self._ends[place]) if place >= 0 else first_ms


def fitting_scale(idle: Idles, start_ms: float, end_ms: float, room_px: float, break_px: float) -> float:
    """Return the scale at which the time from `start_ms` to `end_ms` takes `room_px` pixels, its idle stretches folded."""
    gaps = np.minimum(idle.end_ms, end_ms) - np.maximum(idle.start_ms, start_ms)
    gaps = np.sort(gaps[gaps > 0])
    total_ms = max(end_ms - start_ms, 1e-6)
    # The longest n are folded: try every n, from none on, until the shortest of them is just long enough to be folded.
    folded_ms = np.concatenate([[0.0], np.cumsum(gaps[::-1])])
    count = np.arange(folded_ms.size)
    rooms = np.maximum(room_px - count * break_px, 1e-9)
    scales = rooms / np.maximum(total_ms - folded_ms, 1e-6)
    return float(min(scales[_fits(scales, gaps[::-1], break_px, room_px)], 1e6))


def _fits(scales: Floats, longest_first: Floats, break_px: float, room_px: float) -> int:
    """Return the number of folded gaps that goes with its own scale: those folded are longer than a break, the others not."""
    count = np.arange(scales.size)
    next_px = np.append(longest_first, 0.0) * scales
    last_px = np.concatenate([[np.inf], longest_first]) * scales
    good = np.flatnonzero((next_px <= break_px) & (last_px >= break_px) & (count * break_px < room_px))
    return int(good[0]) if good.size else 0


def _through(values: Floats, knots: Floats, images: Floats, slope: float) -> Floats:
    """Follow a line through knots, which goes on with `slope` on both sides."""
    if not knots.size:
        return values * slope
    before = np.minimum(values - knots[0], 0.0) * slope
    after = np.maximum(values - knots[-1], 0.0) * slope
    return np.asarray(np.interp(values, knots, images) + before + after)

"""Where lanes are: one below the other, with the icicle of the chosen cold start below its environment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from workbench.state.icicle import IcicleBar
from workbench.state.lanes import Lane, LaneIndex


class LaneHeights(NamedTuple):
    """Heights in pixels: of an environment's lane, of a bar in it, of a group's heading or a rest, of a level of an icicle."""

    lane: float
    bar: float
    heading: float
    icicle: float


class LaneLayout:
    """Lanes with their tops in pixels from the top of the first one; the icicle belongs to the lane `icicle_lane`, if not -1."""

    def __init__(self, lanes: list[Lane], heights: LaneHeights, icicle: list[IcicleBar], icicle_lane: int) -> None:
        self.lanes = lanes
        self.heights = heights
        self.index = LaneIndex(lanes)
        self.icicle_lane = icicle_lane if icicle else -1
        self.icicle = icicle if icicle_lane >= 0 else []
        tall = [heights.lane if lane.rows else heights.heading for lane in lanes]
        if self.icicle:
            tall[self.icicle_lane] += (1 + max(bar.depth for bar in self.icicle)) * heights.icicle + 4
        self.tops = [0.0, *accumulate(tall)]

    @property
    def height(self) -> float:
        """The height of all lanes together."""
        return self.tops[-1]

    def lane_at(self, y: float) -> int:
        """Return the number of the lane at a height, -1 if there is none."""
        place = bisect_right(self.tops, y) - 1
        return place if 0 <= place < len(self.lanes) else -1

    def place_of(self, row: int) -> int:
        """Return the number of the lane that shows a row, -1 if none does."""
        return int(self.index.of(np.array([row], dtype=np.int32))[0])

    def between(self, top: float, bottom: float) -> range:
        """Return the numbers of the lanes that can be seen between two heights. The last one of several is not cut."""
        first = max(bisect_right(self.tops, top) - 1, 0)
        last = min(max(bisect_right(self.tops, bottom), first), len(self.lanes))
        is_cut = last - first > 1 and self.tops[last - 1] + min(self.heights.lane, self.heights.heading) > bottom + 1
        return range(first, last - 1 if is_cut else last)

    def whole_from(self, y: float) -> float:
        """Return the top of the first lane that begins at a height or below it; the height itself where none does."""
        return max(next((top for top in self.tops[bisect_left(self.tops, y):-1]), y), 0.0)

    def bar_top(self, place: int) -> float:
        """Return the top of the bars in a lane."""
        return self.tops[place] + (self.heights.lane - self.heights.bar) / 2

    def icicle_at(self, y: float, time_ms: float) -> IcicleBar | None:
        """Return the bar of the icicle at a height and an epoch time, None if there is none."""
        if self.icicle_lane < 0:
            return None
        depth = int((y - self.tops[self.icicle_lane] - self.heights.lane) // self.heights.icicle)
        return next((bar for bar in self.icicle if bar.depth == depth and bar.start_ms <= time_ms <= bar.end_ms), None)

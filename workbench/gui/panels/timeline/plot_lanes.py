"""Which lanes the plot has: arranged anew only when something about them changed."""

from __future__ import annotations

import math

from PySide6.QtGui import QFont

from workbench.gui.look.scale import strong
from workbench.gui.panels.timeline.kept_metrics import KeptMetrics
from workbench.gui.panels.timeline.lane_layout import LaneHeights, LaneLayout
from workbench.gui.panels.timeline.lane_titles import titles_width
from workbench.state.aligned_lanes import WITHOUT_INIT, AlignedLanes
from workbench.state.aligned_view import AlignedView
from workbench.state.icicle import IcicleBar, icicle
from workbench.state.lanes import Grouping, Lane, LaneChoice, lanes
from workbench.state.session import Session
from workbench.state.timeline_view import TimelineView

_ABOVE_ALIGNED_PX = 4.0
_LANES_BESIDE, _LEAST_LEVELS = 7, 2
"""An icicle leaves room for so many lanes of invocations, if there are as many, but has these levels in any case."""


class PlotLanes:
    """The lanes of a view in their order, with their titles' width and the icicle of the chosen environment."""

    def __init__(self, session: Session, view: TimelineView) -> None:
        self._session = session
        self._view = view
        self.aligned = AlignedView(view)
        self._aligned_lanes = AlignedLanes(self.aligned)
        self.choice = LaneChoice()
        self.metrics = self.title_metrics = KeptMetrics(QFont())
        self.titles_px = 80.0
        self._clock_heights = LaneHeights(24, 16, 18, 14)
        self.layout = LaneLayout([], self._clock_heights, [], -1)
        self._known: tuple[object, ...] = ()
        self._request_id = self._environment_id = ""

    @property
    def is_aligned(self) -> bool:
        """Whether each invocation has a lane, and all begin at 0 ms."""
        return self.choice.grouping == "aligned"

    def set_font(self, font: QFont) -> None:
        """Use this font for all words."""
        self.metrics, self.title_metrics = KeptMetrics(font), KeptMetrics(strong(font))
        line = self.metrics.height
        self._clock_heights = LaneHeights(line + 15, line + 5, line + 6, line + 2)
        self._known = ()

    @property
    def _heights(self) -> LaneHeights:
        """Those of lanes; an invocation has a lower one than an environment, as there are more of them."""
        known = self._clock_heights
        return known._replace(lane=known.bar + 4, heading=known.icicle) if self.is_aligned else known

    @property
    def above_px(self) -> float:
        """The height of the breaks' labels above the lanes; rows that are aligned have no breaks."""
        return _ABOVE_ALIGNED_PX if self.is_aligned else self.metrics.height + 2

    @property
    def around_px(self) -> int:
        """The height above and below the lanes, where the ruler is, without the time of day if they are aligned."""
        line = self.metrics.height
        return math.ceil(line + 6 + _ABOVE_ALIGNED_PX if self.is_aligned else 3 * line + 8)

    def set_grouping(self, grouping: Grouping) -> None:
        """Put environments together that have this in common."""
        self.choice = self.choice._replace(grouping=grouping, opened=frozenset())

    def toggle(self, key: str) -> None:
        """Expand or collapse the environments of the past of a group."""
        self.choice = self.choice._replace(opened=self.choice.opened ^ {key})

    def toggle_all(self) -> None:
        """Expand all lines of the past, or collapse them if any is expanded."""
        keys = frozenset(lane.key for lane in self.layout.lanes if lane.key)
        self.choice = self.choice._replace(opened=frozenset() if self.choice.opened else keys)

    def arrange(self, request_id: str, width: float, height: float, now_ms: float) -> None:
        """Arrange the lanes, with the icicle of the environment in which a request ran, as deep as leaves room for the next lane.
        """
        self._request_id = request_id
        invocation = self._session.history.get(request_id)
        self._environment_id = invocation.environment_id if invocation is not None else ""
        bars = self._icicle()
        wanted = self.choice._replace(kept=self._environment_id)
        spans = self._view.filter
        counted = self.aligned.starts.seen if self.is_aligned else 0
        known = (self._session.timeline.rows.version, wanted, spans, width, height, len(bars), self._heights, counted,
                 self._view.version if spans.is_narrow else 0)
        if known != self._known:
            self._known = known
            found = self._arranged(wanted, now_ms)
            place = self._icicle_place(found)
            self.layout = LaneLayout(found, self._heights, self._fitting(self._placed(bars, found, place), height, found), place)
            self.titles_px = titles_width(self.metrics, found, width)

    def _arranged(self, wanted: LaneChoice, now_ms: float) -> list[Lane]:
        if self.is_aligned:
            return self._aligned_lanes.arranged(self.aligned.rows(now_ms))
        spans = self._view.filter
        return lanes(self._session.timeline, spans, wanted, self._view.rows(now_ms) if spans.is_narrow else None)

    def _icicle_place(self, found: list[Lane]) -> int:
        """Return the number of the lane in which the chosen environment's INIT is, -1 for none."""
        if not self._environment_id:
            return -1
        own = (place for place, lane in enumerate(found) if lane.environment_id == self._environment_id
               and not lane.is_extension and lane.start not in WITHOUT_INIT)
        return max(own, default=-1) if self.is_aligned else next(own, -1)

    def _placed(self, bars: list[IcicleBar], found: list[Lane], place: int) -> list[IcicleBar]:
        """Return the bars of an icicle at the time at which they are in the lane with that number."""
        if not self.is_aligned or place < 0:
            return bars
        zero_ms = self.aligned.starts.start_ms(found[place].rows[0])
        return [bar._replace(start_ms=bar.start_ms - zero_ms, end_ms=bar.end_ms - zero_ms) for bar in bars]

    def _fitting(self, bars: list[IcicleBar], height: float, found: list[Lane]) -> list[IcicleBar]:
        """Return the levels for which there is room beside another lane, beside several where each is an invocation."""
        levels = self._levels(height, min(len(found), 2) * self._heights.lane)
        if self.is_aligned:
            beside_px = sum(self._heights.lane if lane.rows else self._heights.heading for lane in found[-_LANES_BESIDE:])
            levels = max(self._levels(height, beside_px), min(levels, _LEAST_LEVELS))
        return [bar for bar in bars if bar.depth < levels]

    def _levels(self, height: float, beside_px: float) -> int:
        return int((height - beside_px - 4) // self._heights.icicle)

    def _icicle(self) -> list[IcicleBar]:
        environment = self._session.environments.by_id.get(self._environment_id)
        return icicle(environment.startup) if environment is not None else []

    @property
    def chosen_lane(self) -> int:
        """The number of the lane of the chosen invocation, or of its environment; -1 if it has none."""
        if self.is_aligned:
            return self.layout.place_of(self.aligned.starts.number_of(self._request_id))
        found = (place for place, lane in enumerate(self.layout.lanes)
                 if self._environment_id and lane.environment_id == self._environment_id)
        return next(found, -1)

    def extent_of(self, row: int) -> tuple[float, float]:
        """Return top and bottom of the lane of an invocation, or of those of the environment that a row belongs to, in pixels
        from the first lane.
        """
        layout, rows = self.layout, self._session.timeline.rows
        if self.is_aligned:
            own = [place] if (place := layout.place_of(row)) >= 0 else []
        elif row in rows:
            own = [place for place, lane in enumerate(layout.lanes)
                   if (lane.environment_id == rows[row].environment_id) or (row in lane.rows and not lane.is_open)]
        else:
            own = []
        return (layout.tops[own[0]], layout.tops[own[-1] + 1]) if own else (0.0, 0.0)

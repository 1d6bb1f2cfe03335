"""Which lanes the plot has: arranged anew only when something about them changed."""

from __future__ import annotations

from PySide6.QtGui import QFont

from workbench.gui.look.scale import strong
from workbench.gui.panels.timeline.kept_metrics import KeptMetrics
from workbench.gui.panels.timeline.lane_layout import LaneHeights, LaneLayout
from workbench.gui.panels.timeline.lane_titles import titles_width
from workbench.state.icicle import IcicleBar, icicle
from workbench.state.lanes import Grouping, LaneChoice, lanes
from workbench.state.session import Session
from workbench.state.timeline_view import TimelineView


class PlotLanes:
    """The lanes of a view in their order, with their titles' width and the icicle of the chosen environment."""

    def __init__(self, session: Session, view: TimelineView) -> None:
        self._session = session
        self._view = view
        self.choice = LaneChoice()
        self.metrics = self.title_metrics = KeptMetrics(QFont())
        self.titles_px = 80.0
        self._heights = LaneHeights(24, 16, 18, 14)
        self.layout = LaneLayout([], self._heights, [], "")
        self._known: tuple[object, ...] = ()
        self._environment_id = ""

    def set_font(self, font: QFont) -> None:
        """Use this font for all words."""
        self.metrics, self.title_metrics = KeptMetrics(font), KeptMetrics(strong(font))
        line = self.metrics.height
        self._heights = LaneHeights(line + 15, line + 5, line + 6, line + 2)
        self._known = ()

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
        invocation = self._session.history.get(request_id)
        self._environment_id = invocation.environment_id if invocation is not None else ""
        bars = self._icicle()
        wanted = self.choice._replace(kept=self._environment_id)
        spans, is_narrowed = self._view.filter, bool(self._view.filter.start or self._view.filter.failed)
        known = (self._session.timeline.rows.version, wanted, spans, width, height, len(bars), self._heights,
                 self._view.version if is_narrowed else 0)
        if known != self._known:
            self._known = known
            shown = self._view.rows(now_ms) if is_narrowed else None
            found = lanes(self._session.timeline, spans, wanted, shown)
            self.layout = LaneLayout(found, self._heights, self._fitting(bars, height, len(found)), self._environment_id)
            self.titles_px = titles_width(self.metrics, found, width)

    def _fitting(self, bars: list[IcicleBar], height: float, lanes: int) -> list[IcicleBar]:
        """Return the levels for which there is room beside another lane."""
        levels = int((height - min(lanes, 2) * self._heights.lane - 4) // self._heights.icicle)
        return [bar for bar in bars if bar.depth < levels]

    def _icicle(self) -> list[IcicleBar]:
        environment = self._session.environments.by_id.get(self._environment_id)
        return icicle(environment.startup) if environment is not None else []

    @property
    def chosen_lane(self) -> int:
        """The number of the lane of the chosen invocation's environment, -1 if it has none."""
        found = (place for place, lane in enumerate(self.layout.lanes)
                 if self._environment_id and lane.environment_id == self._environment_id)
        return next(found, -1)

    def extent_of(self, row: int) -> tuple[float, float]:
        """Return top and bottom of the lanes of the environment that a row belongs to, in pixels from the first lane."""
        layout, rows = self.layout, self._session.timeline.rows
        if row not in rows:
            return 0.0, 0.0
        own = [place for place, lane in enumerate(layout.lanes)
               if (lane.environment_id == rows[row].environment_id) or (row in lane.rows and not lane.is_open)]
        return (layout.tops[own[0]], layout.tops[own[-1] + 1]) if own else (0.0, 0.0)

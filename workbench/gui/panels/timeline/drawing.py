"""What the painters of the timeline share: the colors and the font, what is shown, and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QRectF

from workbench.gui.look.theme import Theme
from workbench.gui.panels.timeline.kept_metrics import KeptMetrics
from workbench.gui.panels.timeline.lane_layout import LaneLayout
from workbench.gui.panels.timeline.viewport import Viewport
from workbench.state.aligned_view import AlignedView
from workbench.state.span_kinds import SpanKind
from workbench.state.timeline_view import TimelineView


class Drawing(NamedTuple):
    """One painting. `metrics` are those of all words but the functions' names; `area` is where bars are; `scrolled` how many
    pixels of lanes are above it; `now_ms` is the engine's epoch time. `note` is asked what a bar says besides how long it took,
    by its kind and its place in the timeline's table.
    """

    theme: Theme
    metrics: KeptMetrics
    title_metrics: KeptMetrics
    view: TimelineView | AlignedView
    viewport: Viewport
    layout: LaneLayout
    area: QRectF
    scrolled: float
    now_ms: float
    selected: str
    note: Callable[[SpanKind, int], str]

    @property
    def is_aligned(self) -> bool:
        """Whether times are counted from the start of each lane, so that there is no time of day."""
        return isinstance(self.view, AlignedView)

    @property
    def lanes(self) -> range:
        """The numbers of the lanes that can be seen."""
        return self.layout.between(self.scrolled, self.scrolled + self.area.height())

    def top(self, place: int) -> float:
        """Return the top of a lane on the screen."""
        return self.area.top() + self.layout.tops[place] - self.scrolled

    def bar_top(self, place: int) -> float:
        """Return the top of a lane's bars on the screen."""
        return self.area.top() + self.layout.bar_top(place) - self.scrolled

    def relative_ms(self, epoch_ms: float) -> float:
        """Return an epoch time as milliseconds since the timeline's origin."""
        return epoch_ms - (self.view.timeline.origin_ms or 0.0)

"""How the plot moves in each of its arrangements: what it follows, what is all of it, and where the clock stands in it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from workbench.gui.panels.timeline.viewport import Viewport
from workbench.state.aligned_view import NO_ROWS, AlignedView
from workbench.state.lanes import Grouping, Lane
from workbench.state.timeline_view import TimelineView

if TYPE_CHECKING:  # the plot owns its arrangements
    from workbench.gui.panels.timeline.timeline_plot import TimelinePlot

_CROWD = 12
"""So many new rows at once cannot be read."""
_REST_S = 0.12


class ClockArrangement:
    """An environment has a lane, and time passes from left to right; idle stretches are folded."""

    name = "Timeline of execution environments"

    def __init__(self, plot: TimelinePlot, view: TimelineView) -> None:
        self._plot = plot
        self.view = view

    def pull(self) -> bool:
        """Take in what is new; return whether there is more."""
        return False  # the plot itself follows this view, which has the filter

    @property
    def is_resting(self) -> bool:
        """Whether what is new can wait."""
        return False

    def arranged(self) -> None:
        """Note that lanes were arranged with what is new."""

    def fold(self, viewport: Viewport) -> None:
        """Fold what is idle."""
        viewport.fold(self._plot.stretches)

    def follow(self) -> None:
        """Show the newest work, and what led to it."""
        timeline = self._plot.session.timeline
        self._plot.viewport.follow(self._plot.stretches, timeline.newest_starts())
        row = timeline.newest_working_row()
        if row is not None:
            self._plot.show_lane_of(row)

    def look(self) -> None:
        """Look for spans in the lanes that can be seen."""

    def extent(self) -> tuple[float, float]:
        """Return the times between which everything is."""
        return self._plot.session.timeline.extent(self._plot.now_ms)

    def seen_ms(self) -> tuple[float, float]:
        """Return from when to when that happened what can be seen, in milliseconds since the timeline's origin."""
        return self._plot.viewport.span()

    def center(self, time_ms: float) -> None:
        """Bring what happened at a time into the middle."""
        self._plot.viewport.center(time_ms)

    def lacks(self, row: int) -> bool:
        """Whether nothing of a row can be seen, wherever it is in time."""
        del row
        return False


class AlignedArrangement:
    """An invocation has a lane, and all begin at 0 ms; the newest is the last one."""

    name = "Timeline of invocations, aligned at their start"

    def __init__(self, plot: TimelinePlot, view: AlignedView) -> None:
        self._plot = plot
        self.view = view
        self._rests_until_s = 0.0
        self._arranged_to = 0

    def pull(self) -> bool:
        """Take in what is new; return whether there is more."""
        return self.view.pull()

    @property
    def is_resting(self) -> bool:
        """Whether what is new can wait: rows moved on just now, by more of them than anybody reads."""
        return time.monotonic() < self._rests_until_s

    def arranged(self) -> None:
        """Rest a little if there were many new rows."""
        last = self.view.starts.last
        if last - self._arranged_to > _CROWD:
            self._rests_until_s = time.monotonic() + _REST_S
        self._arranged_to = last

    def fold(self, viewport: Viewport) -> None:
        """Fold nothing: in a row, there is only work."""
        viewport.fold((np.zeros(1), np.zeros(1)))

    def follow(self) -> None:
        """Show the newest rows, at a scale at which a cold start and they can be compared."""
        plot = self._plot
        plot.scroll_to(plot.most_scrolled)
        plot.viewport.show(0.0, self.view.followed_ms(self._rows(), plot.now_ms))

    def look(self) -> None:
        """Look for spans in the rows that can be seen."""
        rows = self._rows()
        self.view.look_at(*((rows[0], rows[-1]) if rows else NO_ROWS))

    def extent(self) -> tuple[float, float]:
        """Return the times between which everything is."""
        return 0.0, self.view.longest_ms(_rows_of(self._plot.lanes.layout.lanes), self._plot.now_ms)

    def seen_ms(self) -> tuple[float, float]:
        """Return from when to when that happened what can be seen, in milliseconds since the timeline's origin."""
        return self.view.happened_ms(self._rows(), self._plot.now_ms)

    def center(self, time_ms: float) -> None:
        """Bring what happened at a time into the middle."""
        plot, layout = self._plot, self._plot.lanes.layout
        zeros = self.view.starts.zero_ms(np.array(_rows_of(layout.lanes), dtype=np.int32))
        if zeros.size:
            row = _rows_of(layout.lanes)[int(np.argmin(np.abs(zeros - time_ms)))]
            top, bottom = plot.lanes.extent_of(row)
            plot.scroll_to(layout.whole_from((top + bottom - plot.area.height()) / 2))

    def lacks(self, row: int) -> bool:
        """Whether nothing of a row can be seen, wherever it is in time."""
        return row not in self._rows()

    def _rows(self) -> list[int]:
        layout = self._plot.lanes.layout
        return _rows_of(layout.lanes[place] for place in self._plot.visible_lanes())


def arrange(plot: TimelinePlot, grouping: Grouping) -> None:
    """Arrange the spans anew, and follow what is newest if times mean something else from now on."""
    was_aligned = plot.lanes.is_aligned
    plot.lanes.set_grouping(grouping)
    plot.setAccessibleName(plot.tr(plot.arrangement.name))
    if plot.lanes.is_aligned is not was_aligned:
        plot.set_measure(None)
        plot.scrolled = 0.0
        plot.set_live(True)
    plot.refresh()


def _rows_of(lanes: Iterable[Lane]) -> list[int]:
    return [row for lane in lanes for row in lane.rows]

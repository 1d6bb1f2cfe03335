"""What there is at a point of the timeline, and all that is known about it in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF

from workbench.gui.panels.timeline.durations import clock_words, idle_words, long_words
from workbench.gui.panels.timeline.lane_titles import title_tip
from workbench.gui.panels.timeline.timeline_kinds import LOOKS
from workbench.state.aligned_view import AlignedView
from workbench.state.ending_words import ending_word
from workbench.state.invocation import Invocation
from workbench.state.lanes import Lane
from workbench.state.span_kinds import SpanKind
from workbench.state.timeline import Hit
from workbench.state.timeline_view import TimelineView

if TYPE_CHECKING:  # the plot owns its hints
    from workbench.gui.panels.timeline.timeline_plot import TimelinePlot

_SLACK_PX = 3.0
_SNAP_PX = 6.0
_MANY = 3
_MOST_REASONS = 200
_MOST_LETTERS = 60


class PlotHints:
    """Answers what is at a point of a plot."""

    def __init__(self, plot: TimelinePlot) -> None:
        self._plot = plot
        self._reasons: dict[tuple[str, int, int], str] = {}
        """Why invocations failed, which is in their answers: not to be read from these with every painting."""

    def lane_at(self, point: QPointF) -> Lane | None:
        """Return the lane at a point, its title included; None if there is none."""
        area, layout = self._plot.area, self._plot.lanes.layout
        if not area.top() <= point.y() <= area.bottom():
            return None
        place = layout.lane_at(point.y() - area.top() + self._plot.scrolled)
        return layout.lanes[place] if place >= 0 else None

    def hit_at(self, point: QPointF) -> Hit | None:
        """Return the span under a point or within three pixels of it, or None."""
        lane, area = self.lane_at(point), self._plot.area
        if lane is None or not area.contains(point):
            return None
        slack_ms = _SLACK_PX / self._plot.viewport.scale
        at_ms = self._plot.viewport.time_at(point.x() - area.left())
        return self._view.hit(lane.rows, at_ms, self._plot.now_ms, slack_ms) if lane.rows else None

    @property
    def _view(self) -> TimelineView | AlignedView:
        return self._plot.arrangement.view

    def note(self, kind: SpanKind, place: int) -> str:
        """Return what a bar says besides how long it took, by its place in the table: why it failed, or how much less it took."""
        if kind is SpanKind.FAILED:
            return self._reason(self._view.request_of(place))
        return self._view.less_words(place) if kind is SpanKind.INVOKE else ""

    def _reason(self, request_id: str) -> str:
        invocation = self._plot.session.history.get(request_id)
        if invocation is None:
            return ""
        key = (request_id, invocation.last_seq, self._plot.session.hidden.version)
        if key not in self._reasons:
            self._reasons[key] = self._plot.session.hidden.text(_reason_of(invocation))
            if len(self._reasons) > _MOST_REASONS:
                del self._reasons[next(iter(self._reasons))]
        return self._reasons[key]

    def at(self, point: QPointF) -> str:
        """Return the tip for a point, "" if nothing is there."""
        area, lane = self._plot.area, self.lane_at(point)
        if lane is not None and lane.idle_ms:
            return f"{idle_words(lane.idle_ms)}: the environment was frozen between these two invocations"
        if point.x() < area.left():
            return self._of_title(lane) if lane is not None and lane.rows else ""
        bar = self._icicle_tip(point)
        if bar:
            return bar
        hit = self.hit_at(point)
        if hit is None:
            return self._of_break(point.x() - area.left())
        return "\n".join(filter(None, (self.of_hit(hit), self._others_at(point, hit))))

    def _of_title(self, lane: Lane) -> str:
        rows, place = self._plot.session.timeline.rows, lane.rows[0]
        number = place if not lane.start else self._plot.lanes.aligned.starts.row_of(place)
        if number not in rows:
            return ""  # the timeline has just dropped it
        row = rows[number]
        return title_tip(lane, row.function_name, row.version)

    def _icicle_tip(self, point: QPointF) -> str:
        area, plot = self._plot.area, self._plot
        time_ms = plot.viewport.time_at(point.x() - area.left()) + (plot.session.timeline.origin_ms or 0.0)
        bar = plot.lanes.layout.icicle_at(point.y() - area.top() + plot.scrolled, time_ms) if area.contains(point) else None
        return f"{bar.label}: {bar.duration_ms:,.1f} ms" if bar is not None else ""

    def _of_break(self, x: float) -> str:
        origin_ms = self._plot.session.timeline.origin_ms or 0.0
        for each in self._plot.viewport.breaks():
            if each.left <= x <= each.right:
                first, last = clock_words(origin_ms + each.start_ms), clock_words(origin_ms + each.end_ms)
                return f"{idle_words(each.end_ms - each.start_ms)}: nothing worked from {first} to {last}"
        return ""

    def _others_at(self, point: QPointF, hit: Hit) -> str:
        """Tell of the spans that share the pixel with the one that is told of."""
        plot, lane = self._plot, self.lane_at(point)
        first_ms, last_ms = (plot.viewport.time_at(point.x() - plot.area.left() + side) for side in (-1.0, 1.0))
        seen = self._view.between(first_ms, last_ms, 1 / plot.viewport.scale, plot.now_ms)
        same = seen.part((seen.kind == hit.kind) & np.isin(seen.row, lane.rows if lane is not None else ()))
        count = int(same.counts.sum())
        if count < _MANY:
            return ""
        return f"one of {count:,} that merge here, of {same.shortest_ms.min():,.1f} to {same.longest_ms.max():,.1f} ms"

    def of_hit(self, hit: Hit) -> str:
        """Return all about a span."""
        lasted = f"{hit.end_ms - hit.start_ms:,.1f} ms" + (" so far" if hit.is_open else "")
        lines = [f"{LOOKS[hit.kind].title}: {lasted}"]
        versioned = f" · version {hit.row.version}" if hit.row.version else ""
        lines.append(f"{hit.row.function_name}{versioned} · env {hit.row.environment_id[:4]}")
        if hit.row.extension:
            lines.append(f"Extension {hit.row.extension}")
        start_ms = float(self._view.columns(np.array([hit.place]), self._plot.now_ms).start_ms[0])
        since_ms = start_ms - self._plot.viewport.stretch_start(start_ms)
        what = "it all" if self._plot.lanes.is_aligned else "its stretch"
        lines.append(f"from {clock_words(hit.start_ms, 1)}, {since_ms:,.1f} ms after {what} began")
        lines.extend(_of_invocation(self._plot.session.history.get(self._view.request_of(hit.place))))
        return "\n".join(lines)

    def of_request(self, request_id: str) -> str:
        """Return what a screen reader says of the chosen invocation."""
        invocation = self._plot.session.history.get(request_id)
        return ". ".join([invocation.function_name, *_of_invocation(invocation)]) if invocation is not None else ""

    def measure_words(self, measure: tuple[float, float]) -> str:
        """Return what a measure says, and how much of it nothing worked."""
        first_ms, last_ms = sorted(measure)
        told = f"{last_ms - first_ms:,.2f} ms"
        if self._plot.lanes.is_aligned:
            return told
        starts, ends = self._plot.view.stretches(self._plot.now_ms)
        work_ms = float(np.maximum(np.minimum(ends, last_ms) - np.maximum(starts, first_ms), 0.0).sum())
        idle_ms = max(last_ms - first_ms - work_ms, 0.0)
        return f"{told}, of which nothing worked for {long_words(idle_ms)}" if idle_ms >= 1 else told

    def snapped(self, x: float) -> float:
        """Return the time at a position in the area, or that of an edge of a bar within six pixels."""
        viewport, now_ms = self._plot.viewport, self._plot.now_ms
        low, high = viewport.time_at(x - _SNAP_PX), viewport.time_at(x + _SNAP_PX)
        near = self._view.columns(self._view.single_spans(low, high, now_ms), now_ms)
        edges = np.concatenate([near.start_ms, near.end_ms])
        edges = edges[(edges >= low) & (edges <= high)]
        if not edges.size:
            return viewport.time_at(x)
        return float(edges[np.argmin(np.abs(viewport.x(edges) - x))])


def _reason_of(invocation: Invocation) -> str:
    """Return why it failed: "KeyError: 'TABLE'"."""
    error = invocation.error()
    kind = str(error.get("errorType", "") or invocation.error_type)
    message = str(error.get("errorMessage", "")).removeprefix(f"RequestId: {invocation.request_id} Error: ").strip()
    first = message.splitlines()[0] if message else ""
    reason = f"{kind}: {first}" if kind and first else kind or first
    return reason if len(reason) <= _MOST_LETTERS else f"{reason[:_MOST_LETTERS]}…"


def _of_invocation(invocation: Invocation | None) -> list[str]:
    if invocation is None:
        return []
    status = ending_word(invocation.status, was_canceled=invocation.was_cancelled)
    lines = [f"request {invocation.request_id} · {invocation.start} · {status}"]
    figures = invocation.metrics
    if figures is not None:
        lines.append(f"duration {figures.duration_ms:,.2f} ms · billed {figures.billed_duration_ms:,} ms · "
                     f"memory {figures.max_memory_used_mb} of {figures.memory_size_mb} MB")
    if invocation.error_type:
        lines.append(invocation.error_type)
    return lines

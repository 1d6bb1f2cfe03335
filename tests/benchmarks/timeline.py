"""The timeline with 100,000 spans of 12 environments in 13 minutes: how long one paint takes at every zoom level.

A paint is what a turn of the wheel costs: fold the axis anew, choose the level, draw bars, ruler, breaks and titles (1,280 x 420
pixels, the minimap apart). The floor is naive painting in the same run: one rectangle for every visible span of the same lanes
at the same places, painted one by one, without titles, ruler or breaks; numpy finds the visible ones and works out their edges.
One span in 6,000 failed; at every level, each failure in view is looked for among the pixels. The aim is a paint under 16 ms.

Told is the processor's time of the window's thread, which other programs on the machine hardly lengthen, then the time by the
clock. The first paint after 100,000 spans arrived at once takes several turns of the loop; the longest of these is told too.

Offscreen, or with DISPLAY on that display; the painting is Qt's own raster engine in both.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from tests.benchmarks.measures import percentile
from tests.support.event_builders import EventStream
from workbench.gui.look.theme import DARK
from workbench.gui.panels.timeline.timeline_kinds import fill_color
from workbench.gui.panels.timeline.timeline_panel import TimelinePanel
from workbench.gui.panels.timeline.timeline_plot import TimelinePlot
from workbench.state.session import Session
from workbench.state.span_kinds import FAILURES, SpanKind

SPANS = 100_000
ENVIRONMENTS = 12
PAINTS = 15
ZOOM = 4.0
CLOSEST = 2_000.0
"""The last zoom level, in pixels per millisecond."""
AIM_MS = 16.0


def filled() -> Session:
    """A session whose environments were invoked without much rest, with a pause now and then."""
    session, stream, random = Session(), EventStream(), np.random.default_rng(7)
    for number in range(ENVIRONMENTS):
        stream.function_name = f"function-{number}"
        stream.cold_success(f"cold-{number}", f"{number:04}")
    session.apply(stream.events)
    spans, free = session.timeline.spans, [6_000.0] * ENVIRONMENTS
    while len(spans) < SPANS:
        row = int(random.integers(ENVIRONMENTS))
        start_ms = free[row] + float(random.exponential(30)) + (60_000.0 if random.random() < 0.002 else 0.0)
        end_ms = start_ms + float(random.exponential(8))
        kind = SpanKind.FAILED if random.random() < 0.0005 else SpanKind.INVOKE
        spans.append(free[row], start_ms, SpanKind.IDLE, row, "")
        spans.append(start_ms, end_ms, kind, row, f"r-{len(spans)}")
        spans.append(end_ms, end_ms + 0.4, SpanKind.OVERHEAD, row, "")
        free[row] = end_ms + 0.4
    session.timeline.version += 1
    return session


def paint_naively(plot: TimelinePlot, image: QPixmap) -> None:
    """One rectangle a span."""
    drawing, spans = plot.drawing(), plot.session.timeline.spans
    first_ms, last_ms = plot.viewport.span()
    seen = np.flatnonzero((spans.end_ms >= first_ms) & (spans.start_ms <= last_ms))
    left, right = plot.viewport.x(spans.start_ms[seen]), plot.viewport.x(spans.end_ms[seen])
    lanes = drawing.layout.index.of(spans.row[seen])
    painter = QPainter(image)
    painter.setPen(Qt.PenStyle.NoPen)
    colors = [QColor(fill_color(kind, DARK)) for kind in SpanKind]
    height, area = drawing.layout.heights.bar, drawing.area.left()
    for begin, end, lane, kind in zip(left.tolist(), right.tolist(), lanes.tolist(), spans.kind[seen].tolist(), strict=True):
        painter.setBrush(colors[kind])
        painter.drawRect(QRectF(area + max(begin, -8), drawing.bar_top(lane), min(end, 2_000) - max(begin, -8), height))
    painter.end()


def paint_ours(plot: TimelinePlot, image: QPixmap) -> None:
    """What a turn of the wheel costs."""
    plot.zoom(1.0001)
    plot.render(image)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """The processor's time of this thread, and that of the clock, in ms."""
    began_s, began_clock_s = time.thread_time(), time.perf_counter()
    work()
    return (time.thread_time() - began_s) * 1_000, (time.perf_counter() - began_clock_s) * 1_000


def failures_without_red(plot: TimelinePlot, image: QImage) -> int:
    """How many of the failures in view have no red pixel where they are."""
    drawing, spans = plot.drawing(), plot.session.timeline.spans
    reds = {QColor(DARK.error).name(), QColor(DARK.error).darker(125).name()}
    lost = 0
    for index in np.flatnonzero(np.isin(spans.kind, FAILURES)).tolist():
        x = drawing.area.left() + plot.viewport.x_of(float(spans.start_ms[index]))
        lane = int(drawing.layout.index.of(spans.row[index:index + 1])[0])
        if drawing.area.left() + 2 <= x < drawing.area.right() - 3 and lane in drawing.lanes:
            y = int(drawing.bar_top(lane) + drawing.layout.heights.bar / 2)
            around = {image.pixelColor(at, up).name() for at in range(int(x) - 2, int(x) + 5) for up in range(y - 4, y + 5)}
            lost += not (around & reds)
    return lost


def measure(plot: TimelinePlot) -> None:
    """Zoom in from everything, around a failure, and print a line for each level."""
    failed = np.flatnonzero(np.isin(plot.session.timeline.spans.kind, FAILURES))
    at_ms = float(plot.session.timeline.spans.start_ms[failed[failed.size // 2]])
    image = QPixmap(plot.size())
    plot.show_all()
    print(f"{'pixels per ms':>14}  {'spans in view':>13}  {'paint':>8} (p95; clock p50)   {'naive':>9}   lost failures")
    worst = 0.0
    while plot.viewport.scale < CLOSEST:
        ours = [timed(lambda: paint_ours(plot, image)) for _ in range(PAINTS + 1)][1:]
        naive = [timed(lambda: paint_naively(plot, QPixmap(plot.size())))[0] for _ in range(3)]
        plot.render(image)
        first_ms, last_ms = plot.viewport.span()
        spans = plot.session.timeline.spans
        count = int(((spans.end_ms >= first_ms) & (spans.start_ms <= last_ms)).sum())
        cpu, clock = ([each[place] for each in ours] for place in (0, 1))
        worst = max(worst, percentile(cpu, 0.5))
        lost = failures_without_red(plot, image.toImage())
        print(f"{plot.viewport.scale:14.4f}  {count:13,}  {percentile(cpu, 0.5):5.1f} ms ({percentile(cpu, 0.95):4.1f}; "
              f"{percentile(clock, 0.5):5.1f})         {percentile(naive, 0.5):6.1f} ms   {lost}", flush=True)
        plot.zoom(ZOOM)
        plot.center(at_ms)
    print(f"worst level: {worst:.1f} ms of the processor's time   (aim: under {AIM_MS:.0f} ms)")


def turns_to_take_in(pull: Callable[[], bool]) -> list[float]:
    """The processor's time of each turn in which a view takes in what is new, in ms."""
    turns, more = [], [True]
    while more[-1]:
        turns.append(timed(lambda: more.append(pull()))[0])
    return turns


def measure_aligned(panel: TimelinePanel) -> None:
    """Print what it costs to align the invocations at their start, to paint them, and to take in one more."""
    plot, image = panel.plot, QPixmap(panel.plot.size())
    turns = turns_to_take_in(plot.lanes.aligned.pull)
    switch_ms = timed(lambda: panel.filter.group("aligned"))[0]
    rows = sum(1 for lane in plot.lanes.layout.lanes if lane.rows)
    print(f"aligned at the start: taken in by {len(turns)} turns, the longest {max(turns):.1f} ms; {rows:,} rows arranged in "
          f"{switch_ms:.1f} ms")
    looks: dict[str, Callable[[], object]] = {
        "followed": lambda: plot.set_live(True), "all": plot.show_all, "closer": lambda: plot.zoom(20.0),
        "scrolled": lambda: plot.scroll_to(plot.most_scrolled / 2)}
    for name, look in looks.items():
        look()
        paints = [timed(lambda: paint_ours(plot, image))[0] for _ in range(PAINTS + 1)][1:]
        print(f"{name:>14}: {percentile(paints, 0.5):.1f} ms a paint ({percentile(paints, 0.95):.1f} p95)")
    plot.set_live(True)
    more = percentile([timed(lambda: one_more(panel))[0] for _ in range(PAINTS)], 0.5)
    panel.filter.group("function")
    by_clock = percentile([timed(lambda: one_more(panel))[0] for _ in range(PAINTS)], 0.5)
    print(f"one more invocation, without painting: {more:.1f} ms; {by_clock:.1f} ms by the clock")


def one_more(panel: TimelinePanel) -> None:
    """An invocation after the last one, as the plot takes it in."""
    timeline = panel.plot.session.timeline
    at_ms = float(np.nanmax(timeline.spans.end_ms)) + 1
    timeline.spans.append(at_ms, at_ms + 5, SpanKind.INVOKE, 0, f"r-{len(timeline.spans)}")
    timeline.spans.append(at_ms + 5, at_ms + 6, SpanKind.IDLE, 0, "")
    timeline.version += 1
    panel.plot.refresh()


def minimap_ms(panel: TimelinePanel) -> float:
    """What it costs to paint the minimap when something is new."""
    def paint() -> None:
        panel.minimap.set_theme(DARK)  # forgets what was painted
        panel.minimap.grab()

    return percentile([timed(paint)[0] for _ in range(PAINTS)], 0.5)


def main() -> None:
    if not os.environ.get("DISPLAY"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = QApplication.instance() or QApplication(sys.argv[:1])
    session = filled()
    panel = TimelinePanel(session)
    panel.resize(1_280, 620)
    turns = turns_to_take_in(panel.plot.view.pull)
    panel.show()
    app.processEvents()
    area = panel.plot.area
    print(f"{len(session.timeline.spans):,} spans taken in by {len(turns)} turns after the first, the longest "
          f"{max(turns):.1f} ms; area of {area.width():.0f} x {area.height():.0f} pixels")
    measure(panel.plot)
    measure_aligned(panel)
    print(f"minimap, painted anew: {minimap_ms(panel):.1f} ms")


if __name__ == "__main__":
    main()

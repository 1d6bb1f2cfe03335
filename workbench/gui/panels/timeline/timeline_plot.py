"""The lanes of the timeline on the screen: what is shown of them, and how it follows what happens."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from workbench.gui.look.scale import small, with_tabular_figures
from workbench.gui.look.theme import Theme
from workbench.gui.panels.timeline.arrangements import AlignedArrangement, ClockArrangement
from workbench.gui.panels.timeline.drawing import Drawing
from workbench.gui.panels.timeline.plot_gestures import PlotGestures
from workbench.gui.panels.timeline.plot_hints import PlotHints
from workbench.gui.panels.timeline.plot_lanes import PlotLanes
from workbench.gui.panels.timeline.timeline_painter import paint_timeline
from workbench.gui.panels.timeline.viewport import Viewport
from workbench.state.session import Session
from workbench.state.timeline_view import TimelineView

FRAME_MS = 40
"""Open bars grow 25 times a second, but only while something runs and the timeline is visible."""
SLOWEST_FRAME_MS = 500
_RESTS = 40
"""They grow less often the longer a paint takes, which has a fortieth of the thread. What is new is shown in any case."""


class TimelinePlot(QWidget):
    """Signals: `invocation_selected(str request_id)`, `live_changed(bool)`, `rows_scrolled()` when lanes moved, `moved()` when
    time did, and `measured(str words)`, "" when the measure is gone, and `arrangement_toggled()` by a key.
    """

    invocation_selected = Signal(str)
    live_changed = Signal(bool)
    rows_scrolled = Signal()
    moved = Signal()
    measured = Signal(str)
    arrangement_toggled = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.view = TimelineView(session.timeline)
        self.viewport = Viewport()
        self.lanes = PlotLanes(session, self.view)
        self._clock_arrangement = ClockArrangement(self, self.view)
        self._aligned_arrangement = AlignedArrangement(self, self.lanes.aligned)
        self.hints = PlotHints(self)
        self._gestures = PlotGestures(self)
        self._theme = theme
        self.selected = ""
        self.now_ms = 0.0
        self.is_live = True
        self.is_crowded = False
        self.scrolled = 0.0
        self.stretches = self.view.stretches(0.0)
        """When anything of what is shown worked, as `TimelineView.stretches` has it."""
        self.measure: tuple[float, float] | None = None
        self._looked_back: str | None = None
        """The newest request when an older one was brought into view; None if the view was not moved for that."""
        self._paint_ms = 0.0
        self._clock = QTimer(self, interval=FRAME_MS)
        self._clock.timeout.connect(self.keep_up)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr(self.arrangement.name))
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        self._theme = theme
        self.setFont(with_tabular_figures(self.font()))
        self.lanes.set_font(small(self.font()))
        self.viewport.break_px = self.lanes.metrics.width("idle 20 min 10 s") + 8
        self.setMinimumHeight(math.ceil(self.lanes.layout.heights.lane) + self.lanes.around_px)  # one lane is seen whole
        self._arrange()
        self.update()

    @property
    def area(self) -> QRectF:
        """Where the bars are: right of the titles, below the breaks' labels and above the ruler."""
        left = self.lanes.titles_px
        return QRectF(left, self.lanes.above_px, max(self.width() - left - 6, 2), self._room_px)

    @property
    def _room_px(self) -> float:
        """The height of the area."""
        return max(self.height() - self.lanes.around_px, 2)

    def keep_up(self) -> None:
        """Draw what the session knows now, or a little later where more comes than anybody reads."""
        if not self.arrangement.is_resting:
            self.refresh()
            return
        self.view.pull()  # a little at a time
        self.arrangement.pull()
        if not self._clock.isActive() and self.isVisible():
            self._clock.start(FRAME_MS)

    def refresh(self) -> None:
        """Draw what the session knows now, and follow it if live. Repeats itself while something is running."""
        timeline = self.session.timeline
        self.now_ms = self.session.engine_now_ms(time.time() * 1000)
        has_more = self.view.pull() | self.arrangement.pull()
        if (timeline.is_working or has_more) and self.isVisible():
            self._clock.start(min(max(round(self._paint_ms * _RESTS), FRAME_MS), SLOWEST_FRAME_MS))  # restarts: this was a frame
        else:
            self._clock.stop()
        self._arrange()
        self.arrangement.arranged()
        self.stretches = self.view.stretches(self.now_ms)
        self.arrangement.fold(self.viewport)
        if self._looked_back not in (None, self._newest()):
            self.set_live(True)  # somebody invoked after looking back: what runs now must not stay out of sight
        elif self.is_live:
            self.arrangement.follow()
        self.moved.emit()
        self.update()

    def _arrange(self) -> None:
        self.lanes.arrange(self.selected or self._newest(), self.width(), self._room_px, self.now_ms)
        self.viewport.width = self.area.width()
        self.scroll_to(self.scrolled)

    def set_live(self, live: bool) -> None:
        """Follow the newest activity, or keep the view where it is."""
        self._looked_back = None
        if live != self.is_live:
            self.is_live = live
            self.live_changed.emit(live)
        if live:
            self.refresh()

    @property
    def arrangement(self) -> ClockArrangement | AlignedArrangement:
        """How spans are arranged now."""
        return self._aligned_arrangement if self.lanes.is_aligned else self._clock_arrangement

    def show_all(self) -> None:
        """Zoom out to everything that is known."""
        self.show_span(*self.arrangement.extent())

    def show_span(self, start_ms: float, end_ms: float) -> None:
        """Zoom to these times, and stop following."""
        self.set_live(False)
        self.viewport.show(start_ms, end_ms)
        self._moved()

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Zoom around a position in the area, the middle if none is given, and stop following."""
        self.set_live(False)
        self.viewport.zoom(factor, self.viewport.width / 2 if at is None else at)
        self._moved()

    def pan(self, pixels: float) -> None:
        """Move on in time, and stop following."""
        self.set_live(False)
        self.viewport.pan(pixels)
        self._moved()

    def center(self, time_ms: float) -> None:
        """Bring a time into the middle, and stop following."""
        self.set_live(False)
        self.arrangement.center(time_ms)
        self._moved()

    def _moved(self) -> None:
        self.moved.emit()
        self.update()

    def set_measure(self, measure: tuple[float, float] | None) -> None:
        """Show a measure between two times, None for none."""
        self.measure = measure
        self.measured.emit(self.hints.measure_words(measure) if measure is not None else "")
        self.update()

    def select(self, request_id: str) -> None:
        """Mark an invocation, and bring it into view if it is not."""
        self.selected = request_id
        self.refresh()  # first: while live this brings the newest one into view, and following need not stop for it
        timeline = self.session.timeline
        index = timeline.spans_of_request(request_id)
        if index.size:
            found = self.arrangement.view.columns(index, self.now_ms)
            self._reveal(int(found.row[0]), float(found.start_ms.min()), float(found.end_ms.max()))
        self.setAccessibleDescription(self.hints.of_request(request_id))
        self.update()

    def choose(self, request_id: str) -> None:
        """Select an invocation here and, through the signal, everywhere."""
        self.select(request_id)
        self.invocation_selected.emit(request_id)

    def scroll_to(self, y: float) -> None:
        """Show the lanes from a height on, as far as there are enough of them."""
        self.scrolled = min(max(y, 0.0), self.most_scrolled)
        self.arrangement.look()
        self.rows_scrolled.emit()
        self.update()

    @property
    def most_scrolled(self) -> float:
        """How far the lanes can be scrolled: until the last one is seen whole, and the first one above it too."""
        return self.lanes.layout.whole_from(self.lanes.layout.height - self._room_px)

    def show_lane_of(self, row: int) -> None:
        """Bring the lanes of the environment that a row belongs to into view; its own if there is no room for all."""
        top, bottom = self.lanes.extent_of(row)
        if bottom > self.scrolled + self.area.height():
            self.scroll_to(self.lanes.layout.whole_from(bottom - self._room_px))
        if top < self.scrolled:
            self.scroll_to(top)

    def _reveal(self, row: int, start_ms: float, end_ms: float) -> None:
        is_outside = self.viewport.lacks(start_ms, end_ms)
        if is_outside or self.arrangement.lacks(row):
            self.set_live(False)
            self._looked_back = self._newest()
        self.show_lane_of(row)
        if is_outside:
            self.viewport.reveal(start_ms, end_ms)
        self._moved()

    def _newest(self) -> str:
        found = self.session.history.newest()
        return found.request_id if found is not None else ""

    def drawing(self) -> Drawing:
        """Return what is drawn, and where."""
        return Drawing(self._theme, self.lanes.metrics, self.lanes.title_metrics, self.arrangement.view, self.viewport,
                       self.lanes.layout, self.area, self.scrolled, self.now_ms, self.selected, self.hints.note)

    def visible_lanes(self) -> range:
        """Return the numbers of the lanes that can be seen."""
        return self.lanes.layout.between(self.scrolled, self.scrolled + self._room_px)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what is shown."""
        began_s = time.thread_time()
        self.is_crowded = paint_timeline(self, self.drawing(), self.lanes.chosen_lane, self.measure)
        self._paint_ms = (time.thread_time() - began_s) * 1_000

    def event(self, event: QEvent) -> bool:
        """Show the tip of what is under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.hints.at(event.pos().toPointF()), self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the newest work in view if live."""
        super().resizeEvent(event)
        self._arrange()
        if self.is_live:
            self.arrangement.follow()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom, pan, or scroll the lanes."""
        self._gestures.wheel(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag, to measure, or to click."""
        self._gestures.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag or measure."""
        self._gestures.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag, or choose what was clicked."""
        self._gestures.release(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what `plot_gestures` says of a key."""
        if not self._gestures.key(event):
            super().keyPressEvent(event)

"""The interactive part of the timeline: zoom, pan, follow, hover and select, by mouse and keyboard."""

from __future__ import annotations

import time
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from workbench.gui.look.scale import small
from workbench.gui.look.theme import Theme
from workbench.gui.panels.timeline.timeline_axes import FUNCTION_LETTERS, ClockAxis, EnvironmentAxis
from workbench.gui.panels.timeline.timeline_item import TimelineItem
from workbench.gui.panels.timeline.timeline_kinds import LOOKS, short_id
from workbench.state.session import Session
from workbench.state.timeline import Hit

FRAME_MS = 40
"""Open bars grow 25 times a second, but only while something runs and the timeline is visible."""

CROWDED_FRAME_MS = 100
"""The same with hundreds of visible bars: nobody sees one of them grow, and a repaint takes a good part of a frame."""

_NARROWEST_MS = 0.02
_WIDTH_FOR_NAMES = 600
"""In pixels: in a narrower plot, functions' names would take too much room from the bars."""
_MARGIN = 0.04


class TimelineBox(pg.ViewBox):  # type: ignore[misc]  # pyqtgraph has no types
    """Pans and zooms time only; rows keep their height.

    Without automatic ranges, for which pyqtgraph would ask for the bounds of all data at each change.
    """

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.setMouseEnabled(x=True, y=False)
        self.invertY(True)
        self.disableAutoRange()
        self.setLimits(minXRange=_NARROWEST_MS)
        self.setDefaultPadding(0.0)


class TimelinePlot(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    """Signals: `invocation_selected(str request_id)`, `live_changed(bool)`, and `rows_scrolled()` when rows moved."""

    invocation_selected = Signal(str)
    live_changed = Signal(bool)
    rows_scrolled = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.box = TimelineBox()
        self._rows_axis, self._clock_axis = EnvironmentAxis(session.timeline), ClockAxis(session.timeline)
        self.is_live = True
        self._looked_back: str | None = None
        """The newest request when an older one was brought into view; None if the view was not moved for that."""
        self.first_row = 0.0
        self.item = TimelineItem(session.timeline, theme)
        self.box.addItem(self.item, ignoreBounds=True)
        self._clock = QTimer(self)
        self._clock.setInterval(FRAME_MS)
        self._clock.timeout.connect(self.refresh)
        self._prepare()
        self.set_theme(theme)

    def _prepare(self) -> None:
        # Laid out by hand: pyqtgraph's PlotItem would create seven menus and a form that nobody sees.
        layout = pg.GraphicsLayout()
        layout.setSpacing(0)
        layout.setContentsMargins(0, 0, 6, 0)
        for axis, row, column in ((self._rows_axis, 0, 0), (self._clock_axis, 1, 1)):
            layout.addItem(axis, row, column)
            axis.linkToView(self.box)
        layout.addItem(self.box, 0, 1)
        self.setCentralItem(layout)
        self.setFrameShape(self.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Timeline of execution environments"))
        self.box.sigResized.connect(self._on_resized)
        self.box.sigRangeChangedManually.connect(self._on_moved_by_hand)
        self.scene().sigMouseClicked.connect(self._on_clicked)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        font = small(self.font())
        self.setBackground(theme.window)
        for axis in (self._rows_axis, self._clock_axis):
            axis.setTickFont(font)
            axis.setTextPen(QColor(theme.muted))
            axis.setPen(QColor(theme.border))
        self._rows_axis.setPen(QColor(0, 0, 0, 0))
        self._rows_axis.setTickPen(QColor(0, 0, 0, 0))
        metrics = QFontMetricsF(font)
        self._rows_axis.setWidth(self._label_width(metrics))
        self._clock_axis.setHeight(metrics.height() + 8)
        self.item.set_look(theme, font)
        self._show_rows()

    def _label_width(self, metrics: QFontMetricsF) -> float:
        name = "n" * FUNCTION_LETTERS if self._rows_axis.names_functions else "env"
        return metrics.horizontalAdvance(f"{name} 0000 †") + 20

    def _fit_labels(self) -> None:
        """Label rows with their function if there are several functions and enough room."""
        names = {row.function_name for row in self._session.timeline.rows}
        wanted = len(names) > 1 and self.width() >= _WIDTH_FOR_NAMES
        if wanted != self._rows_axis.names_functions:
            self._rows_axis.names_functions = wanted
            self._rows_axis.setWidth(self._label_width(QFontMetricsF(self._rows_axis.style["tickFont"])))

    @property
    def row_height(self) -> float:
        """The height of one environment's row in pixels."""
        return float(self.item.bar_height() + 12)

    @property
    def rows_in_view(self) -> float:
        """The number of rows that fit, with fractions, at least 1."""
        return float(max(self.box.height() / self.row_height, 1.0))

    def refresh(self) -> None:
        """Draw what the session knows now, and follow it if live. Repeats itself while something is running."""
        timeline = self._session.timeline
        self.item.now_ms = self._session.engine_now_ms(time.time() * 1000)
        working = timeline.is_working and self.isVisible()
        if working:
            self._clock.start(CROWDED_FRAME_MS if self.item.is_crowded else FRAME_MS)  # restarts: this call was a frame, too
        else:
            self._clock.stop()
        if self._looked_back not in (None, self._newest()):
            self.set_live(True)  # somebody invoked after looking back: what runs now must not stay out of sight
        if self.is_live:
            self._follow()
        self._fit_labels()
        self._rows_axis.picture = None  # pyqtgraph caches the drawn axis, but labels change when environments come and go
        self._rows_axis.update()
        self.item.update()

    def set_live(self, live: bool) -> None:
        """Follow the newest activity, or keep the view where it is."""
        self._looked_back = None
        if live != self.is_live:
            self.is_live = live
            self.live_changed.emit(live)
        if live:
            self.refresh()

    def show_all(self) -> None:
        """Zoom out to everything that is known."""
        self.set_live(False)
        self._show_span(*self._session.timeline.extent(self.item.now_ms))

    def select(self, request_id: str) -> None:
        """Mark an invocation, and scroll to it if it is not visible."""
        self.item.selected = request_id
        self.refresh()  # first: while live this brings the newest one into view, and following need not stop for it
        index = self._session.timeline.spans_of_request(request_id)
        if index.size:
            spans = self._session.timeline.spans
            self.scroll_to_environment(int(spans.row[index[0]]))
            self._reveal(float(spans.start_ms[index].min()), float(self._session.timeline.ends(self.item.now_ms)[index].max()))
        self.item.update()

    def scroll_rows(self, first_row: float) -> None:
        """Show the rows from `first_row` on, as far as there are enough of them."""
        most = max(len(self._session.timeline.rows) - self.rows_in_view, 0.0)
        self.first_row = min(max(first_row, 0.0), most)
        self._show_rows()
        self.rows_scrolled.emit()

    def scroll_to_row(self, row: int) -> None:
        """Bring a row into view."""
        if row < self.first_row:
            self.scroll_rows(row)
        elif row + 1 > self.first_row + self.rows_in_view:
            self.scroll_rows(row + 1 - self.rows_in_view)

    def scroll_to_environment(self, row: int) -> None:
        """Bring an environment's row and its extensions' rows into view; its own if there is no room for all."""
        first, last = self._session.timeline.environment_rows(row)
        self.scroll_to_row(last)  # the second call wins where both do not fit
        self.scroll_to_row(first)

    def _show_rows(self) -> None:
        self.box.setYRange(self.first_row, self.first_row + self.rows_in_view, padding=0)

    def _follow(self) -> None:
        timeline = self._session.timeline
        self._show_span(*timeline.latest_activity(self.item.now_ms))
        if len(timeline.spans):
            self.scroll_to_environment(int(timeline.spans.row[-1]))

    def _show_span(self, start_ms: float, end_ms: float) -> None:
        margin = max((end_ms - start_ms) * _MARGIN, 0.5)
        self.box.setXRange(start_ms - margin, end_ms + margin, padding=0)

    def _reveal(self, start_ms: float, end_ms: float) -> None:
        x0, x1 = self.box.viewRange()[0]
        if end_ms < x0 or start_ms > x1:
            self.set_live(False)
            self._looked_back = self._newest()
            middle, half = (start_ms + end_ms) / 2, max((x1 - x0) / 2, (end_ms - start_ms) * 0.6)
            self.box.setXRange(middle - half, middle + half, padding=0)

    def _newest(self) -> str:
        newest = self._session.history.newest()
        return newest.request_id if newest is not None else ""

    def _on_moved_by_hand(self, _mask: object) -> None:
        self.set_live(False)

    def hit_at(self, scene_position: QPointF) -> Hit | None:
        """Return the span under a point of the scene or within three pixels of it, or None."""
        if not self.box.sceneBoundingRect().contains(scene_position):
            return None
        point = self.box.mapSceneToView(scene_position)
        slack_ms = 3 * self.box.viewPixelSize()[0]
        return self._session.timeline.hit(int(point.y() // 1), point.x(), self.item.now_ms, slack_ms)

    def _on_clicked(self, event: Any) -> None:
        hit = self.hit_at(event.scenePos())
        if event.button() == Qt.MouseButton.LeftButton and hit is not None and hit.request_id:
            self.item.selected = hit.request_id
            self.item.update()
            self.invocation_selected.emit(hit.request_id)

    def viewportEvent(self, event: QEvent) -> bool:
        """Show the tool tip of the span under the mouse."""
        if event.type() == QEvent.Type.ToolTip:
            hit = self.hit_at(self.mapToScene(event.pos()))  # type: ignore[attr-defined]  # a QHelpEvent
            QToolTip.showText(event.globalPos(), self._tip(hit) if hit else "", self)  # type: ignore[attr-defined]
            return True
        return bool(super().viewportEvent(event))

    def _tip(self, hit: Hit) -> str:
        lines = [f"{LOOKS[hit.kind].title}: {hit.end_ms - hit.start_ms:,.1f} ms" + (self.tr(" so far") if hit.is_open else "")]
        lines.append(f"{hit.row.function_name} · env {short_id(hit.row.environment_id)}")
        if hit.row.extension:
            lines.append(f"Extension {hit.row.extension}")
        invocation = self._session.history.get(hit.request_id)
        if invocation is not None:
            lines.append(f"request {hit.request_id} · {invocation.start} · {invocation.status}")
        return "\n".join(lines)

    def _on_resized(self, _box: object) -> None:
        """Show another number of rows, because rows keep their height, with the newest environment visible if live."""
        self.scroll_rows(self.first_row)
        if self.is_live:
            self._follow()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom time around the mouse; with Shift, scroll the rows."""
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            delta = event.angleDelta().y() or event.angleDelta().x()
            self.scroll_rows(self.first_row - delta / 120)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right pan, + and - zoom, Home shows all, End follows, Up and Down step through invocations."""
        key = event.key()
        if key in _PAN:
            self._move(_PAN[key], 1.0)
        elif key in _ZOOM:
            self._move(0.0, _ZOOM[key])
        elif key in _STEP:
            self._step(_STEP[key])
        elif key == Qt.Key.Key_Home:
            self.show_all()
        elif key == Qt.Key.Key_End:
            self.set_live(True)
        else:
            super().keyPressEvent(event)

    def _move(self, share: float, zoom: float) -> None:
        self.set_live(False)
        x0, x1 = self.box.viewRange()[0]
        middle, half = (x0 + x1) / 2 + share * (x1 - x0), (x1 - x0) / 2 * zoom
        self.box.setXRange(middle - half, middle + half, padding=0)

    def _step(self, direction: int) -> None:
        ids = [invocation.request_id for invocation in self._session.history]
        if not ids:
            return
        here = ids.index(self.item.selected) if self.item.selected in ids else len(ids) - (direction > 0)
        request_id = ids[min(max(here + direction, 0), len(ids) - 1)]
        self.select(request_id)
        self.invocation_selected.emit(request_id)


_PAN: dict[int, float] = {Qt.Key.Key_Left: -0.15, Qt.Key.Key_Right: 0.15}
_ZOOM: dict[int, float] = {Qt.Key.Key_Plus: 0.7, Qt.Key.Key_Equal: 0.7, Qt.Key.Key_Minus: 1 / 0.7}
_STEP: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}

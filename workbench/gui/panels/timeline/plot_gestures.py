"""What the mouse, the wheel and keys do on the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from workbench.gui.panels.timeline.edge_marks import mark_at

if TYPE_CHECKING:  # the plot owns its gestures
    from workbench.gui.panels.timeline.timeline_plot import TimelinePlot

_NOTCH = 120
"""What a notch of a mouse's wheel counts (Qt: eighths of a degree, fifteen degrees)."""
_ZOOM_PER_NOTCH = 1.25


class PlotGestures:
    """The wheel zooms around the mouse, with Shift it scrolls lanes; dragging pans, with Shift it measures; a click chooses.

    Keys: Left and Right pan, + and - zoom, Home shows all, End follows, Up and Down step through invocations, Page Up and Page
    Down scroll lanes, M measures from and to the chosen invocation, P expands the past, A aligns invocations at their start or
    goes back to the clock, Escape ends a measure.
    """

    def __init__(self, plot: TimelinePlot) -> None:
        self._plot = plot
        self._pressed: QPointF | None = None
        self._last: QPointF | None = None
        self._measured_from: float | None = None
        self._is_dragging = False

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom, pan sideways, or scroll the lanes."""
        delta = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            notches = (delta.y() or delta.x()) / _NOTCH
            self._scroll(-notches * self._plot.lanes.layout.heights.lane)
        elif delta.x() and not delta.y():
            self._plot.pan(-delta.x())
        else:
            self._plot.zoom(_ZOOM_PER_NOTCH ** (delta.y() / _NOTCH), event.position().x() - self._plot.area.left())
        event.accept()

    def _scroll(self, pixels: float) -> None:
        """Scroll the lanes. Where the newest has a lane of its own, it is followed no more."""
        if self._plot.lanes.is_aligned:
            self._plot.set_live(False)
        self._plot.scroll_to(self._plot.scrolled + pixels)

    def press(self, event: QMouseEvent) -> None:
        """Note where the button went down; with Shift, a measure begins there."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed = self._last = event.position()
        self._is_dragging = False
        is_measuring = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier) and self._plot.area.contains(event.position())
        self._measured_from = self._time(event) if is_measuring else None

    def move(self, event: QMouseEvent) -> None:
        """Pan by what the mouse moved, or measure up to it."""
        if self._pressed is None or self._last is None:
            return
        if not self._is_dragging:
            distance = (event.position() - self._pressed).manhattanLength()
            self._is_dragging = distance >= QApplication.startDragDistance()
        if self._is_dragging and self._measured_from is not None:
            self._plot.set_measure((self._measured_from, self._time(event)))
        elif self._is_dragging:
            moved = event.position() - self._last
            self._last = event.position()
            self._plot.pan(-moved.x())
            self._plot.scroll_to(self._plot.scrolled - moved.y())

    def release(self, event: QMouseEvent) -> None:
        """Choose what was clicked, unless it was a drag."""
        self.move(event)  # Qt leaves out moves when there are later ones, also such as came after the button was let go
        was_click = self._pressed is not None and not self._is_dragging and self._measured_from is None
        self._pressed = self._last = self._measured_from = None
        if was_click and event.button() == Qt.MouseButton.LeftButton:
            self._click(event.position())

    def _click(self, point: QPointF) -> None:
        lane = self._plot.hints.lane_at(point)
        if lane is not None and lane.key and point.x() < self._plot.area.left():
            self._plot.lanes.toggle(lane.key)
            self._plot.refresh()
            return
        hit = self._plot.hints.hit_at(point)
        request_id = self._plot.arrangement.view.request_of(hit.place) if hit is not None else ""
        mark = mark_at(self._plot.drawing(), point) if hit is None else None
        if request_id:
            self._plot.choose(request_id)
        elif mark is not None:
            self._plot.pan(self._plot.viewport.x_of(mark.at_ms) - self._plot.viewport.width / 2)

    def _time(self, event: QMouseEvent) -> float:
        return self._plot.hints.snapped(event.position().x() - self._plot.area.left())

    def key(self, event: QKeyEvent) -> bool:
        """Do what a key says; return whether it says anything."""
        key, plot = event.key(), self._plot
        if key in _PAN:
            plot.pan(_PAN[key] * plot.viewport.width)
        elif key in _ZOOM:
            plot.zoom(_ZOOM[key])
        elif key in _STEP:
            self._step(_STEP[key])
        elif key in _SCROLL:
            self._scroll(_SCROLL[key] * plot.area.height())
        elif key == Qt.Key.Key_Escape and plot.measure is not None:
            plot.set_measure(None)
        else:
            return self._letter(key)
        return True

    def _letter(self, key: int) -> bool:
        plot = self._plot
        if key == Qt.Key.Key_Home:
            plot.show_all()
        elif key == Qt.Key.Key_End:
            plot.set_live(True)
        elif key == Qt.Key.Key_M:
            self._measure_chosen()
        elif key == Qt.Key.Key_A:
            plot.arrangement_toggled.emit()
        elif key == Qt.Key.Key_P:
            plot.lanes.toggle_all()
            plot.refresh()
        else:
            return False
        return True

    def _measure_chosen(self) -> None:
        """Measure the chosen invocation; if there is a measure already, from its start to the end of the chosen one."""
        index = self._plot.session.timeline.spans_of_request(self._plot.selected)
        if not index.size:
            return
        chosen = self._plot.arrangement.view.columns(index, self._plot.now_ms)
        start_ms, end_ms = float(chosen.start_ms.min()), float(chosen.end_ms.max())
        before = self._plot.measure
        self._plot.set_measure((min(before[0], start_ms), max(before[0], end_ms)) if before is not None else (start_ms, end_ms))

    def _step(self, direction: int) -> None:
        ids = [invocation.request_id for invocation in self._plot.session.history]
        if not ids:
            return
        here = ids.index(self._plot.selected) if self._plot.selected in ids else len(ids) - (direction > 0)
        self._plot.choose(ids[min(max(here + direction, 0), len(ids) - 1)])


_PAN: dict[int, float] = {Qt.Key.Key_Left: -0.15, Qt.Key.Key_Right: 0.15}
_ZOOM: dict[int, float] = {Qt.Key.Key_Plus: 1 / 0.7, Qt.Key.Key_Equal: 1 / 0.7, Qt.Key.Key_Minus: 0.7}
_STEP: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_SCROLL: dict[int, float] = {Qt.Key.Key_PageUp: -0.8, Qt.Key.Key_PageDown: 0.8}

"""All that is known of the timeline in one thin line, with a frame around what is shown above it."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.panels.timeline.column_image import codes, picture
from workbench.gui.panels.timeline.timeline_plot import TimelinePlot
from workbench.gui.panels.timeline.viewport import Viewport

_BREAK_PX = 6.0
_NARROWEST_FRAME_PX = 6.0
_RESTS = 40
"""After it was painted anew, it rests that many times as long as that took, so that it costs a fortieth of the thread at most."""


class Minimap(QWidget):
    """Press or drag to move what the plot shows, turn the wheel to zoom it. Its keys are those of the plot."""

    def __init__(self, plot: TimelinePlot, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot = plot
        self._theme = theme
        self._viewport = Viewport()
        self._viewport.break_px = _BREAK_PX
        self._image = QImage()
        self._painted: tuple[object, ...] = ()
        self._fitted: tuple[object, ...] = ()
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self.update)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("The whole timeline"))
        self.setToolTip(self.tr("Everything that is known, with idle stretches cut short. Drag the frame to move in time."))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        plot.moved.connect(self.update)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        self._fitted = ()
        self.update()

    def sizeHint(self) -> QSize:
        """Return a thin line."""
        return QSize(200, self.fontMetrics().height() + 5)

    def frame(self) -> QRectF:
        """Return where the frame is around what the plot shows."""
        first_ms, last_ms = self._plot.arrangement.seen_ms()
        left, right = self._viewport.x_of(first_ms), self._viewport.x_of(last_ms)
        left, right = max(left, 0.0), min(right, float(self._viewport.width))
        middle, half = (left + right) / 2, max(right - left, _NARROWEST_FRAME_PX) / 2
        return QRectF(self._plot.area.left() + middle - half, 1, 2 * half, self.height() - 2)

    def _fit(self) -> None:
        view, now_ms = self._plot.view, self._plot.now_ms
        known = (view.version, now_ms if view.timeline.is_working else 0)
        fitted = (self._plot.width(), self._theme.name, view.filter)
        if fitted == self._fitted and (known == self._painted or self._rest.isActive()):
            return
        self._painted, self._fitted = known, fitted
        began_s = time.thread_time()
        self._paint_all(now_ms)
        self._rest.start(round((time.thread_time() - began_s) * 1_000 * _RESTS))

    def _paint_all(self, now_ms: float) -> None:
        view = self._plot.view
        viewport = self._viewport
        viewport.width = max(self._plot.area.width(), 2.0)
        viewport.fold(self._plot.stretches)
        viewport.show(*view.timeline.extent(now_ms))
        seen = view.between(*viewport.span(), 1 / viewport.scale, now_ms)
        size = (1, int(viewport.width))
        both = codes(viewport.x(seen.start_ms), viewport.x(seen.end_ms), seen.kind, np.zeros(seen.row.size, dtype=np.int64), size)
        self._image = picture(both.work, self._theme)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw everything as one line, and the frame."""
        self._fit()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.window))  # as beside and above it
        if self._image.isNull():
            return
        left, frame = self._plot.area.left(), self.frame().adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(self._theme.muted), 1))
        painter.setBrush(QColor(self._theme.selection))
        painter.drawRoundedRect(frame, 3, 3)  # below the bars, whose colors mean something
        painter.drawImage(QRectF(left, 5, self._image.width(), self.height() - 10), self._image, QRectF(self._image.rect()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move what the plot shows to where the mouse is."""
        self._plot.setFocus(Qt.FocusReason.MouseFocusReason)
        self._move_to(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse."""
        self._move_to(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom the plot around its middle."""
        self._plot.zoom(1.25 ** (event.angleDelta().y() / 120))
        event.accept()

    def _move_to(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._plot.center(self._viewport.time_at(event.position().x() - self._plot.area.left()))

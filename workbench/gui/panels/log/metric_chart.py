"""The values of one metric over time: for each column of pixels the span of its values, with p50 and p99 as lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.look.theme import DARK, Theme
from workbench.model.moments import local_time
from workbench.state.log_metrics import Figures

Values = NDArray[np.float64]
_MARGIN_PX = 8
_COLUMN_PX = 2.0


class MetricChart(QWidget):
    """Painted by hand: the columns of a million values take as long as those of a hundred, and no peak is left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._times = self._values = np.empty(0)
        self._figures: Figures | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(70)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        self.update()

    def show_values(self, times: Values, values: Values, figures: Figures) -> None:
        """Show values and their times, in order."""
        self._times, self._values, self._figures = times, values, figures
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt's hook."""
        painter = QPainter(self)
        if self._figures is not None:
            self._paint(painter, self._figures)
        painter.end()

    def _paint(self, painter: QPainter, figures: Figures) -> None:
        metrics = self.fontMetrics()
        lines = [(figures.p50, "success", f"p50 {figures.p50:,.4g}"), (figures.p99, "warning", f"p99 {figures.p99:,.4g}")]
        beside = max(metrics.horizontalAdvance(name) for *_, name in lines) + _MARGIN_PX
        room = QRectF(self.rect()).adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX - beside, -_MARGIN_PX - metrics.height())
        painter.setPen(QPen(QColor(self._theme.info), _COLUMN_PX))
        for x, least, most in self._columns(int(room.width())):
            top, bottom = self._y(most, room, figures), self._y(least, room, figures)
            painter.drawLine(QLineF(room.left() + x, min(top, bottom - _COLUMN_PX), room.left() + x, bottom))
        for value, token, name in lines:
            y = self._y(value, room, figures)
            painter.setPen(QPen(QColor(getattr(self._theme, token)), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(room.left(), y, room.right(), y))
            painter.drawText(QPointF(room.right() + _MARGIN_PX, y + metrics.ascent() / 2), name)
        self._paint_times(painter, room)

    def _paint_times(self, painter: QPainter, room: QRectF) -> None:
        painter.setPen(QColor(self._theme.muted))
        line = QRectF(room.left(), room.bottom() + 4, room.width(), self.fontMetrics().height())
        for time_s, side in ((self._times[0], Qt.AlignmentFlag.AlignLeft), (self._times[-1], Qt.AlignmentFlag.AlignRight)):
            painter.drawText(line, int(side), local_time(float(time_s)).strftime("%H:%M:%S"))

    def _columns(self, width: int) -> list[tuple[int, float, float]]:
        """Return the columns that have values: where, their least and their greatest value."""
        span = max(float(self._times[-1] - self._times[0]), 1e-9)
        places = ((self._times - self._times[0]) / span * max(width - 1, 1)).astype(int)
        columns, starts = np.unique(places, return_index=True)
        least, most = np.minimum.reduceat(self._values, starts), np.maximum.reduceat(self._values, starts)
        return list(zip(columns.tolist(), least.tolist(), most.tolist(), strict=True))

    def _y(self, value: float, room: QRectF, figures: Figures) -> float:
        span = figures.most - figures.least
        share = (value - figures.least) / span if span else 0.5
        return room.bottom() - share * room.height()

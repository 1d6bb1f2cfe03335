"""The life of one asynchronous invocation as a line: a point for each moment, the time between them above it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from workbench.gui.look.theme import DARK, Theme
from workbench.gui.widgets.background import fill_background
from workbench.state.life_moments import Moment, sentence
from workbench.state.queue_words import span_text

_RADIUS_PX, _LOW_RADIUS_PX = 5.5, 3.0
_GAP_PX = 14
_SIDE_PX = 14
_SMALLER_PT = 0.8
_LEAST_SPAN_MS = 1_000
"""Shorter times between two moments are not written."""


class LifeLine(QWidget):
    """Draws moments. Where there is too little room for all of them, the earliest are left out and counted.

    A low one is a row of words.
    """

    def __init__(self, parent: QWidget | None = None, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_low = False
        self._moments: Sequence[Moment] = ()
        self._places: list[tuple[float, Moment]] = []
        self.setAccessibleName(self.tr("Life of the chosen event"))
        self.set_theme(theme)

    @property
    def moments(self) -> Sequence[Moment]:
        """What is drawn."""
        return self._moments

    def show_moments(self, moments: Sequence[Moment]) -> None:
        """Draw other moments."""
        if moments != self._moments:
            self._moments = moments
            self.setAccessibleDescription(sentence(list(moments)))
            self.update()

    def set_low(self, is_low: bool) -> None:
        """Take the height of one row, or of the whole line."""
        if is_low != self._is_low:
            self._is_low, self._places = is_low, []
            self.updateGeometry()
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        fill_background(self)
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the line with a row of text above and two below."""
        row = self.fontMetrics().height()
        return QSize(360, row + 10 if self._is_low else row * 3 + 34)

    def minimumSizeHint(self) -> QSize:
        """Return the same height, and room for a moment or two."""
        return QSize(160, self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Show a sentence about the moment under the mouse."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tip_at(event.pos().x()), self)
            return True
        return super().event(event)

    def tip_at(self, x: float) -> str:
        """Return the sentence about the moment that is nearest to a place, "" if there is none."""
        near = min(self._places, key=lambda place: abs(place[0] - x), default=None)
        return (sentence(list(self._moments)) if self._is_low else "") if near is None else near[1].tip

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the line, the points and their texts."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._places = [] if self._is_low else self._placed()
        if self._is_low:
            self._draw_words(painter)
        if not self._places:
            return
        y = self.fontMetrics().height() + 14.0
        self._draw_spans(painter, y)
        for x, moment in self._places:
            self._draw_moment(painter, QPointF(x, y), moment)

    def _draw_words(self, painter: QPainter) -> None:
        """Write the moments in a row, of which the last ones matter most, behind the color of what came last."""
        row, came = QRectF(self.rect()).adjusted(_SIDE_PX, 0, -_SIDE_PX, 0), [each for each in self._moments if not each.is_ahead]
        if came:
            color = QColor(getattr(self._theme, came[-1].token))
            painter.setPen(QPen(color, 2))
            painter.setBrush(color)
            painter.drawEllipse(QPointF(row.left() + _LOW_RADIUS_PX, row.center().y()), _LOW_RADIUS_PX, _LOW_RADIUS_PX)
        row.adjust(4 * _LOW_RADIUS_PX, 0, 0, 0)
        painter.setPen(QColor(self._theme.muted))
        words = self.fontMetrics().elidedText(sentence(list(self._moments)), Qt.TextElideMode.ElideLeft, int(row.width()))
        painter.drawText(row, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), words)

    def _placed(self) -> list[tuple[float, Moment]]:
        """The moments that have room, with their places: as far apart as their texts need, and the rest of the width by time."""
        widths = [self._width(moment) for moment in self._moments]
        first = 0
        while first < len(widths) - 1 and sum(widths[first:]) + _GAP_PX * (len(widths) - first) > self.width() - 2 * _SIDE_PX:
            first += 1
        moments, widths = self._moments[first:], widths[first:]
        spans = [max(after.at_ms - before.at_ms, 0) for before, after in pairwise(moments)]
        rest = max(self.width() - 2 * _SIDE_PX - sum(widths) - _GAP_PX * len(spans), 0)
        total = sum(spans)
        x, places = _SIDE_PX + widths[0] / 2 if widths else 0.0, []
        for number, moment in enumerate(moments):
            places.append((x, moment))
            if number < len(spans):
                share = spans[number] / total if total else 0.0
                x += (widths[number] + widths[number + 1]) / 2 + _GAP_PX + rest * share
        return places

    def _width(self, moment: Moment) -> float:
        letters = self.fontMetrics().horizontalAdvance
        return max(letters(moment.label), letters(moment.note)) + 4.0

    def _draw_spans(self, painter: QPainter, y: float) -> None:
        left_out = len(self._moments) - len(self._places)
        begin = self._places[0][0]
        if left_out:
            painter.setPen(QPen(QColor(self._theme.border), 2, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(0, y), QPointF(begin, y))
        painter.setFont(self._small())
        for (x, moment), (after_x, after) in pairwise(self._places):
            style = Qt.PenStyle.DashLine if after.is_ahead else Qt.PenStyle.SolidLine
            painter.setPen(QPen(QColor(self._theme.overhead), 1.5, style))
            painter.drawLine(QPointF(x + _RADIUS_PX, y), QPointF(after_x - _RADIUS_PX, y))
            span_ms = after.at_ms - moment.at_ms
            if span_ms >= _LEAST_SPAN_MS:
                painter.setPen(QColor(self._theme.muted))
                painter.drawText(QRectF(x, y - self.fontMetrics().height() - 6, after_x - x, self.fontMetrics().height()),
                                 int(Qt.AlignmentFlag.AlignCenter), span_text(span_ms))

    def _draw_moment(self, painter: QPainter, at: QPointF, moment: Moment) -> None:
        color = QColor(getattr(self._theme, moment.token))
        painter.setPen(QPen(color, 2))
        painter.setBrush(QColor(self._theme.window) if moment.is_ahead else color)
        painter.drawEllipse(at, _RADIUS_PX, _RADIUS_PX)
        height, width = self.fontMetrics().height(), self._width(moment)
        place = QRectF(at.x() - width / 2, at.y() + _RADIUS_PX + 5, width, height)
        painter.setFont(self.font())
        painter.setPen(QColor(self._theme.text))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), moment.label)
        painter.setFont(self._small())
        painter.setPen(color if moment.token in ("error", "success", "warning") else QColor(self._theme.muted))
        painter.drawText(place.translated(0, height), int(Qt.AlignmentFlag.AlignCenter), moment.note)

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() - _SMALLER_PT)
        return font

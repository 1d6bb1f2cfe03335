"""Paints how long an environment rested between two invocations that are aligned at their start."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from workbench.gui.look.theme import blend
from workbench.gui.panels.timeline.drawing import Drawing
from workbench.gui.panels.timeline.durations import idle_words

_PILL_SHARE = 0.35
"""How strong the ground of the words is, between the window's and that of idle bars."""


def rest_words(idle_ms: float) -> str:
    """Return what stands between two invocations: "idle 12.4 s, frozen"."""
    return f"{idle_words(idle_ms)}, frozen"


def paint_rests(painter: QPainter, drawing: Drawing) -> None:
    """Paint a dashed line with words for each rest that can be seen."""
    for place in drawing.lanes:
        idle_ms = drawing.layout.lanes[place].idle_ms
        if idle_ms:
            _paint_rest(painter, drawing, drawing.top(place), rest_words(idle_ms))


def _paint_rest(painter: QPainter, drawing: Drawing, top: float, words: str) -> None:
    area, height = drawing.area, drawing.layout.heights.heading
    middle = top + height / 2
    width = drawing.metrics.width(words) + drawing.metrics.height
    pill = QRectF(area.center().x() - width / 2, top + 1, width, height - 2)
    painter.setPen(QPen(QColor(drawing.theme.idle), 1, Qt.PenStyle.DashLine))
    painter.drawLine(QLineF(0, middle, pill.left(), middle))
    painter.drawLine(QLineF(pill.right(), middle, area.right(), middle))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(blend(drawing.theme.idle, drawing.theme.window, _PILL_SHARE)))
    painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
    painter.setPen(QColor(drawing.theme.muted))
    painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), words)

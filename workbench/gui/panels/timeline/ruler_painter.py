"""Paints the axis of time: milliseconds from the start of each stretch, the clock, and breaks where nothing worked."""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from workbench.gui.look.theme import blend
from workbench.gui.panels.timeline.drawing import Drawing
from workbench.gui.panels.timeline.durations import clock_words, idle_words, long_words, tick_step, tick_words
from workbench.state.folding import Break

_TICK_PX = 64.0
_CLOCK_PX = 78.0
_MOST_TICKS = 400
_SECOND_MS = 1_000.0
_BREAK_SHARE = 0.2
"""How strong the ground of a break is, between the window's and that of idle bars."""


class Stretch(NamedTuple):
    """A visible part of the axis without a break: its pixels, and the time from which its milliseconds are counted."""

    left: float
    right: float
    zero_ms: float
    free: float
    """Where the next stretch begins: up to there a label may stand."""


class Tick(NamedTuple):
    """A labeled place on the axis; `clock` is "" where the time of day would be too much."""

    x: float
    words: str
    clock: str


def stretches(drawing: Drawing) -> list[Stretch]:
    """Return the visible parts of the axis between its breaks, from left to right."""
    viewport, found, left = drawing.viewport, [], 0.0
    for each in viewport.breaks():
        if each.left > left:
            found.append(Stretch(left, each.left, viewport.stretch_start(viewport.time_at(left + 1e-6)), each.right))
        left = max(left, each.right)
    if left < viewport.width:
        zero_ms = viewport.stretch_start(viewport.time_at(left + 1e-6))
        found.append(Stretch(left, viewport.width, zero_ms, viewport.width))
    return found


def ticks(drawing: Drawing, stretch: Stretch) -> list[Tick]:
    """Return the ticks of a stretch. The first has the time of day; so have the others if they are seconds apart."""
    viewport = drawing.viewport
    step = tick_step(_TICK_PX / viewport.scale)
    first = math.ceil((viewport.time_at(stretch.left + 1e-6) - stretch.zero_ms) / step - 1e-6)
    last = math.floor((viewport.time_at(stretch.right - 1e-6) - stretch.zero_ms) / step + 1e-6)
    found: list[Tick] = []
    told_x = -math.inf
    for number in range(first, min(last, first + _MOST_TICKS) + 1):
        at_ms = number * step
        x = viewport.x_of(stretch.zero_ms + at_ms)
        wants_clock = not drawing.is_aligned and (not found or step >= _SECOND_MS) and x - told_x >= _CLOCK_PX
        told_x = x if wants_clock else told_x
        epoch_ms = (drawing.view.timeline.origin_ms or 0.0) + stretch.zero_ms + at_ms
        clock = clock_words(epoch_ms, max(min(step, _SECOND_MS), 1.0)) if wants_clock else ""
        found.append(Tick(x, tick_words(at_ms, step), clock))
    return found


def paint_ruler(painter: QPainter, drawing: Drawing, bottom: QRectF) -> None:
    """Paint ticks into the area and their words below it."""
    height = drawing.metrics.height
    painter.setPen(QPen(QColor(drawing.theme.border), 1))
    painter.drawLine(QLineF(drawing.area.left(), bottom.top(), drawing.area.right(), bottom.top()))
    for stretch in stretches(drawing):
        said = -math.inf
        for tick in ticks(drawing, stretch):
            x = drawing.area.left() + tick.x
            painter.setPen(QPen(QColor(drawing.theme.idle), 1))  # fainter than borders where these are meant to be seen first
            painter.drawLine(QLineF(x, drawing.area.top(), x, bottom.top() + 3))
            width = drawing.metrics.width(tick.words)
            if tick.x >= said and tick.x + width <= max(stretch.free, tick.x + 8):
                painter.setPen(QColor(drawing.theme.text))
                painter.drawText(QPointF(x + 2, bottom.top() + height), tick.words)
                said = tick.x + width + 8
            if tick.clock and tick.x + drawing.metrics.width(tick.clock) <= stretch.free:
                painter.setPen(QColor(drawing.theme.muted))
                painter.drawText(QPointF(x + 2, bottom.top() + 2 * height - 1), tick.clock)


def paint_breaks(painter: QPainter, drawing: Drawing, top: QRectF) -> None:
    """Paint the folded stretches as bands, with how long they were above them."""
    for each in drawing.viewport.breaks():
        _paint_break(painter, drawing, each, top)


def _paint_break(painter: QPainter, drawing: Drawing, each: Break, top: QRectF) -> None:
    left, right = drawing.area.left() + each.left, drawing.area.left() + each.right
    ground = blend(drawing.theme.idle, drawing.theme.window, _BREAK_SHARE)
    painter.fillRect(QRectF(left, top.top(), right - left, drawing.area.bottom() - top.top()), QColor(ground))
    painter.setPen(QPen(QColor(drawing.theme.idle), 1, Qt.PenStyle.DashLine))
    for x in (left, right):
        painter.drawLine(QLineF(x, drawing.area.top(), x, drawing.area.bottom()))
    words = idle_words(each.end_ms - each.start_ms)
    if drawing.metrics.width(words) > right - left - 4:
        words = long_words(each.end_ms - each.start_ms)
    painter.setPen(QColor(drawing.theme.muted))
    painter.drawText(QRectF(left, top.top(), right - left, top.height()), int(Qt.AlignmentFlag.AlignCenter), words)


def paint_measure(painter: QPainter, drawing: Drawing, from_ms: float, to_ms: float) -> None:
    """Paint the measure between two times, with how long it is."""
    first, last = sorted((from_ms, to_ms))
    left, right = (drawing.area.left() + drawing.viewport.x_of(at_ms) for at_ms in (first, last))
    band = QColor(drawing.theme.info)
    band.setAlphaF(0.16)
    painter.fillRect(QRectF(left, drawing.area.top(), right - left, drawing.area.height()), band)
    painter.setPen(QPen(QColor(drawing.theme.info), 1))
    for x in (left, right):
        painter.drawLine(QLineF(x, drawing.area.top(), x, drawing.area.bottom()))
    words = measure_words(last - first)
    width, height = drawing.metrics.width(words) + 12, drawing.metrics.height + 4
    middle = min(max((left + right) / 2, drawing.area.left() + width / 2), drawing.area.right() - width / 2)
    label = QRectF(middle - width / 2, drawing.area.bottom() - height - 4, width, height)
    shape = QPainterPath()
    shape.addRoundedRect(label, 4, 4)
    painter.fillPath(shape, QColor(drawing.theme.surface))
    painter.drawPath(shape)
    painter.setPen(QColor(drawing.theme.text))
    painter.drawText(label, int(Qt.AlignmentFlag.AlignCenter), words)


def measure_words(duration_ms: float) -> str:
    """Return a measured duration to a hundredth of a millisecond, and in words if it is long."""
    exact = f"{duration_ms:,.2f} ms" if duration_ms < 100 else f"{duration_ms:,.1f} ms"
    return exact if duration_ms < 60_000 else f"{exact} ({long_words(duration_ms)})"

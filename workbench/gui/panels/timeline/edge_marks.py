"""Says where a lane has its bars that has none in view: an arrow at the edge beyond which they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from workbench.gui.panels.timeline.drawing import Drawing
from workbench.gui.panels.timeline.durations import long_words

_MARGIN_PX = 4.0


class EdgeMark(NamedTuple):
    """An arrow with words in a lane; `at_ms` is where its nearest bar begins or ends, on the axis of the lanes."""

    rect: QRectF
    words: str
    at_ms: float


def edge_marks(drawing: Drawing) -> list[EdgeMark]:
    """Return the marks of the visible lanes in which nothing is in view."""
    lanes, (first_ms, last_ms) = drawing.layout.lanes, drawing.viewport.span()
    seen = drawing.view.between(first_ms, last_ms, 1 / drawing.viewport.scale, drawing.now_ms)
    full = set(np.unique(drawing.layout.index.of(seen.row)).tolist())
    empty = [place for place in drawing.lanes if lanes[place].rows and not lanes[place].is_open and place not in full]
    if not empty:
        return []
    index = drawing.view.of_rows([row for place in empty for row in lanes[place].rows])
    found = drawing.view.columns(index, drawing.now_ms)
    place_of = drawing.layout.index.of(found.row)
    marks = []
    for place in empty:
        own = found.part(place_of == place)
        earlier_ms = first_ms - float(own.end_ms[own.end_ms <= first_ms].max(initial=-np.inf))
        later_ms = float(own.start_ms[own.start_ms >= last_ms].min(initial=np.inf)) - last_ms
        if min(earlier_ms, later_ms) < np.inf:
            marks.append(_mark(drawing, place, earlier_ms, later_ms))
    return marks


def _mark(drawing: Drawing, place: int, earlier_ms: float, later_ms: float) -> EdgeMark:
    first_ms, last_ms = drawing.viewport.span()
    is_earlier = earlier_ms <= later_ms
    words = f"◂ {long_words(earlier_ms)} earlier" if is_earlier else f"{long_words(later_ms)} later ▸"
    width = drawing.metrics.width(words) + 2
    left = drawing.area.left() + _MARGIN_PX if is_earlier else drawing.area.right() - _MARGIN_PX - width
    rect = QRectF(left, drawing.bar_top(place), width, drawing.layout.heights.bar)
    return EdgeMark(rect, words, first_ms - earlier_ms if is_earlier else last_ms + later_ms)


def paint_edge_marks(painter: QPainter, drawing: Drawing) -> None:
    """Paint them; a mark has no bar, so its words lie on the window's ground."""
    for mark in edge_marks(drawing):
        painter.fillRect(mark.rect.adjusted(-2, 1, 2, -1), QColor(drawing.theme.window))
        painter.setPen(QColor(drawing.theme.muted))
        painter.drawText(mark.rect, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), mark.words)


def mark_at(drawing: Drawing, point: QPointF) -> EdgeMark | None:
    """Return the mark at a point, None if there is none."""
    return next((mark for mark in edge_marks(drawing) if mark.rect.contains(point)), None)

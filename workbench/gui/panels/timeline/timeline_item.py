"""All spans of the timeline as one graphics item that draws only what is visible.

One item for all, because Qt's scene does some work for each item. With 200,000 spans, of which a window of 1,000 is visible,
a repaint takes 6 ms.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.panels.timeline.timeline_kinds import FAILURES, bar_labels, fill_color, text_color
from workbench.state.span_kinds import SpanKind
from workbench.state.timeline import Timeline

DETAILED = 400
"""Up to this many visible spans get round corners, labels and marks; beyond it, bars are merged into columns of a pixel."""

_IDLE_HEIGHT = 0.34


class Bars(NamedTuple):
    """The visible spans: `spans` are indices into the timeline's columns, the others are pixels."""

    spans: NDArray[np.int64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    top: NDArray[np.float64]


class TimelineItem(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """Draws a `Timeline`. X is milliseconds since its origin; Y is the row, one unit per environment or extension."""

    def __init__(self, timeline: Timeline, theme: Theme) -> None:
        super().__init__()
        self._timeline = timeline
        self._theme = theme
        self._font = QFont()
        self.now_ms = 0.0
        self.selected = ""
        self.is_crowded = False

    def set_look(self, theme: Theme, font: QFont) -> None:
        """Use these colors, and this font for the labels."""
        self._theme, self._font = theme, font
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the visible area: spans outside it are culled while painting."""
        return self.viewRect() if self.getViewBox() is not None else QRectF()

    def viewRangeChanged(self) -> None:
        """Qt's scene caches the bounding rectangle, which follows the visible area."""
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw the bars in pixels of the viewport, so that text and corners keep their size at every zoom."""
        area = self.getViewBox().sceneBoundingRect()
        if not len(self._timeline.spans) or area.width() < 2:
            return
        painter.save()
        painter.resetTransform()
        painter.setClipRect(area)
        painter.setFont(self._font)
        bars = self._visible(area)
        self.is_crowded = bars.spans.size > DETAILED
        (self._paint_columns if self.is_crowded else self._paint_detailed)(painter, bars, area)
        self._paint_selection(painter, bars, area)
        painter.restore()

    def _visible(self, area: QRectF) -> Bars:
        spans = self._timeline.spans
        (x0, x1), (y0, y1) = self.getViewBox().viewRange()
        ends = self._timeline.ends(self.now_ms)
        rows = spans.row
        index = np.flatnonzero((ends >= x0) & (spans.start_ms <= x1) & (rows + 1 >= y0) & (rows <= y1))
        scale, row_height = area.width() / (x1 - x0), area.height() / (y1 - y0)
        # Clipped: zoomed in, a span can be millions of pixels long, which Qt's rasterizer cannot draw.
        left = area.left() + np.clip((spans.start_ms[index] - x0) * scale, -8, area.width() + 8)
        right = area.left() + np.clip((ends[index] - x0) * scale, -8, area.width() + 8)
        top = area.top() + (rows[index] - y0) * row_height
        return Bars(index, left, np.maximum(right, left + 1.0), top)

    def _row_height(self, area: QRectF) -> float:
        y0, y1 = self.getViewBox().viewRange()[1]
        return float(area.height() / (y1 - y0))

    def bar_height(self) -> float:
        """Return the height of a bar in pixels."""
        return QFontMetricsF(self._font).height() + 5

    def _bar(self, bars: Bars, position: int, area: QRectF, share: float = 1.0) -> QRectF:
        height = self.bar_height() * share
        top = float(bars.top[position]) + (self._row_height(area) - height) / 2
        return QRectF(float(bars.left[position]), top, float(bars.right[position] - bars.left[position]), height)

    def _paint_detailed(self, painter: QPainter, bars: Bars, area: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        kinds = self._timeline.spans.kind[bars.spans]
        # Rests are drawn first, so that the work beside them covers their ends.
        for position in np.argsort(kinds < SpanKind.IDLE, kind="stable"):
            self._paint_bar(painter, bars, int(position), area, SpanKind(int(kinds[position])))

    def _paint_bar(self, painter: QPainter, bars: Bars, position: int, area: QRectF, kind: SpanKind) -> None:
        spans, index = self._timeline.spans, int(bars.spans[position])
        is_open = bool(np.isnan(spans.end_ms[index]))
        rect = self._bar(bars, position, area, _IDLE_HEIGHT if kind.is_rest else 1.0)
        fill = QColor(fill_color(kind, self._theme))
        if is_open and not kind.is_rest:
            fill.setAlphaF(0.62)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        radius = min(3.0, rect.width() / 2)
        painter.drawRoundedRect(rect, radius, radius)
        if kind in FAILURES:
            self._paint_hatch(painter, rect, fill)
        duration_ms = float(spans.end_ms[index] - spans.start_ms[index])
        self._paint_label(painter, rect, area, bar_labels(kind, duration_ms, is_open), kind)

    def _paint_hatch(self, painter: QPainter, rect: QRectF, fill: QColor) -> None:
        """Stripe a failure, so that it stands out without color as well."""
        painter.setBrush(QBrush(fill.darker(125), Qt.BrushStyle.BDiagPattern))
        painter.drawRoundedRect(rect, 3, 3)

    def _paint_label(self, painter: QPainter, rect: QRectF, area: QRectF, labels: tuple[str, ...], kind: SpanKind) -> None:
        room = rect.intersected(area).adjusted(5, 0, -3, 0)
        metrics = QFontMetricsF(self._font)
        fitting = next((label for label in labels if metrics.horizontalAdvance(label) <= room.width()), "")
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextDontClip)
        if fitting and kind.is_rest:  # its bar is thin, so the words interrupt it
            painter.setPen(QColor(self._theme.muted))
            words = painter.boundingRect(room, flags, fitting)
            painter.fillRect(words.adjusted(-3, 0, 3, 0), QColor(self._theme.window))
            painter.drawText(words, flags, fitting)
        elif fitting:
            painter.setPen(QColor(text_color(fill_color(kind, self._theme))))
            painter.drawText(room, flags, fitting)
        elif kind in FAILURES:
            painter.setPen(QColor(self._theme.error))
            painter.drawText(QRectF(rect.right() + 3, rect.top(), 20, rect.height()), flags, "✕")

    def _paint_columns(self, painter: QPainter, bars: Bars, area: QRectF) -> None:
        """Draw thousands of bars: those of one kind that touch in a row, to the pixel, become one.

        Rests are drawn first, and failures after the invocations that they would otherwise disappear among.
        """
        kinds = self._timeline.spans.kind[bars.spans]
        painter.setPen(Qt.PenStyle.NoPen)
        full, row_height = self.bar_height(), self._row_height(area)
        for kind in sorted(set(kinds.tolist()), key=_paint_order):
            height = full * (_IDLE_HEIGHT if SpanKind(kind).is_rest else 1.0)
            painter.setBrush(QColor(fill_color(SpanKind(kind), self._theme)))
            lift = (row_height - height) / 2
            stretches = touching(bars, np.flatnonzero(kinds == kind))
            # One call for all: each call into Qt costs more than the rectangle.
            painter.drawRects([QRectF(left, top + lift, width, height) for left, top, width in stretches])

    def _paint_selection(self, painter: QPainter, bars: Bars, area: QRectF) -> None:
        mine = np.flatnonzero(np.isin(bars.spans, self._timeline.spans_of_request(self.selected)))
        if not mine.size:
            return
        union = self._bar(bars, int(mine[0]), area)
        for position in mine[1:]:
            union = union.united(self._bar(bars, int(position), area))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._theme.text), 1.5))
        painter.drawRoundedRect(union.adjusted(-2.5, -2.5, 2.5, 2.5), 4, 4)


def _paint_order(kind: int) -> int:
    return -1 if SpanKind(kind).is_rest else kind


def touching(bars: Bars, positions: NDArray[np.int64]) -> list[tuple[float, float, float]]:
    """Return left, top and width of the stretches that these bars cover, rounded to pixels.

    However many bars there are, no more stretches come back than fit on the screen. All rows are laid end to end on one long
    line of pixels; each bar raises a count where it begins and lowers it where it ends, and the covered pixels have a count
    above 0.
    """
    if not positions.size:
        return []
    tops, rows = np.unique(bars.top[positions], return_inverse=True)
    left = np.rint(bars.left[positions]).astype(np.int64)
    right = np.maximum(np.rint(bars.right[positions]).astype(np.int64), left + 1)
    first = int(left.min())
    width = int(right.max()) - first + 1  # one pixel more, so that the end of one row does not touch the start of the next
    line = rows * width - first
    size = tops.size * width
    change = np.bincount(line + left, minlength=size) - np.bincount(line + right, minlength=size)
    covered = np.concatenate([[0], np.cumsum(change) > 0]).astype(np.int8)
    steps = np.diff(covered)
    starts, ends = np.flatnonzero(steps > 0), np.flatnonzero(steps < 0)
    return list(zip((starts % width + first).tolist(), tops[starts // width].tolist(), (ends - starts).tolist(), strict=True))

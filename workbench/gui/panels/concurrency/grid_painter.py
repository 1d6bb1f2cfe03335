"""Paints one row of the grid: its names, its cells and ceilings, its figures, and its throttles as sparks that fade."""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF

from workbench.gui.look.theme import Theme, blend
from workbench.gui.panels.concurrency.cell_pictures import CellPictures
from workbench.gui.panels.concurrency.grid_layout import GAP_PX, PAD_PX, STRIP_PX, Flow, GridLayout, RowPlace, names_version
from workbench.gui.panels.concurrency.grid_words import (
    provisioned_words,
    running_words,
    throttled_words,
    version_words,
    waiting_words,
)
from workbench.state.concurrency import SPARK_MS
from workbench.state.concurrency_rows import Cell, FunctionGrid

_NAME_WEIGHT = QFont.Weight.DemiBold
_LEFT_PX = 14
_RIGHT_PX = 12
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_CEILING_TOKENS = {"reserved": "text", "provisioned": "runtime_init"}


class Marked(NamedTuple):
    """The cells that stand out: where the mouse or the keyboard is, and the environment that was chosen."""

    current: Cell | None
    selected: Cell | None


class GridPainter:
    """Paints into a painter whose origin is the top of all rows."""

    def __init__(self, painter: QPainter, layout: GridLayout, pictures: CellPictures, theme: Theme, marked: Marked) -> None:
        self._painter, self._layout, self._pictures, self._theme, self._marked = painter, layout, pictures, theme, marked
        self._plain, self._bold = painter.font(), QFont(painter.font())
        self._bold.setWeight(_NAME_WEIGHT)
        self._metrics = {False: QFontMetrics(self._plain), True: QFontMetrics(self._bold)}

    def paint(self, place: RowPlace, now_ms: float) -> None:
        """Paint one row."""
        if place.is_first and place.top:
            self._painter.setPen(QColor(blend(self._theme.border, self._theme.window, 0.6)))
            self._painter.drawLine(0, place.top, self._layout.measures.width, place.top)
        self._names(place)
        flow = place.flow()
        self._cells(place, flow, now_ms)
        self._marks(place, flow)
        self._ceilings(place, flow)
        if place.is_first:
            self._figures(place, now_ms)

    def _names(self, place: RowPlace) -> None:
        line, width = self._layout.measures.line, self._layout.measures.names - _LEFT_PX - 6
        top, row = place.top + PAD_PX, place.row
        if place.is_first:
            self._text(QRect(_LEFT_PX, top, width, line), place.function.name, "text", is_bold=True)
            top += line
        if row is not None and names_version(place):
            self._text(QRect(_LEFT_PX, top, width, line), version_words(row.version), "muted")
            top += line
        if row is not None and row.use is not None:
            self._text(QRect(_LEFT_PX, top, width, line), provisioned_words(row.use), "syntax_keyword")

    def _cells(self, place: RowPlace, flow: Flow, now_ms: float) -> None:
        layout, draw, picture_at, columns = self._layout, self._painter.drawPixmap, self._pictures.at, self._layout.columns
        left, top, pitch = layout.measures.names, place.top + PAD_PX, layout.pitch
        for index, spot in enumerate(flow.spots):
            picture = picture_at(spot, now_ms)
            if picture is not None:
                draw(left + index % columns * pitch, top + index // columns * pitch, picture)

    def _marks(self, place: RowPlace, flow: Flow) -> None:
        for cell, token in ((self._marked.selected, "text"), (self._marked.current, "accent")):
            if cell is not None and cell.row is place.row:
                self._frame(place, flow.spots.index(cell), token)

    def _frame(self, place: RowPlace, index: int, token: str) -> None:
        left, top = self._layout.corner(place, index)
        self._painter.setPen(QPen(QColor(getattr(self._theme, token)), 2))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.drawRect(left - 1, top - 1, self._layout.size + 2, self._layout.size + 2)

    def _ceilings(self, place: RowPlace, flow: Flow) -> None:
        for ceiling in flow.ceilings:
            left, top = self._layout.corner(place, max(ceiling.at - 1, 0))
            x = left + (self._layout.size + GAP_PX // 2 if ceiling.at else -GAP_PX)
            self._painter.setPen(QPen(QColor(getattr(self._theme, _CEILING_TOKENS[ceiling.kind])), 2))
            self._painter.drawLine(x, top - 3, x, top + self._layout.size + 2)

    def _figures(self, place: RowPlace, now_ms: float) -> None:
        function, measures = place.function, self._layout.measures
        left, width, top = measures.width - measures.sides, measures.sides - _RIGHT_PX, place.top + PAD_PX
        is_full = function.reserved is not None and function.running >= function.reserved
        self._text(QRect(left, top, width, measures.line), running_words(function), "text" if is_full else "muted", _RIGHT)
        if function.waiting:
            top += measures.line
            self._text(QRect(left - 60, top, width + 60, measures.line), waiting_words(function), "warning", _RIGHT)
        if function.throttles:
            top += measures.line
            is_fresh = bool(function.sparks) and now_ms - function.sparks[-1].time_ms < SPARK_MS
            token = "error" if is_fresh else "muted"
            self._text(QRect(left, top, width, measures.line), throttled_words(function), token, _RIGHT)
            self._sparks(function, QRect(left, top + measures.line, width, STRIP_PX), now_ms)

    def _sparks(self, function: FunctionGrid, strip: QRect, now_ms: float) -> None:
        """Draw the throttles of the last seconds, the newest at the right: the more there were, the larger."""
        painter = self._painter
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.error))
        for spark in function.sparks:
            part = (now_ms - spark.time_ms) / SPARK_MS
            if 0 <= part < 1:
                painter.setOpacity(1 - part)
                x = strip.right() - STRIP_PX / 2 - part * (strip.width() - STRIP_PX)
                radius_px = min(3.5 + math.log10(spark.requests), STRIP_PX / 2)
                painter.drawPolygon(_star(x, strip.center().y() + 0.5, radius_px))
        painter.restore()

    def _text(self, place: QRect, text: str, token: str, alignment: int = _LEFT, *, is_bold: bool = False) -> None:
        self._painter.setFont(self._bold if is_bold else self._plain)
        self._painter.setPen(QColor(getattr(self._theme, token)))
        shown = self._metrics[is_bold].elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        self._painter.drawText(place, alignment, shown)


def bold(font: QFont) -> QFontMetrics:
    """Return the measures of the font in which functions' names stand, given that of the view."""
    heavy = QFont(font)
    heavy.setWeight(_NAME_WEIGHT)
    return QFontMetrics(heavy)


def _star(x: float, y: float, radius_px: float) -> QPolygonF:
    """Return a spark with four points."""
    lengths = (radius_px, radius_px * 0.35)
    return QPolygonF([QPointF(x + lengths[corner % 2] * math.sin(corner * math.pi / 4),
                              y - lengths[corner % 2] * math.cos(corner * math.pi / 4)) for corner in range(8)])

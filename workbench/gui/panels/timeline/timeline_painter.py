"""Paints the whole timeline: breaks first, then the ruler, the bars, what is marked, and the titles."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from workbench.gui.panels.timeline.bar_painter import paint_bars, paint_icicle, paint_selection
from workbench.gui.panels.timeline.drawing import Drawing
from workbench.gui.panels.timeline.edge_marks import paint_edge_marks
from workbench.gui.panels.timeline.lane_titles import paint_titles
from workbench.gui.panels.timeline.rest_lines import paint_rests
from workbench.gui.panels.timeline.ruler_painter import paint_breaks, paint_measure, paint_ruler


def paint_timeline(widget: QWidget, drawing: Drawing, chosen_lane: int, measure: tuple[float, float] | None) -> bool:
    """Paint a widget; return whether there were too many spans for single bars."""
    painter, area, size = QPainter(widget), drawing.area, QRectF(widget.rect())
    painter.fillRect(size, QColor(drawing.theme.window))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(drawing.metrics.font)
    painter.setClipRect(QRectF(area.left(), 0, size.right() - area.left(), size.height()))
    paint_breaks(painter, drawing, QRectF(area.left(), 0, area.width(), area.top()))
    paint_ruler(painter, drawing, QRectF(area.left(), area.bottom(), area.width(), size.bottom() - area.bottom()))
    painter.setClipRect(QRectF(0, area.top(), size.width(), area.height()))
    paint_rests(painter, drawing)
    painter.setClipRect(area)
    is_crowded = paint_bars(painter, drawing)
    paint_edge_marks(painter, drawing)
    paint_icicle(painter, drawing)
    paint_selection(painter, drawing)
    if measure is not None:
        paint_measure(painter, drawing, *measure)
    painter.setClipRect(QRectF(0, area.top(), size.width(), area.height()))
    paint_titles(painter, drawing, QRectF(0, area.top(), area.left(), area.height()), chosen_lane)
    painter.setClipping(False)
    if widget.hasFocus():
        painter.setPen(QColor(drawing.theme.accent))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(size.adjusted(0.5, 0.5, -0.5, -0.5))
    return is_crowded

"""The strip to the left of the code: what lines took, a mark on lines with a problem, line numbers; with tooltips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from workbench.editor.ground import fill
from workbench.editor.problems import Problem

if TYPE_CHECKING:
    from workbench.editor.code_view import CodeView


class Gutter(QWidget):
    """Painted beside a CodeView, which tells it where the lines are."""

    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self._view = view
        self.setAccessibleName(self.tr("Line numbers and problems"))

    def needed_width(self) -> int:
        """Return the width in pixels for both marks, the highest line number (at least three digits) and padding."""
        digits = max(3, len(str(self._view.blockCount())))
        metrics = self.fontMetrics()
        return metrics.horizontalAdvance("9") * digits + 2 * metrics.height() + self._words_px

    @property
    def _words_px(self) -> int:
        return round(self._view.line_marks.width(self.font()))

    def sizeHint(self) -> QSize:
        """Qt's hook: the needed width; the height is the view's."""
        return QSize(self.needed_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook: paints numbers and marks of the lines in view."""
        colors = self._view.colors
        painter = QPainter(self)
        fill(painter, event.rect(), colors.gutter)
        current = self._view.textCursor().blockNumber() + 1
        problems = self._view.problem_marks.by_line()
        for line, top, height in self._view.visible_lines():
            row = QRectF(0, top, self.width(), height)
            if line == current:
                fill(painter, row, colors.current_line)
            painter.setPen(QColor(colors.gutter_current if line == current else colors.gutter_text))
            painter.drawText(row.adjusted(0, 0, -self.fontMetrics().height() * 0.8, 0), _RIGHT, str(line))
            self._view.line_marks.paint(painter, row, line, colors)
            if line in problems:
                self._paint_mark(painter, row, problems[line])
        painter.end()

    def _paint_mark(self, painter: QPainter, row: QRectF, problems: list[Problem]) -> None:
        """Paint a disc with a cross for errors, a triangle for warnings, so that they differ without color too."""
        is_error = any(problem.severity == "error" for problem in problems)
        colors = self._view.colors
        size = self.fontMetrics().height() * 0.7
        line_height = self.fontMetrics().height()
        box = QRectF(self._words_px + size * 0.3, row.top() + (line_height - size) / 2, size, size)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.error if is_error else colors.warning))
        if is_error:
            painter.drawEllipse(box)
        else:
            painter.drawPolygon(QPolygonF([QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()]))
        painter.setPen(QPen(QColor(colors.background), size / 8))
        _draw_sign(painter, box, is_error=is_error)
        painter.restore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt's hook: a click selects the line."""
        line = self._view.line_at(event.position().y())
        if line:
            self._view.select_line(line)

    def event(self, event: QEvent) -> bool:
        """Qt's hook: shows the tooltip of the line under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.tooltip_at(event.pos().y())
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def tooltip_at(self, y: float) -> str:
        """Return what is to be said of the line at a y position; "" for nothing."""
        line = self._view.line_at(y)
        return "\n".join(filter(None, (self._view.problem_marks.text(line), self._view.line_marks.tip(line))))


_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop


def _draw_sign(painter: QPainter, box: QRectF, *, is_error: bool) -> None:
    center, reach = box.center(), box.width() * 0.2
    if is_error:
        painter.drawLine(center + QPointF(-reach, -reach), center + QPointF(reach, reach))
        painter.drawLine(center + QPointF(-reach, reach), center + QPointF(reach, -reach))
    else:
        painter.drawLine(center + QPointF(0, -reach * 0.6), center + QPointF(0, reach * 0.8))
        painter.drawPoint(center + QPointF(0, reach * 1.7))

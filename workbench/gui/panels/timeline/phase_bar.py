"""The parts of a cold start side by side, with widths in proportion to their durations."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.gui.look.theme import Theme, blend
from workbench.gui.panels.timeline.timeline_kinds import fill_color, text_color
from workbench.state.start_parts import Part

_REST_SHADE = 0.25


class PhaseBar(QWidget):
    """Draws the parts of one start. Several bars with the same `full_ms` are aligned stacks of one scale."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.parts: tuple[Part, ...] = ()
        self.full_ms = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        self.update()

    def show_parts(self, parts: tuple[Part, ...], full_ms: float = 0.0) -> None:
        """Show these parts, and describe them to screen readers. `full_ms` takes the whole width; 0 for their own sum."""
        self.parts = parts
        self.full_ms = full_ms or sum(part.duration_ms for part in parts)
        text = ", ".join(f"{part.name} {part.duration_ms:,.0f} ms" for part in parts)
        self.setAccessibleName(self.tr("Phases of the cold start: {0}").format(text))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of one line of text."""
        return QSize(240, self.fontMetrics().height() + 9)

    def rects(self) -> list[tuple[Part, QRectF]]:
        """Return where each part is."""
        found, left = [], 0.0
        for part in self.parts:
            width = self.width() * part.duration_ms / self.full_ms if self.full_ms else 0.0
            found.append((part, QRectF(left, 0, width, self.height())))
            left += width
        return found

    def event(self, event: QEvent) -> bool:
        """Tell of the part under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = event.pos().toPointF()
            tip = next((f"{part.name}: {part.duration_ms:,.1f} ms" for part, rect in self.rects() if rect.contains(at)), "")
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the parts."""
        rects = self.rects()
        if not rects:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        clip = QPainterPath()
        clip.addRoundedRect(QRectF(0, 0, max(rects[-1][1].right(), 1.0), self.height()), 4, 4)
        painter.setClipPath(clip)
        for part, rect in rects:
            self._paint(painter, part, rect)

    def _paint(self, painter: QPainter, part: Part, rect: QRectF) -> None:
        fill = blend(self._theme.panel, fill_color(part.kind, self._theme), _REST_SHADE if part.is_rest else 0.0)
        painter.fillRect(rect, QColor(fill))
        painter.fillRect(QRectF(rect.right() - 1, 0, 1, rect.height()), QColor(self._theme.panel))
        metrics, room = self.fontMetrics(), rect.adjusted(6, 0, -3, 0)
        labels = (f"{part.name} {part.duration_ms:,.0f}", f"{part.duration_ms:,.0f}")
        fitting = next((label for label in labels if metrics.horizontalAdvance(label) <= room.width()), "")
        painter.setPen(QColor(text_color(fill)))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), fitting)

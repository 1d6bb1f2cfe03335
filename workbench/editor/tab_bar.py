"""The tab bar of the editor: flat tabs, with a line on top of the current one."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QTabBar, QWidget

from workbench.editor.colors import DARK_COLORS, EditorColors
from workbench.editor.ground import fill


class FlatTabBar(QTabBar):
    """A QTabBar that paints its tabs itself; keyboard, scrolling and accessibility are Qt's.

    Signals, with a global point: `dragged(QPoint)` while the current tab is moved, `dropped(QPoint)` where it is let go.
    """

    dragged = Signal(QPoint)
    dropped = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors = DARK_COLORS
        self._is_pressed = False
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setMovable(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setUsesScrollButtons(True)

    def set_colors(self, colors: EditorColors) -> None:
        """Draw in these colors."""
        self._colors = colors
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.ButtonText, QColor(colors.muted))
        self.setPalette(palette)
        self.update()

    def tabSizeHint(self, index: int) -> QSize:
        """Qt's hook: returns the size for the title, padding and the close button."""
        metrics = self.fontMetrics()
        button = self.tabButton(index, QTabBar.ButtonPosition.RightSide)
        width = metrics.horizontalAdvance(self.tabText(index)) + 2 * metrics.height()
        return QSize(width + (button.sizeHint().width() if button else 0), int(metrics.height() * 2.1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt's hook: notes whether a tab may be dragged."""
        super().mousePressEvent(event)
        self._is_pressed = event.button() is Qt.MouseButton.LeftButton and self.tabAt(event.position().toPoint()) >= 0

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt's hook: tells where a tab is dragged."""
        super().mouseMoveEvent(event)
        if self._is_pressed:
            self.dragged.emit(event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt's hook: tells where a tab is let go."""
        super().mouseReleaseEvent(event)
        was_pressed, self._is_pressed = self._is_pressed, False
        if was_pressed:
            self.dropped.emit(event.globalPosition().toPoint())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook: paints all tabs in view."""
        painter = QPainter(self)
        fill(painter, event.rect(), self._colors.bar)
        fill(painter, QRect(0, self.height() - 1, self.width(), 1), self._colors.border)
        for index in range(self.count()):
            self._paint_tab(painter, index, self.tabRect(index))
        painter.end()

    def _paint_tab(self, painter: QPainter, index: int, rect: QRect) -> None:
        colors, is_current = self._colors, index == self.currentIndex()
        if is_current:
            fill(painter, rect, colors.background)
            fill(painter, QRect(rect.left(), rect.top(), rect.width(), 2), colors.muted)
        fill(painter, QRect(rect.right(), rect.top(), 1, rect.height()), colors.border)
        painter.setPen(QColor(colors.text if is_current else colors.muted))
        inner = rect.adjusted(self.fontMetrics().height(), 0, 0, 0)
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), self.tabText(index))
        if is_current and self.hasFocus():
            painter.drawRect(rect.adjusted(3, 4, -4, -4))

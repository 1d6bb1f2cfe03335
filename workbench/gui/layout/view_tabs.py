"""The tabs of a group of views. They can be dragged to another place of the window."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QTabBar, QWidget


class ViewTabs(QTabBar):
    """Signals, with the tab's number: `dragged(int, QPoint)` while it is moved, `dropped(int, QPoint)` where it is let go;
    `drag_given_up()` after Escape; `clicked(int)` for one that was not moved. Points are global.

    The mouse is followed here and not by a QDrag, whose nested event loop would run asyncio's callbacks inside a slot.
    """

    dragged = Signal(int, QPoint)
    dropped = Signal(int, QPoint)
    drag_given_up = Signal()
    clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pressed, self._pressed_at = -1, QPoint()
        self._is_dragging = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note which tab may be dragged."""
        super().mousePressEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed_at = event.position().toPoint()
            self._pressed = self.tabAt(self._pressed_at)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take a second press that follows quickly like any other: it may begin a drag."""
        self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin to drag once the mouse was moved far enough for it to be meant."""
        super().mouseMoveEvent(event)
        self._follow(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Drop the tab, if it was dragged. Otherwise it was clicked."""
        super().mouseReleaseEvent(event)
        self._follow(event)  # Qt leaves out moves when there are later ones, also such as came after the button was let go
        tab, was_dragging = self._pressed, self._is_dragging
        self._end()
        if was_dragging:
            self.dropped.emit(tab, event.globalPosition().toPoint())
        elif tab >= 0 and tab == self.tabAt(event.position().toPoint()):
            self.clicked.emit(tab)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give up dragging with Escape."""
        if self._is_dragging and event.key() == Qt.Key.Key_Escape:
            self._end()
            self.drag_given_up.emit()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Give up dragging: nobody can let go of what is not there."""
        if self._is_dragging:
            self._end()
            self.drag_given_up.emit()
        super().hideEvent(event)

    def _end(self) -> None:
        self._pressed, self._is_dragging = -1, False

    def _follow(self, event: QMouseEvent) -> None:
        far = (event.position().toPoint() - self._pressed_at).manhattanLength() >= QApplication.startDragDistance()
        if self._pressed >= 0 and (self._is_dragging or far):
            if not self._is_dragging:
                self._is_dragging = True
                self.setFocus(Qt.FocusReason.MouseFocusReason)  # for Escape
            self.dragged.emit(self._pressed, event.globalPosition().toPoint())

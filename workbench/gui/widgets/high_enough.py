"""A view whose height depends on its width, where nobody asks for that: splitters and stacks do not."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget


class HighEnough(QWidget):
    """Has room at least for what is in it at its width, such as rows of buttons that wrap."""

    def minimumSizeHint(self) -> QSize:
        """Return the least height at the present width."""
        least, layout = super().minimumSizeHint(), self.layout()
        return least if layout is None else QSize(least.width(), layout.minimumHeightForWidth(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for another height at another width."""
        super().resizeEvent(event)
        self.updateGeometry()

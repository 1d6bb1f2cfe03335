"""A combo box in the window's flat look."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox


class FlatCombo(QComboBox):
    """Draws its own arrow in the palette's color: a style sheet that touches a combo box removes Qt's."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box as styled, then the arrow."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(self.palette().placeholderText().color())
        right = self.rect().adjusted(0, 0, -9, 0)
        painter.drawText(right, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), "▾")

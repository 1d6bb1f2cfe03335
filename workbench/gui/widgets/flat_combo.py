"""A combo box in the window's flat look."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox


class FlatCombo(QComboBox):
    """A style sheet takes a combo box its arrow, so it is drawn here, in the palette's color."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """The box as styled, and the arrow."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(self.palette().placeholderText().color())
        right = self.rect().adjusted(0, 0, -9, 0)
        painter.drawText(right, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), "▾")

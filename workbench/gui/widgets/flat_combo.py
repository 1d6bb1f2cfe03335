"""A combo box in the window's flat look."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyledItemDelegate, QStyleOptionComboBox, QWidget

ARROW = "⌄"
"""One that Inter has: to look for a font that has another takes a millisecond, and before the first paint."""
_BESIDE_TEXT_PX = 2
"""Qt leaves a pixel on each side of the text."""


class FlatCombo(QComboBox):
    """Draws its own arrow in the palette's color: a style sheet that touches a combo box removes Qt's."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: QStyledItemDelegate | None = None

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """End a text with an ellipsis where there is no room; Qt would cut it off."""
        super().initStyleOption(option)
        place = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self)
        metrics = self.fontMetrics()
        if metrics.horizontalAdvance(option.currentText) > place.width():  # that is what Qt asks for where there is room
            option.currentText = metrics.elidedText(
                option.currentText, Qt.TextElideMode.ElideRight, place.width() - _BESIDE_TEXT_PX)

    def showPopup(self) -> None:
        """Show rows as high as those of menus: only this delegate follows the style sheet, and nobody needs it before."""
        if self._rows is None:
            self._rows = QStyledItemDelegate(self)
            self.setItemDelegate(self._rows)
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box as styled, then the arrow."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(self.palette().placeholderText().color())
        right = self.rect().adjusted(0, 0, -9, 0)
        painter.drawText(right, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), ARROW)

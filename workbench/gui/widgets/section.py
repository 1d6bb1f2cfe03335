"""A titled part of the side bar with an optional plus button."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.icons import icon
from workbench.gui.look.scale import small
from workbench.gui.look.theme import Theme

_BUTTON_PX = 21
"""At least the height of the button, whose icon does not follow the font."""
_ROW_PADDING_PX = 12
"""By how much a list with one row is higher than its text (`RowList.sizeHint`)."""


class Section(QWidget):
    """A heading above one widget."""

    def __init__(
        self, title: str, content: QWidget | None = None, add: QAction | None = None, parent: QWidget | None = None
    ) -> None:
        """Without content, there is room for one row until `put`."""
        super().__init__(parent)
        self._title = PlainLabel(title.upper())
        self._title.setObjectName("sectionTitle")
        font = small(self._title.font())
        font.setLetterSpacing(font.SpacingType.PercentageSpacing, 106)
        self._title.setFont(font)
        self._add = _add_button(add) if add is not None else None
        header = QHBoxLayout()
        header.setContentsMargins(14, 9, 8, 3)
        header.addWidget(self._title, 1)
        if self._add is not None:
            header.addWidget(self._add)
        header.addStrut(_BUTTON_PX)  # titles stand alike, with a button or without
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(header)
        if content is None:
            self._column.addSpacing(self.fontMetrics().height() + _ROW_PADDING_PX)
        else:
            self._column.addWidget(content, 1)

    def put(self, content: QWidget) -> None:
        """Show the content, which was made later."""
        self._column.takeAt(1)
        self._column.addWidget(content, 1)
        content.show()  # Qt would do so only in the next turn of the loop

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's color for the plus."""
        if self._add is not None:
            self._add.setIcon(icon("plus", theme.muted))


def _add_button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setIconSize(QSize(14, 14))
    button.setToolTip(action.toolTip())
    button.setAccessibleName(action.toolTip())
    button.clicked.connect(action.trigger)
    return button

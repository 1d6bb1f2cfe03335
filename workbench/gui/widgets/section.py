"""A titled part of the side bar with an optional plus button."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.icons import icon
from workbench.gui.look.scale import small
from workbench.gui.look.theme import Theme


class Section(QWidget):
    """A heading above one widget."""

    def __init__(self, title: str, content: QWidget, add: QAction | None = None, parent: QWidget | None = None) -> None:
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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addWidget(content, 1)

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

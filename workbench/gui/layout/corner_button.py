"""The button at the end of a row of tabs."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QToolButton

_ALL_PX = 80
"""More than tabs are high."""


class CornerButton(QToolButton):
    """As high as the tabs: Qt puts a lower one at their lower edge."""

    def __init__(self) -> None:
        super().__init__()
        self.setAutoRaise(True)

    def sizeHint(self) -> QSize:
        """Return more height than there is: the tab widget gives as much as its tabs have."""
        return QSize(super().sizeHint().width(), _ALL_PX)

    def minimumSizeHint(self) -> QSize:
        """Return room for the icon."""
        return super().sizeHint()

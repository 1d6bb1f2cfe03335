"""A mark in the status line for what is not always there."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QToolButton

from workbench.gui.look.icons import icon
from workbench.gui.look.theme import Theme


class StatusMark(QToolButton):
    """A button with an icon in the color of warnings, which is drawn only where it is seen."""

    def __init__(self, icon_name: str) -> None:
        super().__init__()
        self._icon_name = icon_name
        self._theme: Theme | None = None
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(11, 11))

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's color for the icon."""
        self._theme = theme
        if not self.isHidden():
            self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw the icon."""
        self._draw()
        super().showEvent(event)

    def _draw(self) -> None:
        if self._theme is not None:
            self.setIcon(icon(self._icon_name, self._theme.warning))

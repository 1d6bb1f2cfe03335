"""The ground of a panel that lies in the window's working area, not in its frame."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QWidget

from workbench.gui.look.theme import Theme


def fill_background(widget: QWidget, theme: Theme) -> None:
    """Fill a widget with the color of the selected tab above it. A palette, so that children keep theirs."""
    palette = widget.palette()
    palette.setColor(QPalette.ColorRole.Window, QColor(theme.window))
    widget.setPalette(palette)
    widget.setAutoFillBackground(True)

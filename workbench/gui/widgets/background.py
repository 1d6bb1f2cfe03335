"""The background of panels in the window's working area, which differs from that of its frame."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QWidget

from workbench.gui.look.theme import Theme


def fill_background(widget: QWidget, theme: Theme) -> None:
    """Fill a widget with the color of the selected tab above it. Done with the palette, as a style sheet would reach children."""
    palette = widget.palette()
    palette.setColor(QPalette.ColorRole.Window, QColor(theme.window))
    widget.setPalette(palette)
    widget.setAutoFillBackground(True)

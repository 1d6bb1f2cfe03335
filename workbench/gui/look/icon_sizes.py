"""Icons of buttons as large as the text beside them, when all text is enlarged."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QAbstractButton, QApplication

_OWN_SIDE = "ownIconSidePx"
"""The property of a button that has the side of its icon without enlargement."""


def enlarge_icons(scale: float) -> None:
    """Show the icons of all buttons `scale` times as large as they are without enlargement."""
    for button in QApplication.allWidgets():
        if isinstance(button, QAbstractButton):
            _enlarge(button, scale)


def _enlarge(button: QAbstractButton, scale: float) -> None:
    own_px = button.property(_OWN_SIDE)
    if not isinstance(own_px, int):
        own_px = button.iconSize().height()
        button.setProperty(_OWN_SIDE, own_px)
    side_px = round(own_px * scale)
    button.setIconSize(QSize(side_px, side_px))

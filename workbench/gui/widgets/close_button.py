"""The cross that closes a message."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QToolButton


def close_button(close: Callable[[], object]) -> QToolButton:
    """Return a button that calls `close`. Its icon is the theme's, and set with it."""
    button = QToolButton()
    button.setAutoRaise(True)
    button.setIconSize(QSize(12, 12))
    button.setToolTip("Close this message")
    button.setAccessibleName("Close this message")
    button.clicked.connect(close)
    return button

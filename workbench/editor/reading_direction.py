"""The direction in which code, JSON and logs are read."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit


def read_from_left(view: QPlainTextEdit) -> None:
    """Let every line begin at the left, whatever the language of its texts: Qt would decide it line by line."""
    option = view.document().defaultTextOption()
    option.setTextDirection(Qt.LayoutDirection.LeftToRight)
    view.document().setDefaultTextOption(option)

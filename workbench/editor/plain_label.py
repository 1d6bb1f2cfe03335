"""Labels that show what they are given: names, paths and errors of a folder may look like HTML, and be meant to."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget


class PlainLabel(QLabel):
    """A QLabel takes text with a tag in its first line for HTML: it would hide words, and load pictures. This one never does."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

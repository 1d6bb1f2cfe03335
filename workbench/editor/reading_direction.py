"""The direction in which code, JSON and logs are read."""

from __future__ import annotations

import re

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtWidgets import QPlainTextEdit, QWidget

MARK = "\N{LEFT-TO-RIGHT MARK}"
"""Of no width. What stands between it and a text that is read from the right is not drawn into that text."""
_FROM_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""Hebrew, Arabic, Syriac, Thaana, N'Ko and their like: the blocks that Unicode gives to letters read from the right."""
_QUOTED = re.compile(r"""(?<![\w\\])(?:"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+')(?!\w)""")
"""Not from one sign within a word to the next: Hebrew writes some words and abbreviations with them."""


def read_from_left(view: QPlainTextEdit) -> None:
    """Let every line begin at the left, whatever the language of its texts: Qt would decide it line by line."""
    option = view.document().defaultTextOption()
    option.setTextDirection(Qt.LayoutDirection.LeftToRight)
    view.document().setDefaultTextOption(option)


def in_order(text: str) -> str:
    """Return a text to be painted, in which quoted Arabic or Hebrew texts follow each other from left to right.

    By Unicode's rules alone, `"key": "value"` is shown with the value first if both are read from the right, as if it were a
    sentence. Only what is painted gets these marks: take them out (`as_written`) of what is copied. A text with marks of its
    own is left as it is. Rule: https://www.unicode.org/reports/tr55/ (source code: each atom by itself, from left to right).
    """
    if text.isascii() or MARK in text or not _FROM_RIGHT.search(text):
        return text
    return _QUOTED.sub(lambda found: f"{MARK}{found[0]}{MARK}" if _FROM_RIGHT.search(found[0]) else found[0], text)


def as_written(text: str) -> str:
    """Return a text without the marks of `in_order`."""
    return text.replace(MARK, "")


def copied_as_written(copied: QMimeData) -> QMimeData:
    """Return what is copied or dragged from a view, without the marks of `in_order`."""
    if MARK not in copied.text():
        return copied
    plain = QMimeData()
    plain.setText(as_written(copied.text()))
    return plain


class OrderedText(QPlainTextEdit):
    """Text to be read and copied, each line from the left, with quoted texts in order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.written = ""
        self.setReadOnly(True)
        read_from_left(self)

    def setPlainText(self, text: str) -> None:
        """Show another text."""
        self.written = text
        super().setPlainText(self.painted(text))

    def painted(self, part: str) -> str:
        """Return what to insert for a part of `written`, the text that was given. With marks of its own, it gets none of ours."""
        return part if MARK in self.written else in_order(part)

    def toPlainText(self) -> str:
        """Return the text as it was given."""
        return self.written

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy or drag what was given."""
        copied = super().createMimeDataFromSelection()
        return copied if MARK in self.written else copied_as_written(copied)

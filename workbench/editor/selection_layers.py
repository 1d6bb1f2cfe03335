"""Merges the marks of several features into Qt's single list of extra selections, lowest layer first."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

if TYPE_CHECKING:  # 3 ms, before there is something to mark
    from PySide6.QtGui import QTextCharFormat
    from PySide6.QtWidgets import QTextEdit


class Layer(IntEnum):
    """The features that mark text; a higher layer is drawn over a lower one."""

    MATCHES = 0
    BRACKETS = 1
    PROBLEMS = 2


class SelectionLayers:
    """The extra selections of one text edit."""

    def __init__(self, edit: QPlainTextEdit) -> None:
        self._edit = edit
        self._layers: dict[Layer, list[QTextEdit.ExtraSelection]] = {}

    def set(self, layer: Layer, selections: Iterable[QTextEdit.ExtraSelection]) -> None:
        """Replace one layer and leave the others."""
        made = list(selections)
        if made or self._layers.get(layer):
            self._layers[layer] = made
            self._edit.setExtraSelections([one for key in sorted(self._layers) for one in self._layers[key]])

    def count(self, layer: Layer) -> int:
        """Return the number of marks in a layer."""
        return len(self._layers.get(layer, ()))


def mark(cursor: QTextCursor, ground: str) -> QTextEdit.ExtraSelection:
    """Return a mark with a colored background behind what the cursor selects."""
    from PySide6.QtGui import QTextCharFormat

    made = QTextCharFormat()
    made.setBackground(QColor(ground))
    return _selection(cursor, made)


def squiggle(cursor: QTextCursor, color: str) -> QTextEdit.ExtraSelection:
    """Return a mark with a wavy line under what the cursor selects."""
    from PySide6.QtGui import QTextCharFormat

    made = QTextCharFormat()
    made.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
    made.setUnderlineColor(QColor(color))
    return _selection(cursor, made)


def span(document_cursor: QTextCursor, start: int, end: int) -> QTextCursor:
    """Return a cursor of the same document that selects from `start` to `end`, clamped to the document."""
    last = document_cursor.document().characterCount() - 1
    made = QTextCursor(document_cursor)
    made.setPosition(min(start, last))
    made.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
    return made


def _selection(cursor: QTextCursor, char_format: QTextCharFormat) -> QTextEdit.ExtraSelection:
    from PySide6.QtWidgets import QTextEdit

    made = QTextEdit.ExtraSelection()
    made.cursor = cursor
    made.format = char_format
    return made

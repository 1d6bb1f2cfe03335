"""Values attached to lines, which follow their line when text above it is edited."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from PySide6.QtGui import QTextCursor, QTextDocument

Value = TypeVar("Value")


class LineAnchors(Generic[Value]):
    """Values by line, counted from 1. A line may have several."""

    def __init__(self, document: QTextDocument) -> None:
        self._document = document
        self._anchors: list[tuple[QTextCursor, Value]] = []  # Qt adjusts the position of cursors at each edit

    def set(self, values: Iterable[tuple[int, Value]]) -> None:
        """Replace all values; those for lines beyond the end of the text are dropped."""
        self._anchors = []
        for line, value in values:
            block = self._document.findBlockByNumber(line - 1)
            if block.isValid():
                self._anchors.append((QTextCursor(block), value))

    def clear(self) -> None:
        """Forget all values."""
        self._anchors = []

    def by_line(self) -> dict[int, list[Value]]:
        """Return the values by the line they are on now."""
        lines: dict[int, list[Value]] = {}
        for cursor, value in self._anchors:
            lines.setdefault(cursor.blockNumber() + 1, []).append(value)
        return lines

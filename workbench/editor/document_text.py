"""The text of a Qt document as it was typed."""

from __future__ import annotations

from PySide6.QtGui import QTextDocument


def raw_text(document: QTextDocument) -> str:
    """Return the lines joined by newlines. Unlike `toPlainText`, this keeps no-break spaces, so saving does not alter them."""
    return document.toRawText().replace("\u2029", "\n")


def difference(before: str, after: str) -> tuple[int, int, str]:
    """Return what turns `before` into `after`: start and end of the part to replace, in Qt's positions, and its new text."""
    start = _common(before, after)
    rest = _common(before[start:][::-1], after[start:][::-1])
    first = _width(before[:start])
    return first, first + _width(before[start : len(before) - rest]), after[start : len(after) - rest]


def _common(one: str, other: str) -> int:
    """Return the length of the common start. Bisects, because comparing slices in C is faster than characters in Python."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _width(text: str) -> int:
    """Return the length in UTF-16 units, which is how Qt counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2

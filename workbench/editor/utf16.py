"""Positions: Python counts characters, Qt counts UTF-16 units, and they part at the first emoji."""

from __future__ import annotations

from bisect import bisect_left


class Utf16Positions:
    """Translates positions of one text, both ways. Free for texts without characters beyond U+FFFF."""

    def __init__(self, text: str) -> None:
        self._wide = [] if text.isascii() else [at for at, char in enumerate(text) if char > "\uffff"]
        self._wide_qt = [at + count for count, at in enumerate(self._wide)]

    def to_qt(self, position: int) -> int:
        """The UTF-16 position of a Python index."""
        return position + bisect_left(self._wide, position) if self._wide else position

    def to_python(self, position: int) -> int:
        """The Python index of a UTF-16 position; a position inside a pair belongs to the character after it."""
        return position - bisect_left(self._wide_qt, position) if self._wide else position

"""Converts positions: Python counts characters, Qt counts UTF-16 units, and the two diverge at the first emoji."""

from __future__ import annotations

from bisect import bisect_left


class Utf16Positions:
    """Converts positions in one text, both ways. Costs nothing for texts without characters beyond U+FFFF."""

    def __init__(self, text: str) -> None:
        self._wide = [] if text.isascii() else [at for at, char in enumerate(text) if char > "\uffff"]
        self._wide_qt = [at + count for count, at in enumerate(self._wide)]

    def to_qt(self, position: int) -> int:
        """Return the UTF-16 position of a Python index."""
        return position + bisect_left(self._wide, position) if self._wide else position

    def to_python(self, position: int) -> int:
        """Return the Python index of a UTF-16 position; a position inside a surrogate pair counts as the next character."""
        return position - bisect_left(self._wide_qt, position) if self._wide else position

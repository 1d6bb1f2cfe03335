"""Where the rows in view are: in lines of equal height, measured for these rows only, however long the log is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple


class Position(NamedTuple):
    """What is at the top of the view: a row, and which of its lines."""

    row: int
    line: int


class Placed(NamedTuple):
    """A row in view: `top` is the line of the view where it begins, below 0 if its beginning is above."""

    row: int
    top: int
    lines: int


class LogLayout:
    """Positions in a log of `count` rows; `lines_of` says how many lines a row has, 1 at least."""

    def __init__(self, count: Callable[[], int], lines_of: Callable[[int], int]) -> None:
        self._count = count
        self._lines_of = lines_of

    def placed(self, position: Position, room: int) -> Iterator[Placed]:
        """Yield the rows that are in a view of `room` lines."""
        top = -position.line
        for row in range(position.row, self._count()):
            if top >= room:
                return
            lines = self._lines_of(row)
            yield Placed(row, top, lines)
            top += lines

    def last(self, room: int) -> Position:
        """Return the position from which on the log's end is in view."""
        left = room
        for row in range(self._count() - 1, -1, -1):
            lines = self._lines_of(row)
            if lines >= left:
                return Position(row, lines - left)
            left -= lines
        return Position(0, 0)

    def above(self, row: int, room: int) -> Position:
        """Return the position at which a row is the last one in view."""
        left = max(room - self._lines_of(row), 0)
        while row > 0 and left > 0:
            lines = self._lines_of(row - 1)
            if lines > left:
                return Position(row - 1, lines - left)
            row, left = row - 1, left - lines
        return Position(row, 0)

    def moved(self, position: Position, lines: int, room: int) -> Position:
        """Return the position some lines further down, or up if there are fewer than 0, but not beyond the end."""
        row, line = position.row, position.line + lines
        while line < 0 and row > 0:
            row -= 1
            line += self._lines_of(row)
        while row < self._count() - 1 and line >= self._lines_of(row):
            line -= self._lines_of(row)
            row += 1
        return min(Position(row, max(line, 0)), self.last(room))

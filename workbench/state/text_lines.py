"""A text as rows for a view that shows millions of them: cut at line ends, and where a line is longer than a view can draw."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from typing import NamedTuple

LONGEST_ROW = 1_000
"""Characters of a row. Qt draws a line of a megabyte in seconds; a JSON document may be one."""
MOST_FOUND = 10_000
"""Places that one search returns."""
_MUCH = 200_000
"""Characters from which on numpy is worth being imported, which takes a fifth of a second for the first time."""
_SLICE = 1 << 18
"""Characters that are searched in one go: a search holds the interpreter, and with it the window."""


class Found(NamedTuple):
    """A place in a text: its row, and the characters `start` to `end` of that row."""

    row: int
    start: int
    end: int


class TextLines:
    """The rows of one text. Making it takes time in proportion to the text, so large texts are cut on a thread."""

    def __init__(self, text: str, longest_row: int = LONGEST_ROW) -> None:
        self.text = text
        self._starts, longest = _starts(text, longest_row)
        self.longest = min(longest, longest_row)
        """The length of the longest row."""

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, row: int) -> str:
        return self.text[self._starts[row]:self._end(row)]

    def continues(self, row: int) -> bool:
        """Whether a row is part of the same line as the one before it."""
        return row > 0 and self.text[self._starts[row] - 1] != "\n"

    def joined(self, first: int, last: int) -> str:
        """Return rows as they are in the text, without the line end of the last."""
        return self.text[self._starts[first]:self._end(last)]

    def find(self, needle: str) -> list[Found]:
        """Return the places of a text in any case, MOST_FOUND at most; one that goes beyond its row ends with that."""
        found: list[Found] = []
        if not needle:
            return found
        pattern, begin = re.compile(re.escape(needle), re.IGNORECASE), 0
        while begin < len(self.text) and len(found) < MOST_FOUND:
            # Beyond the end of the slice by the length of what is sought, so that none is cut in two.
            stop = begin + _SLICE
            matches = pattern.finditer(self.text, begin, stop + len(needle) - 1)
            found += [self._place(match.start(), match.end()) for match in matches]
            begin = stop
        return found[:MOST_FOUND]

    def _place(self, start: int, end: int) -> Found:
        row = bisect_right(self._starts, start) - 1
        first = self._starts[row]
        return Found(row, start - first, min(end, self._end(row)) - first)

    def _end(self, row: int) -> int:
        if row + 1 == len(self._starts):
            return len(self.text)
        following = self._starts[row + 1]
        return following - 1 if self.text[following - 1] == "\n" else following


def _starts(text: str, longest_row: int) -> tuple[array[int], int]:
    """Where rows begin, and the length of the longest line."""
    if len(text) > _MUCH:
        return _starts_of_much(text, longest_row)
    starts, begin, longest = array("q"), 0, 0
    for line in text.split("\n"):
        starts.append(begin)
        starts.extend(range(begin + longest_row, begin + len(line), longest_row))
        longest = max(longest, len(line))
        begin += len(line) + 1
    return starts, longest


def _starts_of_much(text: str, longest_row: int) -> tuple[array[int], int]:
    """Do the same with numpy, which takes a tenth of the time and leaves the interpreter to others meanwhile."""
    import numpy as np

    units = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    ends = np.append(np.flatnonzero(units == ord("\n")), len(text))
    begins = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - begins
    long = np.flatnonzero(lengths > longest_row)
    more = [np.arange(begins[line] + longest_row, ends[line], longest_row) for line in long]
    starts = np.sort(np.concatenate((begins, *more))) if more else begins
    return array("q", starts.astype(np.int64).tobytes()), int(lengths.max())

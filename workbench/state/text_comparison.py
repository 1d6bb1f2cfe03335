"""How two texts differ, line by line, within a bounded time."""

from __future__ import annotations

import difflib
from typing import NamedTuple

MOST_LINES = 4_000
"""Lines that differ are compared in a time that grows with the square of their number."""
LONGEST_LINE = 2_000
"""Characters of a line in a diff; a longer one ends with how many more there are."""
_CONTEXT = 3


class TextDifference(NamedTuple):
    """A unified diff, and a sentence: that there is no difference, or why there is no diff."""

    diff: str
    told: str


def difference(left: str, right: str, left_name: str, right_name: str) -> TextDifference:
    """Compare two texts. Takes up to a second, so it belongs on a thread."""
    if left == right:
        return TextDifference("", "There is no difference.")
    before, after = left.split("\n"), right.split("\n")
    begin = _same(before, after)
    end = _same(before[begin:][::-1], after[begin:][::-1])
    if max(len(before), len(after)) - begin - end > MOST_LINES:
        told = f"They differ from line {begin + 1:,} on, in more than {MOST_LINES:,} lines: too many to be compared."
        return TextDifference("", told)
    # What is the same at both ends is left out, but for the lines around a difference.
    first, last = max(begin - _CONTEXT, 0), max(end - _CONTEXT, 0)
    diff = difflib.unified_diff(
        [_shortened(line) for line in before[first:len(before) - last]],
        [_shortened(line) for line in after[first:len(after) - last]], left_name, right_name, lineterm="", n=_CONTEXT)
    return TextDifference("\n".join(_renumbered(line, first) for line in diff), "")


def _same(left: list[str], right: list[str]) -> int:
    """How many lines are the same at the beginning."""
    return next((number for number, (one, other) in enumerate(zip(left, right, strict=False)) if one != other),
                min(len(left), len(right)))


def _shortened(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}… {len(line) - LONGEST_LINE:,} more"


def _renumbered(line: str, skipped: int) -> str:
    """Count the lines that were left out before the first one."""
    if not line.startswith("@@") or not skipped:
        return line
    _, left, right, _ = line.split(" ", 3)
    return f"@@ {_moved(left, skipped)} {_moved(right, skipped)} @@"


def _moved(span: str, by: int) -> str:
    start, comma, length = span[1:].partition(",")
    return f"{span[0]}{int(start) + by}{comma}{length}"

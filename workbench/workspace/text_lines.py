"""Finds lines of a text by offset, whatever ends them: \\n, \\r\\n or \\r."""

from __future__ import annotations

import re

_LINE_END = re.compile(r"[\r\n]")


def line_start(text: str, position: int) -> int:
    """Return where the line that contains the offset begins."""
    return max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1


def line_end(text: str, position: int) -> int:
    """Return where the line that contains the offset ends, before its line end."""
    match = _LINE_END.search(text, position)
    return match.start() if match else len(text)


def next_line(text: str, end: int) -> int:
    """Return where the next line begins; `end` comes from `line_end`."""
    return end + (2 if text.startswith("\r\n", end) else 1 if end < len(text) else 0)


def blank_at(text: str, position: int) -> bool:
    """Whether there is only white space between the offset and the end of its line."""
    return not text[position : line_end(text, position)].strip()


def below_blank_lines(text: str, position: int) -> int:
    """Return the start of the first line at or below `position` that is not blank."""
    while position < len(text) and blank_at(text, position):
        position = next_line(text, line_end(text, position))
    return position


def lines_above(text: str, start: int, pattern: str) -> int:
    """Return the start of the run of lines directly above `start` that match the pattern; `start` if there are none."""
    while start > 0:
        previous = line_start(text, len(text[:start].removesuffix("\n").removesuffix("\r")))
        if not re.fullmatch(pattern, text[previous:start].rstrip("\r\n")):
            break
        start = previous
    return start

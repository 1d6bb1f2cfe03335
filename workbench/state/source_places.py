"""Places in source files that log lines and stack traces name: Python's `File "…", line N`, Node.js's and Ruby's `file:line`."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

_ROOT = r"(?:/(?:[A-Za-z]:/)?(?!/)|[A-Za-z]:(?:\\{1,2}|/))"
# Numbers have at most 7 digits: a log is text of any program, and a longer one is no line of a file.
_PLACES = (
    # In a JSON document, the quotes are preceded by backslashes.
    re.compile(r'File \\?"(?P<path>[^"\n]+?)\\?", line (?P<line>\d{1,7})'),
    # In parentheses, as Node.js writes a frame: there the path may contain spaces.
    re.compile(rf"(?<=\()(?P<path>(?:file://)?{_ROOT}[^():\n]+):(?P<line>\d{{1,7}})(?::(?P<column>\d{{1,7}}))?(?=\))"),
    re.compile(rf"""(?<![\w./\\:-])(?P<path>(?:file://)?{_ROOT}[^\s"'<>|:()\[\]]+):(?P<line>\d{{1,7}})(?::(?P<column>\d{{1,7}}))?"""),
)


class SourcePlace(NamedTuple):
    """A line of a file, named by characters `start` to `end` of a text; line and column count from 1."""

    start: int
    end: int
    path: str
    line: int
    column: int


def source_places(text: str) -> list[SourcePlace]:
    """Return all places that one line of text names, in order; the files need not exist."""
    if ":" not in text and 'File ' not in text:  # cheap, and true for most lines
        return []
    found: list[SourcePlace] = []
    for pattern in _PLACES:
        for match in pattern.finditer(text):
            if not any(match.start() < other.end and other.start < match.end() for other in found):
                found.append(_place(match))
    return sorted(found)


def _place(match: re.Match[str]) -> SourcePlace:
    path, column = match["path"], match.groupdict().get("column")
    if path.startswith("file://"):
        path = unquote(path.removeprefix("file://"))
        path = path.removeprefix("/") if re.match(r"/[A-Za-z]:", path) else path
    return SourcePlace(*match.span(), path.replace("\\\\", "\\"), int(match["line"]), int(column or 1))

"""An entry of the log as it is shown: its own prefix folded into the columns, its lines, its colors, JSON laid out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import msgspec

from workbench.model.log_entries import LogEntry
from workbench.state.json_escapes import without_escapes
from workbench.state.line_kinds import LineKind, chip_of, entry_kind
from workbench.state.log_text import JSON_KEY, JSON_NUMBER, JSON_TEXT, JSON_WORD, StyledText, StyleSpan, display_lines

_TIME, _ID = r"\d{4}-\d\d-\d\dT[\d:.,]+Z?", r"(?:[0-9a-f-]{36}|undefined|N/A)"
_LEVELS = r"(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL|FATAL|trce|dbug|info|warn|fail|crit)"
_PREFIX = re.compile(
    rf"\[{_LEVELS}\]\t{_TIME}\t{_ID}\t|{_TIME}\t{_ID}\t{_LEVELS}\t|[A-Z], \[{_TIME} #\d+\] +(?:{_LEVELS}|ANY) {_ID} -- : ")
"""What AWS's runtime clients for Python, for Node.js and .NET, and for Ruby put before a line. The columns have all of it."""
_TOKENS = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)')
HEAD = "invocation"
"""The type of what is no entry itself, but an invocation that has some."""
_MOST_JSON = 1 << 20
"""Longer JSON is shown as it is."""


class LogRow(NamedTuple):
    """An entry ready to show. `lines` are those of the text, `opened` those when it is opened (JSON laid out).

    `text` is the first line. `starts_open`: shown with all its lines unless somebody closes it.
    """

    entry: LogEntry
    kind: LineKind
    chip: str
    lines: tuple[StyledText, ...]
    opened: tuple[StyledText, ...]
    starts_open: bool

    @property
    def text(self) -> str:
        """The first line."""
        return self.lines[0].text

    @property
    def is_head(self) -> bool:
        """Whether it is an invocation, with its entries below it."""
        return self.entry.type == HEAD

    @property
    def is_long(self) -> bool:
        """Whether it has more to show than its first line."""
        return len(self.opened) > 1

    def shown(self, is_open: bool) -> tuple[StyledText, ...]:
        """Return the lines to show."""
        return self.opened if is_open else self.lines[:1]


@lru_cache(maxsize=2_000)
def row_of(entry: LogEntry) -> LogRow:
    """Return an entry as it is shown. Those in view are asked for again and again, so some are kept."""
    kind = entry_kind(entry)
    prefix = _PREFIX.match(entry.text) if entry.type == "function" else None
    text = entry.text[prefix.end():] if prefix else entry.text
    lines = tuple(display_lines(text))
    is_said = kind in (LineKind.PLATFORM, LineKind.ERROR) and len(lines) > 1
    return LogRow(entry, kind, chip_of(entry), lines, laid_out(text) or lines, is_said)


def laid_out(text: str) -> tuple[StyledText, ...]:
    """Return a JSON object or list on lines of its own, colored, with characters for escapes; () for anything else."""
    if text[:1] not in ("{", "[") or len(text) > _MOST_JSON:
        return ()
    try:
        plain = without_escapes(msgspec.json.format(text, indent=2))
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return ()
    return tuple(_colored(line) for piece in plain.split("\n") for line in display_lines(piece))


def _colored(line: StyledText) -> StyledText:
    spans = []
    for match in _TOKENS.finditer(line.text):
        color = (JSON_KEY if match.group(2) else JSON_TEXT) if match.group(1) else JSON_NUMBER if match.group(3) else JSON_WORD
        end = match.end(1) if match.group(1) else match.end()
        spans.append(StyleSpan(match.start(), end, color, False))
    return StyledText(line.text, tuple(spans))

"""The log of a session as a bounded ring of lines, and views that filter it as it grows."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from workbench.model.events import StreamEvent
from workbench.state.log_text import StyleSpan, display_lines, record_text
from workbench.state.startup import LOG_TYPES

CAPACITY = 100_000
"""The number of lines kept for the view. Measured: a table of this size takes in 1,000 lines in about 5 ms."""


class LineKind(IntEnum):
    """What a line is, which decides its color and mark."""

    FUNCTION = 0
    WARNING = 1
    ERROR = 2
    PLATFORM = 3
    EXTENSION = 4
    NOTICE = 5


class LogRow(NamedTuple):
    """One line ready to show."""

    time_ms: float
    function_name: str
    environment_id: str
    request_id: str
    text: str
    kind: LineKind
    spans: tuple[StyleSpan, ...]


class LogRing:
    """The newest lines, at most `capacity`, trimmed by a tenth at a time.

    Lines have absolute numbers that never change: `first` is that of the oldest line kept, `end` that of the next line to come.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.first = 0
        self._rows: list[LogRow] = []  # a list, because a deque takes long to reach its middle
        self._lower: list[str] = []  # computed once, as a filter looks at all lines with each change of its text

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def end(self) -> int:
        """The number of the next line to come."""
        return self.first + len(self._rows)

    def row(self, number: int) -> LogRow:
        """Return the line with that number. Raises IndexError if it has been dropped or does not exist yet."""
        if number < self.first:
            raise IndexError(number)
        return self._rows[number - self.first]

    def lower_text(self, number: int) -> str:
        """Return a line's text in lower case, for filters."""
        return self._lower[number - self.first]

    def append(self, event: StreamEvent, text: str, kind: LineKind) -> None:
        """Add the lines of one record."""
        origin = (event.time_ms, event.function_name, event.environment_id, event.request_id)
        for line in display_lines(text):
            self._rows.append(LogRow(*origin, line.text, kind, line.spans))
            self._lower.append(line.text.lower())
        if len(self._rows) > self.capacity:
            self._trim()

    def clear(self) -> None:
        """Forget all lines; numbering continues."""
        self.first = self.end
        self._rows.clear()
        self._lower.clear()

    def _trim(self) -> None:
        # A tenth at a time: each deletion at the front moves all the other lines.
        surplus = len(self._rows) - self.capacity + self.capacity // 10
        del self._rows[:surplus]
        del self._lower[:surplus]
        self.first += surplus


class LogFilter(NamedTuple):
    """Which lines to show: those that meet all conditions that are not "". `text` matches anywhere, ignoring case."""

    text: str = ""
    function_name: str = ""
    request_id: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether it lets every line through."""
        return self == LogFilter()


_GONE = LogRow(0.0, "", "", "", "", LineKind.PLATFORM, ())


class LogView:
    """The numbers of the ring's lines that pass a filter; `advance` brings it up to date by looking only at new lines."""

    def __init__(self, ring: LogRing) -> None:
        self._ring = ring
        self._filter = LogFilter()
        self._scanned = ring.first
        self._numbers: list[int] = []

    @property
    def filter(self) -> LogFilter:
        """The current filter, its text in lower case."""
        return self._filter

    def set_filter(self, new: LogFilter) -> None:
        """Change the filter; scans the whole ring once."""
        self._filter = new._replace(text=new.text.lower())
        self._numbers = []
        self._scanned = self._ring.first
        self.advance()

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, position: int) -> int:
        """Return the absolute number of the line at a position of the view."""
        return self._numbers[position]

    def row(self, position: int) -> LogRow:
        """Return the line at a position of the view; an empty one if the ring has dropped it since the last `advance`."""
        number = self._numbers[position]
        # The ring may be trimmed before the view follows, and Qt may paint in between.
        return self._ring.row(number) if number >= self._ring.first else _GONE

    def advance(self) -> tuple[int, int]:
        """Follow the ring's changes since the last call; return (lines dropped at the front, lines added at the end)."""
        dropped, fresh = self.gone(), self.fresh()
        self.drop(dropped)
        self.extend(fresh)
        return dropped, len(fresh)

    def gone(self) -> int:
        """Return how many lines at the front the ring has dropped."""
        return bisect_left(self._numbers, self._ring.first)

    def drop(self, count: int) -> None:
        """Forget the first `count` lines."""
        del self._numbers[:count]

    def fresh(self) -> list[int]:
        """Return the numbers of new lines that pass the filter, to be handed to `extend`. Each is returned only once."""
        start, self._scanned = max(self._scanned, self._ring.first), self._ring.end
        numbers = range(start, self._scanned)
        return list(numbers) if self._filter.is_empty else self._matching(numbers)

    def extend(self, numbers: list[int]) -> None:
        """Append the numbers that `fresh` returned."""
        self._numbers.extend(numbers)

    def _matching(self, numbers: range) -> list[int]:
        ring, wanted = self._ring, self._filter
        if not wanted.function_name and not wanted.request_id:
            return [number for number in numbers if wanted.text in ring.lower_text(number)]
        return [number for number in numbers if self._passes(ring.row(number), ring.lower_text(number))]

    def _passes(self, row: LogRow, lower: str) -> bool:
        wanted = self._filter
        return (
            wanted.text in lower
            and wanted.function_name in ("", row.function_name)
            and wanted.request_id in ("", row.request_id)
        )


def line_kind(event: StreamEvent, text: str) -> LineKind:
    """Return the kind of a line that an event wrote."""
    if event.type not in LOG_TYPES:
        return LineKind.NOTICE if event.type.startswith("sandbox.") else platform_kind(text)
    kind = function_kind(text)
    return LineKind.EXTENSION if event.type == "extension" and kind is LineKind.FUNCTION else kind


def platform_kind(text: str) -> LineKind:
    """Return the kind of a line that Lambda itself wrote: PLATFORM, or ERROR if it reports a failure."""
    failed = text.startswith("RequestId: ") or "\tStatus: " in text or " Task timed out after " in text
    return LineKind.ERROR if failed else LineKind.PLATFORM


def function_kind(text: str) -> LineKind:
    """Return the kind of a function's line, judged by the level that AWS's runtime clients and common loggers put first."""
    head = text[:_HEAD]
    if _MARKS.search(head) is None:
        return LineKind.FUNCTION
    return LineKind.ERROR if _ERROR_MARKS.search(head) else LineKind.WARNING


def text_kind(text: str) -> LineKind:
    """Return the kind of a line of which only the text is known."""
    return platform_kind(text) if text.startswith(_PLATFORM_HEADS) else function_kind(text)


_PLATFORM_HEADS = ("INIT_START", "INIT_REPORT ", "START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "RequestId: ",
                   "XRAY TraceId: ", "EXTENSION\t", "TELEMETRY\t")
_HEAD = 200
_ERRORS = (r'\[(?:ERROR|CRITICAL)\]|\t(?:ERROR|FATAL)\t|"level":(?: ?"(?:ERROR|CRITICAL)"|"FATAL")'
           r"|Traceback \(most recent call last\)")
_WARNINGS = r'\[WARN(?:ING)?\]|\tWARN\t|"level": ?"WARN|LAMBDA_WARNING:'
_ERROR_MARKS, _MARKS = re.compile(_ERRORS), re.compile(f"{_ERRORS}|{_WARNINGS}")
"""Most lines carry no mark, so a single search for any mark settles them."""


def append_event(ring: LogRing, event: StreamEvent, platform_text: Sequence[str]) -> bool:
    """Append an event to the ring: a log record as it is, any other event as `platform_text`. Returns whether there was any."""
    if event.type in LOG_TYPES:
        text = record_text(event.record)
        ring.append(event, text, line_kind(event, text))
        return True
    for text in platform_text:
        ring.append(event, text, line_kind(event, text))
    return bool(platform_text)

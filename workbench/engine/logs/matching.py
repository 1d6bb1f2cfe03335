"""Which entries of a part of the journal meet a filter. Most rows are ruled out by their bytes, before they are decoded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from workbench.engine.journal.entries import is_said
from workbench.engine.journal.rows import LINES, Row, kind_of
from workbench.model.events import StreamEvent
from workbench.model.log_entries import LEVELS, LogEntry, entry_of, fatal_message
from workbench.model.log_queries import LogFilter

_PLATFORM_WORDS = (
    "init_start runtime version arn init_report init duration ms phase restore_start restore_report restore start requestid end "
    "report billed memory size mb max used status error type xray traceid segmentid sampled true extension name state events "
    "telemetry logs types task timed out after seconds latest time record")
"""What the lines of the platform have besides what stands in their events."""
_WORD = re.compile(r"[a-z_]{2,}")
_ERROR_MARKS = (b"error", b"critical", b"fatal", b"traceback", b"timeout", b"failure")
_MARKS = {"fatal": _ERROR_MARKS, "error": _ERROR_MARKS, "warn": (*_ERROR_MARKS, b"warn")}
"""Of these, every line and every report of a level has one, see model/log_entries."""
_PIECE = re.compile(r"[a-z0-9]+")

_decode = msgspec.json.Decoder(list[StreamEvent]).decode
Matches = Callable[[LogEntry], bool]


class Matcher:
    """Finds the entries that meet a filter. Raises re.error for an expression that is none."""

    def __init__(self, wanted: LogFilter) -> None:
        self._wanted = wanted
        self._origin = _pieces(wanted.function_name, wanted.request_id, wanted.environment_id)
        self._needles = _needles(wanted)
        self._words = [word.encode() for word in _WORD.findall("" if wanted.is_regex else wanted.text.lower())
                       if word not in _PLATFORM_WORDS]
        self._marks = _MARKS.get(wanted.level, ())
        self._conditions = list(_conditions(wanted))
        self._messages: dict[str, str] = {}

    def may_have(self, data: bytes) -> bool:
        """Whether a part of the journal may have such entries, by its bytes: most parts need not be taken apart."""
        lower = data.lower()
        if not all(piece in lower for piece in self._origin):
            return False
        if all(needle in lower for needle in self._needles):
            return not self._marks or any(mark in lower for mark in self._marks)
        return not self._wanted.fields and all(word in lower for word in self._words)

    def matching(self, rows: Sequence[Row]) -> Iterator[LogEntry]:
        """Yield the entries of rows that meet the filter, in order."""
        for row in rows:
            if kind_of(row[3]) == b"sandbox.payload" and b'"isFatal":true' in row[3]:
                self._messages[row[1]] = fatal_message(_decode(b"[%b]" % row[3])[0])
            if self._may_match(row[3]):
                yield from filter(self._meets, self._entries(row))

    def _entries(self, row: Row) -> Iterator[LogEntry]:
        for event in _decode(b"[%b]" % row[3]):
            entry = entry_of(event, self._messages.get(row[1], ""))
            if entry is not None:
                yield entry

    def _meets(self, entry: LogEntry) -> bool:
        return all(condition(entry) for condition in self._conditions)

    def _may_match(self, encoded: bytes) -> bool:
        kind = kind_of(encoded)
        if kind in LINES:
            lower = encoded.lower() if self._needles or self._marks or self._origin else b""
            if not all(piece in lower for piece in self._origin):
                return False
            is_serious = not self._marks or any(mark in lower for mark in self._marks)
            return is_serious and all(needle in lower for needle in self._needles)
        if not is_said(encoded) or self._wanted.fields:
            return False
        has_failed = kind == b"platform.report" and b'"status":"success"' not in encoded
        if self._wanted.level and not has_failed and b'"status":"success"' in encoded:
            return False
        lower = encoded.lower() if self._words or self._origin else b""
        is_of = all(piece in lower for piece in self._origin)
        return is_of and (has_failed or all(word in lower for word in self._words))


def _needles(wanted: LogFilter) -> list[bytes]:
    """Return what the JSON of every line that meets a filter has in lower case. Only ASCII has simple cases."""
    text = "" if wanted.is_regex else wanted.text
    return _pieces(text, *(path.rpartition(".")[2] for path, _ in wanted.fields), *(value for _, value in wanted.fields))


def _pieces(*parts: str) -> list[bytes]:
    return [piece.encode() for part in parts if part.isascii() for piece in _PIECE.findall(part.lower())]


def _conditions(wanted: LogFilter) -> Iterator[Matches]:
    if wanted.since or wanted.until:
        last = wanted.until or 2**62
        yield lambda entry: wanted.since < entry.seq <= last
    if wanted.function_name:
        yield lambda entry: entry.function_name == wanted.function_name
    if wanted.request_id:
        yield lambda entry: entry.request_id.startswith(wanted.request_id)
    if wanted.environment_id:
        yield lambda entry: entry.environment_id.startswith(wanted.environment_id)
    if wanted.level:
        levels = frozenset(LEVELS[LEVELS.index(wanted.level):]) if wanted.level in LEVELS else frozenset({wanted.level})
        yield lambda entry: entry.level in levels
    if wanted.text:
        yield _text_condition(wanted)
    for path, value in wanted.fields:
        yield _field_condition(path, value)


def _text_condition(wanted: LogFilter) -> Matches:
    if wanted.is_regex:
        search = re.compile(wanted.text, re.IGNORECASE).search
        return lambda entry: search(entry.text) is not None
    folded = wanted.text.casefold()
    return lambda entry: folded in entry.text.casefold()


def _field_condition(path: str, value: str) -> Matches:
    keys = path.split(".")

    def meets(entry: LogEntry) -> bool:
        found = json_object(entry.text)
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found is not None and _spelled(found).casefold() == value.casefold()

    return meets


def json_object(text: str) -> Any:
    """Return the JSON object that a line is, or that follows what a runtime puts before it; None if there is none."""
    begin = text.find("{")
    if begin < 0 or begin > _MOST_BEFORE:
        return None
    try:
        return msgspec.json.decode(text[begin:])
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return None


_MOST_BEFORE = 100
"""A runtime's time, request ID and level take less."""


def _spelled(value: object) -> str:
    """Return a value as people write it: text without quotation marks, everything else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()

"""Which entries of a part of the journal meet a filter. Most rows are ruled out by their bytes, before they are decoded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from workbench.engine.journal.entries import is_said
from workbench.engine.journal.folding import folded, folded_rows
from workbench.engine.journal.rows import LINES, Row, kind_of
from workbench.engine.logs.required import Required
from workbench.model.events import Record, StreamEvent
from workbench.model.json_text import decoded
from workbench.model.line_levels import LEVELS
from workbench.model.log_entries import LogEntry, entry_of, fatal_message, record_text
from workbench.model.log_queries import LogFilter

_decode = msgspec.json.Decoder(list[StreamEvent]).decode
Matches = Callable[[LogEntry], object]
"""What it returns is true if an entry meets a condition."""


class _Line(msgspec.Struct):
    record: Record = ""


_decode_lines = msgspec.json.Decoder(list[_Line]).decode


class Matcher:
    """Finds the entries that meet a filter. Raises re.error for an expression that is none."""

    def __init__(self, wanted: LogFilter) -> None:
        self._wanted = wanted
        self._required = Required(wanted)
        # With a level, only lines of that level are looked at, as an expression may take long.
        self._says = _text_test(wanted) if wanted.text and not wanted.level else None
        self._is_common = False
        self._conditions = list(_conditions(wanted))
        self._messages: dict[str, str] = {}

    def may_have(self, rows: Sequence[Row]) -> bool:
        """Whether rows may have such entries, by their bytes: most need not be taken apart."""
        if self._required.is_nothing:
            return True
        has = folded_rows(rows).__contains__
        return self._required.in_lines(has) or self._required.in_platform(has)

    def matching(self, rows: Sequence[Row], sound: Callable[[Row], Row]) -> Iterator[LogEntry]:
        """Yield the entries of rows that meet the filter, in order.

        `sound` returns a row, or what stands for one that no engine has written. Checking it takes as long as most rows take
        otherwise, so only those that seem to meet the filter are checked.
        """
        for row in rows:
            if kind_of(row[3]) == b"sandbox.payload" and b'"isFatal":true' in row[3]:
                self._messages[row[1]] = fatal_message(_decode(b"[%b]" % sound(row)[3])[0])
            if self._may_match(row[3]):
                found = list(filter(self._meets, self._entries(sound(row))))
                self._is_common = bool(found)
                yield from found

    def _entries(self, row: Row) -> Iterator[LogEntry]:
        for event in _decode(b"[%b]" % row[3]):
            entry = entry_of(event, self._messages.get(row[1], ""))
            if entry is not None:
                yield entry

    def _meets(self, entry: LogEntry) -> bool:
        return all(condition(entry) for condition in self._conditions)

    def _may_match(self, encoded: bytes) -> bool:
        kind = kind_of(encoded)
        if kind not in LINES and not is_said(encoded, kind):
            return False
        has = (b"" if self._required.is_nothing else folded(encoded)).__contains__
        if kind in LINES:
            return self._required.in_lines(has) and self._have_text(encoded)
        is_success = b'"status":"success"' in encoded
        if is_success and self._wanted.level in LEVELS:
            return False
        return self._required.in_platform(has, has_failed=kind == b"platform.report" and not is_success)

    def _have_text(self, lines: bytes) -> bool:
        """Whether one of some lines has the text. Texts alone take a third of making entries."""
        if self._says is None or self._is_common:
            return True
        try:
            return any(map(self._says, [record_text(line.record) for line in _decode_lines(b"[%b]" % lines)]))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return True  # no engine has written them: whoever looks closer finds out


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
        says = _text_test(wanted)
        yield lambda entry: says(entry.text)
    for path, value in wanted.fields:
        yield _field_condition(path, value)


def _text_test(wanted: LogFilter) -> Callable[[str], object]:
    if wanted.is_regex:
        return re.compile(wanted.text, re.IGNORECASE).search
    sought = wanted.text.casefold()
    return lambda text: sought in text.casefold()


def _field_condition(path: str, value: str) -> Matches:
    keys = path.split(".")

    def meets(entry: LogEntry) -> bool:
        return any(_spelled(found).casefold() == value.casefold() for found in _values_at(json_object(entry.text), keys))

    return meets


def _values_at(value: Any, keys: Sequence[str]) -> Iterator[Any]:
    """Yield what an object has under keys one in the other. One may have dots itself (`log.level`), and in a list it is a place.
    """
    if not keys:
        yield value
    elif isinstance(value, list) and keys[0].isdecimal() and len(keys[0]) <= _MOST_DIGITS:
        yield from (found for each in value[int(keys[0]):][:1] for found in _values_at(each, keys[1:]))
    elif isinstance(value, dict):
        for count in range(1, len(keys) + 1):
            if (key := ".".join(keys[:count])) in value:
                yield from _values_at(value[key], keys[count:])


_MOST_DIGITS = 9


def json_object(text: str) -> Any:
    """Return the JSON object that a line is, or that follows what a runtime puts before it; None if there is none."""
    begin = text.find("{")
    if begin < 0 or begin > _MOST_BEFORE:
        return None
    try:
        return decoded(text[begin:].encode())
    except (ValueError, RecursionError):
        return None


_MOST_BEFORE = 100
"""A runtime's time, request ID and level take less."""


def _spelled(value: object) -> str:
    """Return a value as people write it: text without quotation marks, everything else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:  # half a character
        return json.dumps(value, separators=(",", ":"))

"""What people may look for in a block: the texts of its log, of events and of results, each as its bytes are compared."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from workbench.engine.journal.entries import is_said
from workbench.engine.journal.rows import LINES, PAYLOAD, Row, first_of, kind_of

PLACES = ("log", "event", "result")
"""Where a text is looked for, each on its own."""

_RECORD = b'"record":'
_IS_FATAL = b'"isFatal":true'
"""So the answer is marked that has Lambda's words on a failure; they stand in the log with the report."""


class _Line(msgspec.Struct):
    record: str = ""


class _AnyLine(msgspec.Struct):
    record: msgspec.Raw = msgspec.Raw(b'""')


class _Payload(msgspec.Struct, frozen=True):
    kind: str = ""
    text: str = ""


class _PayloadEvent(msgspec.Struct):
    record: _Payload = _Payload()


_decode_payload = msgspec.json.Decoder(_PayloadEvent).decode
_decode_lines = msgspec.json.Decoder(list[_Line]).decode
_decode_any_lines = msgspec.json.Decoder(list[_AnyLine]).decode
_ODD = msgspec.MsgspecError, UnicodeDecodeError, UnicodeEncodeError, RecursionError, KeyError
"""What is raised for rows that no engine has written."""


class BlockTexts:
    """The texts of a block. `of` has those of each of the PLACES; that of the log has the origin of entries, too."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.of: dict[str, list[bytes]] = {place: [] for place in PLACES}
        self.lines: list[str] = []
        """Log lines alone, in order."""
        self.are_lines_whole = True
        """Whether no lines are left out because no engine could have written them."""
        self.words: list[str] = []
        """Log lines, events and results in order. What no engine could have written is left out."""
        self.entries = 0
        """How many entries of the log there are, as `entries` counts them."""
        self._types: set[bytes] = set()
        self._origins: set[bytes] = set()
        for row in rows:
            self._take(row)
        self.of["log"] += self._types.union(*(origin.split(b",") for origin in self._origins))

    def _take(self, row: Row) -> None:
        encoded = row[3]
        kind = kind_of(encoded)
        if kind in LINES:
            self.entries += row[0] - first_of(row) + 1
            self._take_lines(encoded)
            self._take_origin(encoded[:max(encoded.find(_RECORD), 0)])
        elif kind == PAYLOAD:
            self._take_payload(encoded)
        elif is_said(encoded, kind):
            self.entries += 1
            begin = max(encoded.find(_RECORD), 0)
            self.of["log"].append(encoded[begin:])
            self._take_origin(encoded[:begin])

    def _take_lines(self, encoded: bytes) -> None:
        try:
            lines = _lines_of(b"[%b]" % encoded)
            self.of["log"] += [line.encode() for line in lines]
        except _ODD:
            self.of["log"].append(encoded)
            self.are_lines_whole = False
            return
        self.lines += lines
        self.words += lines

    def _take_payload(self, encoded: bytes) -> None:
        if encoded.find(_IS_FATAL) >= 0:  # `in` makes an exception first, as bytes might be looked for by number
            self.of["log"].append(encoded)
        try:
            payload = _decode_payload(encoded).record
            self.of[payload.kind].append(payload.text.encode())
        except _ODD:
            for place in PLACES[1:]:
                self.of[place].append(encoded)
            return
        self.words.append(payload.text)

    def _take_origin(self, head: bytes) -> None:
        """Take the type of a row's first event, and its function, environment and request, which many have in common."""
        parts = head.split(b",", 3)
        self._types.update(parts[2:3])
        self._origins.update(parts[3:])


def _lines_of(events: bytes) -> list[str]:
    """Return the texts of log records, of which an object is one on one line."""
    try:
        return [line.record for line in _decode_lines(events)]
    except msgspec.ValidationError:
        records = [bytes(line.record) for line in _decode_any_lines(events)]
        return [msgspec.json.decode(record, type=str) if record.startswith(b'"') else record.decode() for record in records]

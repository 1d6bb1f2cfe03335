"""Finds the latest log lines with a text, and the invocations that wrote, got or answered it, a stretch of the journal at a time.

A journal may have 10,000 blocks. Their signatures tell of most that they do not have what is rare; one that has to be looked
through takes some ms, and what is appended waits for as long as one stretch takes.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from typing import Any, Generic, TypeVar

import msgspec

from workbench.engine.journal.block_texts import PLACES
from workbench.engine.journal.contents import Contents
from workbench.engine.journal.folding import folded, pieces_of
from workbench.engine.journal.index import InvocationIndex
from workbench.engine.journal.rows import NEWEST, PAYLOAD, Row, is_lines, kind_of
from workbench.model.events import StreamEvent
from workbench.model.past_invocations import PastInvocation, PastInvocationFilter, Place

STRETCH_S = 0.05
"""After this long a stretch ends, with the part of the journal that it was at."""
_MOST_AT_ONCE = 200
"""How many invocations are looked up with one statement."""

T = TypeVar("T")

_decode = msgspec.json.Decoder(list[StreamEvent]).decode


class Stretch(msgspec.Struct, Generic[T], frozen=True):
    """What was found, the latest first. All events from `next` on were looked at; None: all there are."""

    found: list[T]
    next: int | None = None


class Search:
    """One search. It goes on where the stretch before ended, so that no invocation is found twice. For the journal's thread."""

    def __init__(self, text: str, before: int = NEWEST, place: Place = "log", among: Collection[int] | None = None) -> None:
        """`text` is found in any case, at the beginning of a word or where there is none. Only lines below `before` count.

        `place`: with another than the log, events and results of invocations count as lines. `among`: only these blocks are
        looked at, and what is in none yet.
        """
        self._text = text
        self._place = place
        self._among = among
        self._places = PLACES if place == "any" else (place,)
        self._folded, self._pieces = text.casefold(), pieces_of(text)
        self._before = self._next = before
        self._seen: set[int] = set()

    def lines(self, contents: Contents, function_name: str, limit: int) -> Stretch[StreamEvent]:
        """Return at most `limit` lines, of a function or of all ("")."""
        found: list[StreamEvent] = []
        for begin, rows in self._parts(contents):
            found += [line for line in self._lines(contents, rows)
                      if line.seq < self._next and function_name in ("", line.function_name)]
            if len(found) >= limit:
                return self._stretch(found[:limit], found[limit - 1].seq)
            if self._is_over(begin):
                return self._stretch(found, begin)
        return Stretch(found)

    def invocations(
        self, contents: Contents, index: InvocationIndex, wanted: PastInvocationFilter, limit: int
    ) -> Stretch[PastInvocation]:
        """Return at most `limit` invocations in the order of their last such lines."""
        found: list[PastInvocation] = []
        for begin, rows in self._parts(contents):
            for line, invocation in self._invocations(contents, index, wanted, rows):
                found.append(invocation)
                if len(found) == limit:
                    return self._stretch(found, line.seq)
            if self._is_over(begin):
                return self._stretch(found, begin)
        return Stretch(found)

    def _parts(self, contents: Contents) -> Iterator[tuple[int, list[Row]]]:
        self._until_s = time.monotonic() + STRETCH_S
        return contents.parts_with(self._text, self._next, self._places, self._among)

    def _is_over(self, begin: int) -> bool:
        return time.monotonic() > self._until_s and begin > 0

    def _stretch(self, found: list[T], begin: int) -> Stretch[T]:
        self._next = begin
        return Stretch(found, begin)

    def _invocations(
        self, contents: Contents, index: InvocationIndex, wanted: PastInvocationFilter, rows: list[Row]
    ) -> Iterator[tuple[StreamEvent, PastInvocation]]:
        latest: dict[int, StreamEvent] = {}
        begun = _Begun(contents, rows)
        for line in self._lines(contents, rows):
            if line.seq < self._next and line.request_id:
                latest.setdefault(begun.before(line), line)
        firsts = [first for first in latest if first not in self._seen]
        for start in range(0, len(firsts), _MOST_AT_ONCE):
            known = index.past.among(firsts[start:start + _MOST_AT_ONCE], wanted)
            for first in firsts[start:start + _MOST_AT_ONCE]:
                # Seen only now: what does not fit into this stretch comes with the next one.
                self._seen.add(first)
                if first in known and not self._is_of_an_earlier_page(contents, latest[first].request_id, first):
                    yield latest[first], known[first]

    def _is_of_an_earlier_page(self, contents: Contents, request_id: str, first: int) -> bool:
        """Whether an invocation has such lines that are not below the first number of this search."""
        if not contents.may_have_since(self._before, request_id):
            return False
        rows = contents.of_request(request_id)
        begun = _Begun(contents, rows)
        return any(line.seq >= self._before and begun.before(line) == first for line in self._lines(contents, rows))

    def _lines(self, contents: Contents, rows: list[Row]) -> Iterator[StreamEvent]:
        """Yield the lines with the text, the latest first."""
        for row in reversed(rows):
            if self._may_have(row[3]) and contents.is_sound(row):
                lines = reversed(_decode(b"[" + row[3] + b"]"))
                yield from (line for line in lines if self._folded in self._text_of(line).casefold())

    def _may_have(self, encoded: bytes) -> bool:
        is_there = (self._place in ("log", "any") and is_lines(encoded)) or (self._place != "log" and kind_of(encoded) == PAYLOAD)
        return is_there and all(map(folded(encoded).__contains__, self._pieces))

    def _text_of(self, line: StreamEvent) -> str:
        if line.type != PAYLOAD.decode():
            return text_of(line)
        return payload_text(line.fields(), self._place)


def payload_text(record: dict[str, Any], place: Place) -> str:
    """Return the text of an event or a result, "" for the one that is not asked for."""
    return str(record.get("text", "")) if place == "any" or record.get("kind") == place else ""


def text_of(line: StreamEvent) -> str:
    """Return a log line; one that the runtime reported as JSON, as its text."""
    return line.record if isinstance(line.record, str) else msgspec.json.encode(line.record).decode()


class _Begun:
    """Where invocations began, by their events in a part of the journal or else in all of it."""

    def __init__(self, contents: Contents, rows: list[Row]) -> None:
        self._contents = contents
        self._here = _begun(rows)
        self._elsewhere: dict[str, list[int]] = {}

    def before(self, line: StreamEvent) -> int:
        """Return the number of the first event of the invocation that logged a line; 0 if it is not known.

        A request that is tried again keeps its ID, and each attempt is an invocation.
        """
        return _last_below(line.seq, self._here.get(line.request_id, [])) or _last_below(line.seq, self._all(line.request_id))

    def _all(self, request_id: str) -> list[int]:
        if request_id not in self._elsewhere:
            self._elsewhere[request_id] = _begun(self._contents.of_request(request_id)).get(request_id, [])
        return self._elsewhere[request_id]


def _begun(rows: list[Row]) -> dict[str, list[int]]:
    begun: dict[str, list[int]] = {}
    for row in rows:
        if kind_of(row[3]) == b"sandbox.assigned":
            begun.setdefault(row[1], []).append(row[0])
    return begun


def _last_below(seq: int, numbers: list[int]) -> int:
    return max((number for number in numbers if number < seq), default=0)

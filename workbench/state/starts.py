"""Which of a timeline's spans belong to which invocation, from the first thing that it waited for on."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from enum import IntEnum

import msgspec
import numpy as np
from numpy.typing import NDArray

from workbench.state.span_kinds import SpanKind
from workbench.state.spans import NO_REQUEST, SpanTable
from workbench.state.timeline import Timeline

CAPACITY = 50_000
"""The number of invocations that are told apart; when it is reached, the oldest tenth is dropped."""
AT_ONCE = 4_096
"""Spans are taken in by that many, which takes some 5 ms."""
_NEWEST_COLD = 64
"""A start that is still going on is noted again at times; it is among the newest ones then."""
NONE = -1
"""The number of no invocation: an extension's spans have it."""


class Begin(IntEnum):
    """How an invocation began. `AHEAD` is an environment's start that no invocation waited for, `AGAIN` a warm one whose
    environment had to be initialized again.
    """

    WARM = 0
    COLD = 1
    RESTORED = 2
    AHEAD = 3
    AGAIN = 4


class _Present(msgspec.Struct):
    """The newest invocation of an environment. `has_rested`: nothing has worked since."""

    number: int
    request_id: str
    begin: Begin
    has_rested: bool = False


class Starts:
    """Follows a timeline whenever `pull` is called. Only spans that are new are looked at.

    `table` has a line for each invocation: when its first span began, when it was over (NaN before), how it began, its row in
    the timeline, and its request ID. Its numbers are in the order in which invocations began.
    """

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.table = SpanTable(CAPACITY)
        self._of: NDArray[np.int32] = np.empty(0, dtype=np.int32)
        self._first = self._oldest = 0
        self.seen = 0
        """How many spans of the timeline were taken in, those that it has dropped meanwhile included."""
        self._present: dict[int, _Present] = {}
        self._cold: dict[str, list[int]] = {}

    def pull(self) -> bool:
        """Take in the spans since the last time; return whether there are more, for the next frame."""
        spans = self.timeline.spans
        self._drop(spans.first)
        begin = self.seen - spans.first
        new = slice(begin, min(begin + AT_ONCE, len(spans)))
        columns = (spans.start_ms[new].tolist(), spans.kind[new].tolist(), spans.row[new].tolist(),
                   spans.request_ids(spans.request[new]))
        numbers = [self._take(*span) for span in zip(*columns, strict=True)]
        self._of = np.concatenate([self._of, np.array(numbers, dtype=np.int32)])
        self.seen += len(numbers)
        return self.seen < spans.first + len(spans)

    def _drop(self, first: int) -> None:
        """Forget the spans before a number, which the timeline has dropped."""
        if first > self._first:
            self._of = self._of[first - self._first:]
            self._oldest = int(self._of.min(where=self._of >= 0, initial=self.last))
            self._first = first
            self.seen = max(self.seen, first)
            self._present = {row: each for row, each in self._present.items() if row in self.timeline.rows}

    def _take(self, start_ms: float, kind: int, row: int, request_id: str) -> int:
        """Return the number of the invocation that a span belongs to; a rest belongs to the one before it."""
        present = self._present.get(row)
        if present is not None and not self.table.holds(present.number):
            present = None
        if kind >= SpanKind.IDLE:
            if present is None:
                return NONE
            present.has_rested = True
            self.table.close(present.number, start_ms)
            return present.number
        if present is not None and not self._is_another(present, request_id):
            self._go_on(present, SpanKind(kind), request_id)
            return present.number
        if self.timeline.rows[row].extension:
            return NONE
        begin = self._begin(SpanKind(kind), request_id)
        number = self.table.append(start_ms, np.nan, begin, row, request_id)
        if self.table.is_full:
            self.table.trim()
            self._cold = {name: [each for each in known if self.table.holds(each)] for name, known in self._cold.items()}
        self._present[row] = _Present(number, request_id, begin)
        self._note_cold(number, begin)
        return number

    def _note_cold(self, number: int, begin: Begin) -> None:
        if begin in (Begin.COLD, Begin.RESTORED):
            known = self._cold.setdefault(self.function_of(number), [])
            if number not in known[-_NEWEST_COLD:]:
                insort(known, number)

    def _is_another(self, present: _Present, request_id: str) -> bool:
        if not present.request_id:  # an environment's start, or a thaw; an invocation that is warm did not wait for the former
            return bool(request_id) and present.begin is Begin.AHEAD and request_id not in self.timeline.cold
        return request_id != present.request_id if request_id else present.has_rested

    def _begin(self, kind: SpanKind, request_id: str) -> Begin:
        if kind is SpanKind.RESTORE:
            return Begin.RESTORED
        if request_id in self.timeline.cold:
            return Begin.COLD
        if kind in (SpanKind.THAW, SpanKind.INVOKE, SpanKind.OVERHEAD, SpanKind.FAILED, SpanKind.TIMED_OUT, SpanKind.CANCELED):
            return Begin.WARM
        return Begin.AGAIN if request_id else Begin.AHEAD

    def _go_on(self, present: _Present, kind: SpanKind, request_id: str) -> None:
        begin = Begin.RESTORED if kind is SpanKind.RESTORE else present.begin
        if request_id and not present.request_id:
            present.request_id = request_id
            self.table.name(present.number, request_id)
            begin = Begin.COLD if begin is Begin.AHEAD else begin
        if begin is not present.begin or present.has_rested:
            present.begin, present.has_rested = begin, False
            self.table.reopen(present.number, begin)
            self._note_cold(present.number, begin)

    @property
    def last(self) -> int:
        """The number that the next invocation has."""
        return self.table.first + len(self.table)

    def of(self, indices: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the numbers of the invocations that spans belong to, by their indices in the timeline's table.

        Spans that were not taken in yet have `NONE`.
        """
        places = indices + (self.timeline.spans.first - self._first)  # some may have been dropped since the last time
        found = np.full(places.size, NONE, dtype=np.int32)
        known = places < self._of.size
        found[known] = self._of[places[known]]
        return found

    def spans_of(self, first: int, last: int) -> NDArray[np.int64]:
        """Return the indices of all work of the invocations with the numbers from `first` to `last`."""
        indices = np.flatnonzero((self._of >= first) & (self._of <= last)) - (self.timeline.spans.first - self._first)
        indices = indices[indices >= 0]
        return indices[self.timeline.spans.kind[indices] < SpanKind.IDLE]

    def place(self, number: int) -> int:
        """Return where an invocation's line is in the table; negative once it was dropped."""
        return number - self.table.first

    def request_of(self, number: int) -> str:
        """Return the request ID of an invocation, "" for a start that none waited for."""
        return self.table.request_id(self.place(number)) if self.table.holds(number) else NO_REQUEST

    def number_of(self, request_id: str) -> int:
        """Return the number of the invocation with that request ID, `NONE` if it is not known."""
        found = self.table.of_request(request_id) if request_id else np.empty(0)
        return self.table.first + int(found[-1]) if found.size else NONE

    def newest(self, most: int, taken: NDArray[np.int64] | None = None) -> list[int]:
        """Return the numbers of the newest invocations that have work among the spans with these indices, None for all."""
        first, last = max(self._oldest, self.table.first), self.last
        if taken is None:
            return list(range(max(first, last - most), last))
        numbers = np.unique(self.of(taken[self.timeline.spans.kind[taken] < SpanKind.IDLE]))
        found: list[int] = numbers[numbers >= first][-most:].tolist()
        return found

    def zero_ms(self, numbers: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return when the first spans of invocations began, 0 for `NONE` and those that were dropped."""
        places = numbers - self.table.first
        known = places >= 0
        return np.where(known, self.table.start_ms[np.where(known, places, 0)], 0.0) if len(self.table) else np.zeros(places.size)

    def held(self, numbers: list[int]) -> list[int]:
        """Return those of some invocations whose rows the timeline still has."""
        rows = self.table.row[np.array(numbers, dtype=np.int64) - self.table.first]
        gone = [row for row in np.unique(rows).tolist() if row not in self.timeline.rows]
        return [number for number, row in zip(numbers, rows.tolist(), strict=True) if row not in gone] if gone else numbers

    def row_of(self, number: int) -> int:
        """Return the row of the timeline in which an invocation ran."""
        return int(self.table.row[self.place(number)])

    def begin_of(self, number: int) -> Begin:
        """Return how an invocation began."""
        return Begin(self.table.kind_of(number))

    def start_ms(self, number: int) -> float:
        """Return when its first span began."""
        return self.table.start_of(number)

    def end_ms(self, number: int) -> float:
        """Return when it was over, NaN before."""
        return float(self.table.end_ms[self.place(number)])

    def function_of(self, number: int) -> str:
        """Return whose invocation it is, "" if the timeline has dropped it."""
        rows, row = self.timeline.rows, self.row_of(number)
        return rows[row].function_name if row in rows else ""

    def is_warm(self, number: int) -> bool:
        """Whether an invocation found an environment that was ready."""
        return self.table.holds(number) and self.begin_of(number) is Begin.WARM

    def cold_before(self, number: int, function_name: str) -> int:
        """Return the last cold start of a function before a number, `NONE` if there is none that is over."""
        found = self._cold.get(function_name, [])
        earlier = (each for each in reversed(found[:bisect_left(found, number)]) if self.place(each) >= 0)
        return next((each for each in earlier if not math.isnan(self.end_ms(each))), NONE)

    def lasted_ms(self, number: int) -> float:
        """Return how long an invocation took that is over, from its first span on."""
        return self.end_ms(number) - self.start_ms(number)

"""Environments as rows and what happened in them as spans, in numpy columns ready to be drawn."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.model.events import StreamEvent
from workbench.model.failures import CANCELED_ENDINGS
from workbench.state.rows import Row, Rows
from workbench.state.span_kinds import FAILURES, SpanKind
from workbench.state.spans import NO_REQUEST, SpanTable
from workbench.state.timeline_folds import FOLDS

CAPACITY = 200_000
"""The number of spans kept. Measured: drawing a part of a table of this size takes about 6 ms."""

_NEWEST = 4_096

Floats = NDArray[np.float64]


class Hit(NamedTuple):
    """A span found at a point, in epoch milliseconds; `is_open` if it is still growing, `place` its index in the table."""

    kind: SpanKind
    row: Row
    start_ms: float
    end_ms: float
    is_open: bool
    request_id: str
    place: int = 0


class Timeline:
    """Fold of lifecycle events into spans, at most `capacity`; when it is full, the oldest tenth is dropped.

    Times inside `spans` are milliseconds since `origin_ms` (epoch time of the first event), which keeps their precision.
    `cold`, `failed` and `canceled`: the request IDs of those that waited for an environment, failed, or were canceled.
    `again_ms`: the durations of those inside which INIT was repeated, which is part of them; 0 until they are reported. `reused`
    and `failing`: the IDs of environments that served warm invocations, and of those in which anything failed.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.spans = SpanTable(capacity)
        self.origin_ms: float | None = None
        self.rows = Rows()
        self.version = 0
        self.cold: set[str] = set()
        self.failed: set[str] = set()
        self.canceled: set[str] = set()
        self.again_ms: dict[str, float] = {}
        self.reused: set[str] = set()
        self.failing: set[str] = set()
        self._open: dict[str, int] = {}  # the numbers of spans, which stay valid when others are trimmed; indices would not
        self.runtime_done_ms: dict[str, float] = {}

    def apply(self, event: StreamEvent) -> bool:
        """Take in one event; return whether it changed what is to be drawn."""
        if event.type == "sandbox.assigned":
            self._note_start(event)
        elif event.type == "sandbox.payload":
            self._note_cancel(event)
        fold = FOLDS.get(event.type)
        if fold is None or not event.environment_id:
            return False
        if self.origin_ms is None:
            self.origin_ms = event.time_ms
        fold(self, event, event.fields())
        self.version += 1
        return True

    def _note_start(self, event: StreamEvent) -> None:
        if event.fields().get("start") == "cold":
            self.cold.add(event.request_id)
        elif event.environment_id not in self.reused:
            self.reused.add(event.environment_id)
            self.rows.version += 1

    def _note_cancel(self, event: StreamEvent) -> None:
        """A person canceled it, which its report tells as a failure."""
        record = event.fields()
        if record.get("functionError") and any(ending in record["text"] for ending in CANCELED_ENDINGS):
            self.canceled.add(event.request_id)

    def ends(self, now_ms: float) -> Floats:
        """Return the end of every span; open ones end at `now_ms` (epoch), but never before their start."""
        return self.ends_of(np.arange(len(self.spans)), now_ms)

    def ends_of(self, indices: NDArray[np.int64], now_ms: float) -> Floats:
        """Return the ends of some spans, by their indices in the table."""
        ends, starts = self.spans.end_ms[indices], self.spans.start_ms[indices]
        return np.where(np.isnan(ends), np.maximum(now_ms - (self.origin_ms or now_ms), starts), ends)

    def extent(self, now_ms: float) -> tuple[float, float]:
        """Return start and end of everything known, relative to the origin."""
        if not len(self.spans):
            return 0.0, 0.0
        ends = self.spans.end_ms[self.spans.kind < SpanKind.IDLE]
        closed = ends[~np.isnan(ends)]
        end_ms = float(closed.max()) if closed.size else 0.0
        busy = np.isnan(ends).any()
        return float(self.spans.start_ms.min()), max(end_ms, now_ms - (self.origin_ms or now_ms)) if busy else end_ms

    @property
    def is_working(self) -> bool:
        """Whether anything other than idling is going on now."""
        return any(self.spans.holds(number) and self.spans.kind_of(number) < SpanKind.IDLE for number in self._open.values())

    def newest_working_row(self) -> int | None:
        """Return the row of the newest span of work, looked for among the newest ones; None if there is none."""
        working = np.flatnonzero(self.spans.kind[-_NEWEST:] < SpanKind.IDLE)
        return int(self.spans.row[-_NEWEST:][working[-1]]) if working.size else None

    def newest_starts(self) -> Floats:
        """Return when work of the function that worked last began, in order, as far as the newest spans have it."""
        newest = self.newest_working_row()
        if newest is None:
            return np.empty(0)
        rows, function_name = self.spans.row[-_NEWEST:], self.rows[newest].function_name
        own = [row for row in np.unique(rows).tolist() if self.rows[row].function_name == function_name]
        return np.sort(self.spans.start_ms[-_NEWEST:][np.isin(rows, own) & (self.spans.kind[-_NEWEST:] < SpanKind.IDLE)])

    def hit(self, rows: Collection[int], at_ms: float, now_ms: float, slack_ms: float = 0.0) -> Hit | None:
        """Return the span of these rows at a time relative to the origin, else the nearest within `slack_ms`, else None."""
        starts, ends = self.spans.start_ms, self.ends(now_ms)
        distance = np.maximum(np.maximum(starts - at_ms, at_ms - ends), 0.0)
        near = np.flatnonzero(np.isin(self.spans.row, list(rows)) & (distance <= slack_ms))
        if not near.size:
            return None
        # Next to a long idle span, a person means the short work beside it, so idle spans rank as farther away.
        rank = distance[near] + np.where(self.spans.kind[near] >= SpanKind.IDLE, slack_ms + 1e-9, 0.0)
        return self._hit(int(near[np.lexsort((ends[near] - starts[near], rank))[0]]), now_ms)

    def spans_of_request(self, request_id: str) -> NDArray[np.int64]:
        """Return the indices of the spans that belong to one invocation."""
        return self.spans.of_request(request_id)

    def _hit(self, index: int, now_ms: float) -> Hit:
        spans, origin_ms = self.spans, self.origin_ms or 0.0
        end_ms = spans.end_ms[index]
        is_open = bool(np.isnan(end_ms))
        return Hit(
            SpanKind(int(spans.kind[index])), self.rows[int(spans.row[index])], origin_ms + float(spans.start_ms[index]),
            now_ms if is_open else origin_ms + float(end_ms), is_open, spans.request_id(index), index,
        )

    def begin(self, event: StreamEvent, kind: SpanKind, at_ms: float) -> None:
        """Close what is open in the environment and open a span that grows until the next one."""
        self.end(event, at_ms)
        row = self.rows.of(event)
        request_id = NO_REQUEST if kind.is_rest else event.request_id
        self._open[event.environment_id] = self._add(at_ms, np.nan, kind, row, request_id)

    def end(self, event: StreamEvent, at_ms: float, kind: SpanKind | None = None) -> None:
        """Close the open span of the environment, if any, as what it turned out to be."""
        number = self._open.pop(event.environment_id, None)
        if number is None or not self.spans.holds(number):
            return
        self.spans.close(number, at_ms - (self.origin_ms or 0.0), kind)
        if kind in FAILURES:
            self._note_failure(event)

    def add(self, event: StreamEvent, kind: SpanKind, start_ms: float, duration_ms: float) -> None:
        """Add a span that is already over."""
        self._add(start_ms, start_ms + duration_ms, kind, self.rows.of(event), event.request_id)

    def add_extension(self, event: StreamEvent, name: str, kind: SpanKind, duration_ms: float) -> None:
        """Add a phase of an extension's work that ends with the event."""
        self._add(event.time_ms - duration_ms, event.time_ms, kind, self.rows.of(event, name), event.request_id)
        if kind in FAILURES:
            self._note_failure(event)

    def _note_failure(self, event: StreamEvent) -> None:
        if event.environment_id not in self.failing:
            self.failing.add(event.environment_id)
            self.rows.version += 1
        if event.request_id:
            self.failed.add(event.request_id)

    def stop(self, event: StreamEvent) -> None:
        """Note that the environment is gone, and its extensions too."""
        self.rows.of(event)
        self.runtime_done_ms.pop(event.environment_id, None)
        self.rows.stop(event.environment_id)

    def is_open(self, event: StreamEvent, *kinds: SpanKind) -> bool:
        """Whether the environment's open span is of one of these kinds."""
        number = self._open.get(event.environment_id)
        return number is not None and self.spans.holds(number) and self.spans.kind_of(number) in kinds

    def open_since_ms(self, event: StreamEvent, kind: SpanKind) -> float | None:
        """Return when the environment's open span began (epoch ms); None if it is not of this kind."""
        if not self.is_open(event, kind):
            return None
        return (self.origin_ms or 0.0) + self.spans.start_of(self._open[event.environment_id])

    def _add(self, start_ms: float, end_ms: float, kind: SpanKind, row: int, request_id: str) -> int:
        origin_ms = self.origin_ms or 0.0
        number = self.spans.append(start_ms - origin_ms, end_ms - origin_ms, kind, row, request_id)
        if self.spans.is_full:
            self._forget(self.spans.trim())
        return number

    def _forget(self, dropped: set[str]) -> None:
        """Forget requests whose spans have been dropped, and rows without any, except the newest row."""
        self.cold -= dropped
        self.failed -= dropped
        self.canceled -= dropped
        self.again_ms = {request_id: each for request_id, each in self.again_ms.items() if request_id not in dropped}
        self.rows.keep([*np.unique(self.spans.row).tolist(), max(self.rows)])
        known = self.rows.environments().keys()
        self.reused &= known
        self.failing &= known

"""Environments as rows and what happened in them as spans, in numpy columns ready to be drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.model.events import StreamEvent
from workbench.state.span_kinds import SpanKind
from workbench.state.spans import NO_REQUEST, SpanTable
from workbench.state.startup import SHORTEST_WAIT_MS

CAPACITY = 200_000
"""The number of spans kept. Measured: drawing a part of a table of this size takes about 6 ms."""
SHORTEST_THAW_MS = 1.0
"""Shorter thaws are not drawn: most sandboxes take a few microseconds."""

Floats = NDArray[np.float64]


class Row(NamedTuple):
    """The row of an environment, or of one of its extensions (`extension` is its name, else ""), which follow right below."""

    environment_id: str
    function_name: str
    extension: str = ""


class Hit(NamedTuple):
    """A span found at a point, in epoch milliseconds; `is_open` if it is still growing."""

    kind: SpanKind
    row: Row
    start_ms: float
    end_ms: float
    is_open: bool
    request_id: str


class Timeline:
    """Fold of lifecycle events into spans, at most `capacity`; when it is full, the oldest tenth is dropped.

    Times inside `spans` are milliseconds since `origin_ms` (epoch time of the first event), which keeps their precision.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.spans = SpanTable(capacity)
        self.origin_ms: float | None = None
        self.rows: list[Row] = []
        self.version = 0
        self._row_of: dict[str, int] = {}
        self._open: dict[str, int] = {}  # the numbers of spans, which stay valid when others are trimmed; indices would not
        self._stopped: set[int] = set()
        self.runtime_done_ms: dict[str, float] = {}

    def apply(self, event: StreamEvent) -> bool:
        """Take in one event; return whether it changed what is to be drawn."""
        fold = _FOLDS.get(event.type)
        if fold is None or not event.environment_id:
            return False
        if self.origin_ms is None:
            self.origin_ms = event.time_ms
        fold(self, event, event.fields())
        self.version += 1
        return True

    def ends(self, now_ms: float) -> Floats:
        """Return the end of every span; open ones end at `now_ms` (epoch), but never before their start."""
        ends = self.spans.end_ms
        return np.where(np.isnan(ends), np.maximum(now_ms - (self.origin_ms or now_ms), self.spans.start_ms), ends)

    def is_live(self, row: int) -> bool:
        """Whether the environment of that row still exists."""
        return row not in self._stopped

    def extent(self, now_ms: float) -> tuple[float, float]:
        """Return start and end of everything known, relative to the origin."""
        if not len(self.spans):
            return 0.0, 0.0
        ends = self.spans.end_ms[self.spans.kind < SpanKind.IDLE]
        closed = ends[~np.isnan(ends)]
        end_ms = float(closed.max()) if closed.size else 0.0
        busy = np.isnan(ends).any()
        return float(self.spans.start_ms.min()), max(end_ms, now_ms - (self.origin_ms or now_ms)) if busy else end_ms

    def latest_activity(self, now_ms: float, quiet_ms: float = 3_000, longest_ms: float = 60_000) -> tuple[float, float]:
        """Return start and end of the newest stretch of work without a pause of `quiet_ms`, relative to the origin.

        It is cut to its last `longest_ms`, and looked for among the newest 4,096 spans, because a live view asks 25 times a
        second.
        """
        recent = slice(max(len(self.spans) - 4_096, 0), None)
        busy = self.spans.kind[recent] < SpanKind.IDLE
        starts, ends = self.spans.start_ms[recent][busy], self.ends(now_ms)[recent][busy]
        if not starts.size:
            return 0.0, 0.0
        # Spans are in the order of their events, not of their starts: what a runtime reports afterwards began earlier.
        order = np.argsort(starts, kind="stable")
        starts, reached = starts[order], np.maximum.accumulate(ends[order])
        pauses = np.flatnonzero(starts[1:] - reached[:-1] > quiet_ms)
        first = float(starts[pauses[-1] + 1]) if pauses.size else float(starts[0])
        last = float(reached[-1])
        return max(first, last - longest_ms), last

    @property
    def is_working(self) -> bool:
        """Whether anything other than idling is going on now."""
        return any(self.spans.holds(number) and self.spans.kind_of(number) < SpanKind.IDLE for number in self._open.values())

    def hit(self, row: int, at_ms: float, now_ms: float, slack_ms: float = 0.0) -> Hit | None:
        """Return the span of a row at a time relative to the origin, else the nearest within `slack_ms`, else None."""
        starts, ends = self.spans.start_ms, self.ends(now_ms)
        distance = np.maximum(np.maximum(starts - at_ms, at_ms - ends), 0.0)
        near = np.flatnonzero((self.spans.row == row) & (distance <= slack_ms))
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
            now_ms if is_open else origin_ms + float(end_ms), is_open, spans.request_id(index),
        )

    def row(self, event: StreamEvent) -> int:
        """Return the row of an event's environment, added if it is new."""
        number = self._row_of.get(event.environment_id)
        if number is None:
            number = self._row_of[event.environment_id] = len(self.rows)
            self.rows.append(Row(event.environment_id, event.function_name))
        return number

    def extension_row(self, event: StreamEvent, name: str) -> int:
        """Return the row of an extension, added below the rows of its environment if it is new."""
        key = _extension_key(event.environment_id, name)
        number = self._row_of.get(key)
        if number is None:
            number = self.row(event) + 1
            while number < len(self.rows) and self.rows[number].environment_id == event.environment_id:
                number += 1
            self._insert_row(number, key, Row(event.environment_id, event.function_name, name))
        return number

    def environment_rows(self, row: int) -> tuple[int, int]:
        """Return the first and last row of the environment that a row belongs to: its own and that of its last extension."""
        environment_id = self.rows[row].environment_id
        first = self._row_of.get(environment_id, row)
        return first, max(self._extension_rows(environment_id, first), default=first)

    def _insert_row(self, number: int, key: str, row: Row) -> None:
        """Insert a row; those from `number` on move down by one."""
        self.rows.insert(number, row)
        self.spans.row[self.spans.row >= number] += 1  # in place, as `row` is a view of the column
        self._stopped = {each + (each >= number) for each in self._stopped}
        self._row_of = {other: each + (each >= number) for other, each in self._row_of.items()}
        self._row_of[key] = number

    def begin(self, event: StreamEvent, kind: SpanKind, at_ms: float) -> None:
        """Close what is open in the environment and open a span that grows until the next one."""
        self.end(event, at_ms)
        row = self.row(event)
        request_id = NO_REQUEST if kind.is_rest else event.request_id
        self._open[event.environment_id] = self._add(at_ms, np.nan, kind, row, request_id)

    def end(self, event: StreamEvent, at_ms: float, kind: SpanKind | None = None) -> None:
        """Close the open span of the environment, if any, as what it turned out to be."""
        number = self._open.pop(event.environment_id, None)
        if number is None or not self.spans.holds(number):
            return
        self.spans.close(number, at_ms - (self.origin_ms or 0.0), kind)

    def add(self, event: StreamEvent, kind: SpanKind, start_ms: float, duration_ms: float) -> None:
        """Add a span that is already over."""
        self._add(start_ms, start_ms + duration_ms, kind, self.row(event), event.request_id)

    def add_extension(self, event: StreamEvent, name: str, kind: SpanKind, duration_ms: float) -> None:
        """Add a phase of an extension's work that ends with the event."""
        self._add(event.time_ms - duration_ms, event.time_ms, kind, self.extension_row(event, name), event.request_id)

    def stop(self, event: StreamEvent) -> None:
        """Note that the environment is gone, and its extensions too."""
        gone = self.row(event)
        self.runtime_done_ms.pop(event.environment_id, None)
        self._stopped |= {gone, *self._extension_rows(event.environment_id, gone)}

    def _extension_rows(self, environment_id: str, row: int) -> Iterator[int]:
        for number in range(row + 1, len(self.rows)):
            if self.rows[number].environment_id != environment_id:
                return
            yield number

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
            self.spans.trim()
            self._renumber_rows()
        return number

    def _renumber_rows(self) -> None:
        """Remove rows whose spans have all been trimmed, except the newest."""
        used = np.union1d(self.spans.row, np.array([len(self.rows) - 1], dtype=np.int32))
        if used.size == len(self.rows):
            return
        new_number = {int(old): new for new, old in enumerate(used)}
        self.spans.row[:] = np.searchsorted(used, self.spans.row)  # `used` is sorted, so a value's position is its new number
        self._stopped = {new_number[old] for old in self._stopped if old in new_number}
        self._row_of = {key: new_number[old] for key, old in self._row_of.items() if old in new_number}
        self.rows = [self.rows[int(old)] for old in used]


def _creating(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    del record
    timeline.begin(event, SpanKind.CREATE, event.time_ms)


def _created(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    """End the creation. Inside an invocation (init repeated after a failure), it began only after the environment had idled."""
    if timeline.is_open(event, SpanKind.INVOKE):  # journals of earlier engines, which reported platform.start first
        timeline.end(event, event.time_ms, SpanKind.CREATE)
    elif event.request_id and not timeline.is_open(event, SpanKind.CREATE):
        timeline.begin(event, SpanKind.CREATE, event.time_ms - float(record["durationMs"]))
    timeline.begin(event, SpanKind.START, event.time_ms)


def _ready(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    """A spare sandbox is ready: its process is started once a request needs it."""
    del record
    timeline.end(event, event.time_ms, SpanKind.CREATE)
    timeline.begin(event, SpanKind.PREPARED, event.time_ms)


def _started(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    if timeline.is_open(event, SpanKind.PREPARED):
        timeline.begin(event, SpanKind.START, event.time_ms - float(record.get("durationMs", 0.0)))
    timeline.end(event, event.time_ms)


def _init_start(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    del record
    timeline.begin(event, SpanKind.INIT, event.time_ms)


def _spans(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    """Replace the single open span of init by the spans that the runtime reports.

    The time before the runtime's process started is the wait for external extensions, which have to register first.
    """
    began_ms = timeline.open_since_ms(event, SpanKind.INIT)
    if began_ms is None:
        return
    for span in record.get("spans", ()):
        kind = _INIT_KINDS.get(span["name"])
        if kind is None:
            continue
        start_ms, duration_ms = float(span["startMs"]), float(span["durationMs"])
        if not timeline.is_open(event, SpanKind.INIT):
            timeline.add(event, kind, start_ms, duration_ms)
        elif start_ms - began_ms > SHORTEST_WAIT_MS:
            timeline.end(event, start_ms, SpanKind.EXTENSION_INIT)
            timeline.add(event, kind, start_ms, duration_ms)
        else:
            timeline.end(event, start_ms + duration_ms, kind)


def _init_runtime_done(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    del record
    timeline.runtime_done_ms[event.environment_id] = event.time_ms


def _init_report(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    failed = record.get("status", "success") != "success"
    done_ms = timeline.runtime_done_ms.pop(event.environment_id, event.time_ms)
    if event.time_ms - done_ms > SHORTEST_WAIT_MS and not timeline.is_open(event, SpanKind.INIT):
        timeline.add(event, SpanKind.EXTENSION_INIT, done_ms, event.time_ms - done_ms)
    timeline.end(event, event.time_ms, SpanKind.FAILED if failed else None)
    if record.get("phase") != "invoke" and not failed:
        timeline.begin(event, SpanKind.IDLE, event.time_ms)


def _restore_start(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    del record
    timeline.begin(event, SpanKind.RESTORE, event.time_ms)


def _restore_report(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    failed = record.get("status", "success") != "success"
    timeline.end(event, event.time_ms, SpanKind.FAILED if failed else None)
    if not failed and not event.request_id:
        timeline.begin(event, SpanKind.IDLE, event.time_ms)


def _thawed(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    """Show the cost of thawing if it is long enough to be seen."""
    duration_ms = float(record["durationMs"])
    if duration_ms >= SHORTEST_THAW_MS and timeline.is_open(event, SpanKind.IDLE):
        timeline.begin(event, SpanKind.THAW, event.time_ms - duration_ms)
        timeline.end(event, event.time_ms)


def _start(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    del record
    timeline.begin(event, SpanKind.INVOKE, event.time_ms)


def _runtime_done(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    """Close the invoke span as what it turned out to be; a success ends where the runtime's overhead begins."""
    kind = _STATUS_KINDS.get(record.get("status", "success"), SpanKind.FAILED)
    spans = {span["name"]: float(span["durationMs"]) for span in record.get("spans", ())}
    overhead_ms = spans.get("runtimeOverhead", 0.0) if kind is SpanKind.INVOKE else 0.0
    timeline.end(event, event.time_ms - overhead_ms, kind)
    if overhead_ms:
        timeline.add(event, SpanKind.OVERHEAD, event.time_ms - overhead_ms, overhead_ms)
    timeline.begin(event, SpanKind.IDLE, event.time_ms)


def _reset(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    """End the idle span: the processes are gone, so nothing is idle until the next invocation."""
    del record
    if timeline.is_open(event, SpanKind.IDLE):
        timeline.end(event, event.time_ms)


def _report(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    """Show the time that extensions took after the runtime was done as overhead instead of idle.

    An invocation is still open here only if platform.runtimeDone is missing (init failed, sandbox lost).
    """
    for span in record.get("spans", ()):
        if span["name"] == "extensionOverhead" and timeline.is_open(event, SpanKind.IDLE):
            ended_ms = float(span["startMs"]) + float(span["durationMs"])
            timeline.end(event, ended_ms, SpanKind.OVERHEAD)
            timeline.begin(event, SpanKind.IDLE, ended_ms)
    if timeline.is_open(event, SpanKind.INVOKE):
        timeline.end(event, event.time_ms, _STATUS_KINDS.get(record.get("status", "success"), SpanKind.FAILED))


def _stopped(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    del record
    timeline.end(event, event.time_ms, SpanKind.FAILED if timeline.is_open(event, SpanKind.INVOKE) else None)
    timeline.stop(event)


def _extension(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    """Add a phase of an extension's work as a span in its own row."""
    kind = _EXTENSION_KINDS[record["phase"]]
    if record["status"] != "success":
        kind = SpanKind.TIMED_OUT if record["status"] == "timeout" else SpanKind.FAILED
    timeline.add_extension(event, record["name"], kind, float(record["durationMs"]))


def _extension_key(environment_id: str, name: str) -> str:
    return f"{environment_id}/{name}"


_EXTENSION_KINDS = {"init": SpanKind.INIT, "invoke": SpanKind.INVOKE, "shutdown": SpanKind.OVERHEAD}
_INIT_KINDS = {"runtimeInit": SpanKind.RUNTIME_INIT, "functionInit": SpanKind.FUNCTION_INIT}
_STATUS_KINDS = {"success": SpanKind.INVOKE, "timeout": SpanKind.TIMED_OUT}

_FOLDS: dict[str, Callable[[Timeline, StreamEvent, dict[str, Any]], None]] = {
    "sandbox.creating": _creating,
    "sandbox.created": _created,
    "sandbox.ready": _ready,
    "sandbox.started": _started,
    "sandbox.spans": _spans,
    "platform.initStart": _init_start,
    "platform.initRuntimeDone": _init_runtime_done,
    "platform.initReport": _init_report,
    "platform.restoreStart": _restore_start,
    "platform.restoreReport": _restore_report,
    "sandbox.thawed": _thawed,
    "platform.start": _start,
    "platform.runtimeDone": _runtime_done,
    "platform.report": _report,
    "sandbox.reset": _reset,
    "sandbox.extension": _extension,
    "sandbox.stopped": _stopped,
}

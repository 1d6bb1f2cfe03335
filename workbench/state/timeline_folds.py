"""What each event of the stream adds to the timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench.model.events import StreamEvent
from workbench.model.function_version import LATEST
from workbench.state.span_kinds import SpanKind
from workbench.state.startup import SHORTEST_WAIT_MS

if TYPE_CHECKING:  # the timeline calls these
    from workbench.state.timeline import Timeline

SHORTEST_THAW_MS = 1.0
"""Shorter thaws are not drawn: most sandboxes take a few microseconds."""


def _creating(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    timeline.begin(event, SpanKind.AHEAD if record.get("ahead") else SpanKind.CREATE, event.time_ms)
    timeline.rows.set_version(event, record.get("version", LATEST))


def _created(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    """End the creation. Inside an invocation (init repeated after a failure), it began only after the environment had idled."""
    if timeline.is_open(event, SpanKind.AHEAD):
        return  # until it is ready, or started
    if timeline.is_open(event, SpanKind.INVOKE):  # journals of earlier engines, which reported platform.start first
        timeline.end(event, event.time_ms, SpanKind.CREATE)
    elif event.request_id and not timeline.is_open(event, SpanKind.CREATE):
        timeline.begin(event, SpanKind.CREATE, event.time_ms - float(record["durationMs"]))
    timeline.begin(event, SpanKind.START, event.time_ms)


def _ready(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    """A spare sandbox is ready: its process is started once a request needs it."""
    del record
    timeline.end(event, event.time_ms, SpanKind.AHEAD)
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
    if record.get("phase") == "invoke":
        timeline.again_ms[event.request_id] = 0.0
    elif not failed:
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


def _end_kind(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> SpanKind:
    kind = _STATUS_KINDS.get(record.get("status", "success"), SpanKind.FAILED)
    return SpanKind.CANCELED if kind is SpanKind.FAILED and event.request_id in timeline.canceled else kind


def _runtime_done(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    """Close the invoke span as what it turned out to be; a success ends where the runtime's overhead begins."""
    kind = _end_kind(timeline, event, record)
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
        timeline.end(event, event.time_ms, _end_kind(timeline, event, record))
    if event.request_id in timeline.again_ms:
        timeline.again_ms[event.request_id] = float(record.get("metrics", {}).get("durationMs", 0.0))


def _stopped(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    ended = SpanKind.CANCELED if record.get("reason") == "cancelled" else SpanKind.FAILED
    timeline.end(event, event.time_ms, ended if timeline.is_open(event, SpanKind.INVOKE) else None)
    timeline.stop(event)


def _extension(timeline: Timeline, event: StreamEvent, record: dict[str, Any]) -> None:
    """Add a phase of an extension's work as a span in its own row."""
    kind = _EXTENSION_KINDS[record["phase"]]
    if record["status"] != "success":
        kind = SpanKind.TIMED_OUT if record["status"] == "timeout" else SpanKind.FAILED
    timeline.add_extension(event, record["name"], kind, float(record["durationMs"]))


_EXTENSION_KINDS = {"init": SpanKind.INIT, "invoke": SpanKind.INVOKE, "shutdown": SpanKind.OVERHEAD}
_INIT_KINDS = {"runtimeInit": SpanKind.RUNTIME_INIT, "functionInit": SpanKind.FUNCTION_INIT}
_STATUS_KINDS = {"success": SpanKind.INVOKE, "timeout": SpanKind.TIMED_OUT}

FOLDS: dict[str, Callable[[Timeline, StreamEvent, dict[str, Any]], None]] = {
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
"""What each type of event does to a timeline."""

"""The timeline as a trace in Chrome's format, which Perfetto, DevTools and speedscope open.

Source: "Trace Event Format" of the Chromium project: complete events (`ph` X) with times in microseconds; events of one thread
nest by their times; metadata events (`ph` M) name processes and threads. Functions are processes here, environments threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec
import numpy as np

from workbench.state.history import History
from workbench.state.icicle import nested
from workbench.state.invocation import Invocation
from workbench.state.span_kinds import SpanKind
from workbench.state.timeline import Timeline

TraceEvent: TypeAlias = dict[str, Any]
_NAMES = {
    SpanKind.CREATE: "create sandbox", SpanKind.START: "start sandbox", SpanKind.RUNTIME_INIT: "runtime init",
    SpanKind.FUNCTION_INIT: "function init", SpanKind.INIT: "init", SpanKind.INVOKE: "invoke", SpanKind.OVERHEAD: "overhead",
    SpanKind.FAILED: "failed", SpanKind.TIMED_OUT: "timed out", SpanKind.CANCELED: "canceled",
    SpanKind.EXTENSION_INIT: "init: extensions",
    SpanKind.AHEAD: "create sandbox ahead", SpanKind.THAW: "thaw", SpanKind.RESTORE: "restore snapshot",
}
"""Kinds that are exported: what rests is what is left between them."""


def chrome_trace(timeline: Timeline, history: History, now_ms: float) -> bytes:
    """Return all spans, and the imports of cold starts below them, as a JSON document. Spans still open end at `now_ms` (epoch).

    Times begin with the timeline's origin, which `otherData` has as epoch milliseconds.
    """
    names = dict.fromkeys(timeline.rows[row].function_name for row in timeline.rows)
    processes = {name: number for number, name in enumerate(names, start=1)}
    spans = [*_spans(timeline, history, processes, now_ms), *_imports(timeline, history, processes)]
    events = [*_names(timeline, processes), *_nested(spans)]
    return msgspec.json.encode({
        "traceEvents": events, "displayTimeUnit": "ms",
        "otherData": {"program": "Lambda Workbench", "originEpochMs": timeline.origin_ms or 0.0}})


def _names(timeline: Timeline, processes: dict[str, int]) -> Iterator[TraceEvent]:
    for name, pid in processes.items():
        yield {"ph": "M", "pid": pid, "tid": 0, "name": "process_name", "args": {"name": name}}
    in_order = (number for numbers in timeline.rows.environments().values() for number in numbers)
    for place, tid in enumerate(in_order):
        row = timeline.rows[tid]
        told = f"extension {row.extension}" if row.extension else f"environment {row.environment_id[:4]}"
        thread = {"ph": "M", "pid": processes[row.function_name], "tid": tid}
        yield {**thread, "name": "thread_name", "args": {"name": told}}
        yield {**thread, "name": "thread_sort_index", "args": {"sort_index": place}}


def _spans(timeline: Timeline, history: History, processes: dict[str, int], now_ms: float) -> Iterator[TraceEvent]:
    spans, ends = timeline.spans, timeline.ends(now_ms)
    for index in np.flatnonzero(np.isin(spans.kind, list(_NAMES))).tolist():
        kind, tid = SpanKind(int(spans.kind[index])), int(spans.row[index])
        start_ms, request_id = float(spans.start_ms[index]), spans.request_id(index)
        yield {
            "ph": "X", "name": _NAMES[kind], "cat": kind.name.lower(), "pid": processes[timeline.rows[tid].function_name],
            "tid": tid, **_times(start_ms, float(ends[index])),
            "args": _told(request_id, history.get(request_id))}


def _told(request_id: str, invocation: Invocation | None) -> dict[str, Any]:
    if not request_id:
        return {}
    if invocation is None:
        return {"requestId": request_id}
    figures = invocation.metrics.document() if invocation.metrics is not None else {}
    return {"requestId": request_id, "version": invocation.version, "start": invocation.start, "status": invocation.status,
            **figures}


def _imports(timeline: Timeline, history: History, processes: dict[str, int]) -> Iterator[TraceEvent]:
    """Yield the imports of each cold start; those that others caused lie within them, to the microsecond."""
    rows = {environment_id: numbers[0] for environment_id, numbers in timeline.rows.environments().items()}
    origin_ms = timeline.origin_ms or 0.0
    for invocation in history:
        startup = invocation.startup
        tid = None if startup is None else rows.get(startup.environment_id)
        if startup is None or tid is None:
            continue
        for item, (start_ms, end_ms) in zip(startup.imports, nested(startup.imports), strict=True):
            yield {
                "ph": "X", "name": f"import {item.module}", "cat": "import", "pid": processes[timeline.rows[tid].function_name],
                "tid": tid, **_times(start_ms - origin_ms, end_ms - origin_ms), "args": {"selfMs": item.self_ms}}


def _times(start_ms: float, end_ms: float) -> dict[str, int]:
    """Return whole microseconds: a viewer adds `ts` and `dur`, and the sum has to be the next span's `ts` exactly."""
    start_us = round(start_ms * 1_000)
    return {"ts": start_us, "dur": max(round(end_ms * 1_000) - start_us, 0)}


def _nested(events: list[TraceEvent]) -> list[TraceEvent]:
    """Return the spans in the order in which viewers open them; those that touch neither overlap nor stick out.

    Start and end of neighbors were measured and rounded each on its own. A span that is still open by a microsecond when the
    next one ends would stay open until the end of the trace (seen in speedscope 1.25).
    """
    threads: dict[int, list[TraceEvent]] = {}
    for event in sorted(events, key=lambda event: (event["ts"], -event["dur"])):
        around = threads.setdefault(event["tid"], [])
        while around and not _lies_within(event, around[-1]):
            around.pop()
        around.append(event)
    return sorted(events, key=lambda event: (event["ts"], -event["dur"]))


def _lies_within(event: TraceEvent, outer: TraceEvent) -> bool:
    """Return whether a span that begins no earlier is inside another one, and move an edge that is off by rounding."""
    end_us, outer_us = event["ts"] + event["dur"], outer["ts"] + outer["dur"]
    start_us = max(event["ts"], outer["ts"])  # the other one may have been moved
    event["ts"], event["dur"] = start_us, max(end_us - start_us, 0)
    if end_us <= outer_us:
        return True
    if outer_us - start_us <= _ROUNDING_US:
        event["ts"] = max(start_us, outer_us)
        event["dur"] = end_us - event["ts"]
        return False
    if end_us - outer_us <= _ROUNDING_US:
        event["dur"] = outer_us - start_us
    return True


_ROUNDING_US = 3

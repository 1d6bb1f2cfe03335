"""What each event of the stream adds to an invocation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.model.events import StreamEvent
from workbench.model.platform_lines import platform_lines
from workbench.model.refusals import Refusal
from workbench.state.report_metrics import Metrics
from workbench.state.startup import Phase

if TYPE_CHECKING:  # the invocation calls these
    from workbench.state.invocation import Invocation

THAW = "thaw"
"""The phase in which a frozen environment is thawed, before the invocation itself."""


def _assigned(invocation: Invocation, event: StreamEvent, record: dict[str, Any]) -> None:
    invocation.request_id = event.request_id or record["requestId"]
    invocation.function_name = event.function_name
    invocation.environment_id = event.environment_id
    invocation.sandbox = record.get("sandbox", "")
    invocation.start = record["start"]
    invocation.is_debugged = record.get("debugged", False)
    invocation.concurrency = record.get("concurrency", "")
    invocation.alias = record.get("alias", "")
    invocation.received_ms = float(record.get("receivedMs", event.time_ms))
    if invocation.start == "warm":  # what was folded until now was the start for an earlier request
        invocation.startup = None


def _suppressed_init(invocation: Invocation, event: StreamEvent, record: dict[str, Any]) -> None:
    """Take in init repeated inside the invocation (extensions' init too): it counts as duration, so it is in the log."""
    if not event.request_id:
        return
    invocation.own_lines.extend((event.seq, line) for line in platform_lines(event))
    if event.type == "platform.initReport":
        invocation.init_again_ms = float(record["metrics"]["durationMs"])
        invocation.init_again_failed = record.get("status", "success") != "success"
    elif event.type == "platform.extension" and record.get("errorType"):
        invocation.failed_extension = record.get("name", "")


def _thawed(invocation: Invocation, event: StreamEvent, record: dict[str, Any]) -> None:
    """Add a phase for thawing a warm environment; before a first invocation, nothing was frozen."""
    if invocation.start == "warm":
        duration_ms = float(record["durationMs"])
        invocation.own_phases.append(Phase(THAW, event.time_ms - duration_ms, duration_ms))


def _elided(invocation: Invocation, event: StreamEvent, record: dict[str, Any]) -> None:
    """Mark the lines in the middle of a very long log that the engine did not send."""
    invocation.own_lines.append((event.seq, f"{record['count']:,} lines left out here: the log is very long."))


def _start(invocation: Invocation, event: StreamEvent, record: dict[str, Any]) -> None:
    invocation.invoke_began_ms = event.time_ms
    invocation.version = record.get("version", invocation.version)
    invocation.own_lines.extend((event.seq, line) for line in platform_lines(event))


def _runtime_done(invocation: Invocation, event: StreamEvent, record: dict[str, Any]) -> None:
    """Split the duration: the runtime's overhead is its tail, from the response until the runtime asked for more work."""
    invocation.error_type = record.get("errorType", invocation.error_type)
    invocation.own_lines.extend((event.seq, line) for line in platform_lines(event))
    total_ms = record.get("metrics", {}).get("durationMs")
    if total_ms is None:
        return
    began_ms = event.time_ms - total_ms  # not platform.start, because a repeated INIT is included and comes before it
    spans = {span["name"]: float(span["durationMs"]) for span in record.get("spans", ())}
    overhead_ms = min(spans.get("runtimeOverhead", 0.0), total_ms)
    invocation.own_phases = [phase for phase in invocation.own_phases if phase.name == THAW]
    invocation.own_phases.append(Phase("invoke", began_ms, total_ms - overhead_ms))
    if overhead_ms:
        invocation.own_phases.append(Phase("runtimeOverhead", began_ms + total_ms - overhead_ms, overhead_ms))


def _report(invocation: Invocation, event: StreamEvent, record: dict[str, Any]) -> None:
    figures = record["metrics"]
    invocation.metrics = Metrics(
        duration_ms=figures["durationMs"],
        billed_duration_ms=figures["billedDurationMs"],
        memory_size_mb=figures["memorySizeMB"],
        max_memory_used_mb=figures["maxMemoryUsedMB"],
        init_duration_ms=figures.get("initDurationMs"),
        restore_duration_ms=figures.get("restoreDurationMs"),
        billed_restore_duration_ms=figures.get("billedRestoreDurationMs"),
    )
    invocation.reported_status = record.get("status", "success")
    invocation.error_type = record.get("errorType", invocation.error_type)
    invocation.report = event
    invocation.ended_ms = event.time_ms


def _payload(invocation: Invocation, event: StreamEvent, record: dict[str, Any]) -> None:
    del event
    if record["kind"] == "event":
        invocation.event_text = record["text"]
        return
    invocation.payload = record["text"]
    invocation.payload_bytes = record.get("sizeBytes", len(invocation.payload.encode()))
    invocation.function_error = record.get("functionError") or ""
    invocation.is_fatal = bool(record.get("isFatal"))
    invocation.answered = True


def _out_of_memory(invocation: Invocation, event: StreamEvent, record: dict[str, Any]) -> None:
    del event
    invocation.out_of_memory = True
    invocation.memory_used_mb = int(record.get("usedMB", 0))


def _refused(invocation: Invocation, event: StreamEvent, record: dict[str, Any]) -> None:
    del event
    with suppress(msgspec.ValidationError):  # written by a later version with other kinds of refusal
        invocation.refusal = msgspec.convert(record, Refusal)


def _stopped(invocation: Invocation, event: StreamEvent, record: dict[str, Any]) -> None:
    if invocation.status == "running":
        invocation.stop_reason = record.get("reason", "failure")
        invocation.stop_detail = record.get("detail", "")
        invocation.ended_ms = event.time_ms


FOLDS: dict[str, Callable[[Invocation, StreamEvent, dict[str, Any]], None]] = {
    "sandbox.assigned": _assigned,
    "platform.initStart": _suppressed_init,
    "platform.initRuntimeDone": _suppressed_init,
    "platform.initReport": _suppressed_init,
    "platform.restoreStart": _suppressed_init,
    "platform.restoreRuntimeDone": _suppressed_init,
    "platform.restoreReport": _suppressed_init,
    "platform.extension": _suppressed_init,
    "platform.telemetrySubscription": _suppressed_init,
    "platform.logsSubscription": _suppressed_init,
    "sandbox.thawed": _thawed,
    "sandbox.elided": _elided,
    "platform.start": _start,
    "platform.runtimeDone": _runtime_done,
    "platform.report": _report,
    "sandbox.payload": _payload,
    "sandbox.outOfMemory": _out_of_memory,
    "sandbox.refused": _refused,
    "sandbox.stopped": _stopped,
}

OWN_TYPES = frozenset(FOLDS)
"""Event types that concern a single request."""

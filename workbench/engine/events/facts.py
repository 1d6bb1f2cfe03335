"""What is known of an invocation at its five moments, and the events that tell it.

Every invocation has six such events; making them was a sixth of all that the engine's loop did for it. Here only what they are
made of is noted. They are made where somebody needs them: at once for followers of the stream, otherwise by whoever keeps the
journal's file, which under load is a process of its own.

Record shapes: Lambda guide, "Telemetry API event schema reference"; `sandbox.*`: workbench.model.events.
"""

from __future__ import annotations

import math
import re
from typing import Any, ClassVar

import msgspec

from workbench.engine.events.system_log import log_form
from workbench.engine.invocation.start_figures import StartFigures
from workbench.engine.journal.rows import ROW_BYTES, Row
from workbench.engine.journal.told import Figures, Told, ToldRecord
from workbench.engine.journal.unmade import Made
from workbench.model.engine_api import FailureLog
from workbench.model.events import StreamEvent
from workbench.model.function import Logging
from workbench.model.function_version import LATEST

EVENT_BYTES = 300
"""The JSON of an event without payload, roughly."""
Record = dict[str, Any]
Span = tuple[str, int, int]
"""Its name, its beginning and its end in monotonic ns."""

_PLATFORM_ERROR = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+|(Sandbox|Extension)\..+")
_encode = msgspec.json.Encoder().encode


class Origin(msgspec.Struct, frozen=True):
    """What all facts of an environment have in common. One object for all: pickled with many of them, it is there once."""

    function_name: str
    environment_id: str
    version: str
    memory_mb: int
    logging: Logging
    failure_log: FailureLog


class Facts(msgspec.Struct, frozen=True, gc=False):
    """One moment of an invocation, at `at_ns`. `offset_ns`: see `Clock`. `tenant_id`: whom the invocation was for, "" for nobody.

    Everything that `records` says is decided here, by figures that another process understands: the stream's events must not
    depend on who makes them.
    """

    origin: Origin
    offset_ns: int
    at_ns: int
    request_id: str
    tenant_id: str

    count: ClassVar[int] = 1
    """How many events it is."""

    def __len__(self) -> int:
        """Roughly the size of its rows, in bytes, without what `Journal` adds for each."""
        return EVENT_BYTES * self.count + ROW_BYTES * (self.count - 1)

    def records(self) -> tuple[tuple[str, Record], ...]:
        """Return the types and the records of its events."""
        raise NotImplementedError

    def events(self, last_seq: int) -> list[StreamEvent]:
        """Return its events; `last_seq` is the number of the last one."""
        origin, request_id = self.origin, self.request_id
        time_ms = (self.at_ns + self.offset_ns) // 1000 / 1000  # as `_epoch_ms`, which takes a while to be called
        return [
            StreamEvent(
                seq=seq, time_ms=time_ms, type=kind, function_name=origin.function_name, environment_id=origin.environment_id,
                request_id=request_id, record=record, log=log_form(origin.logging, kind, record, origin.failure_log))
            for seq, (kind, record) in enumerate(self.records(), last_seq - self.count + 1)]

    def rows(self, last_seq: int) -> list[Row]:
        """Return its events as the journal stores them."""
        return [(event.seq, event.request_id, event.environment_id, _encode(event)) for event in self.events(last_seq)]

    def make(self, last_seq: int, made: Made) -> None:
        """Add its events as the journal stores them, and what they tell the index: see `Unmade`."""
        events = self.events(last_seq)
        made.rows += [(event.seq, event.request_id, event.environment_id, _encode(event)) for event in events]
        event = events[0]
        told = self.told(event.fields())
        if told is not None and event.request_id:
            made.told.append((event.request_id, Told(
                event.seq, event.time_ms, event.type, told, event.function_name, event.environment_id)))

    def told(self, _: Record, /) -> ToldRecord | None:
        """Return what the first of its events, which has this record, tells the index; others tell it nothing."""
        return None

    def _epoch_ms(self, monotonic_ns: int) -> float:
        return (monotonic_ns + self.offset_ns) // 1000 / 1000  # as `Clock.epoch_ms`

    def _of_tenant(self, record: Record) -> Record:
        return {**record, "tenantId": self.tenant_id} if self.tenant_id else record

    def _spans(self, *marks: Span) -> list[Record]:
        offset_ns = self.offset_ns
        return [{"name": name, "startMs": (begin_ns + offset_ns) // 1000 / 1000, "durationMs": (end_ns - begin_ns) / 1e6}
                for name, begin_ns, end_ns in marks]  # likewise


class Assigned(Facts, frozen=True, gc=False):
    """A request was given an environment: that, and its payload, whose beginning is `text`. For the others see `model.events`."""

    text: str
    size_bytes: int
    start: str
    received_ns: int
    sandbox: str
    is_debugged: bool
    concurrency: str
    alias: str
    trigger: str
    deployment: str

    count = 2

    def __len__(self) -> int:
        """See Facts."""
        return 2 * EVENT_BYTES + ROW_BYTES + len(self.text)

    def records(self) -> tuple[tuple[str, Record], ...]:
        """See Facts."""
        assigned: Record = {"requestId": self.request_id, "start": self.start, "receivedMs": self._epoch_ms(self.received_ns),
                            "sandbox": self.sandbox}
        if self.is_debugged:
            assigned["debugged"] = True
        version = self.origin.version if self.start == "cold" else ""
        told = (("concurrency", self.concurrency), ("alias", self.alias), ("version", version), ("trigger", self.trigger),
                ("deployment", self.deployment))
        assigned |= {name: text for name, text in told if text}
        payload = {"requestId": self.request_id, "kind": "event", "text": self.text, "sizeBytes": self.size_bytes}
        return ("sandbox.assigned", assigned), ("sandbox.payload", payload)

    def told(self, record: Record, /) -> ToldRecord:
        """See Facts."""
        return ToldRecord(
            start=self.start, sandbox=self.sandbox, received_ms=record["receivedMs"], version=record.get("version", LATEST),
            deployment=self.deployment, trigger=self.trigger, alias=self.alias)


class Started(Facts, frozen=True, gc=False):
    """START."""

    trace_id: str

    def records(self) -> tuple[tuple[str, Record], ...]:
        """See Facts."""
        tracing = {"type": "X-Amzn-Trace-Id", "value": self.trace_id}
        record = {"requestId": self.request_id, "version": self.origin.version, "tracing": tracing}
        return ("platform.start", self._of_tenant(record)),

    def told(self, _: Record, /) -> ToldRecord:
        """See Facts."""
        return ToldRecord(version=self.origin.version)


class Answered(Facts, frozen=True, gc=False):
    """What the caller got."""

    text: str
    size_bytes: int
    function_error: str
    is_fatal: bool

    def __len__(self) -> int:
        """See Facts."""
        return EVENT_BYTES + len(self.text)

    def records(self) -> tuple[tuple[str, Record], ...]:
        """See Facts."""
        record: Record = {"requestId": self.request_id, "kind": "result", "text": self.text, "sizeBytes": self.size_bytes}
        if self.function_error:
            record["functionError"] = self.function_error
        if self.is_fatal:
            record["isFatal"] = True
        return ("sandbox.payload", record),


class RuntimeDone(Facts, frozen=True, gc=False):
    """The runtime's part is over, at `at_ns`. `arrived_ns` and `answered_ns`: the answer's beginning and end, 0 for none."""

    status: str
    error_type: str
    produced_bytes: int
    started_ns: int
    arrived_ns: int
    answered_ns: int

    def records(self) -> tuple[tuple[str, Record], ...]:
        """See Facts."""
        record: Record = {
            "requestId": self.request_id, "status": self.status,
            "metrics": {"durationMs": (self.at_ns - self.started_ns) / 1e6, "producedBytes": self.produced_bytes},
            "spans": self._spans(
                ("responseLatency", self.started_ns, self.arrived_ns),
                ("responseDuration", self.arrived_ns, self.answered_ns),
                ("runtimeOverhead", self.answered_ns, self.at_ns)) if self.answered_ns else [],
        }
        if self.error_type:
            record["errorType"] = telemetry_error_type(self.error_type)
        return ("platform.runtimeDone", self._of_tenant(record)),


class Reported(Facts, frozen=True, gc=False):
    """REPORT. `extensions_since_ns`: since when only extensions were at work, 0 if there are none."""

    status: str
    error_type: str
    started_ns: int
    ended_ns: int
    start: StartFigures
    memory_peak_mb: float
    extensions_since_ns: int

    def records(self) -> tuple[tuple[str, Record], ...]:
        """See Facts."""
        record: Record = {"requestId": self.request_id, "status": self.status, "metrics": self._metrics()}
        if self.error_type:
            record["errorType"] = telemetry_error_type(self.error_type)
        if self.extensions_since_ns:
            record["spans"] = self._spans(("extensionOverhead", self.extensions_since_ns, self.ended_ns))
        return ("platform.report", self._of_tenant(record)),

    def told(self, record: Record, /) -> ToldRecord:
        """See Facts."""
        metrics = record["metrics"]
        return ToldRecord(status=self.status, error_type=record.get("errorType", ""), metrics=Figures(
            metrics["durationMs"], metrics["billedDurationMs"], metrics["memorySizeMB"], metrics["maxMemoryUsedMB"],
            metrics.get("initDurationMs"), metrics.get("restoreDurationMs")))

    def _metrics(self) -> Record:
        """Return the figures.

        Billed Duration = ceil(Init Duration + Duration) since 2025-08-01 (AWS Compute Blog, INIT billing). After a restore its
        billed part takes the place of INIT (recorded log streams).
        """
        start, duration_ms = self.start, (self.ended_ns - self.started_ns) / 1e6
        init_ms, restore_ms, billed_restore_ms = start.init_ns / 1e6, start.restore_ns / 1e6, start.billed_restore_ns / 1e6
        # Rounded before `ceil`: the sum of two floats may be a hair above a whole millisecond and cost one more.
        rounded_ms = round(duration_ms, 3)
        is_more = start.init_ns or start.billed_restore_ns
        metrics: Record = {
            "durationMs": rounded_ms,
            "billedDurationMs": math.ceil(round(duration_ms + init_ms + billed_restore_ms, 3) if is_more else rounded_ms),
            "memorySizeMB": self.origin.memory_mb,
            "maxMemoryUsedMB": math.ceil(self.memory_peak_mb),
        }
        if start.init_ns:
            metrics["initDurationMs"] = round(init_ms, 3)
        if start.restore_ns:
            metrics["restoreDurationMs"] = round(restore_ms, 3)
            metrics["billedRestoreDurationMs"] = math.ceil(round(billed_restore_ms, 3))
        return metrics


def telemetry_error_type(error_type: str) -> str:
    """Return an error type as telemetry and log show it: a function's own types as unknown; the caller gets the real one.

    Source: AWS's runtime interface emulator, and recorded log streams ("Error Type: Runtime.Unknown" for a plain Error).
    """
    if _PLATFORM_ERROR.fullmatch(error_type):
        return error_type
    return "Function.Unknown" if error_type.startswith("Function.") else "Runtime.Unknown"

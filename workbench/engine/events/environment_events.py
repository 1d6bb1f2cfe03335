"""What an environment tells the stream: one method an event, so that record shapes stand in one place.

Record shapes: Lambda guide, "Telemetry API event schema reference"; `sandbox.*`: workbench.model.events.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Literal, Protocol

import msgspec

from workbench.engine.events.shown_paths import ShownPaths
from workbench.engine.events.stream import Stream
from workbench.engine.events.system_log import log_form
from workbench.engine.extensions.states import Extension
from workbench.engine.invocation.invocation import Invocation
from workbench.engine.invocation.result import InvocationResult
from workbench.engine.runtime_api.init_report import InitReport
from workbench.engine.telemetry.subscription import Subscription
from workbench.model.engine_api import FailureLog
from workbench.model.events import Record
from workbench.model.function import FunctionConfiguration, InitializationType, SandboxKind
from workbench.model.refusals import Refusal
from workbench.sandbox.protocol import RuntimePlan

Phase = Literal["init", "invoke"]
LineSource = Literal["function", "extension"]
_PLATFORM_ERROR = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+|(Sandbox|Extension)\..+")
PAYLOAD_TEXT_LIMIT_BYTES = 65_536
"""Payload text kept in history; the caller has the whole."""


class TelemetryListener(Protocol):
    """Who else hears what happens: the extensions that subscribed to telemetry."""

    def offer(self, kind: str, time_ms: float, record: Record) -> None:
        """An event with its epoch milliseconds."""


class EnvironmentEvents:
    """The voice of one environment. `request_id` is attached to whatever happens during an invocation.

    `telemetry` is None while no extension can hear. `shown` puts right what paths are said of files.
    """

    def __init__(
        self, stream: Stream, function: FunctionConfiguration, environment_id: str, shown: ShownPaths, failure_log: FailureLog
    ) -> None:
        self.shown = shown
        self._failure_log = failure_log
        self._stream = stream
        self._clock = stream.clock
        self._function = function
        self._environment_id = environment_id
        self._is_known = False
        self.request_id = ""
        self.telemetry: TelemetryListener | None = None

    def _publish(self, kind: str, record: dict[str, Any] | str, at_ns: int | None = None) -> None:
        self._stream.publish(
            kind,
            record,
            function_name=self._function.name,
            environment_id=self._environment_id,
            request_id=self.request_id,
            at_ns=at_ns,
            log=log_form(self._function.logging, kind, record, self._failure_log),
        )
        if self.telemetry is not None:
            self.telemetry.offer(kind, self._clock.epoch_ms(self._clock.now_ns() if at_ns is None else at_ns), record)

    def _tell_extensions(self, kind: str, record: Record) -> None:
        """What only the Logs API knows: it is no part of our stream."""
        if self.telemetry is not None:
            self.telemetry.offer(kind, self._clock.epoch_ms(self._clock.now_ns()), record)

    def lines(self, texts: Sequence[str], source: LineSource = "function") -> bool:
        """Publish log lines of the function or of an extension. Returns whether the writer should pause for a moment."""
        if not texts:
            return False
        shown = self.shown.texts(texts)
        self._stream.publish_lines(
            source, shown, function_name=self._function.name, environment_id=self._environment_id, request_id=self.request_id)
        if self.telemetry is not None:
            time_ms = self._clock.epoch_ms(self._clock.now_ns())
            for text in shown:
                self.telemetry.offer(source, time_ms, text)
        return self._stream.is_behind

    def extension(self, extension: Extension, at_ns: int | None = None) -> None:
        """An extension is ready, or failed."""
        record: dict[str, Any] = {
            "name": extension.name, "state": str(extension.state), "events": list(extension.events),
        }
        if extension.error_type:
            record["errorType"] = extension.error_type
        self._publish("platform.extension", record, at_ns)

    def extension_work(self, extension: Extension, status: str, at_ns: int) -> None:
        """A stretch of an extension's work ended: its init, its part of an invocation, its shutdown."""
        self._publish("sandbox.extension", {
            "name": extension.name, "external": extension.is_external, "phase": extension.phase, "status": status,
            "durationMs": max(at_ns - extension.since_ns, 0) / 1e6,
        }, at_ns)

    def subscribed(self, name: str, subscription: Subscription) -> None:
        """An extension subscribed to telemetry."""
        kind = "platform.telemetrySubscription" if subscription.api == "telemetry" else "platform.logsSubscription"
        self._publish(kind, {"name": name, "state": "Subscribed", "types": list(subscription.types)})

    def logs_dropped(self, records: int, size_bytes: int, reason: str) -> None:
        """A subscriber did not get all it asked for."""
        self._publish("platform.logsDropped", {"reason": reason, "droppedRecords": records, "droppedBytes": size_bytes})

    def fault(self, message: str, error_type: str) -> None:
        """A failure that the platform found, as the Logs API words it."""
        self._tell_extensions("platform.fault", f"{message}\n{error_type}")

    def assigned(self, invocation: Invocation, start: str, sandbox: SandboxKind, *, debugged: bool) -> None:
        """A request was given this environment."""
        self._is_known = True
        received_ms = self._clock.epoch_ms(invocation.received_ns)
        record = {"requestId": invocation.request_id, "start": start, "receivedMs": received_ms, "sandbox": sandbox,
                  **({"debugged": True} if debugged else {})}
        text, size = _clip(invocation.payload)
        self._stream.publish(
            "sandbox.assigned", record, function_name=self._function.name,
            environment_id=self._environment_id, request_id=invocation.request_id,
        )
        self._stream.publish(
            "sandbox.payload", {"requestId": invocation.request_id, "kind": "event", "text": text, "sizeBytes": size},
            function_name=self._function.name, environment_id=self._environment_id, request_id=invocation.request_id,
        )

    def creating(
        self, sandbox: SandboxKind, runtime_plan: RuntimePlan, initialization_type: InitializationType, *, ahead: bool
    ) -> None:
        """The sandbox is about to be made; `ahead`: nobody waits for it."""
        self._is_known = True
        self._publish("sandbox.creating", {
            "sandbox": sandbox, "runtime": self._function.runtime, "runsOn": runtime_plan.runs_on,
            "memorySizeMB": self._function.memory_mb, "notEnforced": list(runtime_plan.not_enforced),
            "initializationType": initialization_type, "ahead": ahead,
        })

    def created(self, duration_ns: int) -> None:
        """The sandbox exists."""
        self._publish("sandbox.created", {"durationMs": duration_ns / 1e6})

    def ready(self, duration_ns: int) -> None:
        """Ahead of its first request, all is done that needs no runtime."""
        self._publish("sandbox.ready", {"durationMs": duration_ns / 1e6})

    def notices(self, sentences: Sequence[str]) -> None:
        """What the sandbox could not be given, for the person: no extension hears it."""
        for sentence in sentences:
            self._stream.publish("sandbox.progress", {"stage": "notice", "text": sentence}, function_name=self._function.name,
                                 environment_id=self._environment_id, request_id=self.request_id)

    def thawed(self, duration_ns: int) -> None:
        """Publish a thaw and how long the request waited for it, including a freeze that had not finished yet."""
        self._publish("sandbox.thawed", {"durationMs": duration_ns / 1e6})

    def started(self, duration_ns: int, at_ns: int) -> None:
        """Its runtime process was started."""
        self._publish("sandbox.started", {"durationMs": duration_ns / 1e6}, at_ns)

    def init_start(self, phase: Phase, initialization_type: InitializationType, at_ns: int, runs_on: str) -> None:
        """INIT begins (again, inside an invocation, when `phase` is invoke)."""
        self._publish("platform.initStart", {
            "initializationType": initialization_type, "phase": phase,
            "runtimeVersion": "" if self._function.image else runs_on,
            "functionName": self._function.name, "functionVersion": self._function.version,
            "instanceId": self._environment_id, "instanceMaxMemory": self._function.memory_mb * 1024 * 1024,
        }, at_ns)

    def spans(self, report: InitReport) -> None:
        """The runtime's own account of INIT."""
        self._publish("sandbox.spans", report.record(self._clock.epoch_ms))

    def init_done(
        self, phase: Phase, initialization_type: InitializationType, status: str, error_type: str, *,
        started_ns: int, runtime_done_ns: int, ended_ns: int
    ) -> None:
        """INIT ended: initRuntimeDone (the runtime's part of it) and initReport."""
        record: dict[str, Any] = {"initializationType": initialization_type, "phase": phase, "status": status}
        if error_type:
            record["errorType"] = telemetry_error_type(error_type)
        self._publish("platform.initRuntimeDone", record, runtime_done_ns)
        metrics = {"durationMs": (ended_ns - started_ns) / 1e6}
        self._publish("platform.initReport", {**record, "metrics": metrics}, ended_ns)

    def start(self, invocation: Invocation, at_ns: int) -> None:
        """The event is handed to the runtime."""
        tracing = {"type": "X-Amzn-Trace-Id", "value": invocation.trace_id}
        record = {"requestId": invocation.request_id, "version": self._function.version, "tracing": tracing}
        self._publish("platform.start", record, at_ns)

    def result(self, invocation: Invocation, result: InvocationResult) -> None:
        """What the caller got."""
        text, size = _clip(result.payload)
        record: dict[str, Any] = {"requestId": invocation.request_id, "kind": "result", "text": text, "sizeBytes": size}
        if result.function_error:
            record["functionError"] = result.function_error
        if result.is_fatal:
            record["isFatal"] = True
        self._publish("sandbox.payload", record)

    def runtime_done(self, invocation: Invocation, status: str, error_type: str, produced_bytes: int, ended_ns: int) -> None:
        """The runtime is ready for more, or gone."""
        record: dict[str, Any] = {
            "requestId": invocation.request_id, "status": status,
            "metrics": {"durationMs": (ended_ns - invocation.started_ns) / 1e6, "producedBytes": produced_bytes},
            "spans": self._invoke_spans(invocation, ended_ns),
        }
        if error_type:
            record["errorType"] = telemetry_error_type(error_type)
        self._publish("platform.runtimeDone", record, ended_ns)

    def report(
        self, invocation: Invocation, status: str, error_type: str, *, ended_ns: int, init_ns: int, memory_peak_mb: float,
        has_extensions: bool,
    ) -> None:
        """The REPORT. Billed Duration = ceil(Init Duration + Duration) since 2025-08-01 (AWS Compute Blog, INIT billing)."""
        duration_ms = (ended_ns - invocation.started_ns) / 1e6
        init_ms = init_ns / 1e6
        metrics: dict[str, Any] = {
            "durationMs": round(duration_ms, 3),
            "billedDurationMs": math.ceil(round(duration_ms + init_ms, 3)),
            "memorySizeMB": self._function.memory_mb,
            "maxMemoryUsedMB": math.ceil(memory_peak_mb),
        }
        if init_ns:
            metrics["initDurationMs"] = round(init_ms, 3)
        record: dict[str, Any] = {"requestId": invocation.request_id, "status": status, "metrics": metrics}
        if error_type:
            record["errorType"] = telemetry_error_type(error_type)
        if has_extensions and invocation.runtime_done_ns:
            record["spans"] = [self._span("extensionOverhead", invocation.runtime_done_ns, ended_ns)]
        self._tell_extensions("platform.end", {"requestId": invocation.request_id})
        self._publish("platform.report", record)

    def out_of_memory(self, used_mb: float) -> None:
        """The memory limit was reached."""
        self._publish("sandbox.outOfMemory", {"limitMB": self._function.memory_mb, "usedMB": math.ceil(used_mb)})

    def refused(self, refusal: Refusal) -> None:
        """Why the invocation at hand failed here."""
        self._publish("sandbox.refused", msgspec.to_builtins(refusal))

    def reset(self, reason: str) -> None:
        """Its processes are gone, the environment is not. No part of the invocation that brought it about: that is reported."""
        self.request_id = ""
        self._publish("sandbox.reset", {"reason": reason})

    def stopped(self, reason: str, detail: str = "") -> None:
        """Publish the end of the environment. A spare one that was dropped before it was made never existed."""
        if not self._is_known:
            return
        record = {"reason": reason}
        if detail:
            record["detail"] = detail
        self._publish("sandbox.stopped", record)

    def _invoke_spans(self, invocation: Invocation, ended_ns: int) -> list[dict[str, Any]]:
        if not invocation.answered_ns:
            return []
        marks = (
            ("responseLatency", invocation.started_ns, invocation.answer_arrived_ns),
            ("responseDuration", invocation.answer_arrived_ns, invocation.answered_ns),
            ("runtimeOverhead", invocation.answered_ns, ended_ns),
        )
        return [self._span(name, begin, end) for name, begin, end in marks]

    def _span(self, name: str, begin_ns: int, end_ns: int) -> dict[str, Any]:
        return {"name": name, "startMs": self._clock.epoch_ms(begin_ns), "durationMs": (end_ns - begin_ns) / 1e6}


def telemetry_error_type(error_type: str) -> str:
    """An error type as telemetry and log have it: of a function's own only that it is unknown; the caller gets the real one.

    Source: AWS's runtime interface emulator, and recorded log streams ("Error Type: Runtime.Unknown" for a plain Error).
    """
    if _PLATFORM_ERROR.fullmatch(error_type):
        return error_type
    return "Function.Unknown" if error_type.startswith("Function.") else "Runtime.Unknown"


def _clip(payload: bytes) -> tuple[str, int]:
    return payload[:PAYLOAD_TEXT_LIMIT_BYTES].decode("utf-8", "replace"), len(payload)

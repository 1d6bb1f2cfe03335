"""What an environment publishes: one method per event. Record shapes are here, those of every invocation in `facts`.

Record shapes: Lambda guide, "Telemetry API event schema reference"; `sandbox.*`: workbench.model.events.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, Protocol

import msgspec

from workbench.engine.events.facts import (
    Answered,
    Assigned,
    Facts,
    Origin,
    Reported,
    RuntimeDone,
    Started,
    telemetry_error_type,
)
from workbench.engine.events.shown_paths import ShownPaths
from workbench.engine.events.stream import Stream
from workbench.engine.events.system_log import log_form
from workbench.engine.extensions.states import Extension
from workbench.engine.invocation.invocation import Invocation
from workbench.engine.invocation.result import InvocationResult
from workbench.engine.invocation.start_figures import StartFigures
from workbench.engine.runtime_api.init_report import InitReport
from workbench.engine.telemetry.subscription import Subscription
from workbench.model.engine_api import FailureLog
from workbench.model.events import Record
from workbench.model.function import FunctionConfiguration, InitializationType, SandboxKind
from workbench.model.refusals import Refusal
from workbench.sandbox.protocol import RuntimePlan

Phase = Literal["init", "invoke"]
LineSource = Literal["function", "extension"]
PAYLOAD_TEXT_LIMIT_BYTES = 65_536
"""How much of a payload the stream tells. The journal keeps events whole; the caller gets the whole answer."""


class TelemetryListener(Protocol):
    """Hears events besides the stream, for the extensions that subscribed to telemetry."""

    def offer(self, kind: str, time_ms: float, record: Record) -> None:
        """Take an event, with its time in epoch milliseconds."""


class EnvironmentEvents:
    """Publishes the events of one environment.

    `request_id` is that of the current invocation, "" between two; every event gets it. `telemetry` is None once no extension has
    subscribed and none can any more. `shown` replaces paths of our cache with those that people know.
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
        self._origin = Origin(
            function.name, environment_id, function.version, function.memory_mb, function.logging, failure_log)
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

    def _tell(self, facts: Facts) -> None:
        """Publish what is known of the current invocation."""
        self._stream.tell(facts)
        if self.telemetry is not None:
            for event in facts.events(self._stream.seq):
                self.telemetry.offer(event.type, event.time_ms, event.record)

    def _tell_extensions(self, kind: str, record: Record) -> None:
        """Offer an event that only the Logs API has; it is not part of our stream."""
        if self.telemetry is not None:
            self.telemetry.offer(kind, self._clock.epoch_ms(self._clock.now_ns()), record)

    def lines(self, texts: Sequence[str], source: LineSource = "function") -> bool:
        """Publish log lines of the function or of an extension. Return whether the writer should pause for a moment."""
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
        """Publish that an extension is ready or has failed."""
        record: dict[str, Any] = {
            "name": extension.name, "state": str(extension.state), "events": list(extension.events),
        }
        if extension.error_type:
            record["errorType"] = extension.error_type
        self._publish("platform.extension", record, at_ns)

    def extension_work(self, extension: Extension, status: str, at_ns: int) -> None:
        """Publish the end of an extension's work in one phase: its init, its part of an invocation, its shutdown."""
        self._publish("sandbox.extension", {
            "name": extension.name, "external": extension.is_external, "phase": extension.phase, "status": status,
            "durationMs": max(at_ns - extension.since_ns, 0) / 1e6,
        }, at_ns)

    def subscribed(self, name: str, subscription: Subscription) -> None:
        """Publish that an extension subscribed to telemetry."""
        kind = "platform.telemetrySubscription" if subscription.api == "telemetry" else "platform.logsSubscription"
        self._publish(kind, {"name": name, "state": "Subscribed", "types": list(subscription.types)})

    def logs_dropped(self, records: int, size_bytes: int, reason: str) -> None:
        """Publish that a subscriber did not get everything it subscribed to."""
        self._publish("platform.logsDropped", {"reason": reason, "droppedRecords": records, "droppedBytes": size_bytes})

    def fault(self, message: str, error_type: str) -> None:
        """Offer a failure that the platform found to subscribers of the Logs API."""
        self._tell_extensions("platform.fault", f"{message}\n{error_type}")

    def assigned(
        self, invocation: Invocation, start: str, sandbox: SandboxKind, *, debugged: bool, concurrency: str = ""
    ) -> None:
        """Publish that a request was assigned to this environment, and its payload. `concurrency`: see `sandbox.assigned`.

        The request ID is passed along because `request_id` is only set once the environment is invoked, which is after INIT.
        """
        self._is_known = True
        text, size = _clip(invocation.payload)
        self._stream.tell(Assigned(  # which extensions do not hear of
            self._origin, self._clock.offset_ns, self._clock.now_ns(), invocation.request_id, invocation.tenant_id, text, size,
            start, invocation.received_ns, sandbox, debugged, concurrency, invocation.alias, invocation.trigger,
            invocation.deployment))
        if size > PAYLOAD_TEXT_LIMIT_BYTES:
            self._stream.keep_event(self._stream.seq - Assigned.count + 1, invocation.payload)

    def creating(
        self, sandbox: SandboxKind, runtime_plan: RuntimePlan, initialization_type: InitializationType, *, ahead: bool
    ) -> None:
        """Publish that the sandbox is about to be made. `ahead`: no request waits for it."""
        self._is_known = True
        self._publish("sandbox.creating", {
            "sandbox": sandbox, "version": self._function.version, "runtime": self._function.runtime,
            "runsOn": runtime_plan.runs_on,
            "memorySizeMB": self._function.memory_mb, "notEnforced": list(runtime_plan.not_enforced),
            "initializationType": initialization_type, "ahead": ahead,
            "codePath": self._function.code_path, "layerPaths": list(self._function.layers),
        })

    def created(self, duration_ns: int) -> None:
        """Publish that the sandbox exists, and how long making it took."""
        self._publish("sandbox.created", {"durationMs": duration_ns / 1e6})

    def ready(self, duration_ns: int) -> None:
        """Publish that everything that needs no runtime has been done ahead of the first request."""
        self._publish("sandbox.ready", {"durationMs": duration_ns / 1e6})

    def notices(self, sentences: Sequence[str]) -> None:
        """Publish what the sandbox could not be given. This is for the person; extensions do not hear it."""
        for sentence in sentences:  # to the stream directly: `_publish` would offer them to extensions
            self._stream.publish("sandbox.progress", {"stage": "notice", "text": sentence}, function_name=self._function.name,
                                 environment_id=self._environment_id, request_id=self.request_id)

    def thawed(self, duration_ns: int) -> None:
        """Publish a thaw and how long the request waited for it, including a freeze that had not finished yet."""
        self._publish("sandbox.thawed", {"durationMs": duration_ns / 1e6})

    def started(self, duration_ns: int, at_ns: int) -> None:
        """Publish that the runtime, or the first extension, was started."""
        self._publish("sandbox.started", {"durationMs": duration_ns / 1e6}, at_ns)

    def init_start(self, phase: Phase, initialization_type: InitializationType, at_ns: int, runs_on: str) -> None:
        """Publish that INIT begins; with `phase` "invoke" it is repeated inside an invocation."""
        self._publish("platform.initStart", {
            "initializationType": initialization_type, "phase": phase,
            "runtimeVersion": "" if self._function.image else runs_on,  # Lambda names no runtime of an image
            "functionName": self._function.name, "functionVersion": self._function.version,
            "instanceId": self._environment_id, "instanceMaxMemory": self._function.memory_mb * 1024 * 1024,
        }, at_ns)

    def spans(self, report: InitReport) -> None:
        """Publish the runtime's own account of INIT."""
        self._publish("sandbox.spans", report.record(self._clock.epoch_ms))

    def init_done(
        self, phase: Phase, initialization_type: InitializationType, status: str, error_type: str, *,
        started_ns: int, runtime_done_ns: int, ended_ns: int
    ) -> None:
        """Publish that INIT ended: initRuntimeDone for the runtime's part, and initReport for the whole."""
        record: dict[str, Any] = {"initializationType": initialization_type, "phase": phase, "status": status}
        if error_type:
            record["errorType"] = telemetry_error_type(error_type)
        self._publish("platform.initRuntimeDone", record, runtime_done_ns)
        metrics = {"durationMs": (ended_ns - started_ns) / 1e6}
        self._publish("platform.initReport", {**record, "metrics": metrics}, ended_ns)

    def publish_restore(self, kind: str, record: dict[str, Any], at_ns: int) -> None:
        """Publish an event of RESTORE (see `restore_events`)."""
        self._publish(kind, record, at_ns)

    def start(self, invocation: Invocation, at_ns: int) -> None:
        """Publish the START of an invocation."""
        self._tell(Started(self._origin, self._clock.offset_ns, at_ns, invocation.request_id, invocation.tenant_id,
                           invocation.trace_id))

    def result(self, invocation: Invocation, result: InvocationResult) -> None:
        """Publish what the caller got."""
        clipped, size = _clip(result.payload)
        text = self.shown.masked(clipped)
        if text is not clipped:
            size += len(text.encode()) - len(clipped.encode())  # else it would seem that a part is missing
        if _is_more_than_text(result, clipped):
            self._stream.answers.keep(invocation.request_id, result.payload, self.shown.masked)
        self._tell(Answered(
            self._origin, self._clock.offset_ns, self._clock.now_ns(), invocation.request_id, invocation.tenant_id, text, size,
            result.function_error, result.is_fatal))

    def runtime_done(self, invocation: Invocation, status: str, error_type: str, produced_bytes: int, ended_ns: int) -> None:
        """Publish the end of the runtime's part of the invocation: it asked for the next event, or is gone."""
        self._tell(RuntimeDone(
            self._origin, self._clock.offset_ns, ended_ns, invocation.request_id, invocation.tenant_id, status, error_type,
            produced_bytes, invocation.started_ns, invocation.answer_arrived_ns, invocation.answered_ns))

    def report(
        self, invocation: Invocation, status: str, error_type: str, *, ended_ns: int, start: StartFigures, memory_peak_mb: float,
        has_extensions: bool,
    ) -> None:
        """Publish the REPORT."""
        # Our stream and the Telemetry API have no END: they have `platform.runtimeDone` instead.
        self._tell_extensions("platform.end", {"requestId": invocation.request_id})
        self._tell(Reported(
            self._origin, self._clock.offset_ns, self._clock.now_ns(), invocation.request_id, invocation.tenant_id, status,
            error_type, invocation.started_ns, ended_ns, start, memory_peak_mb,
            invocation.runtime_done_ns if has_extensions else 0))

    def out_of_memory(self, used_mb: float) -> None:
        """Publish that the memory limit was reached."""
        self._publish("sandbox.outOfMemory", {"limitMB": self._function.memory_mb, "usedMB": math.ceil(used_mb)})

    def refused(self, refusal: Refusal) -> None:
        """Publish why the current invocation failed in this sandbox."""
        self._publish("sandbox.refused", msgspec.to_builtins(refusal))

    def reset(self, reason: str) -> None:
        """Publish that the processes are gone but the environment stays.

        This is not part of the invocation that caused it, whose REPORT has been published.
        """
        self.request_id = ""  # before: `phase_over` clears it only after this
        self._publish("sandbox.reset", {"reason": reason})

    def stopping(self, reason: str) -> None:
        """Publish that the environment serves nobody any more and is being shut down."""
        if self._is_known:
            self._publish("sandbox.stopping", {"reason": reason})

    def stopped(self, reason: str, detail: str = "") -> None:
        """Publish the end of the environment. A spare one that was dropped before it was made never existed."""
        if not self._is_known:
            return
        record = {"reason": reason}
        if detail:
            record["detail"] = detail
        self._publish("sandbox.stopped", record)


def _clip(payload: bytes) -> tuple[str, int]:
    # Cut before it is decoded, so that 6 MB are not decoded for 64 KB; "replace" takes care of a character that is cut in two.
    return payload[:PAYLOAD_TEXT_LIMIT_BYTES].decode("utf-8", "replace"), len(payload)


def _is_more_than_text(result: InvocationResult, clipped: str) -> bool:
    """Whether the event has not all of an answer: it is longer, or no UTF-8. Of a streamed one there is no more."""
    return not result.was_streamed and (len(result.payload) > PAYLOAD_TEXT_LIMIT_BYTES or "\ufffd" in clipped)

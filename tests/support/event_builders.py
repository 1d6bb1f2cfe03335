"""Realistic sequences of stream events, in the order and the shapes in which the engine publishes them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import msgspec

from workbench.model.events import Record, StreamEvent
from workbench.model.function_failures import FunctionFailure, canceled, exited, out_of_memory, timed_out

EPOCH_MS = 1_792_000_000_000.0

Imports = Sequence[tuple[str, int, float, float]]
"""(module, index of the importing entry or -1, duration in ms, duration without its own imports in ms)."""

BOTO_IMPORTS: Imports = (
    ("boto3", -1, 143.0, 12.0),
    ("botocore", 0, 96.0, 30.0),
    ("urllib3", 1, 66.0, 66.0),
    ("json", -1, 4.0, 4.0),
)


class EventStream:
    """Builds one journal's events: numbers them and moves a clock."""

    def __init__(self, function_name: str = "thumbnail", memory_mb: int = 512) -> None:
        self.function_name = function_name
        self.memory_mb = memory_mb
        self.now_ms = EPOCH_MS
        self.events: list[StreamEvent] = []

    def emit(self, kind: str, record: Record, environment_id: str = "", request_id: str = "") -> None:
        self.events.append(StreamEvent(
            seq=len(self.events) + 1, time_ms=self.now_ms, type=kind,
            function_name=self.function_name, environment_id=environment_id, request_id=request_id, record=record,
        ))

    def wait(self, ms: float) -> None:
        self.now_ms += ms

    def assign(self, request_id: str, environment_id: str, start: str, event: object = None) -> None:
        self.emit("sandbox.assigned", {"requestId": request_id, "start": start, "receivedMs": self.now_ms, "sandbox": "process"},
                  environment_id, request_id)
        text = json.dumps(event or {"key": "cat.jpg"})
        self.emit("sandbox.payload", {"requestId": request_id, "kind": "event", "text": text, "sizeBytes": len(text)},
                  environment_id, request_id)

    def create(self, environment_id: str, create_ms: float = 30.0, start_ms: float = 211.0) -> None:
        self.emit("sandbox.creating", {"sandbox": "process", "runtime": "python3.12", "runsOn": "Python 3.12.7",
                                       "memorySizeMB": self.memory_mb, "notEnforced": ["CPU share"]}, environment_id)
        self.wait(create_ms)
        self.emit("sandbox.created", {"durationMs": create_ms}, environment_id)
        self.wait(start_ms)
        self.emit("sandbox.started", {"durationMs": start_ms}, environment_id)

    def init(
        self, environment_id: str, *, runtime_ms: float = 36.0, function_ms: float = 168.1, imports: Imports = BOTO_IMPORTS,
        lines: Sequence[str] = (), error_type: str = "", with_spans: bool = True, phase: str = "init",
    ) -> float:
        """Init to its report; its duration in ms."""
        began_ms = self.now_ms
        self.emit("platform.initStart", {
            "initializationType": "on-demand", "phase": phase, "runtimeVersion": "Python 3.12.7",
            "functionName": self.function_name, "functionVersion": "$LATEST", "instanceId": environment_id,
            "instanceMaxMemory": self.memory_mb * 1024 * 1024,
        }, environment_id)
        for line in lines:
            self.emit("function", line, environment_id)
        if with_spans and not error_type:
            self.emit("sandbox.spans", _spans(began_ms, runtime_ms, function_ms, imports), environment_id)
        self.wait(runtime_ms + function_ms)
        record: dict[str, Any] = {"initializationType": "on-demand", "phase": phase, "status": "success"}
        if error_type:
            record |= {"status": "error", "errorType": error_type}
        self.emit("platform.initRuntimeDone", record, environment_id)
        self.emit("platform.initReport", {**record, "metrics": {"durationMs": runtime_ms + function_ms}}, environment_id)
        return runtime_ms + function_ms

    def invoke(
        self, request_id: str, environment_id: str, *, duration_ms: float = 41.2, overhead_ms: float = 0.4, init_ms: float = 0.0,
        lines: Sequence[str] = ("resizing cat.jpg, 2996 ms left",), result: object = None, memory_used_mb: int = 61,
    ) -> None:
        """A successful invocation in an environment that is ready."""
        began_ms = self._start(request_id, environment_id)
        for line in lines:
            self.wait((duration_ms - overhead_ms) / (len(lines) + 1))
            self.emit("function", line, environment_id, request_id)
        payload = json.dumps({"statusCode": 200, "body": '{"bytes": 48213}'} if result is None else result)
        self.now_ms = began_ms + duration_ms - overhead_ms
        self._result(request_id, environment_id, payload)
        self.now_ms = began_ms + duration_ms
        spans = [
            {"name": "responseLatency", "startMs": began_ms, "durationMs": duration_ms - overhead_ms},
            {"name": "responseDuration", "startMs": self.now_ms - overhead_ms, "durationMs": 0.0},
            {"name": "runtimeOverhead", "startMs": self.now_ms - overhead_ms, "durationMs": overhead_ms},
        ]
        done = {"requestId": request_id, "status": "success", "spans": spans,
                "metrics": {"durationMs": duration_ms, "producedBytes": len(payload)}}
        self.emit("platform.runtimeDone", done, environment_id, request_id)
        self._report(request_id, environment_id, "success", "", duration_ms, init_ms, memory_used_mb)

    def fail(
        self, request_id: str, environment_id: str, payload: str, *, status: str = "error", error_type: str,
        duration_ms: float = 12.0, init_ms: float = 0.0, lines: Sequence[str] = (), memory_used_mb: int = 58,
    ) -> None:
        """An invocation whose payload is an error document."""
        self._start(request_id, environment_id)
        for line in lines:
            self.emit("function", line, environment_id, request_id)
        self.wait(duration_ms)
        self._result(request_id, environment_id, payload, "Unhandled")
        done = {"requestId": request_id, "status": status, "errorType": error_type, "spans": [],
                "metrics": {"durationMs": duration_ms, "producedBytes": 0}}
        self.emit("platform.runtimeDone", done, environment_id, request_id)
        self._report(request_id, environment_id, status, error_type, duration_ms, init_ms, memory_used_mb)

    def cancelled(self, request_id: str = "r-cancelled", environment_id: str = "a81f00") -> list[StreamEvent]:
        """A person broke off a handler at work: the engine answers Sandbox.Canceled and keeps the environment."""
        self.assign(request_id, environment_id, "warm")
        self._platform_failure(canceled(request_id), request_id, environment_id, "failure", 640.0, 0.0)
        return self.events

    def init_again(self, request_id: str = "r-again", environment_id: str = "a81f00") -> list[StreamEvent]:
        """After a failure the environment starts anew inside the next invocation, which pays for it ("suppressed init")."""
        self.assign(request_id, environment_id, "warm")
        began_ms = self.now_ms
        first = len(self.events)
        self.create(environment_id)
        self.init(environment_id, phase="invoke")
        created = [event for event in self.events[first:] if event.type != "sandbox.creating"]
        self.events[first:] = [
            msgspec.structs.replace(event, seq=first + 1 + place, request_id=request_id) for place, event in enumerate(created)
        ]
        self._start(request_id, environment_id)
        self.wait(20)
        self._result(request_id, environment_id, "null")
        duration_ms = self.now_ms - began_ms
        done = {"requestId": request_id, "status": "success", "spans": [],
                "metrics": {"durationMs": duration_ms, "producedBytes": 4}}
        self.emit("platform.runtimeDone", done, environment_id, request_id)
        self._report(request_id, environment_id, "success", "", duration_ms, 0.0, 61)
        return self.events

    def stop(self, environment_id: str, reason: str) -> None:
        self.emit("sandbox.stopped", {"reason": reason}, environment_id)

    def cold_start(self, request_id: str, environment_id: str) -> float:
        """All before the handler; the init duration in ms."""
        self.assign(request_id, environment_id, "cold")
        self.create(environment_id)
        return self.init(environment_id)

    def cold_success(self, request_id: str = "r-cold", environment_id: str = "a81f00") -> list[StreamEvent]:
        self.invoke(request_id, environment_id, init_ms=self.cold_start(request_id, environment_id))
        return self.events

    def warm_success(
        self, request_id: str = "r-warm", environment_id: str = "a81f00", duration_ms: float = 0.9
    ) -> list[StreamEvent]:
        self.assign(request_id, environment_id, "warm")
        self.invoke(request_id, environment_id, duration_ms=duration_ms, overhead_ms=0.1)
        return self.events

    def raised(self, request_id: str = "r-error", environment_id: str = "a81f00") -> list[StreamEvent]:
        """The handler raised ValueError in a warm environment."""
        self.assign(request_id, environment_id, "warm")
        payload = {"errorMessage": "boom", "errorType": "ValueError", "requestId": request_id,
                   "stackTrace": ['  File "/var/task/app.py", line 5, in handler\n    raise ValueError("boom")\n']}
        place = '\xa0\xa0File "/var/task/app.py", line 5, in handler'
        trace = f"[ERROR] ValueError: boom\nTraceback (most recent call last):\n{place}"
        self.fail(request_id, environment_id, json.dumps(payload), error_type="ValueError", lines=[trace])
        return self.events

    def timeout(self, request_id: str = "r-timeout", environment_id: str = "3c0711") -> list[StreamEvent]:
        init_ms = self.cold_start(request_id, environment_id)
        self._platform_failure(timed_out(request_id, 3), request_id, environment_id, "timeout", 3016.78, init_ms)
        self.stop(environment_id, "timeout")
        return self.events

    def crash(self, request_id: str = "r-crash", environment_id: str = "9be222") -> list[StreamEvent]:
        init_ms = self.cold_start(request_id, environment_id)
        self._platform_failure(exited(request_id, code=1, signal=None), request_id, environment_id, "error", 7.25, init_ms)
        self.stop(environment_id, "failure")
        return self.events

    def out_of_memory(self, request_id: str = "r-oom", environment_id: str = "0a3300") -> list[StreamEvent]:
        init_ms = self.cold_start(request_id, environment_id)
        self.emit("sandbox.outOfMemory", {"limitMB": self.memory_mb, "usedMB": self.memory_mb}, environment_id, request_id)
        self._platform_failure(out_of_memory(request_id), request_id, environment_id, "error", 880.5, init_ms, self.memory_mb)
        self.stop(environment_id, "failure")
        return self.events

    def init_failure(self, request_id: str = "r-init", environment_id: str = "77aa00") -> list[StreamEvent]:
        """The module cannot be imported; Lambda words the answer after the runtime's own."""
        self.assign(request_id, environment_id, "cold")
        self.create(environment_id)
        message = "Unable to import module 'app': No module named 'foo'"
        error_type = "Runtime.ImportModuleError"
        self.init(environment_id, error_type=error_type, lines=[f"[ERROR] {error_type}: {message}"])
        payload = json.dumps({"errorMessage": message, "errorType": error_type, "requestId": "", "stackTrace": []})
        self.fail(request_id, environment_id, payload, error_type=error_type, duration_ms=204.1)
        self.stop(environment_id, "failure")
        return self.events

    def _start(self, request_id: str, environment_id: str) -> float:
        tracing = {"type": "X-Amzn-Trace-Id", "value": "Root=1-5e34a614-10bdxmplf1fb44f07bc535a1;Parent=1;Sampled=0"}
        record = {"requestId": request_id, "version": "$LATEST", "tracing": tracing}
        self.emit("platform.start", record, environment_id, request_id)
        return self.now_ms

    def _result(self, request_id: str, environment_id: str, payload: str, function_error: str = "") -> None:
        record: dict[str, Any] = {"requestId": request_id, "kind": "result", "text": payload, "sizeBytes": len(payload.encode())}
        if function_error:
            record["functionError"] = function_error
        if f"RequestId: {request_id} Error: " in payload:
            record["isFatal"] = True
        self.emit("sandbox.payload", record, environment_id, request_id)

    def _platform_failure(
        self, failure: FunctionFailure, request_id: str, environment_id: str, status: str, duration_ms: float,
        init_ms: float, memory_used_mb: int = 58,
    ) -> None:
        payload = failure.payload().decode()
        self.fail(request_id, environment_id, payload, status=status, error_type=failure.error_type, duration_ms=duration_ms,
                  init_ms=init_ms, memory_used_mb=memory_used_mb)

    def _report(
        self, request_id: str, environment_id: str, status: str, error_type: str, duration_ms: float, init_ms: float, used_mb: int
    ) -> None:
        billed_ms = math.ceil(round(duration_ms + init_ms, 3))
        metrics: dict[str, Any] = {"durationMs": round(duration_ms, 3), "billedDurationMs": billed_ms,
                                   "memorySizeMB": self.memory_mb, "maxMemoryUsedMB": used_mb}
        if init_ms:
            metrics["initDurationMs"] = round(init_ms, 3)
        record: dict[str, Any] = {"requestId": request_id, "status": status, "metrics": metrics}
        if error_type:
            record["errorType"] = error_type
        self.emit("platform.report", record, environment_id, request_id)


def _spans(began_ms: float, runtime_ms: float, function_ms: float, imports: Imports) -> dict[str, Any]:
    function_began_ms = began_ms + runtime_ms
    return {
        "spans": [
            {"name": "runtimeInit", "startMs": began_ms, "durationMs": runtime_ms},
            {"name": "functionInit", "startMs": function_began_ms, "durationMs": function_ms},
        ],
        "imports": [
            {"module": module, "parent": parent, "startMs": function_began_ms, "durationMs": total_ms, "selfMs": own_ms}
            for module, parent, total_ms, own_ms in imports
        ],
    }


def busy_session() -> list[StreamEvent]:
    """Cold, warm, failing and timed out invocations in three environments, as the mock-ups of the main window show them."""
    stream = EventStream()
    stream.cold_success("7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0001", "a81f00")
    stream.wait(180)
    stream.warm_success("7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0002", "a81f00", 14.2)
    stream.wait(90)
    stream.raised("7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0003", "a81f00")
    stream.wait(60)
    stream.crash("7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0004", "9be222")
    stream.wait(140)
    stream.warm_success("7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0005", "a81f00", 9.4)
    stream.assign("7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0006", "3c0711", "cold")
    record = {"sandbox": "process", "runtime": "python3.12", "memorySizeMB": 512, "notEnforced": []}
    stream.emit("sandbox.creating", record, "3c0711")
    return stream.events

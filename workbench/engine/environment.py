"""One execution environment: created, initialised, invoked again and again, stopped. One request at a time.

    CREATING ──▶ INITIALIZING ──▶ IDLE ⇄ BUSY ──▶ STOPPED
                      │            ▲      │ timeout, crash, init failure
                      └──▶ NEEDS_INIT ◀───┘ (the next invocation repeats INIT inside its own duration: "suppressed init")

Whatever is not drawn is refused. Source: Lambda guide, "Understanding the Lambda execution environment lifecycle".
Everything runs on the engine's loop; Runtime API calls arrive as plain method calls (see runtime_api.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from enum import Enum
from typing import Any

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.environment_events import EnvironmentEvents, Phase
from workbench.engine.http_exchange import RuntimeConnection, RuntimeRequest
from workbench.engine.init_report import read_init_report
from workbench.engine.invocation import Invocation, InvocationResult, failed
from workbench.engine.log_lines import LineSplitter
from workbench.engine.runtime_api import INIT_REPORT_HEADER, Refusal
from workbench.engine.runtime_process import RuntimeProcess
from workbench.engine.stream import Stream
from workbench.model.engine_api import EnvironmentState
from workbench.model.failures import (
    RESPONSE_LIMIT_BYTES,
    FunctionFailure,
    exited,
    invalid_entrypoint,
    out_of_memory,
    response_too_large,
    sandbox_lost,
    timed_out,
)
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.protocol import EntrypointInvalid, Exit, Preparation, SandboxProvider

INIT_LIMIT_S = 10.0
"""On-demand INIT. Source: Lambda guide, "Init phase"."""
EXIT_GRACE_S = 1.0
"""How long a runtime that reported an init error may take to end by itself."""


class State(Enum):
    """Where an environment is in its life."""

    CREATING = "creating"
    INITIALIZING = "initializing"
    IDLE = "idle"
    BUSY = "busy"
    NEEDS_INIT = "needs init"
    STOPPED = "stopped"

    @property
    def shown(self) -> EnvironmentState:
        """The state as the API names it: one that needs INIT is idle to its callers."""
        return _SHOWN[self]


_SHOWN: dict[State, EnvironmentState] = {
    State.CREATING: "creating",
    State.INITIALIZING: "initializing",
    State.IDLE: "idle",
    State.BUSY: "busy",
    State.NEEDS_INIT: "idle",
    State.STOPPED: "stopping",
}


class InitOutcome(msgspec.Struct, frozen=True):
    """How INIT ended: `status` success|error|timeout, and for failures what the caller of an invocation would get."""

    status: str
    ended_ns: int
    error_type: str = ""
    payload: bytes = b""


class Environment:
    """An execution environment of one function in one sandbox. `on_free` is called whenever it may take a request again."""

    def __init__(
        self,
        *,
        environment_id: str,
        function: FunctionConfiguration,
        preparation: Preparation,
        process: RuntimeProcess,
        stream: Stream,
        clock: Clock,
        on_free: Callable[[Environment], None],
    ) -> None:
        self.environment_id = environment_id
        self.function = function
        self.preparation = preparation
        self.state = State.CREATING
        self.invocations = 0
        self.idle_since_ns = clock.now_ns()
        self._process = process
        self._clock = clock
        self._on_free = on_free
        self._lines = LineSplitter()
        self.events = EnvironmentEvents(stream, clock, function, environment_id)
        self._init: asyncio.Future[InitOutcome] | None = None
        self._init_ns = 0
        self._process_started_ns = 0
        self._waiting: RuntimeConnection | None = None
        self._current: Invocation | None = None
        self._timeout: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        process.attach(host=self, output=self._output, exited=self._exited)

    @property
    def provider(self) -> SandboxProvider:
        """The kind of sandbox it lives in."""
        return self._process.provider

    @property
    def answered(self) -> bool:
        """Busy only with getting back to `next`: it will be free in a moment."""
        return self.state is State.BUSY and self._current is not None and bool(self._current.answered_ns)

    def memory_peak_mb(self) -> float:
        """Highest memory use so far."""
        return self._process.memory_peak_mb()

    # -- life ---------------------------------------------------------------------------------------------------------------

    async def initialize(self) -> None:
        """INIT of a new environment. Afterwards it is IDLE, or NEEDS_INIT when the function's start failed.

        Raises SandboxError when there is no sandbox to be had.
        """
        self.events.creating(self.provider.kind, self.preparation)
        outcome, started_ns = await self._run_init("init", INIT_LIMIT_S)
        if outcome.status == "success":
            self._init_ns = outcome.ended_ns - started_ns
            self.state = State.IDLE
        else:
            await self._process.ended(EXIT_GRACE_S if outcome.status == "error" else 0)
            await self._clear_process()
            self.state = State.NEEDS_INIT

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """Hand a request to the runtime; returns as soon as the caller's answer is known (the REPORT may follow)."""
        assert self.state in (State.IDLE, State.NEEDS_INIT), self.state
        needs_init, self.state = self.state is State.NEEDS_INIT, State.BUSY
        self.invocations += 1
        self.events.request_id = invocation.request_id
        self._current = invocation
        timeout_s = self.function.timeout_s
        self._timeout = asyncio.get_running_loop().call_later(timeout_s, self._timed_out, invocation)
        if needs_init:
            self._begin(invocation)
            self._spawn(self._suppressed_init(invocation))
        else:
            await self._process.thaw()
            if self._current is invocation:
                self._begin(invocation)
                self._deliver(invocation)
        return await invocation.result

    def cancel(self, reason: str) -> None:
        """Break off what runs; the caller gets a Sandbox.Failure, the environment starts anew at the next request."""
        invocation = self._current
        if invocation is not None:
            failure = FunctionFailure("Sandbox.Failure", f"RequestId: {invocation.request_id} Error: {reason}")
            self._fail(invocation, failed(failure), "failure")

    async def stop(self, reason: str, detail: str = "") -> None:
        """End it for good. An invocation that still runs is broken off."""
        if self.state is State.STOPPED:
            return
        if self._current is not None and not self._current.result.done():
            self.cancel("The execution environment was stopped.")
        while self._tasks:
            await asyncio.wait(self._tasks)
        self.state = State.STOPPED
        await self._process.clear()
        self.events.stopped(reason, detail)

    # -- init ---------------------------------------------------------------------------------------------------------------

    async def _run_init(self, phase: Phase, limit_s: float) -> tuple[InitOutcome, int]:
        self._init = asyncio.get_running_loop().create_future()
        try:
            started_ns = await self._launch(phase)
        except EntrypointInvalid as error:
            started_ns = self._clock.now_ns()
            failure = invalid_entrypoint(self.events.request_id, error.reason)
            self._settle_init(InitOutcome("error", started_ns, failure.error_type, failure.payload()))
        self.events.init_start(phase, started_ns, self.preparation.runs_on)
        try:
            async with asyncio.timeout(limit_s):
                outcome = await asyncio.shield(self._init)
        except TimeoutError:
            outcome = InitOutcome("timeout", self._clock.now_ns(), "Sandbox.Timedout")
        if outcome.status == "success":
            self._init = None  # after a failure it stays until the process is cleared: its exit is part of that failure
        await self._drain()
        self.events.init_done(phase, outcome.status, outcome.error_type, started_ns, outcome.ended_ns)
        return outcome, started_ns

    async def _launch(self, phase: Phase) -> int:
        """Make the sandbox and start the runtime; when that was done (monotonic ns)."""
        begun_ns = self._clock.now_ns()
        await self._process.create()
        created_ns = self._clock.now_ns()
        self.events.created(created_ns - begun_ns)
        if phase == "init":
            self.state = State.INITIALIZING
        await self._process.start()
        started_ns = self._process_started_ns = self._clock.now_ns()
        self.events.started(started_ns - created_ns, started_ns)
        return started_ns

    async def _suppressed_init(self, invocation: Invocation) -> None:
        outcome, _ = await self._run_init("invoke", self.function.timeout_s + EXIT_GRACE_S)
        if self._current is not invocation or invocation.result.done():
            return
        if outcome.status == "success":
            self._deliver(invocation)
        else:
            await self._process.ended(EXIT_GRACE_S)
            self._fail(invocation, _unhandled(outcome.payload, outcome.error_type), "error")

    def _settle_init(self, outcome: InitOutcome) -> None:
        if self._init is not None and not self._init.done():
            self._init.set_result(outcome)

    # -- the Runtime API ----------------------------------------------------------------------------------------------------

    def runtime_next(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        """The runtime is ready: INIT or the invocation is over."""
        self._waiting = connection
        if self._init is not None:
            self._tell_spans(request)
            self._settle_init(InitOutcome("success", request.arrived_ns))
        elif self._current is not None and self._current.started_ns:
            self._invocation_over(self._current, request.arrived_ns)

    def runtime_response(self, request_id: str, request: RuntimeRequest) -> None:
        """The handler's result."""
        invocation = self._expect(request_id)
        if request.too_large:
            self._answer(invocation, request, failed(response_too_large()))
            message = f"Exceeded maximum allowed payload size ({RESPONSE_LIMIT_BYTES} bytes)."
            raise Refusal(413, "RequestEntityTooLarge", message)
        trailer = request.headers.get("lambda-runtime-function-error-type", "")
        if trailer:
            self._answer(invocation, request, _unhandled(request.body, trailer))
        else:
            self._answer(invocation, request, InvocationResult(payload=request.body))

    def runtime_error(self, request_id: str, request: RuntimeRequest) -> None:
        """The handler failed; its document goes to the caller unchanged."""
        invocation = self._expect(request_id)
        error_type = request.headers.get("lambda-runtime-function-error-type", "Runtime.Unknown")
        self._answer(invocation, request, _unhandled(request.body, error_type))

    def runtime_init_error(self, request: RuntimeRequest) -> None:
        """The function could not be loaded."""
        if self._init is None:
            raise Refusal(403, "InvalidStateTransition", _NOT_ALLOWED.format("Running", "InitError"))
        self._tell_spans(request)
        error_type = request.headers.get("lambda-runtime-function-error-type", "Runtime.Unknown")
        self._settle_init(InitOutcome("error", request.arrived_ns, error_type, request.body))

    def _tell_spans(self, request: RuntimeRequest) -> None:
        """The runtime's account of INIT, or the sandbox's; its part begins with its process, before its own first instruction."""
        report = read_init_report(request.headers.get(INIT_REPORT_HEADER, "") or self._process.init_report())
        if report is not None:
            begun_ns = min(self._process_started_ns, report.runtime_init[0])
            self.events.spans(msgspec.structs.replace(report, runtime_init=(begun_ns, report.runtime_init[1])))

    def _expect(self, request_id: str) -> Invocation:
        invocation = self._current
        if invocation is None or not invocation.started_ns:
            raise Refusal(403, "InvalidStateTransition", _NOT_ALLOWED.format("Ready", "InvocationResponse"))
        if invocation.request_id != request_id:
            raise Refusal(400, "InvalidRequestID", "Invalid request ID")
        if invocation.answered_ns:
            raise Refusal(403, "InvalidStateTransition", _NOT_ALLOWED.format("ResponseSent", "InvocationResponse"))
        return invocation

    # -- an invocation ------------------------------------------------------------------------------------------------------

    def _begin(self, invocation: Invocation) -> None:
        invocation.started_ns = self._clock.now_ns()
        self.events.start(invocation)

    def _deliver(self, invocation: Invocation) -> None:
        connection, self._waiting = self._waiting, None
        if connection is None or not connection.is_open:
            self._fail(invocation, failed(sandbox_lost(invocation.request_id, "The runtime closed its connection.")), "failure")
            return
        connection.respond(200, invocation.payload, self._event_headers(invocation))

    def _event_headers(self, invocation: Invocation) -> str:
        deadline_ms = int(self._clock.epoch_ms(invocation.started_ns)) + self.function.timeout_s * 1000
        lines = [
            "Content-Type: application/json",
            f"Lambda-Runtime-Aws-Request-Id: {invocation.request_id}",
            f"Lambda-Runtime-Deadline-Ms: {deadline_ms}",
            f"Lambda-Runtime-Invoked-Function-Arn: {invocation.function_arn}",
            f"Lambda-Runtime-Trace-Id: {invocation.trace_id}",
        ]
        if invocation.client_context:
            lines.append(f"Lambda-Runtime-Client-Context: {invocation.client_context}")
        return "\r\n".join(lines) + "\r\n"

    def _answer(self, invocation: Invocation, request: RuntimeRequest, result: InvocationResult) -> None:
        invocation.answer_arrived_ns = request.arrived_ns
        invocation.answered_ns = request.complete_ns
        self.events.result(invocation, result)
        invocation.settle(result)

    def _invocation_over(self, invocation: Invocation, ended_ns: int) -> None:
        """The runtime called `next` after an invocation."""
        self._cancel_timeout()
        if not invocation.answered_ns:
            reason = "The runtime asked for the next event without answering this one."
            failure = FunctionFailure("Runtime.Unknown", f"RequestId: {invocation.request_id} Error: {reason}")
            self.events.result(invocation, failed(failure))
            invocation.settle(failed(failure))
        self._spawn(self._finish(invocation, ended_ns))

    async def _finish(self, invocation: Invocation, ended_ns: int) -> None:
        await self._drain()
        result = invocation.result.result()
        status = "error" if result.function_error else "success"
        self._report(invocation, status, result, ended_ns, self._process.memory_peak_mb())
        self._process.freeze()
        self._free(State.IDLE, invocation)

    def _timed_out(self, invocation: Invocation) -> None:
        self._fail(invocation, failed(timed_out(invocation.request_id, self.function.timeout_s)), "timeout")

    def _exited(self, exit_: Exit) -> None:
        """The runtime process is gone (all its output has arrived)."""
        invocation = self._current
        request_id = invocation.request_id if invocation else ""
        failure = self._exit_failure(request_id, exit_)
        self._settle_init(InitOutcome("error", self._clock.now_ns(), failure.error_type, failure.payload()))
        if invocation is not None and invocation.started_ns and self._init is None:
            self._fail(invocation, failed(failure), "error")
        elif self.state is State.IDLE:
            self.state = State.NEEDS_INIT
            self._spawn(self._clear_process())

    def _exit_failure(self, request_id: str, exit_: Exit) -> FunctionFailure:
        if exit_.out_of_memory:
            self.events.out_of_memory(self._process.memory_peak_mb())
            return out_of_memory(request_id)
        if exit_.code is None and exit_.signal is None:
            return sandbox_lost(request_id, exit_.lost or "The sandbox is gone.")
        return exited(request_id, code=exit_.code, signal=exit_.signal)

    def _fail(self, invocation: Invocation, result: InvocationResult, status: str) -> None:
        """End an invocation that its runtime will not end: answer, kill, report, start anew at the next request."""
        if self._current is not invocation or invocation.reported.done():
            return
        ended_ns = self._clock.now_ns()
        self._cancel_timeout()
        if not invocation.started_ns:
            self._begin(invocation)
        if invocation.settle(result):
            self.events.result(invocation, result)
        self._settle_init(InitOutcome("error", ended_ns, result.error_type, result.payload))
        self._spawn(self._reset(invocation, result, status, ended_ns))

    async def _reset(self, invocation: Invocation, result: InvocationResult, status: str, ended_ns: int) -> None:
        if self._current is not invocation:
            return
        peak_mb = self._process.memory_peak_mb()
        await self._clear_process()
        self._report(invocation, status, result, ended_ns, peak_mb)
        self._free(State.NEEDS_INIT, invocation)

    def _report(self, invocation: Invocation, status: str, result: InvocationResult, ended_ns: int, peak_mb: float) -> None:
        init_ns, self._init_ns = self._init_ns, 0
        self.events.runtime_done(invocation, status, result.error_type, len(result.payload), ended_ns)
        self.events.report(
            invocation, status, result.error_type, ended_ns=ended_ns, init_ns=init_ns, memory_peak_mb=peak_mb
        )

    def _free(self, state: State, invocation: Invocation) -> None:
        self._current = None
        self.state = state
        self.idle_since_ns = self._clock.now_ns()
        self.events.request_id = ""
        if not invocation.reported.done():
            invocation.reported.set_result(None)
        self._on_free(self)

    # -- output and processes -----------------------------------------------------------------------------------------------

    def _output(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            self.events.line(line)

    async def _drain(self) -> None:
        await self._process.drain_output()
        for line in self._lines.flush():
            self.events.line(line)

    async def _clear_process(self) -> None:
        self._waiting = None
        await self._process.clear()
        self._init = None
        for line in self._lines.flush():
            self.events.line(line)

    def _cancel_timeout(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _unhandled(document: bytes, error_type: str) -> InvocationResult:
    return InvocationResult(payload=document, function_error="Unhandled", error_type=error_type)


_NOT_ALLOWED = "State transition from {} to {} failed for runtime. Error: State transition is not allowed"

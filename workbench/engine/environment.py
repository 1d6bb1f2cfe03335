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
from typing import Any

from workbench.engine.answers import Answers, transition_refused
from workbench.engine.clock import Clock
from workbench.engine.environment_events import EnvironmentEvents
from workbench.engine.environment_state import PoolKey, State
from workbench.engine.http_exchange import BodySink, RuntimeConnection, RuntimeRequest
from workbench.engine.initialization import InitOutcome
from workbench.engine.invocation import Invocation, InvocationResult, failed, unhandled
from workbench.engine.runtime_process import RuntimeProcess
from workbench.engine.sandbox_life import SandboxLife
from workbench.engine.sandbox_lives import SandboxLives
from workbench.engine.shutdown import ShutdownReason
from workbench.engine.stream import Stream
from workbench.engine.streamed_answer import ERROR_TYPE
from workbench.engine.time_limits import TimeLimit, TimeLimits
from workbench.model.engine_api import FailureLog
from workbench.model.failures import (
    FunctionFailure,
    SandboxError,
    exited,
    out_of_memory,
    sandbox_lost,
    timed_out,
)
from workbench.model.function import FunctionConfiguration, InitializationType
from workbench.sandbox.protocol import Exit, Preparation, SandboxProvider

INIT_LIMIT_S = 10.0
"""On-demand INIT. Source: Lambda guide, "Init phase"."""
PROVISIONED_INIT_LIMIT_S = 130.0
"""Provisioned concurrency: this, or the function's timeout where that is longer. Source: Lambda guide, "Init phase"."""
EXIT_GRACE_S = 1.0
"""How long a runtime that reported an init error may take to end by itself."""


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
        initialization_type: InitializationType = "on-demand",
        failure_log: FailureLog = "both",
    ) -> None:
        self.initialization_type: InitializationType = initialization_type
        self.limits = TimeLimits()
        self.environment_id = environment_id
        self.function = function
        self.preparation = preparation
        self.state = State.CREATING
        self.invocations = 0
        self.idle_since_ns = clock.now_ns()
        self._process = process
        self._clock = clock
        self._on_free = on_free
        self.events = EnvironmentEvents(
            stream, clock, function, environment_id, initialization_type=initialization_type, failure_log=failure_log)
        self._answers = Answers(self.events, clock)
        self._lives = SandboxLives(
            process=process, events=self.events, clock=clock, function=function, preparation=preparation, limits=self.limits,
            broken=self._broken, extensions_idle=self._end_if_idle)
        self._init_ns = 0
        self._waiting: RuntimeConnection | None = None
        self._current: Invocation | None = None
        self._timeout: TimeLimit | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._clearing: asyncio.Task[None] | None = None
        self._initializing: asyncio.Task[None] | None = None
        process.attach(host=self, output=self._lives.output, exited=self._exited)

    @property
    def provider(self) -> SandboxProvider:
        """The kind of sandbox it lives in."""
        return self._process.provider

    @property
    def key(self) -> PoolKey:
        """Whose requests it serves."""
        return self.function.name, self.provider.kind

    @property
    def is_prepared(self) -> bool:
        """Whether its sandbox was made ahead, and INIT waits for a request."""
        return self._lives.is_prepared

    @property
    def idle_since_ms(self) -> float | None:
        """Epoch time since when nothing is asked of it; None while it works."""
        is_idle = self.is_prepared or self.state in (State.IDLE, State.NEEDS_INIT)
        return self._clock.epoch_ms(self.idle_since_ns) if is_idle else None

    @property
    def is_provisioned(self) -> bool:
        """Whether it was initialised ahead of its requests, and stays."""
        return self.initialization_type == "provisioned-concurrency"

    @property
    def answered(self) -> bool:
        """Busy only with getting back to `next`: it will be free in a moment."""
        return self.state is State.BUSY and self._current is not None and bool(self._current.answered_ns)

    def memory_peak_mb(self) -> float:
        """Highest memory use so far."""
        return self._process.memory_peak_mb()

    # -- life ---------------------------------------------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Make the sandbox ahead of a request, and all of it ready that needs no runtime. Raises SandboxError."""
        await self._lives.prepare()
        self.idle_since_ns = self._clock.now_ns()

    async def initialize(self) -> None:
        """INIT of a new environment. Afterwards it is IDLE, or NEEDS_INIT when the function's start failed.

        Raises SandboxError when there is no sandbox to be had.
        """
        life, outcome = await self._lives.begin_first(self._init_limit_s, ahead=self.is_provisioned, began=self._init_began)
        if outcome.status == "success":
            self._init_ns = 0 if self.is_provisioned else max(outcome.ended_ns - life.init.started_ns, 1)
            self.state = State.IDLE
            life.catch_up()
        else:
            await self._process.ended(_exit_grace_s(outcome))
            await self._clear_sandbox("TIMEOUT" if outcome.status == "timeout" else "FAILURE")
            self.state = State.NEEDS_INIT

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """Hand a request to the runtime; returns as soon as the caller's answer is known (the REPORT may follow)."""
        assert self.state in (State.IDLE, State.NEEDS_INIT), self.state
        needs_init, self.state = self.state is State.NEEDS_INIT, State.BUSY
        self.invocations += 1
        self.events.request_id = invocation.request_id
        self._current = self._answers.invocation = invocation
        if needs_init:
            self._initializing = self._spawn(self._suppressed_init(invocation))
        else:
            life = self._lives.current
            assert life is not None
            await self._thaw(life, invocation)
            if self._current is invocation and self._waiting is not None and self._waiting.is_open:
                self._begin(invocation)
                self._tell_start(invocation)
                self._deliver(invocation, life)
            elif self._current is invocation:
                self._renew(invocation)
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
        await self._clear_sandbox("SPINDOWN")
        await self._process.release()
        self.events.stopped(reason, detail)

    # -- init ---------------------------------------------------------------------------------------------------------------

    def _init_began(self, _at_ns: int) -> None:
        self.state = State.INITIALIZING

    @property
    def _init_limit_s(self) -> float:
        return max(PROVISIONED_INIT_LIMIT_S, self.function.timeout_s) if self.is_provisioned else INIT_LIMIT_S

    async def _thaw(self, life: SandboxLife, invocation: Invocation) -> None:
        """A sandbox that does not thaw is as good as gone: the invocation ends, the next one gets a new one."""
        try:
            await life.thaw()
        except SandboxError as error:
            failure = sandbox_lost(invocation.request_id, error.message)
            self._fail(invocation, failed(failure), "failure")

    def _renew(self, invocation: Invocation) -> None:
        """The runtime died at rest, and its connection tells so before its sandbox does: as if that had been known."""
        self._clearing = self._spawn(self._clear_sandbox("FAILURE"))
        self._initializing = self._spawn(self._suppressed_init(invocation))

    async def _suppressed_init(self, invocation: Invocation) -> None:
        """What broke at rest may still be shutting down: that comes before, it would take the new sandbox with it.

        The duration counts from the beginning of INIT, and the log has START after the INIT_REPORT (recorded log streams of
        Lambda, which keeps its sandbox: making one again is not the function's time).
        """
        if self._clearing is not None:
            await asyncio.wait([self._clearing])
        if invocation.is_broken_off:
            return
        limit_s = self.function.timeout_s + EXIT_GRACE_S
        try:
            life, outcome = await self._lives.begin_again(limit_s, lambda at_ns: self._begin(invocation, at_ns))
        except SandboxError as error:
            self._fail(invocation, failed(sandbox_lost(invocation.request_id, error.message)), "failure")
            return
        if self._current is not invocation or invocation.result.done():
            return
        self._tell_start(invocation)
        if life.catch_up():
            return
        if outcome.status == "success":
            self._deliver(invocation, life)
        else:
            await self._process.ended(_exit_grace_s(outcome))
            self._fail(invocation, unhandled(outcome.payload, outcome.error_type, is_fatal=outcome.is_fatal), "error")

    # -- the Runtime API ----------------------------------------------------------------------------------------------------

    def runtime_next(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        """The runtime is ready: its INIT or its part of the invocation is over."""
        self._waiting = connection
        life, invocation = self._lives.current, self._current
        if life is not None and not life.is_initialized:
            self._lives.tell_spans(request, life)
            life.init.runtime_ready(request.arrived_ns)
        elif invocation is not None and invocation.started_ns and not invocation.runtime_done_ns:
            self._runtime_done(invocation, request.arrived_ns)

    def runtime_stream(self, request_id: str, request: RuntimeRequest, connection: RuntimeConnection) -> BodySink:
        """The handler's result begins to arrive."""
        return self._answers.begin(request_id, request, connection)

    def runtime_response(self, request_id: str, request: RuntimeRequest) -> None:
        """The handler's result."""
        self._answers.response(request_id, request)

    def runtime_error(self, request_id: str, request: RuntimeRequest) -> None:
        """The handler failed."""
        self._answers.error(request_id, request)

    def runtime_init_error(self, request: RuntimeRequest) -> None:
        """The function could not be loaded."""
        life = self._lives.current
        if life is None or life.is_initialized:
            raise transition_refused("Running", "InitError")
        self._lives.tell_spans(request, life)
        life.init.fail(request.arrived_ns, request.headers.get(ERROR_TYPE, "Runtime.Unknown"), request.body)

    # -- an invocation ------------------------------------------------------------------------------------------------------

    def _begin(self, invocation: Invocation, at_ns: int = 0) -> None:
        invocation.started_ns = at_ns or self._clock.now_ns()
        if not invocation.is_broken_off:
            self._timeout = self.limits.start(self.function.timeout_s, lambda: self._timed_out(invocation))

    def _tell_start(self, invocation: Invocation) -> None:
        if not invocation.is_start_told:
            invocation.is_start_told = True
            self.events.start(invocation, self._clock.now_ns())

    def _deliver(self, invocation: Invocation, life: SandboxLife) -> None:
        connection, self._waiting = self._waiting, None
        if connection is None or not connection.is_open:
            self._fail(invocation, failed(sandbox_lost(invocation.request_id, "The runtime closed its connection.")), "failure")
            return
        deadline_ms = int(self._clock.epoch_ms(invocation.started_ns)) + self.function.timeout_s * 1000
        connection.respond(200, invocation.payload, invocation.event_headers(deadline_ms))
        life.invoke(invocation, deadline_ms)

    def _runtime_done(self, invocation: Invocation, ended_ns: int) -> None:
        """The runtime called `next` after an invocation."""
        invocation.runtime_done_ns = ended_ns
        if not invocation.answered_ns:
            self._answers.fail("Runtime.Unknown", "The runtime asked for the next event without answering this one.")
        if self._lives.current is not None and self._lives.current.extensions.all_ready:
            self._cancel_timeout()
        self._spawn(self._tell_runtime_done(invocation))

    async def _tell_runtime_done(self, invocation: Invocation) -> None:
        await self._process.drain_output()
        self._lives.flush_lines()
        if not invocation.is_broken_off:
            self._tell_done(invocation, _status(invocation), invocation.result.result(), invocation.runtime_done_ns)
            self._end_if_idle()

    def _end_if_idle(self) -> None:
        """The invocation is over when the runtime and all extensions wait for the next event."""
        invocation, life = self._current, self._lives.current
        if invocation is None or not invocation.is_told or invocation.is_broken_off:
            return
        if life is None or not life.extensions.all_ready:
            return
        self._cancel_timeout()
        ended_ns = max(invocation.runtime_done_ns, life.extensions.last_ready_ns)
        self._report(invocation, _status(invocation), invocation.result.result(), ended_ns, self._process.memory_peak_mb())
        life.freeze()
        self._free(State.IDLE)

    def _timed_out(self, invocation: Invocation) -> None:
        self._fail(invocation, failed(timed_out(invocation.request_id, self.function.timeout_s)), "timeout")

    def _exited(self, exit_: Exit) -> None:
        """The runtime process is gone (all its output has arrived)."""
        request_id = self._current.request_id if self._current else ""
        failure = self._exit_failure(request_id, exit_)
        life = self._lives.current
        if life is not None:
            life.fail(failure)
        else:
            self._broken(failure)

    def _broken(self, failure: FunctionFailure) -> None:
        """The runtime or an extension ended outside INIT."""
        invocation = self._current
        if invocation is not None and invocation.started_ns:
            self.events.fault(failure.error_message, failure.error_type)
            self._fail(invocation, failed(failure), "error")
        elif invocation is not None:
            self._waiting = None  # it died while it was thawed, and the invocation finds nobody at `next`
        elif self.state is State.IDLE:
            self.state = State.NEEDS_INIT
            self.events.reset("failure")
            self._clearing = self._spawn(self._clear_sandbox("FAILURE"))

    def _exit_failure(self, request_id: str, exit_: Exit) -> FunctionFailure:
        if exit_.out_of_memory:
            self.events.out_of_memory(self._process.memory_peak_mb())
            return out_of_memory(request_id)
        if exit_.code is None and exit_.signal is None:
            return sandbox_lost(request_id, exit_.lost or "The sandbox is gone.")
        return exited(request_id, code=exit_.code, signal=exit_.signal)

    def _fail(self, invocation: Invocation, result: InvocationResult, status: str) -> None:
        """End an invocation that its runtime will not end: answer, kill, report, start anew at the next request."""
        if self._current is not invocation or invocation.is_broken_off:
            return
        ended_ns = self._clock.now_ns()
        invocation.is_broken_off = True
        self._cancel_timeout()
        if not invocation.started_ns:
            self._begin(invocation)
        if invocation.settle(result):
            self.events.result(invocation, result)
        elif invocation.result.result().is_fatal:
            result = invocation.result.result()  # the first one counts
        life = self._lives.current
        if life is not None and not life.is_initialized:
            life.init.fail(ended_ns, result.error_type, result.payload, timed_out=status == "timeout")
        self._spawn(self._reset(invocation, result, status, ended_ns))

    async def _reset(self, invocation: Invocation, result: InvocationResult, status: str, ended_ns: int) -> None:
        """The REPORT comes before the extensions' SHUTDOWN, so that they can tell of it."""
        peak_mb = self._process.memory_peak_mb()
        if self._initializing is not None:
            await asyncio.wait([self._initializing])
        self._tell_start(invocation)
        reason: ShutdownReason = "TIMEOUT" if status == "timeout" else "FAILURE"
        if self._lives.current is not None and len(self._lives.current.extensions):
            self._lives.current.interrupt_extensions("timeout" if status == "timeout" else "error")
            await self._process.end_runtime(0)
            self._lives.flush_lines()
        else:
            await self._clear_sandbox(reason)
        if not invocation.is_told:
            self._tell_done(invocation, status, result, ended_ns)
        self._report(invocation, status, result, ended_ns, peak_mb)
        if self._lives.current is not None:
            await self._clear_sandbox(reason)
        self.events.reset(status)
        self._free(State.NEEDS_INIT)

    def _tell_done(self, invocation: Invocation, status: str, result: InvocationResult, ended_ns: int) -> None:
        invocation.is_told = True
        self.events.runtime_done(invocation, status, result.error_type, result.produced_bytes, ended_ns)

    def _report(self, invocation: Invocation, status: str, result: InvocationResult, ended_ns: int, peak_mb: float) -> None:
        init_ns, self._init_ns = self._init_ns, 0
        has_extensions = self._lives.current is not None and len(self._lives.current.extensions) > 0
        self.events.report(
            invocation, status, result.error_type, ended_ns=ended_ns, init_ns=init_ns, memory_peak_mb=peak_mb,
            has_extensions=has_extensions,
        )
        if not invocation.reported.done():
            invocation.reported.set_result(None)

    def _free(self, state: State) -> None:
        self._current = self._answers.invocation = None
        self.state = state
        self.idle_since_ns = self._clock.now_ns()
        self.events.request_id = ""
        self._on_free(self)

    # -- endings ------------------------------------------------------------------------------------------------------------

    async def _clear_sandbox(self, reason: ShutdownReason) -> None:
        self._waiting = None
        await self._lives.clear(reason)

    def _cancel_timeout(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _status(invocation: Invocation) -> str:
    return "error" if invocation.result.result().function_error else "success"


def _exit_grace_s(outcome: InitOutcome) -> float:
    """Only a runtime that reported an error itself is about to end."""
    return EXIT_GRACE_S if outcome.status == "error" and not outcome.error_type.startswith("Extension.") else 0

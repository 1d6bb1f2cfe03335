"""One execution environment: created, initialized, invoked again and again, stopped. It serves one request at a time.

    CREATING     -> INITIALIZING, STOPPED
    INITIALIZING -> INITIALIZING, IDLE, NEEDS_INIT, STOPPED
    IDLE         -> BUSY, NEEDS_INIT, STOPPED
    BUSY         -> IDLE, NEEDS_INIT, STOPPED
    NEEDS_INIT   -> BUSY, STOPPED
    STOPPED

An environment comes to NEEDS_INIT after a timeout, a crash or a failed INIT: the next invocation repeats INIT within its own
duration ("suppressed init"). INITIALIZING follows itself when a spare sandbox turns out to be lost and INIT begins again in a new
one. `state.TRANSITIONS` is this table in code; every other transition raises.
Source: Lambda guide, "Understanding the Lambda execution environment lifecycle".

Everything runs on the engine's loop; Runtime API calls arrive as plain method calls (see runtime_api/listener.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from workbench.background import begin
from workbench.engine.clock import Clock
from workbench.engine.debugging.time_limits import TimeLimits
from workbench.engine.environment.invoke_phase import InvokePhase
from workbench.engine.environment.refusals import Refusals
from workbench.engine.environment.response_state import ResponseState, transition_refused
from workbench.engine.environment.state import State, transition
from workbench.engine.environment.streamed_answer import ERROR_TYPE
from workbench.engine.events.environment_events import EnvironmentEvents
from workbench.engine.events.shown_paths import ShownPaths
from workbench.engine.events.stream import Stream
from workbench.engine.invocation.invocation import Invocation, InvocationResult, failed
from workbench.engine.lifecycle.runtime_process import RuntimeProcess
from workbench.engine.lifecycle.sandbox_lives import SandboxLives
from workbench.engine.pool_key import PoolKey
from workbench.engine.runtime_api.http_exchange import BodySink, RuntimeConnection, RuntimeRequest
from workbench.model.engine_api import FailureLog
from workbench.model.failures import FunctionFailure, SandboxError, exited, out_of_memory, sandbox_lost
from workbench.model.function import FunctionConfiguration, InitializationType
from workbench.model.quotas import INIT_LIMIT_S, PROVISIONED_INIT_LIMIT_S
from workbench.sandbox.protocol import Exit, RuntimePlan, SandboxProvider


class Environment:
    """An execution environment of one function in one sandbox. `on_free` is called whenever it may take a request again."""

    def __init__(
        self,
        *,
        environment_id: str,
        function: FunctionConfiguration,
        runtime_plan: RuntimePlan,
        process: RuntimeProcess,
        stream: Stream,
        clock: Clock,
        on_free: Callable[[Environment], None],
        initialization_type: InitializationType = "on-demand",
        failure_log: FailureLog = "both",
        shown: ShownPaths | None = None,
    ) -> None:
        self.initialization_type: InitializationType = initialization_type
        self.limits = TimeLimits()
        self.environment_id = environment_id
        self.function = function
        self.runtime_plan = runtime_plan
        self._state = State.CREATING
        self.invocations = 0
        self.idle_since_ns = clock.now_ns()
        self._process = process
        self._clock = clock
        self._on_free = on_free
        self.events = EnvironmentEvents(
            stream, clock, function, environment_id, initialization_type=initialization_type, failure_log=failure_log,
            shown=shown)
        self._answers = ResponseState(self.events, clock)
        self._lives = SandboxLives(
            process=process, events=self.events, clock=clock, function=function, runtime_plan=runtime_plan, limits=self.limits,
            broken=self._broken, extensions_idle=self._extensions_idle)
        self._refusals = Refusals(function) if process.provider.kind == "isolated" else None
        self._init_ns = 0
        self._phase: InvokePhase | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._clearing: asyncio.Task[None] | None = None
        process.attach(host=self, output=self._lives.output, exited=self._exited)

    @property
    def state(self) -> State:
        """Where it is in its life."""
        return self._state

    @property
    def provider(self) -> SandboxProvider:
        """The kind of sandbox it lives in."""
        return self._process.provider

    @property
    def key(self) -> PoolKey:
        """The requests it serves."""
        return PoolKey(self.function.identity, self.provider.kind)

    @property
    def is_spare(self) -> bool:
        """Whether its sandbox was made ahead, and INIT waits for a request."""
        return self._lives.is_spare

    @property
    def idle_since_ms(self) -> float | None:
        """Epoch time since when nothing is asked of it; None while it works."""
        is_idle = self.is_spare or self.state in (State.IDLE, State.NEEDS_INIT)
        return self._clock.epoch_ms(self.idle_since_ns) if is_idle else None

    @property
    def is_provisioned(self) -> bool:
        """Whether it was initialized ahead of its requests, and stays."""
        return self.initialization_type == "provisioned-concurrency"

    @property
    def is_stopped(self) -> bool:
        """Whether it ended for good, or is about to."""
        return self._state is State.STOPPED

    @property
    def is_debugged(self) -> bool:
        """Whether a debugger may make its function stand."""
        return self._process.debugger is not None

    @property
    def answered(self) -> bool:
        """Busy only with getting back to `next`: it will be free in a moment."""
        return self.state is State.BUSY and self._phase is not None and bool(self._phase.invocation.answered_ns)

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

        Raises SandboxError when no sandbox can be made, or when the environment is stopped meanwhile.
        """
        life, outcome = await self._lives.begin_first(self._init_limit_s, ahead=self.is_provisioned, began=self._init_began)
        if outcome.status == "success":
            self._init_ns = 0 if self.is_provisioned else max(outcome.ended_ns - life.init.started_ns, 1)
            self._enter(State.IDLE)
            life.catch_up()
        else:
            await self._process.ended(outcome.exit_grace_s)
            await self._lives.clear("TIMEOUT" if outcome.status == "timeout" else "FAILURE")
            self._enter(State.NEEDS_INIT)

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """Hand a request to the runtime; return as soon as the caller's answer is known (the REPORT may follow).

        Raises SandboxError when the environment was stopped.
        """
        needs_init = self._state is State.NEEDS_INIT
        self._enter(State.BUSY)
        self.invocations += 1
        self.events.request_id = invocation.request_id
        self._answers.invocation = invocation
        phase = self._phase = self._new_phase(invocation)
        if needs_init:
            phase.start_with_init(self._clearing)
        else:
            await phase.start()
        return await invocation.result

    def cancel(self, reason: str) -> None:
        """Break off what runs; the caller gets a Sandbox.Failure, the environment starts anew at the next request."""
        if self._phase is not None:
            request_id = self._phase.invocation.request_id
            self._phase.fail(failed(FunctionFailure("Sandbox.Failure", f"RequestId: {request_id} Error: {reason}")), "failure")

    async def stop(self, reason: str, detail: str = "") -> None:
        """End it for good. An invocation that still runs is broken off."""
        if self.is_stopped:
            return
        if self._phase is not None and not self._phase.invocation.result.done():
            self.cancel("The execution environment was stopped.")
        while self._tasks:
            await asyncio.wait(self._tasks)
        self._state = transition(self._state, State.STOPPED)
        await self._lives.clear("SPINDOWN")
        await self._process.release()
        self.events.stopped(reason, detail)

    # -- init ---------------------------------------------------------------------------------------------------------------

    def _init_began(self, _at_ns: int) -> None:
        self._enter(State.INITIALIZING)

    def _enter(self, state: State) -> None:
        """Enter a state. Raises SandboxError, for the caller that waits for it, if the environment was stopped meanwhile."""
        if self.is_stopped:
            raise SandboxError("The execution environment was stopped.", "Invoke the function again.")
        self._state = transition(self._state, state)

    @property
    def _init_limit_s(self) -> float:
        return max(PROVISIONED_INIT_LIMIT_S, self.function.timeout_s) if self.is_provisioned else INIT_LIMIT_S

    # -- the Runtime API ----------------------------------------------------------------------------------------------------

    def runtime_next(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        """The runtime is ready: its INIT or its part of the invocation is over."""
        life, phase = self._lives.current, self._phase
        if life is not None:
            life.waiting = connection
        if life is not None and not life.is_initialized:
            self._lives.tell_spans(request, life)
            life.init.runtime_ready(request.arrived_ns)
        elif phase is not None and phase.is_running:
            if not phase.invocation.answered_ns:
                self._answers.fail("Runtime.Unknown", "The runtime asked for the next event without answering this one.")
            phase.runtime_done(request.arrived_ns)

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
        document = self.events.shown.body(request.body)
        life.init.fail(request.arrived_ns, request.headers.get(ERROR_TYPE, "Runtime.Unknown"), document)

    # -- an invocation ------------------------------------------------------------------------------------------------------

    def _new_phase(self, invocation: Invocation) -> InvokePhase:
        init_ns, self._init_ns = self._init_ns, 0
        return InvokePhase(
            invocation, timeout_s=self.function.timeout_s, init_ns=init_ns, process=self._process, lives=self._lives,
            events=self.events, clock=self._clock, limits=self.limits, spawn=self._spawn, over=self._free,
            answered=self._tell_refusal)

    async def _tell_refusal(self, result: InvocationResult) -> None:
        refusal = await self._refusals.look(result.payload) if self._refusals is not None and result.function_error else None
        if refusal is not None:
            self.events.refused(refusal)

    def _extensions_idle(self) -> None:
        if self._phase is not None:
            self._phase.end_if_idle()

    def _free(self, state: State) -> None:
        self._phase = self._answers.invocation = None
        self._enter(state)
        self.idle_since_ns = self._clock.now_ns()
        self.events.request_id = ""
        self._on_free(self)

    # -- endings ------------------------------------------------------------------------------------------------------------

    def _exited(self, exit_: Exit) -> None:
        """The runtime process is gone (all its output has arrived)."""
        if self._phase is not None and exit_.is_from_outside and self._phase.can_start_over():
            self._phase.start_over()
            return
        request_id = self._phase.invocation.request_id if self._phase else ""
        failure = self._exit_failure(request_id, exit_)
        life = self._lives.current
        if life is not None:
            life.fail(failure)
        else:
            self._broken(failure)

    def _broken(self, failure: FunctionFailure) -> None:
        """The runtime or an extension ended outside INIT."""
        phase, life = self._phase, self._lives.current
        if phase is not None and phase.invocation.started_ns:
            self.events.fault(failure.error_message, failure.error_type)
            phase.fail(failed(failure), "error")
        elif phase is not None and life is not None:
            life.waiting = None  # it died while it was thawed, and the invocation finds nobody at `next`
        elif self.state is State.IDLE:
            self._enter(State.NEEDS_INIT)
            self.events.reset("failure")
            self._clearing = self._spawn(self._lives.clear("FAILURE"))

    def _exit_failure(self, request_id: str, exit_: Exit) -> FunctionFailure:
        if exit_.out_of_memory:
            self.events.out_of_memory(self._process.memory_peak_mb())
            return out_of_memory(request_id)
        if exit_.code is None and exit_.signal is None:
            return sandbox_lost(request_id, exit_.lost or "The sandbox is gone.")
        return exited(request_id, code=exit_.code, signal=exit_.signal)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = begin("An environment's work", work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self._work_ended)
        return task

    def _work_ended(self, task: asyncio.Task[None]) -> None:
        """A fault of ours must not leave a caller without an answer."""
        phase = self._phase
        if not task.cancelled() and task.exception() is not None and phase is not None and not phase.invocation.result.done():
            self.cancel("Lambda Workbench failed; the engine's log has the details.")

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

from workbench.background import TaskSet
from workbench.engine.environment.invoke_phase import InvokePhase
from workbench.engine.environment.refusals import Refusals
from workbench.engine.environment.state import State, transition
from workbench.engine.invocation.invocation import Invocation
from workbench.engine.invocation.result import InvocationResult, failed
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.lifecycle.initialization import InitOutcome
from workbench.engine.lifecycle.sandbox_maker import SandboxMaker
from workbench.engine.lifecycle.sandbox_session import SandboxSession
from workbench.engine.lifecycle.shutdown import ShutdownReason
from workbench.engine.pool_key import PoolKey
from workbench.model.failures import FunctionFailure, SandboxError
from workbench.model.function import FunctionConfiguration, InitializationType
from workbench.model.quotas import INIT_LIMIT_S, PROVISIONED_INIT_LIMIT_S
from workbench.sandbox.protocol import RuntimePlan, SandboxProvider


class Environment:
    """An execution environment of one function in one sandbox. `on_free` is called whenever it may take a request again.

    Implements SessionListener and PhaseHost.
    """

    def __init__(self, context: EnvironmentContext, maker: SandboxMaker, on_free: Callable[[Environment], None]) -> None:
        self.events = context.events
        self.invocations = 0
        self.idle_since_ns = context.clock.now_ns()
        self.session: SandboxSession | None = None
        self.context = context
        self._maker = maker
        self._on_free = on_free
        self._state = State.CREATING
        self._refusals = Refusals(context.function) if maker.provider.kind == "isolated" else None
        self._is_spare = False
        self._init_ns = 0
        self._peak_mb = 0.0
        self._phase: InvokePhase | None = None
        self._tasks = TaskSet()
        self._clearing: asyncio.Task[None] | None = None

    @property
    def environment_id(self) -> str:
        """Its identifier, unique among all engines."""
        return self.context.environment_id

    @property
    def function(self) -> FunctionConfiguration:
        """The function it serves, as configured when it was made."""
        return self.context.function

    @property
    def runtime_plan(self) -> RuntimePlan:
        """What runs the function, and what its sandbox cannot hold it to."""
        return self.context.runtime_plan

    @property
    def initialization_type(self) -> InitializationType:
        """Whether it is initialized on demand or ahead of its requests."""
        return self.context.initialization_type

    @property
    def state(self) -> State:
        """Where it is in its life."""
        return self._state

    @property
    def provider(self) -> SandboxProvider:
        """The kind of sandbox it lives in."""
        return self._maker.provider

    @property
    def key(self) -> PoolKey:
        """The requests it serves."""
        return PoolKey(self.function.identity, self.provider.kind)

    @property
    def is_spare(self) -> bool:
        """Whether its sandbox was made ahead, and INIT waits for a request."""
        return self._is_spare

    @property
    def idle_since_ms(self) -> float | None:
        """Epoch time since when nothing is asked of it; None while it works."""
        is_idle = self.is_spare or self.state in (State.IDLE, State.NEEDS_INIT)
        return self.context.clock.epoch_ms(self.idle_since_ns) if is_idle else None

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
        return self._maker.debugger is not None

    @property
    def answered(self) -> bool:
        """Busy only with getting back to `next`: it will be free in a moment."""
        return self.state is State.BUSY and self._phase is not None and bool(self._phase.invocation.answered_ns)

    def memory_peak_mb(self) -> float:
        """Highest memory use so far, in all of its sandboxes."""
        if self.session is not None:
            self._peak_mb = max(self._peak_mb, self.session.memory_peak_mb())
        return self._peak_mb

    # -- life ---------------------------------------------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Make the sandbox ahead of a request, and all of it ready that needs no runtime. Raises SandboxError."""
        session = await self._create_first(ahead=True)
        await session.make_ready()
        self._is_spare = True
        self.idle_since_ns = self.context.clock.now_ns()

    async def initialize(self) -> None:
        """INIT of a new environment. Afterwards it is IDLE, or NEEDS_INIT when the function's start failed.

        Raises SandboxError when no sandbox can be made, or when the environment is stopped meanwhile.
        """
        session, outcome = await self._initialize_first()
        if outcome.status == "success":
            self._init_ns = 0 if self.is_provisioned else max(outcome.ended_ns - session.init.started_ns, 1)
            self._enter(State.IDLE)
            session.catch_up()
        else:
            await session.ended(outcome.exit_grace_s)
            await self.clear("TIMEOUT" if outcome.status == "timeout" else "FAILURE")
            self._enter(State.NEEDS_INIT)

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """Hand a request to the runtime; return as soon as the caller's answer is known (the REPORT may follow).

        Raises SandboxError when the environment was stopped.
        """
        needs_init = self._state is State.NEEDS_INIT
        self._enter(State.BUSY)
        self.invocations += 1
        self.events.request_id = invocation.request_id
        init_ns, self._init_ns = self._init_ns, 0
        phase = self._phase = InvokePhase(invocation, self.context, self, init_ns)
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
        await self._tasks.finished()
        self._state = transition(self._state, State.STOPPED)
        await self.clear("SPINDOWN")
        await self._maker.release()
        self.events.stopped(reason, detail)

    # -- its sandboxes ------------------------------------------------------------------------------------------------------

    async def begin_again(self, limit_s: float, began: Callable[[int], None]) -> tuple[SandboxSession, InitOutcome]:
        """INIT in a new sandbox, inside an invocation; `began` is told when it began (monotonic ns). Raises SandboxError."""
        session = await self._create()
        return session, await session.initialize("invoke", limit_s, began)

    async def clear(self, reason: ShutdownReason) -> None:
        """End the present sandbox, if there is one; nothing of it is left but /tmp."""
        session, self.session = self.session, None
        if session is not None:
            await session.shut_down(reason)
            self._peak_mb = max(self._peak_mb, session.memory_peak_mb())

    async def _initialize_first(self) -> tuple[SandboxSession, InitOutcome]:
        was_spare, self._is_spare = self._is_spare, False
        spare = self.session if was_spare else None
        try:
            session = spare or await self._create_first(ahead=self.is_provisioned)
            return session, await session.initialize("init", self._init_limit_s, self._init_began)
        except SandboxError:
            if not was_spare:
                raise
        # The spare sandbox was lost while it waited: INIT goes on as if there had been none.
        await self.clear("FAILURE")
        return await self._initialize_first()

    async def _create_first(self, *, ahead: bool) -> SandboxSession:
        self.events.creating(self.provider.kind, self.runtime_plan, self.initialization_type, ahead=ahead)
        return await self._create()

    async def _create(self) -> SandboxSession:
        session = self.session = SandboxSession(self.context, self._maker, self)
        await session.create()
        return session

    def _init_began(self, _at_ns: int) -> None:
        self._enter(State.INITIALIZING)

    @property
    def _init_limit_s(self) -> float:
        return max(PROVISIONED_INIT_LIMIT_S, self.function.timeout_s) if self.is_provisioned else INIT_LIMIT_S

    # -- what its session tells ---------------------------------------------------------------------------------------------

    def runtime_waits(self, at_ns: int) -> None:
        """The runtime's part of the invocation is over."""
        phase = self._phase
        if phase is None or not phase.is_running:
            return
        if not phase.invocation.answered_ns and self.session is not None:
            self.session.responses.fail("Runtime.Unknown", "The runtime asked for the next event without answering this one.")
        phase.runtime_done(at_ns)

    def extensions_wait(self) -> None:
        """The extensions' part of the invocation is over."""
        if self._phase is not None:
            self._phase.end_if_idle()

    def broken(self, failure: FunctionFailure, *, was_event_unread: bool = False) -> None:
        """The sandbox is of no more use: end the invocation, or begin it again where the runtime never saw its event."""
        phase = self._phase
        if phase is not None and was_event_unread and phase.can_start_over:
            phase.start_over()
        elif phase is not None and phase.invocation.started_ns:
            self.events.fault(failure.error_message, failure.error_type)
            phase.fail(failed(failure), "error")
        elif self._state is State.IDLE:
            self._enter(State.NEEDS_INIT)
            self.events.reset("failure")
            self._clearing = self.spawn(self.clear("FAILURE"))
        # Else it died while it was thawed for an invocation, which finds nobody at `next` and begins with INIT.

    # -- what an invocation asks for ----------------------------------------------------------------------------------------

    def phase_over(self, state: State) -> None:
        """The invocation is over and reported."""
        self._phase = None
        if self.session is not None:
            self.session.responses.invocation = None
        self._enter(state)
        self.idle_since_ns = self.context.clock.now_ns()
        self.events.request_id = ""
        self._on_free(self)

    async def tell_refusal(self, result: InvocationResult) -> None:
        """Explain an error that the isolated sandbox's own limits are the cause of."""
        refusal = await self._refusals.look(result.payload) if self._refusals is not None and result.function_error else None
        if refusal is not None:
            self.events.refused(refusal)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a task that `stop` waits for."""
        task = self._tasks.begin("An environment's work", work)
        task.add_done_callback(self._work_ended)
        return task

    def _work_ended(self, task: asyncio.Task[None]) -> None:
        """A fault of ours must not leave a caller without an answer."""
        phase = self._phase
        if not task.cancelled() and task.exception() is not None and phase is not None and not phase.invocation.result.done():
            self.cancel("Lambda Workbench failed; the engine's log has the details.")

    def _enter(self, state: State) -> None:
        """Enter a state. Raises SandboxError, for the caller that waits for it, if the environment was stopped meanwhile."""
        if self.is_stopped:
            raise SandboxError("The execution environment was stopped.", "Invoke the function again.")
        self._state = transition(self._state, state)

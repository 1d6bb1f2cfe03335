"""One execution environment: created, initialized, invoked repeatedly, stopped. It serves one request at a time.

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
import functools
from collections.abc import Callable, Coroutine
from typing import Any

from workbench.background import TaskSet
from workbench.engine.environment.first_init import FirstInit
from workbench.engine.environment.invoke_phase import InvokePhase
from workbench.engine.environment.present_sandbox import PresentSandbox
from workbench.engine.environment.refusals import Refusals
from workbench.engine.environment.state import BUSY, CREATING, IDLE, INITIALIZING, NEEDS_INIT, STOPPED, State, transition
from workbench.engine.invocation.invocation import Invocation
from workbench.engine.invocation.result import InvocationResult, failed
from workbench.engine.invocation.start_figures import NO_START
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.lifecycle.initialization import InitOutcome
from workbench.engine.lifecycle.sandbox_maker import SandboxMaker
from workbench.engine.pool_key import PoolKey
from workbench.model.failures import SandboxError
from workbench.model.function import FunctionConfiguration, InitializationType
from workbench.model.function_failures import FunctionFailure, sandbox_lost
from workbench.sandbox.protocol import RuntimePlan, SandboxProvider


class Environment:
    """An execution environment of one function, in one sandbox at a time. Implements SessionListener and PhaseHost.

    `on_free` is called whenever it may take a request again. `sandbox` is the one that it lives in, `made_ns` its beginning.
    """

    def __init__(self, context: EnvironmentContext, maker: SandboxMaker, on_free: Callable[[Environment], None]) -> None:
        self.events = context.events
        self.invocations = 0
        self.made_ns = self.idle_since_ns = context.clock.now_ns()
        self.context = context
        self.is_provisioned = context.initialization_type == "provisioned-concurrency"
        """Whether it is part of provisioned concurrency: initialized ahead of its requests, and never reclaimed."""
        self.sandbox = PresentSandbox(context, maker, self)
        self._first = FirstInit(context, self.sandbox, maker.provider.kind)
        self._maker = maker
        self._on_free = on_free
        self._state = CREATING
        self._refusals = Refusals(context.function) if maker.provider.kind == "isolated" else None
        self._start = NO_START
        self._is_ending = False
        self._phase: InvokePhase | None = None  # the invocation under way
        self._tasks = TaskSet()
        self._clearing: asyncio.Task[None] | None = None  # the end of a sandbox that broke between two invocations

    @property
    def environment_id(self) -> str:
        """The identifier of the environment, unique among all engines."""
        return self.context.environment_id

    @property
    def function(self) -> FunctionConfiguration:
        """The function it serves, as configured when the environment was made."""
        return self.context.function

    @property
    def runtime_plan(self) -> RuntimePlan:
        """What runs the function, and which limits its sandbox cannot enforce."""
        return self.context.runtime_plan

    @property
    def initialization_type(self) -> InitializationType:
        """Whether it is initialized on demand or ahead of its requests."""
        return self.context.initialization_type

    @property
    def state(self) -> State:
        """The present state."""
        return self._state

    @property
    def provider(self) -> SandboxProvider:
        """The kind of sandbox it lives in."""
        return self._maker.provider

    @functools.cached_property  # every invocation asks
    def key(self) -> PoolKey:
        """Which requests it serves."""
        return PoolKey(self.function.identity, self.provider.kind, self.context.tenant_id)

    @property
    def is_spare(self) -> bool:
        """Whether its sandbox was made ahead and its INIT waits for a request."""
        return self._first.is_spare

    @property
    def idle_since_ms(self) -> float | None:
        """When it last became idle, in epoch milliseconds; None while it works."""
        is_idle = self.is_spare or self.state in (IDLE, NEEDS_INIT)
        return self.context.clock.epoch_ms(self.idle_since_ns) if is_idle else None

    @property
    def holds_snapshot(self) -> bool:
        """Whether others are restored from it. It serves no requests."""
        return self.context.holds_snapshot

    @property
    def is_stopped(self) -> bool:
        """Whether it has ended for good or is about to."""
        return self._state is STOPPED

    @property
    def is_debugged(self) -> bool:
        """Whether a debugger may hold its function at a breakpoint."""
        return self._maker.debugger is not None

    @property
    def answered(self) -> bool:
        """Whether it has answered and is only on its way back to `next`: it will be free in a moment."""
        return self.state is BUSY and self._phase is not None and bool(self._phase.invocation.answered_ns)

    def memory_peak_mb(self) -> float:
        """Return the highest memory use so far, over all of its sandboxes, in MB."""
        return self.sandbox.memory_peak_mb()

    def shell_command(self) -> tuple[str, ...]:
        """Return the command that opens a shell in its present sandbox, () if there is none."""
        return self.sandbox.session.shell_command() if self.sandbox.session is not None else ()

    # -- life ---------------------------------------------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Make the sandbox ahead of a request and do everything that does not need the runtime. Raises SandboxError."""
        await self._first.prepare()
        self.idle_since_ns = self.context.clock.now_ns()

    async def initialize(self) -> InitOutcome:
        """Run INIT of a new environment, and return how it ended. Afterwards it is IDLE, or NEEDS_INIT if INIT failed.

        A failed INIT is not raised: Lambda repeats it within the first invocation, whose answer tells what is wrong.

        Raises SandboxError if no sandbox can be made, or if the environment is stopped meanwhile; ServiceError if its snapshot
        cannot be restored.
        """
        session, begun = await self._first.run(lambda _: self._enter(INITIALIZING))
        outcome = begun.outcome
        if outcome.status == "success":
            self._start = NO_START if self.is_provisioned else begun.figures
            self._enter(IDLE)
            session.catch_up()  # after IDLE: what broke since INIT's success is then handled as a failure at rest
        else:
            # Let the runtime exit by itself first: its last words belong to the log.
            await session.ended(outcome.exit_grace_s)
            await self.sandbox.clear("TIMEOUT" if outcome.status == "timeout" else "FAILURE")
            self._enter(NEEDS_INIT)
        return outcome

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """Hand a request to the runtime and return as soon as the caller's answer is known; the REPORT may follow later.

        Raises SandboxError if the environment was stopped.
        """
        needs_init = self._state is NEEDS_INIT
        self._enter(BUSY)
        self.invocations += 1
        self.events.request_id = invocation.request_id
        start, self._start = self._start, NO_START  # only the first REPORT of an environment tells of its start
        phase = self._phase = InvokePhase(invocation, self.context, self.sandbox, self, start)
        if needs_init:
            phase.start_with_init(self._clearing)
        elif not phase.start_at_once():
            await phase.start()
        return await invocation.settled()

    def cancel(self, failure: FunctionFailure) -> None:
        """Break off the running invocation: the caller gets this failure, and the next request repeats INIT."""
        if self._phase is not None:
            self._phase.fail(failed(failure), "failure")

    def _lose(self, reason: str) -> None:
        if self._phase is not None:
            self.cancel(sandbox_lost(self._phase.invocation.request_id, reason))

    async def stop(self, reason: str, detail: str = "") -> None:
        """End the environment for good. An invocation that still runs is broken off."""
        if self.is_stopped:
            return
        self._is_ending = True  # first: what ends below must not offer the environment to another request
        self.events.stopping(reason)
        # One whose runtime is back in `next` is left to end by itself: its REPORT is still to come, and its caller lost nothing.
        if self._phase is not None and not self._phase.invocation.result.done():
            self._break_off()
        await self._tasks.finished()
        if self._phase is not None:  # answered, but runtime or extensions still work: nothing else would end it and report it
            self._break_off()
            await self._tasks.finished()
        # Before the sandbox is gone: an INIT that still runs then fails in `_enter` instead of reviving the environment.
        self._state = transition(self._state, STOPPED)
        await self.sandbox.clear("SPINDOWN")
        await self.sandbox.release()
        self.context.limits.close()
        self.events.stopped(reason, detail)

    def _break_off(self) -> None:
        self._lose("The execution environment was stopped.")

    # -- what its session tells ---------------------------------------------------------------------------------------------

    def runtime_waits(self, at_ns: int) -> None:
        """The runtime's part of the invocation is over."""
        phase = self._phase
        if phase is None or not phase.is_running:
            return
        # Lambda ends such an invocation as an error too; it does not wait for an answer that can no longer come.
        session = self.sandbox.session
        if not phase.invocation.answered_ns and session is not None:
            session.responses.fail("Runtime.Unknown", "The runtime asked for the next event without answering this one.")
        phase.runtime_done(at_ns)

    def extensions_wait(self) -> None:
        """The extensions' part of the invocation is over."""
        if self._phase is not None:
            self._phase.end_if_idle()

    def broken(self, failure: FunctionFailure, *, was_event_unread: bool = False) -> None:
        """End the invocation because its sandbox broke, or begin it again if the runtime never saw its event."""
        phase = self._phase
        if phase is not None and was_event_unread and phase.can_start_over:
            # Whoever killed a runtime at rest must not fail the next invocation; an event that was read may have had effects.
            phase.start_over()
        elif phase is not None and phase.invocation.started_ns:
            self.events.fault(failure.error_message, failure.error_type)
            phase.fail(failed(failure), "error")
        elif self._state is IDLE:
            # It broke between two invocations. It stays in the pool: its next invocation repeats INIT, as on Lambda.
            self._enter(NEEDS_INIT)
            self.events.reset("failure")
            self._clearing = self.spawn(self.sandbox.clear("FAILURE"))
        # Otherwise it died while it was thawed for an invocation, which finds nobody at `next` and begins with INIT.

    # -- what an invocation asks for ----------------------------------------------------------------------------------------

    def phase_over(self, state: State) -> None:
        """Take over after an invocation that is over and reported, and offer the environment to the next request."""
        self._phase = None
        if self.sandbox.session is not None:
            self.sandbox.session.responses.invocation = None
        self._enter(state)
        self.idle_since_ns = self.context.clock.now_ns()
        self.events.request_id = ""
        if not self._is_ending:
            self._on_free(self)  # last: the owner may give it the next request at once, or stop it

    async def tell_refusal(self, result: InvocationResult) -> None:
        """Publish an explanation if the limits of the isolated sandbox are the cause of the error."""
        refusal = await self._refusals.look(result.payload) if self._refusals is not None and result.function_error else None
        if refusal is not None:
            self.events.refused(refusal)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin a task that `stop` waits for."""
        task = self._tasks.begin("An environment's work", work)
        task.add_done_callback(self._work_ended)
        return task

    def _work_ended(self, task: asyncio.Task[None]) -> None:
        """Answer the caller if our own work failed: nothing else would, and the caller would wait for ever."""
        phase = self._phase
        # `exception()` also marks it as retrieved; TaskSet has logged it.
        if not task.cancelled() and task.exception() is not None and phase is not None and not phase.invocation.result.done():
            self._lose("Lambda Workbench failed; the engine's log has the details.")

    def _enter(self, state: State) -> None:
        """Enter a state. Raises SandboxError if the environment was stopped meanwhile, for the caller that waits for it."""
        if self._state is STOPPED:
            raise SandboxError("The execution environment was stopped.", "Invoke the function again.")
        self._state = transition(self._state, state)

"""The INVOKE phase: one invocation in its environment, from START to its REPORT.

It is over when the runtime and all extensions wait for the next event, or when it is broken off (timeout, crash, cancelled): then
everything is killed, and the next invocation repeats INIT. Source: Lambda guide, "Invoke phase", "Failures during the invoke
phase".
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from workbench.engine.debugging.time_limits import TimeLimit
from workbench.engine.environment.present_sandbox import PresentSandbox
from workbench.engine.environment.state import IDLE, NEEDS_INIT, State
from workbench.engine.invocation.invocation import Invocation
from workbench.engine.invocation.result import InvocationResult, failed, unhandled
from workbench.engine.invocation.start_figures import StartFigures
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.lifecycle.initialization import EXIT_GRACE_S, InitOutcome
from workbench.engine.lifecycle.sandbox_session import SandboxSession
from workbench.engine.lifecycle.shutdown import ShutdownReason
from workbench.model.failures import SandboxError
from workbench.model.function_failures import sandbox_lost, timed_out


class PhaseHost(Protocol):
    """What an invocation needs of its environment, apart from its sandbox."""

    async def tell_refusal(self, result: InvocationResult) -> None:
        """Publish an explanation of the result if the sandbox's own limits are its cause."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin a task that the environment's end waits for."""

    def phase_over(self, state: State) -> None:
        """Take over after the REPORT; `state` is the environment's state from now on."""


class InvokePhase:
    """One invocation. Use it on the engine's loop. `start` is how the environment began, NO_START for all but the first one."""

    def __init__(
        self, invocation: Invocation, context: EnvironmentContext, sandbox: PresentSandbox, host: PhaseHost,
        start: StartFigures
    ) -> None:
        self.invocation = invocation
        self._context = context
        self._events = context.events
        self._sandbox = sandbox
        self._host = host
        self._start_figures = start
        self._timeout_s = context.function.timeout_s
        self._timeout: TimeLimit | None = None
        self._initializing: asyncio.Task[None] | None = None
        self._is_start_told = False
        self._is_done_told = False
        self._is_broken_off = False
        self._is_over = False
        self._is_second_try = False

    @property
    def is_running(self) -> bool:
        """Whether the invocation has begun and the runtime has not returned to `next` since."""
        return bool(self.invocation.started_ns) and not self.invocation.runtime_done_ns

    # -- its beginning ------------------------------------------------------------------------------------------------------

    def start_at_once(self) -> bool:
        """Do what `start` does, if nothing has to be waited for. Return False otherwise."""
        session = self._sandbox.session
        if session is None or not session.goes_on():
            return False
        self._hand_over(session)
        return True

    async def start(self) -> None:
        """Hand the event to the runtime that waits for it."""
        await self._thaw()
        if not self._is_broken_off:  # otherwise the sandbox did not thaw, or the environment was stopped meanwhile
            self._hand_over(self._sandbox.session)

    def _hand_over(self, session: SandboxSession | None) -> None:
        if session is not None and session.can_take_event:
            self._begin()
            # Before the event is out: what the function prints must come after START. At the time from which Duration counts.
            self._tell_start(self.invocation.started_ns)
            self._deliver(session)
        else:
            # The runtime died at rest, and its closed connection tells so before its sandbox does: go on as if it were known.
            self.start_with_init(self._host.spawn(self._sandbox.clear("FAILURE")))

    def start_with_init(self, after: asyncio.Task[None] | None) -> None:
        """Repeat INIT in a new sandbox first ("suppressed init").

        `after` is the shutdown of a sandbox that broke at rest. It must end first, or it would take the new sandbox with it.
        """
        self._initializing = self._host.spawn(self._initialize(after))

    @property
    def can_start_over(self) -> bool:
        """Whether it may begin again if its runtime never saw the event. Only once: something may kill every runtime."""
        return self.is_running and not (self._is_second_try or self._is_broken_off or self._initializing)

    def start_over(self) -> None:
        """Begin again as if it had been known that the runtime died at rest: a frozen one that was killed dies when it thaws."""
        self._is_second_try = True
        self._cancel_timeout()
        self.start_with_init(self._host.spawn(self._sandbox.clear("FAILURE")))

    async def _thaw(self) -> None:
        """Thaw the sandbox. One that does not thaw counts as gone: the invocation fails, and the next one gets a new sandbox."""
        session = self._sandbox.session
        assert session is not None
        try:
            await session.thaw()
        except SandboxError as error:
            self._fail_sandbox(error.message)

    async def _initialize(self, after: asyncio.Task[None] | None) -> None:
        """Repeat INIT, then deliver the event.

        The duration counts from the beginning of INIT, and the log has START after the INIT_REPORT (recorded log streams of
        Lambda, which keeps its sandbox: making one again is not the function's time).
        """
        if after is not None:
            await asyncio.wait([after])  # not `await`: its failure, or its cancellation, is no reason not to begin again
        if self._is_broken_off:
            return
        try:
            # A limit above the function's timeout, which `_begin` starts: the timeout is what must end a suppressed init.
            session, outcome = await self._sandbox.begin_again(self._timeout_s + EXIT_GRACE_S, self._begin)
        except SandboxError as error:
            self._fail_sandbox(error.message)
            return
        if not self._is_over and not self.invocation.result.done():  # otherwise it timed out or was cancelled during INIT
            await self._initialized(session, outcome)

    async def _initialized(self, session: SandboxSession, outcome: InitOutcome) -> None:
        self._tell_start()
        if session.catch_up():
            return
        if outcome.status == "success":
            self._deliver(session)
        else:
            await session.ended(outcome.exit_grace_s)
            self.fail(unhandled(outcome.payload, outcome.error_type, is_fatal=outcome.is_fatal), "error")

    def _begin(self, at_ns: int = 0) -> None:
        self.invocation.started_ns = at_ns or self._context.clock.now_ns()
        if not self._is_broken_off:  # `fail` begins an invocation that never began, for a duration to report: no limit then
            self._timeout = self._context.limits.start(self._timeout_s, self._timed_out)

    def _deliver(self, session: SandboxSession) -> None:
        deadline_ms = self._context.clock.deadline_ms(self.invocation.started_ns) + self._timeout_s * 1000
        if not session.invoke(self.invocation, deadline_ms):
            self._fail_sandbox("The runtime closed its connection.")

    # -- its end ------------------------------------------------------------------------------------------------------------

    def runtime_done(self, ended_ns: int) -> None:
        """Note that the runtime asked for the next event."""
        self.invocation.runtime_done_ns = ended_ns
        session = self._sandbox.session
        # The function's timeout covers its extensions too (Lambda guide, "Invoke phase"): it runs on until all of them wait.
        if session is not None and session.extensions.all_ready:
            self._cancel_timeout()
        is_failure = self._is_broken_off or bool(self.invocation.result.result().function_error)
        if session is not None and not is_failure and session.has_drained():
            session.flush_output()  # nearly always there is nothing to wait for, and no need of a task
            self._end_runtimes_part()
        else:
            self._host.spawn(self._tell_runtime_done())

    def end_if_idle(self) -> None:
        """End the invocation if the runtime and all extensions wait for the next event.

        Both sides call this when they are done, in either order; the later call ends it.
        """
        session = self._sandbox.session
        if not self._is_done_told or self._is_broken_off or session is None or not session.extensions.all_ready:
            return
        self._cancel_timeout()
        ended_ns = max(self.invocation.runtime_done_ns, session.extensions.last_ready_ns)
        self._report(self._status(), self.invocation.result.result(), ended_ns, self._sandbox.memory_peak_mb())
        session.rest()
        self._end(IDLE)

    def fail(self, result: InvocationResult, status: str) -> None:
        """End what the runtime will not end: answer the caller, kill the sandbox, report; the next request repeats INIT."""
        if self._is_over or self._is_broken_off:
            return
        ended_ns = self._context.clock.now_ns()  # first: the time that killing takes is not the function's
        self._is_broken_off = True
        self._cancel_timeout()
        if not self.invocation.started_ns:
            self._begin()
        if self.invocation.settle(result):
            self._events.result(self.invocation, result)
        elif self.invocation.result.result().is_fatal:
            result = self.invocation.result.result()  # the first fatal result is what the caller got, so it is what is reported
        session = self._sandbox.session
        if session is not None:  # wakes `begin_again`, for whose end `_reset` waits
            session.give_up(ended_ns, result.error_type, result.payload, timed_out=status == "timeout")
        self._host.spawn(self._reset(result, status, ended_ns))

    def _fail_sandbox(self, reason: str) -> None:
        self.fail(failed(sandbox_lost(self.invocation.request_id, reason)), "failure")

    def _timed_out(self) -> None:
        self.fail(failed(timed_out(self.invocation.request_id, self._timeout_s)), "timeout")

    def _cancel_timeout(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None

    async def _reset(self, result: InvocationResult, status: str, ended_ns: int) -> None:
        """Kill the sandbox and report. The REPORT comes before the SHUTDOWN of the extensions, so that they can pass it on."""
        peak_mb = self._sandbox.memory_peak_mb()
        if self._initializing is not None:
            await asyncio.wait([self._initializing])  # a suppressed init that goes on would leave a new sandbox after `clear`
        self._tell_start()
        reason: ShutdownReason = "TIMEOUT" if status == "timeout" else "FAILURE"
        session = self._sandbox.session
        if session is not None and len(session.extensions):
            await session.break_off("timeout" if status == "timeout" else "error")
        else:
            await self._sandbox.clear(reason)
        if not self._is_done_told:
            await self._host.tell_refusal(result)
            self._tell_done(status, result, ended_ns)
        self._report(status, result, ended_ns, peak_mb)
        await self._sandbox.clear(reason)
        self._events.reset(status)
        self._end(NEEDS_INIT)

    def _end(self, state: State) -> None:
        self._is_over = True
        self._host.phase_over(state)

    # -- what is told of it -------------------------------------------------------------------------------------------------

    def _tell_start(self, at_ns: int = 0) -> None:
        if not self._is_start_told:
            self._is_start_told = True
            self._events.start(self.invocation, at_ns or self._context.clock.now_ns())

    async def _tell_runtime_done(self) -> None:
        session = self._sandbox.session
        if session is not None:
            await session.drain_output()  # what the function printed must come before END
            session.flush_output()
        await self._host.tell_refusal(self.invocation.result.result())
        if not self._is_broken_off:  # the timeout may have come while this waited; `_reset` reports then
            self._end_runtimes_part()

    def _end_runtimes_part(self) -> None:
        self._tell_done(self._status(), self.invocation.result.result(), self.invocation.runtime_done_ns)
        self.end_if_idle()

    def _tell_done(self, status: str, result: InvocationResult, ended_ns: int) -> None:
        self._is_done_told = True
        self._events.runtime_done(self.invocation, status, result.error_type, result.produced_bytes, ended_ns)

    def _report(self, status: str, result: InvocationResult, ended_ns: int, peak_mb: float) -> None:
        session = self._sandbox.session
        has_extensions = session is not None and len(session.extensions) > 0
        self._events.report(
            self.invocation, status, result.error_type, ended_ns=ended_ns, start=self._start_figures,
            memory_peak_mb=peak_mb, has_extensions=has_extensions)
        self.invocation.over()

    def _status(self) -> str:
        return "error" if self.invocation.result.result().function_error else "success"

"""The INVOKE phase: one invocation in its environment, from START to its REPORT.

It is over when the runtime and all extensions wait for the next event. Or it is broken off (timeout, crash, cancelled): then
everything is killed, and the next invocation repeats INIT. Source: Lambda guide, "Invoke phase", "Failures during the invoke
phase".
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from workbench.engine.clock import Clock
from workbench.engine.debugging.time_limits import TimeLimit, TimeLimits
from workbench.engine.environment.state import State
from workbench.engine.events.environment_events import EnvironmentEvents
from workbench.engine.invocation.invocation import Invocation, InvocationResult, failed, unhandled
from workbench.engine.lifecycle.initialization import EXIT_GRACE_S, InitOutcome
from workbench.engine.lifecycle.runtime_process import RuntimeProcess
from workbench.engine.lifecycle.sandbox_life import SandboxLife
from workbench.engine.lifecycle.sandbox_lives import SandboxLives
from workbench.engine.lifecycle.shutdown import ShutdownReason
from workbench.model.failures import SandboxError, sandbox_lost, timed_out

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
"""Runs a coroutine as a task that the environment's end waits for."""


class InvokePhase:
    """One invocation. On the engine's loop.

    `init_ns` is what INIT took, for the REPORT of the first one; `over` is told when all is reported, with the state in which
    the environment is left. `answered` is told the result before that.
    """

    def __init__(
        self, invocation: Invocation, *, timeout_s: int, init_ns: int, process: RuntimeProcess, lives: SandboxLives,
        events: EnvironmentEvents, clock: Clock, limits: TimeLimits, spawn: Spawn, over: Callable[[State], None],
        answered: Callable[[InvocationResult], Awaitable[None]],
    ) -> None:
        self.invocation = invocation
        self._timeout_s = timeout_s
        self._init_ns = init_ns
        self._process = process
        self._lives = lives
        self._events = events
        self._clock = clock
        self._limits = limits
        self._spawn = spawn
        self._over = over
        self._answered = answered
        self._timeout: TimeLimit | None = None
        self._initializing: asyncio.Task[None] | None = None
        self._is_start_told = False
        self._is_done_told = False
        self._is_broken_off = False
        self._is_over = False
        self._is_second_try = False

    @property
    def is_running(self) -> bool:
        """Whether the runtime has begun, and was not back in `next` since."""
        return bool(self.invocation.started_ns) and not self.invocation.runtime_done_ns

    # -- its beginning ------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Hand the event to the runtime that waits for it."""
        await self._thaw()
        if self._is_broken_off:
            return
        life = self._lives.current
        if life is not None and life.runtime_waits:
            self._begin()
            self._tell_start()
            self._deliver(life)
        else:
            # The runtime died at rest, and its connection tells so before its sandbox does: as if that had been known.
            self.start_with_init(self._spawn(self._lives.clear("FAILURE")))

    def start_with_init(self, after: asyncio.Task[None] | None) -> None:
        """Repeat INIT in a new sandbox first ("suppressed init").

        What broke at rest may still be shutting down (`after`): that comes before, it would take the new sandbox with it.
        """
        self._initializing = self._spawn(self._initialize(after))

    def can_start_over(self) -> bool:
        """Whether the runtime that has just ended never saw the event. Once: what ends every runtime is not sought for ever."""
        life = self._lives.current
        never_seen = life is not None and life.is_initialized and life.was_event_unread
        return never_seen and self.is_running and not (self._is_second_try or self._is_broken_off or self._initializing)

    def start_over(self) -> None:
        """As if it had been known that the runtime died at rest: a frozen one that is killed dies when it is thawed."""
        self._is_second_try = True
        self._cancel_timeout()
        self.start_with_init(self._spawn(self._lives.clear("FAILURE")))

    async def _thaw(self) -> None:
        """A sandbox that does not thaw is as good as gone: the invocation ends, the next one gets a new one."""
        life = self._lives.current
        assert life is not None
        try:
            await life.thaw()
        except SandboxError as error:
            self._fail_sandbox(error.message)

    async def _initialize(self, after: asyncio.Task[None] | None) -> None:
        """The duration counts from the beginning of INIT, and the log has START after the INIT_REPORT (recorded log streams of
        Lambda, which keeps its sandbox: making one again is not the function's time).
        """
        if after is not None:
            await asyncio.wait([after])
        if self._is_broken_off:
            return
        try:
            life, outcome = await self._lives.begin_again(self._timeout_s + EXIT_GRACE_S, self._begin)
        except SandboxError as error:
            self._fail_sandbox(error.message)
            return
        if not self._is_over and not self.invocation.result.done():
            await self._initialized(life, outcome)

    async def _initialized(self, life: SandboxLife, outcome: InitOutcome) -> None:
        self._tell_start()
        if life.catch_up():
            return
        if outcome.status == "success":
            self._deliver(life)
        else:
            await self._process.ended(outcome.exit_grace_s)
            self.fail(unhandled(outcome.payload, outcome.error_type, is_fatal=outcome.is_fatal), "error")

    def _begin(self, at_ns: int = 0) -> None:
        self.invocation.started_ns = at_ns or self._clock.now_ns()
        if not self._is_broken_off:
            self._timeout = self._limits.start(self._timeout_s, self._timed_out)

    def _deliver(self, life: SandboxLife) -> None:
        deadline_ms = self._clock.deadline_ms(self.invocation.started_ns) + self._timeout_s * 1000
        if not life.invoke(self.invocation, deadline_ms):
            self._fail_sandbox("The runtime closed its connection.")

    # -- its end ------------------------------------------------------------------------------------------------------------

    def runtime_done(self, ended_ns: int) -> None:
        """The runtime asks for the next event."""
        self.invocation.runtime_done_ns = ended_ns
        if self._lives.current is not None and self._lives.current.extensions.all_ready:
            self._cancel_timeout()
        self._spawn(self._tell_runtime_done())

    def end_if_idle(self) -> None:
        """It is over when the runtime and all extensions wait for the next event."""
        life = self._lives.current
        if not self._is_done_told or self._is_broken_off or life is None or not life.extensions.all_ready:
            return
        self._cancel_timeout()
        ended_ns = max(self.invocation.runtime_done_ns, life.extensions.last_ready_ns)
        self._report(self._status(), self.invocation.result.result(), ended_ns, self._process.memory_peak_mb())
        life.freeze()
        self._end(State.IDLE)

    def fail(self, result: InvocationResult, status: str) -> None:
        """End what its runtime will not end: answer, kill, report, start anew at the next request."""
        if self._is_over or self._is_broken_off:
            return
        ended_ns = self._clock.now_ns()
        self._is_broken_off = True
        self._cancel_timeout()
        if not self.invocation.started_ns:
            self._begin()
        if self.invocation.settle(result):
            self._events.result(self.invocation, result)
        elif self.invocation.result.result().is_fatal:
            result = self.invocation.result.result()  # the first one counts
        life = self._lives.current
        if life is not None and not life.is_initialized:
            life.init.fail(ended_ns, result.error_type, result.payload, timed_out=status == "timeout")
        self._spawn(self._reset(result, status, ended_ns))

    def _fail_sandbox(self, reason: str) -> None:
        self.fail(failed(sandbox_lost(self.invocation.request_id, reason)), "failure")

    def _timed_out(self) -> None:
        self.fail(failed(timed_out(self.invocation.request_id, self._timeout_s)), "timeout")

    def _cancel_timeout(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None

    async def _reset(self, result: InvocationResult, status: str, ended_ns: int) -> None:
        """The REPORT comes before the extensions' SHUTDOWN, so that they can tell of it."""
        peak_mb = self._process.memory_peak_mb()
        if self._initializing is not None:
            await asyncio.wait([self._initializing])
        self._tell_start()
        reason: ShutdownReason = "TIMEOUT" if status == "timeout" else "FAILURE"
        if self._lives.current is not None and len(self._lives.current.extensions):
            self._lives.current.interrupt_extensions("timeout" if status == "timeout" else "error")
            await self._process.end_runtime(0)
            self._lives.flush_lines()
        else:
            await self._lives.clear(reason)
        if not self._is_done_told:
            await self._answered(result)
            self._tell_done(status, result, ended_ns)
        self._report(status, result, ended_ns, peak_mb)
        if self._lives.current is not None:
            await self._lives.clear(reason)
        self._events.reset(status)
        self._end(State.NEEDS_INIT)

    def _end(self, state: State) -> None:
        self._is_over = True
        self._over(state)

    # -- what is told of it -------------------------------------------------------------------------------------------------

    def _tell_start(self) -> None:
        if not self._is_start_told:
            self._is_start_told = True
            self._events.start(self.invocation, self._clock.now_ns())

    async def _tell_runtime_done(self) -> None:
        await self._process.drain_output()
        self._lives.flush_lines()
        await self._answered(self.invocation.result.result())
        if not self._is_broken_off:
            self._tell_done(self._status(), self.invocation.result.result(), self.invocation.runtime_done_ns)
            self.end_if_idle()

    def _tell_done(self, status: str, result: InvocationResult, ended_ns: int) -> None:
        self._is_done_told = True
        self._events.runtime_done(self.invocation, status, result.error_type, result.produced_bytes, ended_ns)

    def _report(self, status: str, result: InvocationResult, ended_ns: int, peak_mb: float) -> None:
        has_extensions = self._lives.current is not None and len(self._lives.current.extensions) > 0
        self._events.report(
            self.invocation, status, result.error_type, ended_ns=ended_ns, init_ns=self._init_ns, memory_peak_mb=peak_mb,
            has_extensions=has_extensions,
        )
        if not self.invocation.reported.done():
            self.invocation.reported.set_result(None)

    def _status(self) -> str:
        return "error" if self.invocation.result.result().function_error else "success"

"""INIT of one sandbox: extension init, runtime init, function init. It is over when all of them wait for an event.

Source: Lambda guide, "Init phase": extensions start together and register, then the runtime starts; INIT ends when the runtime
and every registered extension have asked for their first event.
"""

from __future__ import annotations

import asyncio

import msgspec

from workbench.engine.events.environment_events import Phase
from workbench.engine.extensions.states import Extensions
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.lifecycle.early_events import EarlyEvents
from workbench.model.function_failures import FunctionFailure, not_startable
from workbench.sandbox.protocol import EntrypointInvalid

EXIT_GRACE_S = 1.0
"""How long a runtime that reported an init error may take to exit by itself, in seconds."""


class InitOutcome(msgspec.Struct, frozen=True):
    """How INIT ended: `status` success|error|timeout, and after a failure what the caller of an invocation would get.

    `is_fatal`: see `InvocationResult`.
    """

    status: str
    ended_ns: int
    error_type: str = ""
    payload: bytes = b""
    is_fatal: bool = False

    @property
    def exit_grace_s(self) -> float:
        """How long to wait for the runtime's end, in seconds: only one that reported an error itself is about to exit."""
        return EXIT_GRACE_S if self.status == "error" and not self.error_type.startswith("Extension.") else 0


class Initialization:
    """The progress of one INIT. The session starts its parts and reports to this object. Use it on the engine's loop.

    `started_ns` and `runtime_started_ns` are monotonic, 0 until it has begun. `is_complete`: the stream has the end of an INIT
    that succeeded, so what happens from now on belongs to invocations. The task that awaits `outcome` tells that end, a turn of
    the loop or more after `has_succeeded`.
    """

    def __init__(self, context: EnvironmentContext, extensions: Extensions, early: EarlyEvents) -> None:
        self._context = context
        self._events = context.events
        self._extensions = extensions
        self._early = early
        self._outcome: asyncio.Future[InitOutcome] = asyncio.get_running_loop().create_future()
        self._all_registered = asyncio.Event()
        self._runtime_ready_ns = 0
        self.started_ns = 0
        self.runtime_started_ns = 0
        self.is_complete = False

    @property
    def is_over(self) -> bool:
        """Whether it has succeeded or failed."""
        return self._outcome.done()

    @property
    def has_succeeded(self) -> bool:
        """Whether runtime and extensions all wait, though the task that awaits `outcome` may not have run yet."""
        return self._outcome.done() and self._outcome.result().status == "success"

    async def outcome(self) -> InitOutcome:
        """Wait until it has ended and return how."""
        return await asyncio.shield(self._outcome)  # a caller that is cancelled must not cancel the future for the others

    async def all_registered(self) -> None:
        """Wait until every external extension has registered, or INIT is over."""
        await self._all_registered.wait()

    # -- what is told of it -------------------------------------------------------------------------------------------------

    def tell_start(self, phase: Phase) -> None:
        """Publish that INIT began, and then everything that was held back until then."""
        self._events.init_start(
            phase, self._context.initialization_type, self.started_ns, self._context.runtime_plan.runs_on)
        self._early.release()

    def tell_end(self, phase: Phase, outcome: InitOutcome) -> None:
        """Publish how INIT ended."""
        runtime_done_ns = self._runtime_ready_ns or outcome.ended_ns  # extensions may take longer than the runtime
        self._events.init_done(
            phase, self._context.initialization_type, outcome.status, outcome.error_type,
            started_ns=self.started_ns, runtime_done_ns=runtime_done_ns, ended_ns=outcome.ended_ns)
        self.is_complete = outcome.status == "success"

    # -- what happens -------------------------------------------------------------------------------------------------------

    def began(self, at_ns: int) -> None:
        """Note that a part of INIT, an extension or the runtime, was started; the first one counts."""
        self.started_ns = self.started_ns or at_ns

    def runtime_started(self, at_ns: int) -> None:
        """Note that the runtime was started.

        The container engine may answer after the runtime has asked for its first event; INIT must not begin after that.
        """
        self.runtime_started_ns = at_ns
        self.began(min(at_ns, self._runtime_ready_ns or at_ns))  # no INIT shorter than nothing

    def runtime_ran(self, at_ns: int) -> None:
        """Note that the runtime ran at this time, by its own account.

        On a busy machine that is before the sandbox's `start` has returned: INIT must have begun by then.
        """
        self.started_ns = min(self.started_ns or at_ns, at_ns)

    def runtime_ready(self, at_ns: int) -> None:
        """Note that the runtime asked for its first event, which closes the registration of extensions."""
        self._extensions.is_open = False
        self._runtime_ready_ns = at_ns
        self._settle_if_ready()

    def extension_registered(self) -> None:
        """Note that an extension has registered."""
        if self._extensions.all_registered:
            self._all_registered.set()

    def extension_ready(self) -> None:
        """Note that an extension asked for its first event."""
        self._settle_if_ready()

    def skip(self) -> None:
        """Note that the runtime has had its INIT elsewhere: it comes from a snapshot."""
        now_ns = self._context.clock.now_ns()
        self.began(now_ns)
        self._settle(InitOutcome("success", now_ns))
        self.is_complete = True

    # -- its end ------------------------------------------------------------------------------------------------------------

    def cannot_begin(self, error: EntrypointInvalid) -> None:
        """Fail INIT because there is nothing to start."""
        self.began(self._context.clock.now_ns())
        self.fail_with(not_startable(self._events.request_id, error.error_type, error.reason))

    def fail(self, at_ns: int, error_type: str, payload: bytes, *, timed_out: bool = False) -> None:
        """Fail INIT; only the first failure counts. `timed_out`: the invocation that this INIT is part of timed out."""
        self._settle(InitOutcome("timeout" if timed_out else "error", at_ns, error_type, payload))

    def fail_with(self, failure: FunctionFailure) -> None:
        """Fail INIT with a failure whose text is Lambda's own."""
        self._settle(InitOutcome("error", self._context.clock.now_ns(), failure.error_type, failure.payload(), is_fatal=True))

    def time_out(self) -> None:
        """Fail INIT because it took longer than its limit."""
        self._settle(InitOutcome("timeout", self._context.clock.now_ns(), "Sandbox.Timedout"))

    def _settle_if_ready(self) -> None:
        if self._runtime_ready_ns and self._extensions.all_ready:
            self._settle(InitOutcome("success", max(self._runtime_ready_ns, self._extensions.last_ready_ns)))

    def _settle(self, outcome: InitOutcome) -> None:
        if not self._outcome.done():
            self._outcome.set_result(outcome)
            self._all_registered.set()  # a session that still waits for extensions would otherwise never learn of the failure

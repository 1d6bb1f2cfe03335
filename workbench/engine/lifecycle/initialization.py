"""INIT of one sandbox: extension init, runtime init, function init; over when all of them wait for an event.

Source: Lambda guide, "Init phase": extensions start together and register, then the runtime starts; INIT ends when the runtime
and every registered extension have asked for their first event.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.debugging.time_limits import TimeLimits
from workbench.engine.events.environment_events import EnvironmentEvents, Phase
from workbench.engine.extensions.states import Extensions, ExtensionState
from workbench.engine.lifecycle.runtime_process import RuntimeProcess
from workbench.model.failures import FunctionFailure, extension_not_launched, not_startable
from workbench.sandbox.protocol import EntrypointInvalid, ExtensionHandler

EXIT_GRACE_S = 1.0
"""How long a runtime that reported an init error may take to exit on its own."""


class InitOutcome(msgspec.Struct, frozen=True):
    """How INIT ended: `status` success|error|timeout, and for failures what the caller of an invocation would get.

    `is_fatal`: see `InvocationResult`.
    """

    status: str
    ended_ns: int
    error_type: str = ""
    payload: bytes = b""
    is_fatal: bool = False

    @property
    def exit_grace_s(self) -> float:
        """How long to wait for the runtime's end: only one that reported an error itself is about to end."""
        return EXIT_GRACE_S if self.status == "error" and not self.error_type.startswith("Extension.") else 0


class Initialization:
    """One INIT of a sandbox that was created. `started_ns` and `runtime_started_ns` are monotonic, 0 before.

    `is_told`: the stream has its beginning; a quick runtime's first words may come before.
    """

    def __init__(
        self, process: RuntimeProcess, extensions: Extensions, events: EnvironmentEvents, clock: Clock, limits: TimeLimits
    ) -> None:
        self._limits = limits
        self._process = process
        self._extensions = extensions
        self._events = events
        self._clock = clock
        self._outcome: asyncio.Future[InitOutcome] = asyncio.get_running_loop().create_future()
        self._all_registered = asyncio.Event()
        self._runtime_ready_ns = 0
        self.started_ns = 0
        self.runtime_started_ns = 0
        self.is_told = False
        self._held: list[Callable[[], None]] = []

    @property
    def has_succeeded(self) -> bool:
        """Runtime and extensions all wait, though nobody may know yet."""
        return self._outcome.done() and self._outcome.result().status == "success"

    async def run(
        self, phase: Phase, limit_s: float, handler: ExtensionHandler, runs_on: str, began: Callable[[int], None]
    ) -> InitOutcome:
        """Start everything and wait, at most `limit_s`. `began` is called with the time INIT began. Raises SandboxError."""
        await self._start_first(handler)
        began(self.started_ns)
        self._events.notices(self._process.notices)
        self._events.init_start(phase, self.started_ns, runs_on)
        self.is_told = True
        for publish in self._held:
            publish()
        limit = self._limits.start(limit_s, self._timed_out)
        try:
            await self._start_runtime_after_extensions()
            outcome = await asyncio.shield(self._outcome)
        finally:
            limit.cancel()
        await self._process.drain_output()
        return outcome

    def after_start(self, publish: Callable[[], None]) -> None:
        """Call `publish` once the stream has INIT's beginning: an extension may be ready before a container engine answers."""
        if self.is_told:
            publish()
        else:
            self._held.append(publish)

    def tell_end(self, phase: Phase, outcome: InitOutcome) -> None:
        """Publish how it ended."""
        runtime_done_ns = self._runtime_ready_ns or outcome.ended_ns
        self._events.init_done(phase, outcome.status, outcome.error_type, self.started_ns, runtime_done_ns, outcome.ended_ns)

    def runtime_began(self, at_ns: int) -> None:
        """When the runtime ran already: on a busy machine that is before a sandbox's start has returned. INIT began by then."""
        self.started_ns = min(self.started_ns or at_ns, at_ns)

    def runtime_ready(self, at_ns: int) -> None:
        """The runtime asked for its first event, which closes registration."""
        self._extensions.is_open = False
        self._runtime_ready_ns = at_ns
        self._settle_if_ready()

    def extension_registered(self) -> None:
        """An extension has made itself known."""
        if self._extensions.all_registered:
            self._all_registered.set()

    def extension_ready(self) -> None:
        """An extension asked for its first event."""
        self._settle_if_ready()

    def can_not_begin(self, error: EntrypointInvalid) -> None:
        """There is nothing to start."""
        self.started_ns = self.started_ns or self._clock.now_ns()
        self.fail_with(not_startable(self._events.request_id, error.error_type, error.reason))

    def fail(self, at_ns: int, error_type: str, payload: bytes, *, timed_out: bool = False) -> None:
        """Fail INIT; only the first failure counts. `timed_out`: the invocation that INIT is part of timed out."""
        self._settle(InitOutcome("timeout" if timed_out else "error", at_ns, error_type, payload))

    def fail_with(self, failure: FunctionFailure) -> None:
        """The same with a failure that Lambda words."""
        self._settle(InitOutcome("error", self._clock.now_ns(), failure.error_type, failure.payload(), is_fatal=True))

    def _timed_out(self) -> None:
        self._settle(InitOutcome("timeout", self._clock.now_ns(), "Sandbox.Timedout"))

    async def _start_first(self, handler: ExtensionHandler) -> None:
        """Start what comes first; `sandbox.started` tells how long the sandbox took for it."""
        if self._outcome.done():
            return
        begun_ns = self._clock.now_ns()
        if self._process.extension_names:
            await self._start_extensions(handler)
        elif not await self._start_runtime():
            return
        # A container engine may answer after the runtime has asked for its first event: it ran by then.
        started_ns = self.runtime_started_ns or self._clock.now_ns()
        self.started_ns = self.started_ns or min(started_ns, self._runtime_ready_ns or started_ns)
        self._events.started(self.started_ns - begun_ns, self.started_ns)

    async def _start_extensions(self, handler: ExtensionHandler) -> None:
        names = self._process.extension_names
        self._extensions.launched(names, self._clock.now_ns())
        failed = await self._process.start_extensions(handler)
        self.started_ns = self._clock.now_ns()
        for name, reason in failed.items():
            extension = self._extensions.named(name)
            if extension is not None:
                extension.change(ExtensionState.LAUNCH_ERROR)
                extension.error_type = "Extension.LaunchError"
                self._events.extension(extension)
            self.fail_with(extension_not_launched(self._events.request_id, reason))

    async def _start_runtime_after_extensions(self) -> None:
        if self.runtime_started_ns or not self._process.extension_names:
            return
        await self._all_registered.wait()
        if not self._outcome.done():
            await self._start_runtime()

    async def _start_runtime(self) -> bool:
        try:
            await self._process.start()
        except EntrypointInvalid as error:
            self.can_not_begin(error)
            return False
        self.runtime_started_ns = self._process.started_ns
        return True

    def _settle_if_ready(self) -> None:
        if self._runtime_ready_ns and self._extensions.all_ready:
            self._settle(InitOutcome("success", max(self._runtime_ready_ns, self._extensions.last_ready_ns)))

    def _settle(self, outcome: InitOutcome) -> None:
        if not self._outcome.done():
            self._outcome.set_result(outcome)
            self._all_registered.set()  # ends the wait for extensions

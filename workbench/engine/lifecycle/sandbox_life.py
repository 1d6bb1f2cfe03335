"""One sandbox of an environment from INIT to SHUTDOWN, with its extensions.

An environment has one after the other: after a timeout or a crash the next invocation begins with a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from workbench.engine.clock import Clock
from workbench.engine.debugging.time_limits import TimeLimits
from workbench.engine.events.environment_events import EnvironmentEvents, Phase
from workbench.engine.events.log_lines import LineSplitter
from workbench.engine.extensions.states import Extension, ExtensionState
from workbench.engine.invocation.invocation import Invocation
from workbench.engine.lifecycle.initialization import Initialization, InitOutcome
from workbench.engine.lifecycle.local_apis import LocalApis
from workbench.engine.lifecycle.runtime_process import RuntimeProcess
from workbench.engine.lifecycle.shutdown import Shutdown, ShutdownReason
from workbench.engine.runtime_api.http_exchange import RuntimeConnection
from workbench.model.failures import FunctionFailure, extension_crashed, extension_reported, sandbox_lost
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.protocol import EntrypointInvalid, Exit

_REPORTED = {ExtensionState.INIT_ERROR: "Extension.InitError", ExtensionState.EXIT_ERROR: "Extension.ExitError"}


class SandboxLife:
    """Implements ExtensionListener and ExtensionHandler.

    `broken` is told of a failure outside INIT that ends the sandbox, `extensions_idle` when all extensions wait again.
    `waiting` is the runtime's open call of `next`.
    """

    def __init__(
        self, *, process: RuntimeProcess, events: EnvironmentEvents, clock: Clock, function: FunctionConfiguration,
        limits: TimeLimits, broken: Callable[[FunctionFailure], None], extensions_idle: Callable[[], None],
    ) -> None:
        self._process = process
        self._events = events
        self._clock = clock
        self._broken = broken
        self._extensions_idle = extensions_idle
        self._lines: dict[str, LineSplitter] = {}
        self._shutdown: Shutdown | None = None
        self.apis = LocalApis(self, function, events)
        self.extensions = self.apis.extensions
        self.init = Initialization(process, self.extensions, events, clock, limits)
        self.is_initialized = False
        self.waiting: RuntimeConnection | None = None
        self._given_on: RuntimeConnection | None = None
        self._broken_meanwhile: FunctionFailure | None = None

    async def create(self) -> None:
        """Make the sandbox; one without an entry point fails in INIT. Raises SandboxError."""
        begun_ns = self._clock.now_ns()
        self._events.telemetry = self.apis.telemetry
        try:
            await self._process.create(self.apis)
        except EntrypointInvalid as error:
            self.init.can_not_begin(error)
            return
        self._events.created(self._clock.now_ns() - begun_ns)

    async def make_ready(self) -> None:
        """Do ahead of INIT what needs no runtime. Raises SandboxError."""
        begun_ns = self._clock.now_ns()
        await self._process.make_ready()
        self._events.ready(self._clock.now_ns() - begun_ns)

    async def initialize(self, phase: Phase, limit_s: float, runs_on: str, began: Callable[[int], None]) -> InitOutcome:
        """Run INIT, at most `limit_s`. Call `tell_init_end` once all output has been published. Raises SandboxError."""
        return await self.init.run(phase, limit_s, self, runs_on, began)

    def fail(self, failure: FunctionFailure) -> None:
        """The runtime or an extension ended or reported an error."""
        if self.is_initialized:
            self._broken(failure)
        elif self.init.has_succeeded:
            self._broken_meanwhile = failure
        else:
            self.init.fail_with(failure)

    def catch_up(self) -> bool:
        """What failed after INIT's success and before its owner knew of that failed after INIT: the owner knows by now.

        False when nothing did.
        """
        failure, self._broken_meanwhile = self._broken_meanwhile, None
        if failure is not None:
            self._broken(failure)
        return failure is not None

    def tell_init_end(self, phase: Phase, outcome: InitOutcome) -> None:
        """Publish how INIT ended; from here on nobody can subscribe to telemetry."""
        self._tell_failed_init(outcome)
        self.init.tell_end(phase, outcome)
        self.apis.telemetry.init_over()
        if not self.apis.telemetry.is_needed:
            self._events.telemetry = None
        self.is_initialized = outcome.status == "success"

    def _tell_failed_init(self, outcome: InitOutcome) -> None:
        if outcome.status == "success":
            return
        for extension in self.extensions:
            if extension.phase == "init" and extension.state is not ExtensionState.READY:
                self._events.extension_work(extension, outcome.status, outcome.ended_ns)

    @property
    def runtime_waits(self) -> bool:
        """Whether the runtime can be given an event."""
        return self.waiting is not None and self.waiting.is_open

    def invoke(self, invocation: Invocation, deadline_ms: int) -> bool:
        """Give the event to the runtime and to the extensions that want it. Returns False if the runtime no longer waits."""
        connection, self.waiting = self.waiting, None
        self._given_on = connection
        if connection is None or not connection.is_open:
            return False
        self.apis.durable = invocation.durable
        connection.respond(200, invocation.event, invocation.event_headers(deadline_ms))
        if len(self.extensions):
            self.extensions.invoke(invocation.extension_event(deadline_ms), self._clock.now_ns())
        return True

    @property
    def was_event_unread(self) -> bool:
        """Whether the runtime is gone without having read the event that it was given last."""
        return self._given_on is not None and self._given_on.was_unread()

    def freeze(self) -> None:
        """Stop all processes and deliveries until `thaw`."""
        self.apis.telemetry.freeze()
        self._process.freeze()

    async def thaw(self) -> None:
        """Let them go on. Raises SandboxError."""
        begun_ns = self._clock.now_ns()
        await self._process.thaw()
        if self._process.freezes:
            self._events.thawed(self._clock.now_ns() - begun_ns)
        self.apis.telemetry.thaw()

    async def shut_down(self, reason: ShutdownReason) -> None:
        """SHUTDOWN where there are extensions; then everything is killed and gone."""
        if len(self.extensions):
            self._shutdown = Shutdown(self._process, self.extensions, self.apis.telemetry, self._events, self._clock, reason)
            await self._shutdown.run()
        await self._process.clear()
        self._flush_lines()
        await self.apis.close()

    def interrupt_extensions(self, status: str) -> None:
        """The invocation was broken off: their part of it ends here."""
        now_ns = self._clock.now_ns()
        for extension in self.extensions:
            if extension.phase == "invoke" and extension.state is ExtensionState.RUNNING and not extension.has_ended:
                self._events.extension_work(extension, status, now_ns)

    # -- extensions ---------------------------------------------------------------------------------------------------------

    def extension_registered(self, extension: Extension) -> None:
        """It has made itself known."""
        del extension
        self.init.extension_registered()

    def extension_ready(self, extension: Extension, at_ns: int) -> None:
        """It waits for its next event."""
        if self._shutdown is not None:
            self._shutdown.extension_ready(extension)
            return
        if extension.phase == "init":
            self.init.after_start(partial(self._tell_ready, extension, at_ns))
            self.init.extension_ready()
            return
        self._events.extension_work(extension, "success", at_ns)
        if self.extensions.all_ready:
            self._extensions_idle()

    def _tell_ready(self, extension: Extension, at_ns: int) -> None:
        self._events.extension_work(extension, "success", at_ns)
        self._events.extension(extension, at_ns)

    def extension_failed(self, extension: Extension, at_ns: int, message: str) -> None:
        """It reported an error of its own."""
        self._events.extension(extension, at_ns)
        text = f"{extension.error_type}: {message}" if message else extension.error_type
        self.fail(extension_reported(self._events.request_id, _REPORTED[extension.state], text))

    def extension_output(self, name: str, data: bytes) -> bool:
        """It wrote something."""
        return self._events.lines(self._lines.setdefault(name, LineSplitter()).feed(data), "extension")

    def extension_exited(self, name: str, exit_: Exit) -> None:
        """Its process ended: a crash, unless the environment is ending anyway."""
        self._flush_lines(name)
        extension = self.extensions.named(name)
        if extension is None:
            return
        if self._shutdown is not None:
            self._shutdown.extension_exited(extension, exit_)
            return
        extension.has_ended = True
        if not extension.error_type:
            extension.error_type = "Extension.Crash"
            self._events.extension(extension)
        self.fail(self._ended_extension(exit_))

    def _ended_extension(self, exit_: Exit) -> FunctionFailure:
        request_id = self._events.request_id
        if exit_.code is None and exit_.signal is None:
            return sandbox_lost(request_id, exit_.lost or "The sandbox of an extension is gone.")
        return extension_crashed(request_id, code=exit_.code, signal=exit_.signal)

    def _flush_lines(self, *names: str) -> None:
        for name in names or tuple(self._lines):
            self._events.lines(self._lines.get(name, LineSplitter()).flush(), "extension")

"""One sandbox of an environment: made, initialized, given one event after the other, shut down.

An environment has one session after the other: after a timeout or a crash the next invocation begins with a new one. Each session
has its own Runtime API, so that a late call of one runtime never reaches the next.

Whatever ends a sandbox prematurely (the runtime's exit, an extension's crash) comes to `SandboxSession.broken`, which fails INIT
or tells the environment.
"""

from __future__ import annotations

from collections.abc import Callable

from workbench.engine.events.environment_events import Phase
from workbench.engine.extensions.states import Extensions
from workbench.engine.invocation.invocation import Invocation
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.lifecycle.early_events import EarlyEvents
from workbench.engine.lifecycle.extension_supervisor import ExtensionSupervisor
from workbench.engine.lifecycle.initialization import Initialization, InitOutcome
from workbench.engine.lifecycle.local_apis import LocalApis
from workbench.engine.lifecycle.rest import Rest, rest_s
from workbench.engine.lifecycle.restoration import Restoration, RestoreOutcome
from workbench.engine.lifecycle.runtime_calls import RuntimeCalls
from workbench.engine.lifecycle.runtime_output import RuntimeOutput
from workbench.engine.lifecycle.sandbox_maker import SandboxMaker
from workbench.engine.lifecycle.session_listener import SessionListener
from workbench.engine.lifecycle.shutdown import ShutdownReason
from workbench.engine.lifecycle.watched_runtime import WatchedRuntime
from workbench.engine.runtime_api.listener import RuntimeApi
from workbench.model.function_failures import FunctionFailure, exited, out_of_memory, sandbox_lost
from workbench.sandbox.protocol import EntrypointInvalid, Exit, Sandbox


class SandboxSession:
    """Implements SandboxListener, for its extensions. Use it on the engine's loop.

    What breaks between `init.has_succeeded` and `init.is_complete` is kept in `_broken_meanwhile` until the environment calls
    `catch_up`.
    """

    def __init__(self, context: EnvironmentContext, maker: SandboxMaker, listener: SessionListener) -> None:
        self._context = context
        self._events = context.events
        self._maker = maker
        self._listener = listener
        self.extensions = Extensions()
        self._early = EarlyEvents()
        self.init = Initialization(context, self.extensions, self._early)
        self._supervisor = ExtensionSupervisor(context, self.extensions, self.init, self._early, self)
        self._apis = LocalApis(context, self.extensions, self._early, self._supervisor)
        self._restoration = Restoration(context)
        self._calls = RuntimeCalls(context, self.init, self._restoration, listener, self._noted)
        self._api = RuntimeApi(self._calls, context.clock, self._apis.handle)
        self.responses = self._calls.responses
        self._output = RuntimeOutput(context.events, self._early)
        self._rest = Rest(context.clock, self._freeze, rest_s(maker.provider.kind))
        self._sandbox: Sandbox | None = None
        self._runtime: WatchedRuntime | None = None
        self._broken_meanwhile: FunctionFailure | None = None
        self._peak_mb = 0.0

    # -- its beginning ------------------------------------------------------------------------------------------------------

    async def create(self) -> None:
        """Make the sandbox; a missing entry point fails INIT later, as on Lambda. Raises SandboxError."""
        begun_ns = self._context.clock.now_ns()
        # Before anything happens in it: an extension that subscribes later receives the records of INIT from its beginning.
        self._events.telemetry = self._apis.telemetry
        try:
            self._sandbox = await self._maker.make(self._api, self._apis, self._output.hear)
        except EntrypointInvalid as error:
            self.init.cannot_begin(error)
            return
        self._know_way_in(self._sandbox)
        self._events.created(self._context.clock.now_ns() - begun_ns)

    async def make_ready(self) -> None:
        """Do ahead of INIT everything that does not need the runtime. Raises SandboxError."""
        begun_ns = self._context.clock.now_ns()
        if self._sandbox is not None:
            await self._sandbox.make_ready()
        self._events.ready(self._context.clock.now_ns() - begun_ns)

    async def initialize(self, phase: Phase, limit_s: float, began: Callable[[int], None]) -> InitOutcome:
        """Run INIT, at most `limit_s`; `began` is called with the time at which it began (monotonic ns). Raises SandboxError."""
        await self._start_first()
        began(self.init.started_ns)  # may raise if the environment was stopped meanwhile, before anything of INIT is published
        if self._sandbox is not None:
            self._events.notices(self._sandbox.notices)
        self.init.tell_start(phase)
        limit = self._context.limits.start(limit_s, self.init.time_out)
        try:
            await self._start_runtime_after_extensions()
            outcome = await self.init.outcome()
        finally:
            limit.cancel()
        await self.drain_output()  # what INIT printed must come before the event of its end
        if self._runtime is not None:
            self._runtime.initialized()
        self._output.flush()
        self._tell_init_end(phase, outcome)
        return outcome

    async def _start_first(self) -> None:
        """Start the extensions, or the runtime if there are none, and publish how long the sandbox took for that."""
        if self.init.is_over or self._sandbox is None:
            return
        begun_ns = self._context.clock.now_ns()
        if self._sandbox.extensions:
            await self._supervisor.launch(self._sandbox)
            self._know_peer(self._sandbox)  # an extension may subscribe to telemetry before the runtime starts
        elif not await self._start_runtime(self._sandbox):
            return
        self._events.started(self.init.started_ns - begun_ns, self.init.started_ns)

    async def _start_runtime_after_extensions(self) -> None:
        if self._sandbox is None or not self._sandbox.extensions:
            return
        await self.init.all_registered()
        if not self.init.is_over:  # it also returns when INIT has failed or timed out
            await self._start_runtime(self._sandbox)

    async def _start_runtime(self, sandbox: Sandbox) -> bool:
        """Start the runtime and watch for its end. Return False if there is nothing that could be started."""
        self._runtime = WatchedRuntime(sandbox, self.init, self._maker.debugger, self._context.clock, self._runtime_ended)
        is_started = await self._runtime.start()
        if is_started:
            self._know_peer(sandbox)
        return is_started

    def _know_peer(self, sandbox: Sandbox) -> None:
        """Admit only the sandbox's address to its Runtime API from now on, and deliver telemetry there."""
        if sandbox.peer_address:
            self._api.allowed_peers = frozenset({sandbox.peer_address})
            self._know_way_in(sandbox)

    def _know_way_in(self, sandbox: Sandbox) -> None:
        """Let telemetry reach the sandbox. One without an address, or without one yet, cannot be reached from here."""
        if sandbox.peer_address:
            self._apis.reach(sandbox.connect, local_host_allowed=sandbox.shares_network)

    def _noted(self) -> str:
        return self._sandbox.init_report() if self._sandbox is not None else ""

    def _tell_init_end(self, phase: Phase, outcome: InitOutcome) -> None:
        """Publish how INIT ended. From here on nobody can subscribe to telemetry."""
        if outcome.status != "success":
            self._supervisor.init_failed(outcome.status, outcome.ended_ns)
        self.init.tell_end(phase, outcome)
        self._close_subscription()

    def _close_subscription(self) -> None:
        self._apis.telemetry.init_over()
        if not self._apis.telemetry.is_needed:  # most functions have no subscriber: then events cost nothing more
            self._events.telemetry = None

    def shell_command(self) -> tuple[str, ...]:
        """Return the command that opens a shell in the sandbox, () if there is none."""
        return self._sandbox.shell_command() if self._sandbox is not None else ()

    # -- its snapshot -------------------------------------------------------------------------------------------------------

    @property
    def comes_from_snapshot(self) -> bool:
        """Whether the runtime has had its INIT elsewhere, and begins with RESTORE."""
        return self._sandbox is not None and self._sandbox.comes_from_snapshot

    async def restore(self, limit_s: float) -> RestoreOutcome:
        """Run RESTORE, at most `limit_s`, and return how it ended. Raises SandboxError."""
        outcome = await self._restoration.run(limit_s, self._start_from_snapshot, lambda: self.can_take_event)
        await self.drain_output()
        self._output.flush()
        self._restoration.tell_end(outcome)
        return outcome

    async def _start_from_snapshot(self) -> None:
        if self._sandbox is None or not self.comes_from_snapshot:  # it has run INIT, and waits at its snapshot
            return
        self.init.skip()
        self._early.release()
        await self._start_runtime(self._sandbox)
        self._close_subscription()

    # -- an invocation ------------------------------------------------------------------------------------------------------

    @property
    def can_take_event(self) -> bool:
        """Whether the runtime waits in `next`."""
        return self._calls.can_take_event

    def invoke(self, invocation: Invocation, deadline_ms: int) -> bool:
        """Give the event to the runtime and to the extensions that want it. Return False if the runtime no longer waits."""
        self._apis.durable = invocation.durable  # before the event is out: the function may ask for it at once
        if not self._calls.give(invocation, deadline_ms):
            return False
        if len(self.extensions):
            self.extensions.invoke(invocation.extension_event(deadline_ms), self._context.clock.now_ns())
        return True

    def rest(self) -> None:
        """Stop all processes and deliveries in a moment (see `rest`), until `thaw`."""
        self._rest.begin()

    def _freeze(self) -> None:
        self._apis.telemetry.freeze()  # first, so that no delivery begins to processes that are about to be frozen
        if self._sandbox is not None:
            self._sandbox.freeze()

    def goes_on(self) -> bool:
        """End the rest of a sandbox that runs, as it nearly always does. Return False for one that has to be thawed."""
        if self._sandbox is None or not self._sandbox.has_thawed():
            return False
        self._rest.end()
        self._apis.telemetry.thaw()
        return True

    async def thaw(self) -> None:
        """End the rest: let processes and deliveries go on. Raises SandboxError."""
        begun_ns, was_frozen = self._context.clock.now_ns(), self._rest.end()
        if self._sandbox is not None:
            await self._sandbox.thaw()  # also of one that was not frozen: what has ended in it meanwhile is then known
        if was_frozen and self._maker.freezes:
            self._events.thawed(self._context.clock.now_ns() - begun_ns)
        self._apis.telemetry.thaw()

    async def drain_output(self) -> None:
        """Return when all output up to the runtime's latest request has arrived."""
        if self._sandbox is not None:
            await self._sandbox.drain_output()

    def has_drained(self) -> bool:
        """Whether `drain_output` would find nothing."""
        return self._sandbox is not None and self._sandbox.has_drained()

    def flush_output(self) -> None:
        """Publish an unfinished line as a line."""
        self._output.flush()

    def memory_peak_mb(self) -> float:
        """Return the highest memory use since the sandbox was made, in MB."""
        peak_mb = self._sandbox.memory_peak_mb() if self._sandbox is not None else 0.0
        if peak_mb > self._peak_mb:  # kept here as well: a sandbox that is gone has no figure any more
            self._peak_mb = peak_mb
        return self._peak_mb

    # -- its end ------------------------------------------------------------------------------------------------------------

    def _runtime_ended(self, exit_: Exit) -> None:
        # Only for an end from outside: an event that made the runtime end by itself must not be served twice.
        unread = exit_.is_from_outside and self._calls.was_event_unread()
        self.broken(self._exit_failure(exit_), was_event_unread=unread)

    def _exit_failure(self, exit_: Exit) -> FunctionFailure:
        request_id = self._events.request_id
        if exit_.out_of_memory:
            self._events.out_of_memory(self.memory_peak_mb())
            return out_of_memory(request_id)
        if exit_.code is None and exit_.signal is None:
            return sandbox_lost(request_id, exit_.lost or "The sandbox is gone.")
        return exited(request_id, code=exit_.code, signal=exit_.signal)

    def extensions_wait(self) -> None:
        """See SandboxListener."""
        self._listener.extensions_wait()

    def broken(self, failure: FunctionFailure, *, was_event_unread: bool = False) -> None:
        """Fail INIT, or tell the environment, because the runtime or an extension has ended or reported an error."""
        if self._restoration.is_running:
            self._restoration.fail_with(failure)
        elif self.init.is_complete:
            self._calls.give_none()
            self._listener.broken(failure, was_event_unread=was_event_unread)
        elif self.init.has_succeeded:
            self._broken_meanwhile = failure
        else:
            self.init.fail_with(failure)

    def catch_up(self) -> bool:
        """Report what broke between INIT's success and the moment at which the owner learned of it. Return False if nothing did.

        The owner calls this once it knows of the success. Without it such a failure would only be noticed at the timeout.
        """
        failure, self._broken_meanwhile = self._broken_meanwhile, None
        if failure is not None:
            self.broken(failure)
        return failure is not None

    def give_up(self, at_ns: int, error_type: str, payload: bytes, *, timed_out: bool) -> None:
        """End an INIT or RESTORE that is under way, because the invocation that it is part of has ended."""
        if not self.init.is_complete:
            self.init.fail(at_ns, error_type, payload, timed_out=timed_out)
        elif self._restoration.is_running:
            self._restoration.fail(at_ns, error_type, payload)

    async def ended(self, limit_s: float) -> None:
        """Wait up to `limit_s` for a runtime that is about to end, as its last words belong to the log."""
        if self._runtime is not None:
            await self._runtime.until_ended(limit_s)

    async def break_off(self, status: str) -> None:
        """End the runtime in the middle of an invocation. Extensions go on until they are shut down, so they can report it."""
        self._early.release()
        self._supervisor.invocation_broken_off(status)
        if self._runtime is not None:
            self._runtime.ignore_end()  # before it is killed
        if self._sandbox is not None:
            await self._sandbox.end_runtime(0)
        self._output.flush()

    async def shut_down(self, reason: ShutdownReason) -> None:
        """Run SHUTDOWN if there are extensions, then kill everything. The runtime's exit is not reported."""
        self._rest.close()
        if self._runtime is not None:
            self._runtime.ignore_end()
        self._early.release()  # nothing must be lost with a sandbox that ends before its INIT was told
        if self._sandbox is not None:
            if len(self.extensions):
                await self._supervisor.shut_down(self._sandbox, self._apis.telemetry, reason)
            self.memory_peak_mb()  # read for the last time while the sandbox has a figure
            await self._sandbox.terminate()
        self._api.close()
        self._supervisor.flush_output()  # after the kill: only now can nothing more be written
        await self._apis.close()
        self._output.end()
        if not self.init.is_over:  # whoever waits for it would wait for its whole limit
            self.init.fail_with(FunctionFailure("Sandbox.Failure", "The execution environment was stopped."))

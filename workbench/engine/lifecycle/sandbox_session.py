"""One sandbox of an environment: made, initialized, given one event after the other, shut down.

An environment has one session after the other: after a timeout or a crash the next invocation begins with a new one. Each session
has its own Runtime API, so that a late call of one runtime never reaches the next.

Whatever ends a sandbox prematurely (the runtime's exit, an extension's crash) comes to `SandboxSession.broken`, which fails INIT
or tells the environment.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import msgspec

from workbench.background import begin
from workbench.engine.events.environment_events import Phase
from workbench.engine.extensions.states import Extensions
from workbench.engine.invocation.invocation import Invocation
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.lifecycle.early_events import EarlyEvents
from workbench.engine.lifecycle.extension_supervisor import ExtensionSupervisor
from workbench.engine.lifecycle.initialization import Initialization, InitOutcome
from workbench.engine.lifecycle.local_apis import LocalApis
from workbench.engine.lifecycle.response_state import ResponseState, transition_refused
from workbench.engine.lifecycle.runtime_output import RuntimeOutput
from workbench.engine.lifecycle.sandbox_maker import SandboxMaker
from workbench.engine.lifecycle.session_listener import SessionListener
from workbench.engine.lifecycle.shutdown import ShutdownReason
from workbench.engine.lifecycle.streamed_answer import ERROR_TYPE
from workbench.engine.runtime_api.http_exchange import BodySink, RuntimeConnection, RuntimeRequest
from workbench.engine.runtime_api.init_report import read_init_report
from workbench.engine.runtime_api.listener import INIT_REPORT_HEADER, RuntimeApi
from workbench.model.failures import FunctionFailure, exited, out_of_memory, sandbox_lost
from workbench.sandbox.protocol import EntrypointInvalid, Exit, Sandbox


class SandboxSession:
    """Implements RuntimeHost, and SandboxListener for its extensions. Use it on the engine's loop.

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
        self.responses = ResponseState(context.events, context.clock)
        self._supervisor = ExtensionSupervisor(context, self.extensions, self.init, self._early, self)
        self._apis = LocalApis(context, self.extensions, self._early, self._supervisor)
        self._api = RuntimeApi(self, context.clock, self._apis.handle)
        self._output = RuntimeOutput(context.events, self._early)
        self._sandbox: Sandbox | None = None
        self._exit_watch: asyncio.Task[None] | None = None
        self._waiting: RuntimeConnection | None = None  # where the runtime waits for its next event
        self._given_on: RuntimeConnection | None = None  # where it got the latest one
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
        if self._maker.debugger is not None:
            self._maker.debugger.initialized()
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
        debugger = self._maker.debugger
        if debugger is not None:
            debugger.starting()  # before the runtime runs, which waits for a debugger from its first moment
        # Before the start: a runtime may have exited by the time `start` returns.
        self._exit_watch = begin("The watch of a runtime", self._watch_exit(sandbox))
        try:
            await sandbox.start()
        except EntrypointInvalid as error:
            self.init.cannot_begin(error)
            return False
        self._know_peer(sandbox)
        if debugger is not None:
            debugger.started(sandbox.connect)
        self.init.runtime_started(sandbox.started_ns)
        return True

    def _know_peer(self, sandbox: Sandbox) -> None:
        """Admit only the sandbox's address to its Runtime API from now on, and deliver telemetry there."""
        if sandbox.peer_address:
            self._api.allowed_peers = frozenset({sandbox.peer_address})
            self._know_way_in(sandbox)

    def _know_way_in(self, sandbox: Sandbox) -> None:
        """Let telemetry reach the sandbox. One without an address, or without one yet, cannot be reached from here."""
        if sandbox.peer_address:
            self._apis.reach(sandbox.connect, local_host_allowed=sandbox.shares_network)

    def _tell_init_end(self, phase: Phase, outcome: InitOutcome) -> None:
        """Publish how INIT ended. From here on nobody can subscribe to telemetry."""
        if outcome.status != "success":
            self._supervisor.init_failed(outcome.status, outcome.ended_ns)
        self.init.tell_end(phase, outcome)
        self._apis.telemetry.init_over()
        if not self._apis.telemetry.is_needed:  # most functions have no subscriber: then events cost nothing more
            self._events.telemetry = None

    # -- the Runtime API ----------------------------------------------------------------------------------------------------

    def runtime_next(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        """Let the runtime wait for an event: its INIT or its part of the invocation is over."""
        self._waiting = connection
        if self.init.is_complete:
            self._listener.runtime_waits(request.arrived_ns)
        else:
            self._tell_spans(request)
            self.init.runtime_ready(request.arrived_ns)

    def runtime_stream(self, request_id: str, request: RuntimeRequest, connection: RuntimeConnection) -> BodySink:
        """Return the sink for a result that begins to arrive. Raises Refusal."""
        return self.responses.begin(request_id, request, connection)

    def runtime_response(self, request_id: str, request: RuntimeRequest) -> None:
        """Take the handler's result. Raises Refusal."""
        self.responses.response(request_id, request)

    def runtime_error(self, request_id: str, request: RuntimeRequest) -> None:
        """Take the handler's error. Raises Refusal."""
        self.responses.error(request_id, request)

    def runtime_init_error(self, request: RuntimeRequest) -> None:
        """Fail INIT because the function could not be loaded. Raises Refusal after INIT."""
        if self.init.is_complete:
            raise transition_refused("Running", "InitError")
        self._tell_spans(request)
        document = self._events.shown.body(request.body)
        self.init.fail(request.arrived_ns, request.headers.get(ERROR_TYPE, "Runtime.Unknown"), document)

    def _tell_spans(self, request: RuntimeRequest) -> None:
        """Publish the runtime's account of INIT, or the sandbox's.

        Runtime init begins with the process, which runs before the bootstrap's first instruction can look at the clock.
        """
        noted = self._sandbox.init_report() if self._sandbox is not None else ""
        report = read_init_report(request.headers.get(INIT_REPORT_HEADER, "") or noted)
        if report is not None:
            begun_ns = min(self.init.runtime_started_ns or report.runtime_init[0], report.runtime_init[0])
            self.init.runtime_ran(begun_ns)
            self._events.spans(msgspec.structs.replace(report, runtime_init=(begun_ns, report.runtime_init[1])))

    # -- an invocation ------------------------------------------------------------------------------------------------------

    @property
    def can_take_event(self) -> bool:
        """Whether the runtime waits in `next`."""
        return self._waiting is not None and self._waiting.is_open

    def invoke(self, invocation: Invocation, deadline_ms: int) -> bool:
        """Give the event to the runtime and to the extensions that want it. Return False if the runtime no longer waits."""
        connection, self._waiting = self._waiting, None
        self._given_on = connection
        if connection is None or not connection.is_open:
            return False
        self.responses.invocation = invocation  # before the event is out: the answer may come at once
        self._apis.durable = invocation.durable
        connection.respond(200, invocation.event, invocation.event_headers(deadline_ms))
        if len(self.extensions):
            self.extensions.invoke(invocation.extension_event(deadline_ms), self._context.clock.now_ns())
        return True

    def freeze(self) -> None:
        """Stop all processes and deliveries until `thaw`."""
        self._apis.telemetry.freeze()  # first, so that no delivery begins to processes that are about to be frozen
        if self._sandbox is not None:
            self._sandbox.freeze()

    async def thaw(self) -> None:
        """Let processes and deliveries go on. Raises SandboxError."""
        begun_ns = self._context.clock.now_ns()
        if self._sandbox is not None:
            await self._sandbox.thaw()
        if self._maker.freezes:
            self._events.thawed(self._context.clock.now_ns() - begun_ns)
        self._apis.telemetry.thaw()

    async def drain_output(self) -> None:
        """Return when all output up to the runtime's latest request has arrived."""
        if self._sandbox is not None:
            await self._sandbox.drain_output()

    def flush_output(self) -> None:
        """Publish an unfinished line as a line."""
        self._output.flush()

    def memory_peak_mb(self) -> float:
        """Return the highest memory use since the sandbox was made, in MB."""
        if self._sandbox is not None:
            # Kept here as well: a sandbox that is gone has no figure any more.
            self._peak_mb = max(self._peak_mb, self._sandbox.memory_peak_mb())
        return self._peak_mb

    # -- its end ------------------------------------------------------------------------------------------------------------

    async def _watch_exit(self, sandbox: Sandbox) -> None:
        exit_ = await sandbox.wait()
        # Only for an end from outside: an event that made the runtime end by itself must not be served twice.
        unread = exit_.is_from_outside and self._given_on is not None and self._given_on.was_unread()
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
        if self.init.is_complete:
            self._waiting = None  # an invocation that is just beginning then finds nobody in `next`
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

    async def ended(self, limit_s: float) -> None:
        """Wait up to `limit_s` for a runtime that is about to end, as its last words belong to the log."""
        # One that never ran (`started_ns` 0) has nothing to say, and its watch would never return.
        if self._exit_watch is not None and self._sandbox is not None and self._sandbox.started_ns:
            with contextlib.suppress(TimeoutError):
                async with self._context.clock.timeout(limit_s):
                    await asyncio.wait([self._exit_watch])  # `wait` does not cancel the watch when the time is over

    async def break_off(self, status: str) -> None:
        """End the runtime in the middle of an invocation. Extensions go on until they are shut down, so they can report it."""
        self._supervisor.invocation_broken_off(status)
        self._ignore_exit()  # before it is killed: its exit is our doing and no failure of the function
        if self._sandbox is not None:
            await self._sandbox.end_runtime(0)
        self._output.flush()

    async def shut_down(self, reason: ShutdownReason) -> None:
        """Run SHUTDOWN if there are extensions, then kill everything. The runtime's exit is not reported."""
        self._ignore_exit()
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

    def _ignore_exit(self) -> None:
        if self._maker.debugger is not None:
            self._maker.debugger.ended()
        if self._exit_watch is not None:
            self._exit_watch.cancel()

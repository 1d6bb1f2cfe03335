"""The engine of one workspace: what its callers may do, and how its parts are put together, started and ended.

The gateway and the command line know only this module and the values that it takes and returns, none of the parts.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import msgspec

from workbench.background import BackgroundWork, TaskSet
from workbench.engine.admission.admission import Admission
from workbench.engine.admission.throttle_events import ThrottleEvents
from workbench.engine.allowances import Allowances
from workbench.engine.asynchronous.answers import Invoking
from workbench.engine.asynchronous.room import AsynchronousInvocation
from workbench.engine.clock import Clock
from workbench.engine.concurrency.ahead import Ahead
from workbench.engine.concurrency.machine_memory import MachineMemory
from workbench.engine.concurrency.machine_room import MachineRoom
from workbench.engine.concurrency.pool import EnvironmentPool
from workbench.engine.concurrency.provisioned import ProvisionedEnvironments
from workbench.engine.credentials.choice import Credentials
from workbench.engine.credentials.sessions import Sessions
from workbench.engine.debugging.debugged_functions import DebugService
from workbench.engine.deployments.notes import DeploymentNotes
from workbench.engine.environment.factory import EnvironmentFactory
from workbench.engine.events.stream import Stream
from workbench.engine.functions import FunctionStore
from workbench.engine.invocation.request import InvokeOutcome, InvokeRequest
from workbench.engine.invoker import Invoker
from workbench.engine.journal.invocation_history import InvocationHistory
from workbench.engine.journal.journal import Journal
from workbench.engine.leasing import Leasing
from workbench.engine.logs.engine_log import EngineLog
from workbench.engine.loop_lag import LoopLag
from workbench.engine.machine_sandboxes import MachineSandboxes
from workbench.engine.memory_return import MemoryReturn
from workbench.engine.readiness import Readiness
from workbench.engine.registry.resources import Resources
from workbench.engine.sandboxes import SandboxSelector
from workbench.engine.served_workspace import ServedWorkspace
from workbench.engine.services.allowances import AllowanceService
from workbench.engine.services.concurrency import ConcurrencyService
from workbench.engine.services.credentials import CredentialsService
from workbench.engine.services.environments import EnvironmentService
from workbench.engine.services.forgetting import ForgettingService
from workbench.engine.services.overrides import OverrideService
from workbench.engine.services.package_cache import PackageCache
from workbench.engine.services.renewal import Renewal
from workbench.engine.services.retention import RetentionService
from workbench.engine.services.saving import SavingService
from workbench.engine.services.settings import SettingsService
from workbench.engine.services.trust import TrustService
from workbench.engine.services.vitals import VitalsService
from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.engine.services_endpoint.function_endpoint import FunctionEndpoint
from workbench.engine.snapshots.snapshots import Snapshots
from workbench.engine.stored_code import STORED_CODE_FOLDER, StoredCode
from workbench.engine.trust import Trust
from workbench.engine.values import Values
from workbench.engine.workspace_watch import WorkspaceWatch
from workbench.model.account import ACCOUNT_ID
from workbench.model.engine_api import SandboxStatus
from workbench.model.failures import EngineError
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.model.past_invocations import MarkRequest
from workbench.packages.package import Packages
from workbench.sandbox.protocol import Progress, ProgressHandler
from workbench.storage.state_file import untold
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.kept_credentials import KeptCredentials

_HOUSEKEEPING_S = 10.0
_PRUNING_S = 600.0


class Engine:
    """The engine of one workspace. Use it on the loop that serves it.

    `functions`: those that can be invoked. `events`: the stream of everything that happens. `history`: invocations and log
    lines that were. `forgetting`: deletes invocations. `log`: the log in full. `deployments`: what invocations ran. `retention`:
    how long they are kept.
    `environments`: those that exist. `provisioned`: provisioned concurrency. `concurrency`: what runs, and what it is limited by.
    `settings`: those in force. `values`: what the template asks for. `trust`: the person's decision about the folder.
    `allowances`: what functions may have of this machine. `credentials`: which AWS credentials they get. `debugging`: which
    functions are debugged. `cache`: the packages of all engines. `resources`: what the Lambda API makes and sees. `overrides`:
    what it changed of the template's functions. `saving`: the way of its functions into the template, and back.
    `readiness`: what requests ask for, made ready. `services_endpoint`: the way to other AWS services. `function_endpoint`: the
    way of functions to all. `asynchronous`: the queue of events, the way into it, and the inbox. `vitals`: how the engine
    itself does.
    """

    def __init__(
        self, workspace: ServedWorkspace, machine: MachineSandboxes, packages: Packages, clock: Clock | None = None
    ) -> None:
        """Put the parts together; nothing starts yet."""
        self.root = root = workspace.root
        self.engine_id = machine.engine_id
        self._state_directory = workspace.state_directory
        self._machine = machine
        self._clock = clock or Clock()
        self._memory_return = MemoryReturn()
        self._set_aside: list[str] = []
        self._pseudo: PseudoParameters | None = None
        self._journal = Journal(workspace.data_directory() / "journal.sqlite")
        self.events = Stream(self._journal, self._clock)
        self.history = InvocationHistory(self._journal)
        self.log = EngineLog(self._journal, self.events)
        self._packages = packages
        self.cache = PackageCache(packages)
        fetched = workspace.state_directory / STORED_CODE_FOLDER
        trust = Trust(root, lambda: self.functions.all(), fetched=fetched)
        self._allowed = Allowances(workspace.state_directory)
        self.services_endpoint = ServicesEndpoint(workspace.state_directory)
        self.function_endpoint = FunctionEndpoint(self.services_endpoint)
        self.function_endpoint.may_call_lambda = lambda functions: trust.may_call_lambda(
            each for each in functions if self._allowed.of(each.logical_id).network)
        self._sandboxes = SandboxSelector(machine, packages, trust, self._allowed, self.function_endpoint)
        self.functions = FunctionStore(root, self._pseudo_parameters, workspace.options,
                                       StoredCode(fetched, self.services_endpoint, packages.places_beside),
                                       lambda written: self.resources.in_force(written))
        self.values = Values(root, self._pseudo_parameters, workspace.options)
        self._memory = MachineMemory(self._progress)
        self._pool = EnvironmentPool(self._memory, MachineRoom(), self._clock)
        self.environments = EnvironmentService(self._pool)
        self._lag = LoopLag()
        self.debugging = DebugService(
            functions=self.functions, sandboxes=self._sandboxes, packages=packages, stream=self.events,
            retire=lambda name: self._renewal.functions(name))
        factory = EnvironmentFactory(self.engine_id, self._sandboxes, self.events, self.debugging, self._pool)
        credentials = factory.credentials = Credentials(
            KeptCredentials(workspace.state_directory), trust, Sessions(self._clock), lambda: self._sandboxes.settings.region,
            self.function_endpoint.led_to_lambda)
        self._ahead = Ahead(self._pool, self._sandboxes, self.functions, factory, self._clock)
        self.resources = Resources(
            workspace, self.functions,
            lambda function: self._sandboxes.prepare_quietly(function, self._sandboxes.kind), self._clock,
            self.services_endpoint)
        self.function_endpoint.is_url = lambda url_id: self.resources.function_urls.by_id(url_id) is not None
        self.deployments = DeploymentNotes(self._journal, self.resources)
        self.forgetting = ForgettingService(self.history, self.events, self.reported, self._clock)
        self.retention = RetentionService(workspace.state_directory, self._journal, self.deployments)
        self.overrides = OverrideService(self.resources.overrides, self.values.opener, self.refresh)
        self.saving = SavingService(
            self.resources.saving_plans, self.resources.saving, self.resources.taking, self.values.opener, self.refresh)
        self.asynchronous = AsynchronousInvocation(
            workspace.state_directory, self.events,
            Invoking(self.invoke, lambda request: self.readiness.have(request),
                     lambda scope, name: self._admission.share(scope, name)),
            self.resources, self.services_endpoint)
        self.provisioned = ProvisionedEnvironments(self.resources, self._pool, self._sandboxes, factory, self._progress)
        self._snapshots = Snapshots(self.resources, self._pool, self._sandboxes, factory, self._progress)
        self.readiness = Readiness(self.functions, self.resources, self._snapshots, self.refresh)
        self._admission = Admission(
            self.resources.concurrency, self.provisioned, ThrottleEvents(self.events), self._clock)
        self.concurrency = ConcurrencyService(self.resources, self.provisioned, self._admission, self._pool)
        self._invoker = Invoker(
            self.resources, self._sandboxes, self._admission, Leasing(self._pool, factory, self._admission, self._snapshots),
            self.deployments)
        self._renewal = Renewal(self._sandboxes, self._pool, self.provisioned, self._ahead, self.resources)
        followers = (lambda settings: self.services_endpoint.follow(settings.services), self.resources.concurrency.follow,
                     self._pool.gate.room.follow)
        self.settings = SettingsService(workspace, self._sandboxes, trust, followers, self._renew)
        self.trust = TrustService(trust, self._sandboxes, self.settings, self._clock)
        self.allowances = AllowanceService(self._allowed, self.resources, self._sandboxes, self._renewal)
        self.credentials = CredentialsService(credentials, self.resources, self._pool, self._renewal, self._clock)
        self.vitals = VitalsService(self._clock, self._lag, self._journal, self._sandboxes.long_work, self._invoker)
        self._watch = WorkspaceWatch(root, self.refresh, self._code_beside)
        self._background = BackgroundWork()
        self._calls = TaskSet()
        self._parting = ""

    # -- what it is ---------------------------------------------------------------------------------------------------------

    @property
    def notice(self) -> str:
        """What the person should know about this engine now, one sentence per line; "" for nothing."""
        return "\n".join(filter(None, (
            self._parting, self._journal.problem, self.resources.problem, self._watch.problem, self._background.problem,
            *self._set_aside, self.services_endpoint.problem, self.asynchronous.queue.shown.notice,
            *self.resources.overrides.conflicts())))

    def take_parting(self, sentence: str) -> None:
        """Tell with the notices that this engine is about to end, and why; "" once it is not."""
        self._parting = sentence

    @property
    def is_second(self) -> bool:
        """Whether another engine serves this workspace already. Known once this one has started."""
        return self._journal.is_taken

    @property
    def sandbox(self) -> SandboxKind:
        """The kind of sandbox for a request that names none."""
        return self._sandboxes.kind

    @property
    def sandboxes(self) -> tuple[SandboxStatus, ...]:
        """Which kinds of sandbox can be used, as of the last look."""
        return self._machine.statuses

    @property
    def loop_lag_ms(self) -> float:
        """How late the loop is, in ms (99th percentile of the last minute)."""
        return self._lag.p99_ms

    # -- its life -----------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the journal, read the workspace, watch it. Raises EngineError."""
        self._background.listen()  # first, so that errors during the start are shown too
        await self.events.open()
        await self.retention.begin()
        await self.trust.begin()
        await self._allowed.read()
        await self.credentials.begin()
        await asyncio.gather(self._sandboxes.probe(), self.functions.refresh())  # independent of each other, and both slow
        taken = "Another engine serves this workspace: what the API makes is changed through that one."
        await self.resources.load(self, read_only=taken if self.is_second else "")
        self._publish_ahead()
        await self.asynchronous.open(is_second=self.is_second)
        await self._learn_what_was_set_aside()
        self._background.keep_going("Removing what earlier engines left", self._reap_orphans)
        self._background.keep_going("The watch of the workspace", self._watch.run)
        self._background.keep_going("Housekeeping", self._housekeeping)
        self._background.keep_going("The watch of what is trusted", self.trust.watch)
        self._background.keep_going("The watch of credentials", self.credentials.watch)
        self._background.keep_going("Measuring the loop", self._lag.measure)
        if self._ahead.is_wanted:
            self._background.keep_going("Asynchronous invocation", self.asynchronous.queue.work)

    @contextlib.asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """Read the functions and find out which sandboxes work, for this block: a replacement of `start` to run nothing."""
        try:
            await self._sandboxes.probe()
            await self.functions.refresh()
            yield
        finally:
            await self._machine.close()

    async def break_off(self) -> None:
        """End all calls that are in progress: a caller that waits for one would hold up the end of the HTTP server."""
        await self.asynchronous.queue.stop()  # before the calls, in whose place it would begin others
        await self._calls.cancel()

    async def close(self) -> None:
        """Break off what runs, stop all environments, write the journal."""
        # Whatever makes environments ends before the pool that stops them, the pool before the providers of its sandboxes, and
        # the journal last, because all of them publish until their end.
        await self.break_off()
        self._admission.close()
        await self.debugging.close()
        await self.provisioned.close()
        await self._snapshots.close()
        await self._ahead.close()
        await self._pool.close()
        await self.deployments.close()
        await self._background.close()
        await self.credentials.close()
        await self._machine.close()
        await self._packages.close()
        await self.resources.close()
        await self.asynchronous.close()
        await self.services_endpoint.close()
        await self._journal.close()

    # -- what it does -------------------------------------------------------------------------------------------------------

    async def invoke(self, request: InvokeRequest) -> InvokeOutcome:
        """Run one invocation. It goes on if the caller disconnects, as on Lambda."""
        # Shielded: the invocation goes on when its caller is cancelled. Only `break_off` ends it.
        return await asyncio.shield(self._calls.begin_awaited("An invocation", self._invoke(request)))

    def invoke_within(self, request: InvokeRequest) -> Coroutine[Any, Any, InvokeOutcome]:
        """Do the same in the caller's task, which nobody cancels: a handler's of our server, which goes on without its client."""
        return self._calls.within(self._invoke(request))

    def _invoke(self, request: InvokeRequest) -> Coroutine[Any, Any, InvokeOutcome]:
        is_ready = self.readiness.has(request)
        return self._invoker.invoke(request, self._ahead.invoked) if is_ready else self._make_ready_and_invoke(request)

    async def _make_ready_and_invoke(self, request: InvokeRequest) -> InvokeOutcome:
        await self.readiness.have(request)
        return await self._invoker.invoke(request, self._ahead.invoked)

    def cancel(self, request_id: str) -> bool:
        """Break off an invocation. Return False if there is none with this ID."""
        return self._invoker.cancel(request_id)

    async def callback_url(self, function: FunctionConfiguration) -> str:
        """Return the URL at which a function reaches what is served to functions. Raises WorkbenchError if there is none."""
        return await self._sandboxes.callback_url(function)

    async def reported(self, request_id: str) -> None:
        """Return when the REPORT of an invocation is in the stream, at once for past ones."""
        await self._invoker.reported(request_id)

    async def refresh(self) -> None:
        """Read the workspace now and retire environments of changed functions."""
        changed = await self.functions.refresh()
        if changed:
            self._sandboxes.forget()  # before the renewal, which prepares anew
            self._renewal.unpublished(*changed)
        await self.resources.declared.follow()
        self._publish_ahead()

    def _code_beside(self) -> frozenset[Path]:
        """Return which code outside of the folder is to be watched: of a folder that is not trusted, it does not run."""
        outside = self.functions.outside
        return outside if outside and self.trust.standing == "trusted" else frozenset()

    async def _renew(self) -> None:
        """Make everything anew, because the settings have changed."""
        await self.functions.refresh()  # the Region is in names and ARNs
        self._renewal.everything()

    def work_on(self, function_name: str) -> None:
        """Note that the person now works on a function, so that a sandbox is kept ready for it. Raises ServiceError."""
        self._ahead.chosen(function_name)

    def keep_nothing_ahead(self) -> None:
        """Prepare nothing, and run nothing of the queue, because this engine ends soon. Call it before `start`."""
        self._ahead.is_wanted = False

    def changed(self, name: str) -> None:
        """Retire what ran a function that the API made, changed or deleted, or a layer of which was published. Tell followers."""
        self._sandboxes.forget(name)
        self._renewal.unpublished(name)
        self.events.publish("sandbox.functionChanged", {}, function_name=name)

    def provision(self) -> None:
        """Have the environments that provisioned concurrency asks for now, and snapshots, after any change of the API's."""
        if self._ahead.is_wanted:
            self.provisioned.provision(self.resources.provisioned.wanted())
            self._snapshots.make_pending()

    async def mark(self, request: MarkRequest) -> int:
        """Give invocations a star or a name, or take it, and tell followers. Return how many there are. Raises EngineError."""
        count = await self.history.mark(request.seqs, request.mark)
        self.events.publish("sandbox.historyChanged", {"marked": count})
        return count

    def parts_changed(self, name: str) -> None:
        """Tell followers that what belongs to a function was made, changed or deleted."""
        self.events.publish("sandbox.partsChanged", {}, function_name=name)

    def _publish_ahead(self) -> None:
        if self._ahead.is_wanted:
            self.resources.declared.publish_ahead()

    # -- in the background --------------------------------------------------------------------------------------------------

    async def _reap_orphans(self) -> None:
        await self._machine.reap_orphans()
        await self._learn_what_was_set_aside()

    async def _learn_what_was_set_aside(self) -> None:
        for folder in (self._state_directory, self.resources.folder):
            self._set_aside += await asyncio.to_thread(untold, folder)

    async def _housekeeping(self) -> None:
        pruned_ns = 0
        while True:
            if not pruned_ns or self._clock.now_ns() - pruned_ns > _PRUNING_S * 1_000_000_000:
                pruned_ns = self._clock.now_ns()
                await self.cache.prune()
                with contextlib.suppress(EngineError):  # a full disk: the notice says that history cannot be written
                    await self.retention.prune()
            await self._clock.sleep(_HOUSEKEEPING_S)
            await self._sandboxes.probe()
            self._invoker.follow_clock()
            await self._journal.settle()
            self._snapshots.end_unused()
            self.forgetting.settle_outdated()
            self._pool.reclaim(self._clock.now_ns(), self.settings.in_force.idle_limit_s * 1_000_000_000)
            if self._memory_return.is_due():
                await self._give_memory_back()

    async def _give_memory_back(self) -> None:
        # In this order: each can only free what the one before has let go.
        await self._journal.shrink()
        self._memory_return.collect()
        await asyncio.to_thread(self._memory_return.give_back)

    def _progress(self, name: str) -> ProgressHandler:
        def publish(progress: Progress) -> None:
            self.events.publish("sandbox.progress", msgspec.to_builtins(progress), function_name=name)

        return publish

    def _pseudo_parameters(self) -> PseudoParameters:
        region = self._sandboxes.settings.region
        if self._pseudo is None or self._pseudo.region != region:  # every invocation asks
            self._pseudo = PseudoParameters.of_workspace(self.root, region, ACCOUNT_ID)
        return self._pseudo

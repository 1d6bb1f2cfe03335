"""The engine of one workspace: what its callers may do, and how its parts are put together, started and ended.

The gateway and the command line know only this module and the values that it takes and returns, none of the parts.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import msgspec

from workbench.background import BackgroundWork, TaskSet
from workbench.engine.allowances import Allowances
from workbench.engine.clock import Clock
from workbench.engine.concurrency.ahead import Ahead
from workbench.engine.concurrency.machine_memory import MachineMemory
from workbench.engine.concurrency.pool import EnvironmentPool
from workbench.engine.concurrency.provisioned import ProvisionedEnvironments
from workbench.engine.debugging.debugged_functions import DebugService
from workbench.engine.environment.factory import EnvironmentFactory
from workbench.engine.events.journal import Journal
from workbench.engine.events.stream import Stream
from workbench.engine.functions import FunctionStore
from workbench.engine.invocation.request import InvokeOutcome, InvokeRequest
from workbench.engine.invoker import Invoker
from workbench.engine.loop_lag import LoopLag
from workbench.engine.memory_return import MemoryReturn
from workbench.engine.registry.resources import Resources
from workbench.engine.sandboxes import SandboxSelector, StatusProbe
from workbench.engine.trust import Trust
from workbench.engine.values import Values
from workbench.engine.workspace_watch import WorkspaceWatch
from workbench.model.account import ACCOUNT_ID
from workbench.model.allowances import WORKSPACE, Allowance
from workbench.model.engine_api import CacheReport, EnvironmentInfo, SandboxStatus, Settings
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.model.trust import Standing, TrustReport
from workbench.packages.package import Packages
from workbench.sandbox.protocol import Progress, ProgressHandler, SandboxProvider
from workbench.storage.state_file import untold
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.kept_settings import keep_settings, settings_file
from workbench.workspace.locating.options import Options
from workbench.workspace.state_directory import data_directory
from workbench.workspace.team_settings import team_settings
from workbench.workspace.trusted_folders import TrustedFolders

_HOUSEKEEPING_S = 10.0
_TRUST_LOOK_S = 1.0
"""How often trust is looked up, in seconds. Another program may withdraw it, and nobody needs to invoke anything after that."""
_PRUNING_S = 600.0
_log = logging.getLogger(__name__)


class Engine:
    """The engine of one workspace. Use it on the loop that serves it.

    `functions`: those that can be invoked. `events`: the stream of everything that happens. `provisioned`: provisioned
    concurrency. `values`: what the template asks for. `debugging`: which functions are debugged.
    """

    def __init__(
        self,
        root: Path,
        state_directory: Path,
        providers: Mapping[SandboxKind, SandboxProvider],
        probe: StatusProbe,
        packages: Packages,
        *,
        engine_id: str = "",
        clock: Clock | None = None,
        options: Options | None = None,
        trusted_folders: TrustedFolders | None = None,
    ) -> None:
        """Put the parts together; nothing starts yet.

        `options`: the template and the values that this engine was started with, which precede those saved for the workspace.
        `trusted_folders`: the person's list of trusted folders, None for the one in its usual place.
        """
        self.root = root
        self.engine_id = engine_id or str(uuid.uuid4())
        self._state_directory = state_directory
        self._clock = clock or Clock()
        self._memory_return = MemoryReturn()
        self._set_aside: list[str] = []
        self._said: object = None
        self._counted = Settings()
        self._journal = Journal(data_directory(root) / "journal.sqlite")
        self.events = Stream(self._journal, self._clock)
        self._packages = packages
        self._trust = Trust(root, lambda: self.functions.all(), trusted_folders)
        self._allowances = Allowances(state_directory)
        self._sandboxes = SandboxSelector(providers, probe, packages, self._trust, self._allowances)
        self.functions = FunctionStore(root, self._pseudo_parameters, options, packages.places_beside)
        self.values = Values(root, self._pseudo_parameters, options)
        self._memory = MachineMemory(self._progress)
        self._pool = EnvironmentPool(self._memory, self._clock)
        self._lag = LoopLag()
        self.debugging = DebugService(
            functions=self.functions, sandboxes=self._sandboxes, packages=packages, stream=self.events,
            retire=self._retire)
        factory = EnvironmentFactory(self.engine_id, self._sandboxes, self.events, self.debugging, self._pool)
        self._ahead = Ahead(self._pool, self._sandboxes, self.functions, factory, self._clock)
        self.resources = Resources(
            state_directory, self.functions,
            lambda function: self._sandboxes.prepare_quietly(function, self._sandboxes.kind), self._clock)
        self._invoker = Invoker(self.resources, self._sandboxes, self._pool, factory, self.events)
        self.provisioned = ProvisionedEnvironments(self.functions, self._pool, self._sandboxes, factory, self._progress)
        self._watch = WorkspaceWatch(root, self.refresh)
        self._background = BackgroundWork()
        self._calls = TaskSet()

    @property
    def notice(self) -> str:
        """What the person should know about this engine now, one sentence per line; "" for nothing."""
        return "\n".join(filter(None, (
            self._journal.problem, self._watch.problem, self._background.problem, *self._set_aside)))

    @property
    def is_second(self) -> bool:
        """Whether another engine serves this workspace already. Known once this one has started."""
        return self._journal.is_taken

    async def start(self) -> None:
        """Open the journal, read the workspace, watch it. Raises EngineError."""
        self._background.listen()  # first, so that errors during the start are shown too
        await self.events.open()
        self._said = self._trust.said
        self._sandboxes.settings = self._counted = await self._settings_that_count()
        await self._allowances.read()
        await asyncio.gather(self._sandboxes.probe(), self.functions.refresh())  # independent of each other, and both slow
        taken = "Another engine serves this workspace: what the API makes is changed through that one."
        await self.resources.load(self, read_only=taken if self.is_second else "")
        await self._learn_what_was_set_aside()
        self._background.keep_going("Removing what earlier engines left", self._reap_orphans)
        self._background.keep_going("The watch of the workspace", self._watch.run)
        self._background.keep_going("Housekeeping", self._housekeeping)
        self._background.keep_going("The watch of what is trusted", self._watch_trust)
        self._background.keep_going("Measuring the loop", self._lag.measure)

    @contextlib.asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """Read the functions and find out which sandboxes work, for this block: a replacement of `start` to run nothing."""
        try:
            await self._sandboxes.probe()
            await self.functions.refresh()
            yield
        finally:
            await self._sandboxes.close()

    async def _reap_orphans(self) -> None:
        await self._sandboxes.reap_orphans()
        await self._learn_what_was_set_aside()

    async def _learn_what_was_set_aside(self) -> None:
        self._set_aside += await asyncio.to_thread(untold, self._state_directory)

    async def break_off(self) -> None:
        """End all calls that are in progress: a caller that waits for one would hold up the end of the HTTP server."""
        await self._calls.cancel()

    async def close(self) -> None:
        """Break off what runs, stop all environments, write the journal."""
        # Whatever makes environments ends before the pool that stops them, the pool before the providers of its sandboxes, and
        # the journal last, because all of them publish until their end.
        await self.break_off()
        await self.debugging.close()
        await self.provisioned.close()
        await self._ahead.close()
        await self._pool.close()
        await self._background.close()
        await self._sandboxes.close()
        await self._packages.close()
        await self.resources.close()
        await self._journal.close()

    async def invoke(self, request: InvokeRequest) -> InvokeOutcome:
        """Run one invocation. It goes on if the caller disconnects, as on Lambda."""
        work = self._invoker.invoke(request, self._ahead.invoked)
        # Shielded: the invocation goes on when its caller is cancelled. Only `break_off` ends it.
        return await asyncio.shield(self._calls.begin_awaited("An invocation", work))

    async def refresh(self) -> None:
        """Read the workspace now and retire environments of changed functions."""
        changed = await self.functions.refresh()
        if changed:
            self._sandboxes.forget()  # before the others, which prepare anew
            self._pool.retire(lambda key: key.function.name in changed, "changed")
            self.provisioned.renew(*changed)  # after `retire`, which counts out the old ones
            self._ahead.changed(*changed)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._sandboxes.settings

    @property
    def sandbox(self) -> SandboxKind:
        """The kind of sandbox for a request that names none."""
        return self._sandboxes.kind

    @property
    def sandboxes(self) -> tuple[SandboxStatus, ...]:
        """Which kinds of sandbox can be used, as of the last look."""
        return self._sandboxes.statuses

    @property
    def loop_lag_ms(self) -> float:
        """How late the loop is, in ms (99th percentile of the last minute)."""
        return self._lag.p99_ms

    def use_settings(self, settings: Settings) -> None:
        """Use these settings without saving them for the workspace. Call it before the first invocation."""
        self._sandboxes.settings = settings

    async def change_settings(self, settings: Settings) -> None:
        """Use and save other settings; all environments are retired."""
        # In force before the first await: an invocation that comes now must use them already.
        self._sandboxes.settings = self._counted = settings
        await self.functions.refresh()  # the Region is in names and ARNs
        self._sandboxes.forget()
        self._pool.retire(lambda _: True, "changed")
        self.provisioned.renew()
        self._ahead.forget()
        await asyncio.to_thread(keep_settings, self._state_directory, settings)

    async def allow(self, name: str, allowance: Allowance) -> Allowance:
        """Set what a function may have (by name or logical ID; `*`: all others), and return that; its environments are retired.

        Raises ServiceError for an unknown function and for what cannot be allowed, WorkspaceError if it cannot be saved.
        """
        if name == WORKSPACE:
            allowed = await self._allowances.change(WORKSPACE, allowance)
            for function in self.functions.all():
                self._allowed_changed(function.name)
            return allowed
        function = self.functions.require(name).configuration
        allowed = await self._allowances.change(function.logical_id, allowance)
        self._allowed_changed(function.name)
        return allowed

    def allowed(self) -> dict[str, Allowance]:
        """Return what was allowed, by logical ID."""
        return self._allowances.all()

    def _allowed_changed(self, name: str) -> None:
        self._sandboxes.forget(name)
        self._retire(name)

    def cancel(self, request_id: str) -> bool:
        """Break off an invocation. Return False if there is none with this ID."""
        return self._invoker.cancel(request_id)

    async def reported(self, request_id: str) -> None:
        """Return when the REPORT of an invocation is in the stream, at once for past ones."""
        await self._invoker.reported(request_id)

    def environments(self) -> list[EnvironmentInfo]:
        """Return the environments that exist now, prepared ones included."""
        return [
            EnvironmentInfo(
                environment_id=environment.environment_id,
                function_name=environment.function.name,
                sandbox=environment.provider.kind,
                state=environment.state.shown,
                runs_on=environment.runtime_plan.runs_on,
                not_enforced=environment.runtime_plan.not_enforced,
                invocations=environment.invocations,
                memory_peak_mb=environment.memory_peak_mb(),
                initialization_type=environment.initialization_type,
                is_spare=environment.is_spare,
                idle_since_ms=environment.idle_since_ms,
            )
            for environment in self._pool
        ]

    def stop_environment(self, environment_id: str) -> bool:
        """Stop one environment, after its present invocation if it has one. Return False if there is none with this ID."""
        return self._pool.stop_one(environment_id)

    def stop_environments(self, function_name: str = "") -> None:
        """Stop the environments of one function, or all for "", each after its present invocation."""
        self._pool.retire(lambda key: function_name in ("", key.function.name), "cold")

    def work_on(self, function_name: str) -> None:
        """Note that the person now works on a function, so that a sandbox is kept ready for it. Raises ServiceError."""
        self._ahead.chosen(function_name)

    def keep_nothing_ahead(self) -> None:
        """Prepare nothing, because this engine ends before anything made ahead could be used."""
        self._ahead.is_wanted = False

    def changed(self, name: str) -> None:
        """Retire a function that the API changed or deleted, or a layer of which was published."""
        self._sandboxes.forget(name)
        self._retire(name)

    def _retire(self, name: str) -> None:
        """Retire a function's environments because something other than its template changed."""
        self._pool.retire(lambda key: key.function.name == name, "changed")
        self.provisioned.renew(name)
        self._ahead.changed(name)

    # --- trust

    @property
    def trust_standing(self) -> Standing:
        """What the person decided about this folder."""
        return self._trust.standing

    async def trust_report(self) -> TrustReport:
        """Return what this folder would run on the machine, and what the person decided about it."""
        return await self._trust.report(runs_as_processes=self._sandboxes.kind == "process")

    def uses_own_interpreter(self, function: FunctionConfiguration) -> bool:
        """Whether an interpreter that came with the code may be started. Callable from any thread; blocks briefly."""
        return self._trust.uses_own_interpreter(function)

    async def trust(self, digests: Sequence[str] | None = None) -> TrustReport:
        """Trust the folder, with what has these digests (None: everything that it brings now). Raises WorkspaceError."""
        await self._trust.agree(digests)
        return await self._trust_changed()

    async def decline_trust(self) -> TrustReport:
        """Note that the person only wants to look at the folder. Raises WorkspaceError."""
        await self._trust.decline()
        return await self.trust_report()

    async def withdraw_trust(self) -> TrustReport:
        """Withdraw trust from the folder. Raises WorkspaceError."""
        await self._trust.withdraw()
        return await self._trust_changed()

    async def _trust_changed(self) -> TrustReport:
        """Apply a change of trust: retire environments made under the old one, and apply or drop the team's settings."""
        self._said = self._trust.said
        before, self._counted = self._counted, await self._settings_that_count()
        if self._sandboxes.settings == before:  # otherwise this engine was given others when it was started, and they stay
            self._sandboxes.settings = self._counted
        await self.functions.refresh()
        self._sandboxes.forget()
        self._pool.retire(lambda _: True, "changed")
        self.provisioned.renew()
        return await self.trust_report()

    async def _watch_trust(self) -> None:
        """Apply trust that another program gives or withdraws: warm environments of the folder must not outlive it."""
        while True:
            await self._clock.sleep(_TRUST_LOOK_S)
            if self._trust.said != self._said:
                await self._trust_changed()

    async def _settings_that_count(self) -> Settings:
        """Return the person's settings, otherwise the team's if the folder is trusted, otherwise the defaults."""
        kept = settings_file(self._state_directory).read()
        if kept is not None or self.trust_standing != "trusted":
            return kept or Settings()
        return await asyncio.to_thread(team_settings, self.root)

    async def cache(self) -> CacheReport:
        """Return the size of the cache of packages."""
        return await asyncio.to_thread(self._packages.store.report)

    async def clear_cache(self) -> CacheReport:
        """Delete everything in the cache that no living program uses, and return what is left."""
        await asyncio.to_thread(self._packages.store.clear)
        return await self.cache()

    async def _housekeeping(self) -> None:
        pruned_ns = 0
        while True:
            if not pruned_ns or self._clock.now_ns() - pruned_ns > _PRUNING_S * 1_000_000_000:
                pruned_ns = self._clock.now_ns()
                await asyncio.to_thread(self._packages.store.prune)
            await self._clock.sleep(_HOUSEKEEPING_S)
            await self._sandboxes.probe()
            self._invoker.follow_clock()
            self._pool.reclaim(self._clock.now_ns(), self._sandboxes.settings.idle_limit_s * 1_000_000_000)
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
        return PseudoParameters.of_workspace(self.root, self._sandboxes.settings.region, ACCOUNT_ID)


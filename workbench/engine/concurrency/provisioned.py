"""Provisioned concurrency: keeps the requested number of a version's environments initialized ahead of its requests.

Published versions have it by what the API configured. `$LATEST` has it by a request of ours, as on Lambda it cannot.

Source: Lambda guide, "Configuring provisioned concurrency": INIT may take up to 15 minutes, the first request finds a warm
environment, further requests are served on demand; status IN_PROGRESS, READY or FAILED as in `GetProvisionedConcurrencyConfig`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping

from workbench.background import begin
from workbench.engine.concurrency.machine_gate import ROOM
from workbench.engine.concurrency.pool import EnvironmentPool
from workbench.engine.concurrency.wanted import Wanted
from workbench.engine.environment.environment import Environment
from workbench.engine.environment.factory import EnvironmentFactory
from workbench.engine.environment.state import State
from workbench.engine.registry.resources import Resources
from workbench.engine.sandboxes import SandboxSelector
from workbench.model.engine_api import ProvisionedConcurrency, ProvisionedStatus
from workbench.model.failures import CredentialsUnavailable, MachineFull, ServiceError, WorkbenchError
from workbench.model.function_version import LATEST, FunctionVersion
from workbench.sandbox.protocol import ProgressHandler

INIT_FAILED = "FUNCTION_ERROR_INIT_FAILURE"
INIT_TRIES = 6
"""How often INIT is tried before provisioning has failed. Source: recorded behavior of the service."""


class ProvisionedEnvironments:
    """Keeps the requested environments by tasks on the engine's loop."""

    def __init__(
        self, resources: Resources, pool: EnvironmentPool, sandboxes: SandboxSelector, factory: EnvironmentFactory,
        progress: Callable[[str], ProgressHandler],
    ) -> None:
        self._resources = resources
        self._pool = pool
        self._sandboxes = sandboxes
        self._factory = factory
        self._progress = progress
        self._wanted: dict[FunctionVersion, Wanted] = {}
        self._asking: set[FunctionVersion] = set()
        self._is_closed = False
        pool.provisioned_lost = lambda key: self._fill(key.function)

    def put(self, name: str, count: int) -> ProvisionedConcurrency:
        """Set the provisioned count of `$LATEST`; 0 removes it. Raises ServiceError if there is no such function."""
        version = self._resources.latest(name)
        others = sum(wanted.count for other, wanted in self._wanted.items() if other != version)
        room = self._pool.gate.room
        if count + others > room.limit:
            message = f"Requested Provisioned Concurrency should not be greater than {max(0, room.limit - others)}"
            raise ServiceError("InvalidParameterValueException", 400, message, hint=room.at_most)
        if count == 0:
            self._forget(version)
            return ProvisionedConcurrency(function_name=version.name, requested=0, allocated=0, available=0, status="READY")
        self._want(version, count)
        return self.status(version)

    def provision(self, counts: Mapping[FunctionVersion, int]) -> None:
        """Have this many environments of these published versions, and none of others. Call it whenever that changes."""
        for version in [each for each in self._wanted if each.version != LATEST and each not in counts]:
            self._forget(version)
        for version, count in ({} if self._is_closed else counts).items():
            wanted = self._wanted.get(version)
            if wanted is None or wanted.count != count:
                self._want(version, count)
        self._fill_what_is_held()

    def renew(self, *names: str) -> None:
        """Make what is missing and try again what failed, after a change of these functions, or of the settings (no names)."""
        for version in tuple(self._wanted):
            if names and version.name not in names:
                continue
            if version.version == LATEST and self._is_gone(version):
                self._forget(version)
            else:
                self._wanted[version].try_again()
                self._fill(version)

    def renew_credentials(self) -> None:
        """Try again what failed for want of credentials: others can be had now, perhaps."""
        for version in [version for version, wanted in self._wanted.items() if wanted.lacks_credentials]:
            self._wanted[version].try_again()
            self._asking.add(version)
            self._fill(version)

    @property
    def is_asking(self) -> bool:
        """Whether that is being done."""
        self._asking = {version for version in self._asking if (wanted := self._wanted.get(version)) is not None
                        and wanted.task is not None and not wanted.task.done()}
        return bool(self._asking)

    def describe(self, name: str) -> ProvisionedConcurrency:
        """Return the status of a function's `$LATEST`. Raises ServiceError if nothing was requested for it."""
        version = self._resources.latest(name)
        if version not in self._wanted:
            message = "No Provisioned Concurrency Config found for this function"
            raise ServiceError("ProvisionedConcurrencyConfigNotFoundException", 404, message)
        return self.status(version)

    def status(self, version: FunctionVersion) -> ProvisionedConcurrency:
        """Return the status of one version. Of one that this engine does not provision, nothing is there yet."""
        wanted, name = self._wanted.get(version), version.name
        if wanted is None:
            return ProvisionedConcurrency(function_name=name, requested=0, allocated=0, available=0, status="IN_PROGRESS")
        existing = self._of(version)
        allocated = sum(environment.state in _INITIALIZED for environment in existing)
        status: ProvisionedStatus = "READY" if allocated >= wanted.count else "IN_PROGRESS"
        return ProvisionedConcurrency(
            function_name=name, requested=wanted.count, allocated=allocated,
            available=sum(environment.state is State.IDLE for environment in existing),
            status="FAILED" if wanted.problem else status,
            status_reason=wanted.reason if wanted.problem or status == "IN_PROGRESS" else "",
        )

    def usable(self, version: FunctionVersion) -> int:
        """Return how many invocations of a version may run on provisioned concurrency: none before all of it was allocated. Fast.

        Source: Lambda guide, "Understanding Lambda function scaling", "How Lambda allocates provisioned concurrency". `$LATEST`
        has none by Lambda's rules.
        """
        wanted = self._wanted.get(version) if version.version != LATEST else None
        return 0 if wanted is None else wanted.usable

    def usable_of_all(self, version: FunctionVersion) -> int:
        """Return the sum of that over all versions of this one's function."""
        function = version.name, version.region, version.account
        return sum(self.usable(each) for each in self._wanted if (each.name, each.region, each.account) == function)

    def versions(self) -> list[FunctionVersion]:
        """Return the versions for which any is requested."""
        return list(self._wanted)

    def all(self) -> list[ProvisionedConcurrency]:
        """Return the status of every function for whose `$LATEST` it was requested."""
        return [self.status(version) for version in self._wanted if version.version == LATEST]

    async def close(self) -> None:
        """Stop making environments. The pool stops those that exist."""
        self._is_closed = True
        tasks = [wanted.task for wanted in self._wanted.values() if wanted.task is not None]
        self._wanted.clear()  # before anything is stopped: `provisioned_lost` would otherwise refill what the pool stops
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _want(self, version: FunctionVersion, count: int) -> None:
        wanted = self._wanted.setdefault(version, Wanted(count))
        wanted.change(count)
        for environment in self._of(version)[count:]:
            self._pool.stop_one(environment.environment_id)
        self._fill(version)

    def _is_gone(self, version: FunctionVersion) -> bool:
        try:
            return self._resources.configured(version) is None
        except WorkbenchError:  # it is there and cannot run: making its environments says why
            return False

    def _forget(self, version: FunctionVersion) -> None:
        wanted = self._wanted.pop(version, None)  # first: stopping environments calls `_fill`, which must find nothing to refill
        if wanted is not None and wanted.task is not None:
            wanted.task.cancel()
        for environment in self._of(version):
            self._pool.stop_one(environment.environment_id)

    def _of(self, version: FunctionVersion) -> list[Environment]:
        # Retired ones do not count: they end when they are free, and their replacements may be made at once.
        return [each for each in self._pool
                if each.is_provisioned and each.function.identity == version and not self._pool.is_retired(each)]

    def _fill(self, version: FunctionVersion) -> None:
        wanted = self._wanted.get(version)
        if wanted is not None and not self._fits(version, wanted):
            return
        if self._factory.debugging.is_on(version.name):  # they would all wait for the one debugger; they are made when it is gone
            return
        if wanted is not None and not wanted.problem and (wanted.task is None or wanted.task.done()):
            wanted.task = begin("Provisioning", self._make_missing(version, wanted), wanted.failed)

    def _fits(self, version: FunctionVersion, wanted: Wanted) -> bool:
        """Whether this machine can hold it beside what is provisioned already. If not, it waits, and says so."""
        with contextlib.suppress(WorkbenchError):  # one that cannot run: making its environments says why
            function = self._resources.configured(version)
            wanted.memory_mb = 0 if function is None else function.memory_mb
        others = [each for each in self._wanted.values() if each is not wanted and not each.held]
        wanted.held = self._pool.gate.room.cannot_hold(
            wanted.claim, (sum(each.count for each in others), sum(each.claim[1] for each in others)))
        return not wanted.held

    def _fill_what_is_held(self) -> None:
        for version in [version for version, wanted in self._wanted.items() if wanted.held]:
            self._fill(version)

    async def _make_missing(self, version: FunctionVersion, wanted: Wanted) -> None:
        failures = 0
        try:
            while wanted.is_filling and (missing := wanted.count - len(self._of(version))) > 0:
                # Wait for all of them, also after a failure: a refill that begins before the last one exists makes one too many.
                made = await asyncio.gather(*(self._make_one(version, wanted) for _ in range(missing)), return_exceptions=True)
                for error in (each for each in made if isinstance(each, BaseException) and not isinstance(each, MachineFull)):
                    raise error
                failures += not all(made)
                if failures == INIT_TRIES:
                    wanted.problem = INIT_FAILED
            if wanted.is_filling:
                wanted.usable = wanted.count
        except WorkbenchError as error:
            wanted.problem, wanted.lacks_credentials = error.message, isinstance(error, CredentialsUnavailable)

    async def _make_one(self, version: FunctionVersion, wanted: Wanted) -> bool:
        """Make one environment, and return whether its INIT succeeded."""
        function = self._resources.configured(version)
        if function is None:
            return False
        prepared = await self._sandboxes.prepare(function, None, self._progress(version.name))
        key = prepared.key

        def told(sentence: str) -> None:
            wanted.waits = "" if sentence == ROOM else sentence

        # Added before INIT, so that `_of` counts it while it starts.
        environment = await self._pool.lease_new(
            key, prepared, lambda: self._factory.make(prepared, "provisioned-concurrency"), told)
        async with self._pool.starting:
            try:
                await environment.initialize()
            except BaseException as error:  # a cancellation too: it would stay in the pool for ever, not initialized
                self._pool.discard(key, environment, "failure", str(error))
                raise
        if environment.state is State.IDLE:
            self._pool.release(key, environment)
            return True
        self._pool.discard(key, environment, "failure")
        return False


_INITIALIZED = frozenset({State.IDLE, State.BUSY})

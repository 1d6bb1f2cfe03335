"""Provisioned concurrency: keeps the requested number of a function's environments initialized ahead of its requests.

Source: Lambda guide, "Configuring provisioned concurrency": INIT may take up to 15 minutes, the first request finds a warm
environment, further requests are served on demand; status IN_PROGRESS, READY or FAILED as in `GetProvisionedConcurrencyConfig`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from workbench.background import begin
from workbench.engine.concurrency.pool import CONCURRENCY_LIMIT, EnvironmentPool
from workbench.engine.environment.environment import Environment
from workbench.engine.environment.factory import EnvironmentFactory
from workbench.engine.environment.state import State
from workbench.engine.functions import FunctionStore, require_invocable
from workbench.engine.sandboxes import SandboxSelector
from workbench.model.engine_api import ProvisionedConcurrency, ProvisionedStatus
from workbench.model.failures import ServiceError, WorkbenchError
from workbench.sandbox.protocol import ProgressHandler

INIT_FAILED = "FUNCTION_ERROR_INIT_FAILURE"


class _Wanted:
    """The requested count of one function. `task` makes what is missing; it ends when all exist or one failed.

    `problem` says why filling stopped, "" while nothing is wrong.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.problem = ""
        self.task: asyncio.Task[None] | None = None

    def failed(self, why: str) -> None:
        """Make no more of them, for this reason."""
        self.problem = why


class ProvisionedEnvironments:
    """Keeps the requested environments by tasks on the engine's loop."""

    def __init__(
        self, functions: FunctionStore, pool: EnvironmentPool, sandboxes: SandboxSelector, factory: EnvironmentFactory,
        progress: Callable[[str], ProgressHandler],
    ) -> None:
        self._functions = functions
        self._pool = pool
        self._sandboxes = sandboxes
        self._factory = factory
        self._progress = progress
        self._wanted: dict[str, _Wanted] = {}
        pool.provisioned_lost = lambda key: self._fill(key.function.name)

    def put(self, name: str, count: int) -> ProvisionedConcurrency:
        """Set the provisioned count; 0 removes it. Raises ServiceError if there is no such function."""
        name = self._functions.require(name).configuration.name
        others = sum(wanted.count for other, wanted in self._wanted.items() if other != name)
        if count + others > CONCURRENCY_LIMIT:
            message = f"Requested Provisioned Concurrency should not be greater than {max(0, CONCURRENCY_LIMIT - others)}"
            hint = f"At most {CONCURRENCY_LIMIT} execution environments run on this machine at a time."
            raise ServiceError("InvalidParameterValueException", 400, message, hint=hint)
        if count == 0:
            self._forget(name)
            return ProvisionedConcurrency(function_name=name, requested=0, allocated=0, available=0, status="READY")
        wanted = self._wanted.setdefault(name, _Wanted(count))
        wanted.count = count
        for environment in self._of(name)[count:]:
            self._pool.stop_one(environment.environment_id)
        self.renew(name)
        return self.describe(name)

    def renew(self, *names: str) -> None:
        """Make what is missing and try again what failed, after a change of these functions, or of the settings (no names)."""
        for name in names or tuple(self._wanted):
            wanted = self._wanted.get(name)
            if wanted is None:
                continue
            if self._functions.get(name) is None:
                self._forget(name)
                continue
            wanted.problem = ""
            self._fill(name)

    def describe(self, name: str) -> ProvisionedConcurrency:
        """Return the status of one function. Raises ServiceError if no provisioned concurrency was requested for it."""
        wanted = self._wanted.get(name)
        if wanted is None:
            message = "No Provisioned Concurrency Config found for this function"
            raise ServiceError("ProvisionedConcurrencyConfigNotFoundException", 404, message)
        existing = self._of(name)
        allocated = sum(environment.state in _INITIALIZED for environment in existing)
        status: ProvisionedStatus = "READY" if allocated >= wanted.count else "IN_PROGRESS"
        return ProvisionedConcurrency(
            function_name=name, requested=wanted.count, allocated=allocated,
            available=sum(environment.state is State.IDLE for environment in existing),
            status="FAILED" if wanted.problem else status, status_reason=wanted.problem,
        )

    def all(self) -> list[ProvisionedConcurrency]:
        """Return the status of every function for which it was requested."""
        return [self.describe(name) for name in self._wanted]

    async def close(self) -> None:
        """Stop making environments. The pool stops those that exist."""
        tasks = [wanted.task for wanted in self._wanted.values() if wanted.task is not None]
        self._wanted.clear()  # before anything is stopped: `provisioned_lost` would otherwise refill what the pool stops
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, name: str) -> None:
        wanted = self._wanted.pop(name, None)  # first: stopping environments calls `_fill`, which must find nothing to refill
        if wanted is not None and wanted.task is not None:
            wanted.task.cancel()
        for environment in self._of(name):
            self._pool.stop_one(environment.environment_id)

    def _of(self, name: str) -> list[Environment]:
        # Retired ones do not count: they end when they are free, and their replacements may be made at once.
        return [environment for environment in self._pool
                if environment.is_provisioned and environment.function.name == name and not self._pool.is_retired(environment)]

    def _fill(self, name: str) -> None:
        wanted = self._wanted.get(name)
        if self._factory.debugging.is_on(name):  # they would all wait for the one debugger; they are made when it is gone
            return
        if wanted is not None and not wanted.problem and (wanted.task is None or wanted.task.done()):
            wanted.task = begin("Provisioning", self._make_missing(name, wanted), wanted.failed)

    async def _make_missing(self, name: str, wanted: _Wanted) -> None:
        try:
            while not wanted.problem and (missing := wanted.count - len(self._of(name))) > 0:
                # Wait for all of them, also after a failure: a refill that begins before the last one exists makes one too many.
                made = await asyncio.gather(*(self._make_one(name, wanted) for _ in range(missing)), return_exceptions=True)
                for error in filter(None, made):
                    raise error
        except WorkbenchError as error:
            wanted.problem = error.message

    async def _make_one(self, name: str, wanted: _Wanted) -> None:
        revision = self._functions.get(name)
        if revision is None:
            return
        prepared = await self._sandboxes.prepare(require_invocable(revision), None, self._progress(name))
        key = prepared.key
        async with self._pool.starting:
            # Added before INIT, so that `_of` counts it while it starts.
            environment = self._pool.add(key, lambda: self._factory.make(prepared, "provisioned-concurrency"))
            try:
                await environment.initialize()
            except BaseException as error:  # a cancellation too: it would stay in the pool for ever, not initialized
                self._pool.discard(key, environment, "failure", str(error))
                raise
        if environment.state is State.IDLE:
            self._pool.release(key, environment)
        else:
            wanted.problem = INIT_FAILED
            self._pool.discard(key, environment, "failure")


_INITIALIZED = frozenset({State.IDLE, State.BUSY})

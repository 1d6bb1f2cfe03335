"""Makes the snapshots of published versions, and the environments that are restored from them.

On Lambda a snapshot is the memory of an initialized environment. Here it is an environment that is kept where its INIT ended, and
that a sandbox can fork. Where that is not possible every environment runs INIT with its hooks again: then nothing is kept, and
the publication only tries whether INIT succeeds.
Source: Lambda guide, "Improving startup performance with Lambda SnapStart", "Lambda function states".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from workbench.background import begin, begin_awaited
from workbench.engine.concurrency.pool import EnvironmentPool
from workbench.engine.environment.environment import Environment
from workbench.engine.environment.factory import EnvironmentFactory, SnapshotUse
from workbench.engine.pool_key import PoolKey
from workbench.engine.registry.resources import Resources
from workbench.engine.sandboxes import ResolvedFunction, SandboxSelector
from workbench.engine.snapshots.failures import SnapshotFailure, failure_of
from workbench.model.failures import WorkbenchError
from workbench.model.function_version import FunctionVersion
from workbench.model.lambda_names import Scope
from workbench.sandbox.protocol import Progress, ProgressHandler

INIT_AGAIN = ("SnapStart: here each environment runs INIT with its hooks again, so that nothing that INIT made is shared. The "
              "process sandbox restores by a fork, for functions without threads and extensions.")


class Snapshots:
    """The snapshots of an engine. Use it on the engine's loop."""

    def __init__(
        self, resources: Resources, pool: EnvironmentPool, sandboxes: SandboxSelector, factory: EnvironmentFactory,
        progress: Callable[[str], ProgressHandler],
    ) -> None:
        self._resources = resources
        self._pool = pool
        self._sandboxes = sandboxes
        self._factory = factory
        self._progress = progress
        self._publishing: dict[FunctionVersion, asyncio.Task[None]] = {}
        self._making: dict[PoolKey, asyncio.Task[SnapshotFailure | None]] = {}
        self._not_forked: set[PoolKey] = set()  # their runtime has threads, or their INIT fails
        self._is_closed = False

    # -- at a publication ---------------------------------------------------------------------------------------------------

    def make_pending(self) -> None:
        """Begin to make the snapshots that published versions wait for, and end those of versions that are gone.

        Call it whenever there may be others.
        """
        if self._is_closed:
            return
        self.end_unused()
        for version in self._resources.snapshots.pending():
            self._begin(version)

    def end_unused(self) -> None:
        """End the snapshots of versions that are gone, or that nobody has invoked for long."""
        states, home = self._resources.snapshots, self._resources.home
        self._pool.end_holders(lambda key: not states.is_kept(key.function, home))

    async def before_invocation(self, scope: Scope | None, name: str, qualifier: str) -> None:
        """Wait for the snapshot of a version of the template's function: `sam deploy` would have waited for it as well."""
        version = self._resources.snapshots.awaited(scope or self._resources.home, name, qualifier)
        if version is not None and not self._is_closed:
            await asyncio.wait([self._begin(version)])  # a caller that is cancelled must not cancel it for the others

    def _begin(self, version: FunctionVersion) -> asyncio.Task[None]:
        if version not in self._publishing:
            self._publishing[version] = begin("Making a snapshot", self._publish(version))
        return self._publishing[version]

    async def close(self) -> None:
        """Make no more. The pool ends what there is; the next engine makes what published versions still wait for."""
        self._is_closed = True
        tasks = [*self._publishing.values(), *self._making.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _publish(self, version: FunctionVersion) -> None:
        states, home = self._resources.snapshots, self._resources.home
        try:
            failure = await self._made(version)
            if failure is None:
                await states.succeeded(version, home)
            else:
                await states.failed(version, home, failure.code, failure.reason)
        finally:
            self._publishing.pop(version, None)

    async def _made(self, version: FunctionVersion) -> SnapshotFailure | None:
        """Make the snapshot of a version; return why its function does not let it be made.

        If this machine lacks something, the version becomes active all the same: its invocations say what is missing.
        """
        function = self._resources.configured(version)
        if function is None or self._factory.debugging.is_on(version.name):  # its INIT would wait for the debugger
            return None
        try:
            return await self._make(await self._sandboxes.prepare(function, None, self._progress(version.name)))
        except WorkbenchError as error:
            text = f"No snapshot of {version.name}:{version.version} could be made: {error}"
            self._progress(version.name)(Progress(stage="notice", text=text))
            return None

    # -- at an invocation ---------------------------------------------------------------------------------------------------

    async def have(self, prepared: ResolvedFunction) -> None:
        """Make the snapshot of a version anew if this engine has not made it, or lost it. Raises SandboxError."""
        key = prepared.key
        self._resources.snapshots.is_used(key.function, self._resources.home)
        if self._pool.prepared.holder(key) is not None or not self._is_forked(prepared):
            return
        if key not in self._making:
            self._making[key] = begin_awaited("Making a snapshot anew", self._make(prepared))
            self._making[key].add_done_callback(lambda _: self._making.pop(key, None))
        await asyncio.shield(self._making[key])

    def restored(self, prepared: ResolvedFunction) -> Environment:
        """Return a new environment, which is restored from the snapshot, or runs INIT again where there is none."""
        holder = self._pool.prepared.holder(prepared.key)
        if holder is not None and self._is_forked(prepared):
            return self._factory.make(prepared, "snap-start", SnapshotUse(restored_from=holder.environment_id))
        plan = prepared.runtime_plan
        told = msgspec.structs.replace(plan, not_enforced=(*plan.not_enforced, INIT_AGAIN))
        return self._factory.make(msgspec.structs.replace(prepared, runtime_plan=told), "snap-start")

    def _is_forked(self, prepared: ResolvedFunction) -> bool:
        if prepared.key in self._not_forked or self._factory.debugging.is_on(prepared.function.name):
            return False
        return self._sandboxes.provider(prepared.kind).restores_by_fork

    async def _make(self, prepared: ResolvedFunction) -> SnapshotFailure | None:
        """Run INIT with its hooks, and keep the environment if others can be restored from it. Raises SandboxError."""
        key, provider = prepared.key, self._sandboxes.provider(prepared.kind)
        environment = self._factory.make(prepared, "snap-start", SnapshotUse(holds=True))
        self._pool.hold(key, environment)
        try:
            async with self._pool.starting:
                outcome = await environment.initialize()
        except BaseException as error:  # a cancellation too: nothing else would end it
            self._drop(environment, "failure", str(error))
            raise
        if outcome.status != "success":
            self._not_forked.add(key)
            self._drop(environment, "failure", outcome.error_type)
            return failure_of(outcome)
        if not provider.holds_snapshot(environment.environment_id):
            if provider.restores_by_fork:
                self._not_forked.add(key)
            self._drop(environment, "snapshot")
        return None

    def _drop(self, environment: Environment, reason: str, detail: str = "") -> None:
        self._pool.end_holder(environment, reason, detail)

"""Gives a request its environment, initialized if it is a new one, and runs it there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from workbench.engine.admission.admission import Admission
from workbench.engine.admission.admitted import Admitted
from workbench.engine.concurrency.machine_gate import Told
from workbench.engine.concurrency.pool import EnvironmentPool
from workbench.engine.debugging.debugged_functions import DebugService
from workbench.engine.environment.environment import Environment
from workbench.engine.environment.factory import EnvironmentFactory
from workbench.engine.events.stream import Stream
from workbench.engine.invocation.invocation import Invocation
from workbench.engine.invocation.result import InvocationResult
from workbench.engine.sandboxes import ResolvedFunction
from workbench.engine.snapshots.snapshots import Snapshots
from workbench.model.failures import SandboxError, ServiceError


class Leasing:
    """The environments of a pool, for the requests that were admitted. Use it on the engine's loop.

    `snapshots`: those of published versions with SnapStart.
    """

    def __init__(
        self, pool: EnvironmentPool, factory: EnvironmentFactory, admission: Admission, snapshots: Snapshots
    ) -> None:
        self.snapshots = snapshots
        self.stream: Stream = factory.stream
        """Where the environments publish what happens."""
        self.debugging: DebugService = factory.debugging
        """Which functions are debugged."""
        self._pool = pool
        self._factory = factory
        self._admission = admission

    async def lease(
        self, prepared: ResolvedFunction, admitted: Admitted, told: Told, *, cold: bool
    ) -> tuple[Environment, bool]:
        """Return an environment, and whether it is new: `cold` asks for a new one. `told` learns of a wait for this machine.

        Raises Throttled for a function that gained too many environments within seconds, SandboxError if there was no room.
        """
        key = prepared.key
        if prepared.function.is_restored:
            await self.snapshots.have(prepared)

        def make() -> Environment:
            self._admission.grow(admitted, prepared.function.name, self._pool.of_tenants(key.function) if key.tenant_id else 0)
            if prepared.function.is_restored:
                return self.snapshots.restored(prepared)
            return self._pool.prepared.take(key) or self._factory.make(prepared)

        if cold:
            # Prepared sandboxes are kept: INIT has not run in them, so a start in one of them is cold.
            self._pool.retire(lambda other: other == key, "cold", spare_ahead=True)
            return await self._pool.lease_new(key, prepared, make, told), True
        return await self._pool.lease(key, prepared, make, told, spares_provisioned=admitted.is_spillover)

    def run(
        self, environment: Environment, invocation: Invocation, *, is_new: bool
    ) -> Coroutine[Any, Any, InvocationResult]:
        """Run an invocation in the environment that was leased for it.

        Raises SandboxError, and ServiceError if a snapshot cannot be restored.
        """
        # No await before `invoke` on the warm path: a cancellation in between would lose the environment.
        return self._run_first(environment, invocation) if is_new else environment.invoke(invocation)

    async def _run_first(self, environment: Environment, invocation: Invocation) -> InvocationResult:
        with self._pool.undisturbed():
            await self._initialize(environment, invocation)
            return await environment.invoke(invocation)

    async def _initialize(self, environment: Environment, invocation: Invocation) -> None:
        try:
            async with self._pool.starting:
                await environment.initialize()
        except (SandboxError, ServiceError) as error:
            self._discard(environment, invocation, "failure", str(error))
            raise
        except asyncio.CancelledError:
            self._discard(environment, invocation, "cancelled")
            raise

    def _discard(self, environment: Environment, invocation: Invocation, reason: str, detail: str = "") -> None:
        environment.events.request_id = invocation.request_id  # `sandbox.stopped` then belongs to this invocation's events
        self._pool.discard(environment.key, environment, reason, detail)
        invocation.over()

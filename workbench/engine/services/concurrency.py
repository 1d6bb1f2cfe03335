"""What runs at a time and what limits it, as callers see it."""

from __future__ import annotations

import contextlib

import msgspec

from workbench.engine.admission.admission import Admission
from workbench.engine.admission.loads import FunctionLoad
from workbench.engine.concurrency.pool import EnvironmentPool
from workbench.engine.concurrency.provisioned import ProvisionedEnvironments
from workbench.engine.registry.resources import Resources
from workbench.model.concurrency import (
    AccountConcurrency,
    ConcurrencyReport,
    FunctionConcurrency,
    MachineConcurrency,
    ProvisionedUse,
)
from workbench.model.failures import WorkbenchError
from workbench.model.function_version import FunctionVersion
from workbench.model.lambda_names import Scope


class ConcurrencyService:
    """Describes concurrency. Use it on the engine's loop."""

    def __init__(
        self, resources: Resources, provisioned: ProvisionedEnvironments, admission: Admission, pool: EnvironmentPool
    ) -> None:
        self._resources = resources
        self._reserved = resources.concurrency
        self._provisioned = provisioned
        self._admission = admission
        self._pool = pool

    def report(self) -> ConcurrencyReport:
        """Return what runs now: the workspace's Region and account first, then the others."""
        home = self._resources.home
        others = {*self._reserved.scopes(), *self._admission.scopes()} - {home}
        scopes = [home, *sorted(others, key=lambda scope: (scope.region, scope.account))]
        return ConcurrencyReport(accounts=tuple(map(self._account, scopes)), machine=self._machine())

    def _machine(self) -> MachineConcurrency:
        gate = self._pool.gate
        memory = gate.room.figures(tuple(self._pool))
        return MachineConcurrency(
            limit=gate.room.limit, environments=self._pool.count, waiting=gate.waiting, memory_mb=round(memory.total_mb),
            available_mb=max(round(memory.available_mb), 0), waits_for=gate.sentence)

    def _account(self, scope: Scope) -> AccountConcurrency:
        load, configured = self._admission.account(scope), self._reserved.configured(scope)
        provisioned = self._provisioned_of(scope)
        names = sorted({*load.functions, *configured, *provisioned})
        return AccountConcurrency(
            region=scope.region, account=scope.account, limit=self._reserved.account_limit, running=load.running,
            unreserved=self._reserved.shared(scope), unreserved_running=load.shared,
            functions=tuple(
                self._function(name, load.functions.get(name, FunctionLoad()), configured.get(name), provisioned.get(name, []))
                for name in names))

    def _function(
        self, name: str, load: FunctionLoad, reserved: int | None, versions: list[FunctionVersion]
    ) -> FunctionConcurrency:
        return FunctionConcurrency(
            function_name=name, running=load.running, reserved=reserved,
            provisioned=tuple(self._use(version, load) for version in versions),
            throttles=dict(load.throttles), spillovers=load.spillovers.total())

    def _use(self, version: FunctionVersion, load: FunctionLoad) -> ProvisionedUse:
        status, number = self._provisioned.status(version), version.version
        in_use, allocated = load.provisioned[number], status.allocated
        use = ProvisionedUse(
            version=number, requested=status.requested, allocated=allocated, in_use=in_use, status=status.status,
            status_reason=status.status_reason, invocations=load.provisioned_invocations[number],
            spillover_invocations=load.spillovers[number], utilization=min(in_use / allocated, 1.0) if allocated else 0.0,
            most_utilization=load.most_utilization.get(number, 0.0))
        with contextlib.suppress(WorkbenchError):  # one that cannot run is not priced right; that it cannot is said elsewhere
            function = self._resources.configured(version)
            if function is not None:
                return msgspec.structs.replace(use, memory_mb=function.memory_mb, architecture=function.architecture)
        return use

    def _provisioned_of(self, scope: Scope) -> dict[str, list[FunctionVersion]]:
        found: dict[str, list[FunctionVersion]] = {}
        for version in self._provisioned.versions():
            its = Scope(version.region, version.account) if version.region else self._resources.home
            if its == scope:
                found.setdefault(version.name, []).append(version)
        return found

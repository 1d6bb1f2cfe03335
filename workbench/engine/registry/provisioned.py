"""Provisioned concurrency as it is configured: on which versions and aliases, and how many environments each version has by it.

The environments themselves are kept by `engine.concurrency`, which learns from `wanted` what there has to be.
Source: Lambda guide, "Configuring provisioned concurrency for a function"; recorded answers of the service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from workbench.engine.registry.attached import ProvisionedRecord
from workbench.engine.registry.checks import check_no_tenants, invalid
from workbench.engine.registry.concurrency import ReservedConcurrency
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.qualifiers import require_qualified
from workbench.engine.registry.records import AliasRecord
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.snap_start import applies
from workbench.model.failures import ServiceError
from workbench.model.function_version import LATEST, FunctionVersion
from workbench.model.lambda_names import Scope


class ProvisionedConfigurations:
    """The configurations of all versions and aliases. Use it on the engine's loop."""

    def __init__(self, registry: Registry, functions: Functions, reserved: ReservedConcurrency) -> None:
        self._registry = registry
        self._functions = functions
        self._reserved = reserved

    async def put(self, scope: Scope, name: str, qualifier: str, count: int) -> ProvisionedRecord:
        """PutProvisionedConcurrencyConfig. Raises ServiceError in the service's order of checks."""
        if qualifier == LATEST:
            raise _unpublished()
        async with self._registry.changing() as change:
            view = require_qualified(self._functions, scope, name, qualifier)
            if view.version == LATEST:
                raise _unpublished()
            check_no_tenants(view.settings, "Provisioned Concurrency Configs")
            if applies(view.settings):
                raise invalid("Provisioned Concurrency is not supported for SnapStart enabled functions.",
                              "A version has one of the two.")
            self._reserved.check_provisioned(scope, view.name, qualifier, count)
            self._check_weights(scope, view.name, qualifier)
            self._check_once(scope, view.name, qualifier, view.version)
            return change.keep(ProvisionedRecord(
                scope=scope, function_name=view.name, qualifier=qualifier, count=count, modified_ms=self._functions.now_ms()))

    def require(self, scope: Scope, name: str, qualifier: str) -> ProvisionedRecord:
        """GetProvisionedConcurrencyConfig. Raises ServiceError if there is none, or no such version or alias."""
        found = self._find(scope, name, qualifier)
        if found is None:
            message = "No Provisioned Concurrency Config found for this function"
            raise ServiceError("ProvisionedConcurrencyConfigNotFoundException", 404, message)
        return found

    def all(self, scope: Scope, name: str) -> list[ProvisionedRecord]:
        """ListProvisionedConcurrencyConfigs, sorted by qualifier. Raises ServiceError if there is no such function."""
        name = self._functions.require(scope, name).name
        return sorted(self._registry.all(ProvisionedRecord, scope, name), key=lambda record: record.qualifier)

    async def delete(self, scope: Scope, name: str, qualifier: str) -> None:
        """DeleteProvisionedConcurrencyConfig. One that is not there is as good as deleted."""
        async with self._registry.changing() as change:
            found = self._find(scope, name, qualifier)
            if found is not None:
                change.remove(found)

    def shares(self, record: ProvisionedRecord) -> Mapping[FunctionVersion, int]:
        """Return the versions that a configuration provisions, and how many environments of each: an alias splits by weight."""
        scope, name = record.scope, record.function_name
        alias = self._registry.get(AliasRecord, scope, name, record.qualifier)
        first, weights = (record.qualifier, {}) if alias is None else (alias.version, alias.weights)
        others = {version: round(record.count * weight) for version, weight in weights.items()}
        counts = {first: record.count - sum(others.values()), **others}
        views = {version: self._functions.find(scope, name, version) for version, count in counts.items() if count}
        return {self._functions.configuration(view).identity: counts[version]
                for version, view in views.items() if view is not None and version != LATEST}

    def wanted(self) -> Mapping[FunctionVersion, int]:
        """Return how many environments of which versions there have to be."""
        counts: Counter[FunctionVersion] = Counter()
        for record in self._registry.all(ProvisionedRecord):
            counts.update(self.shares(record))
        return counts

    def _find(self, scope: Scope, name: str, qualifier: str) -> ProvisionedRecord | None:
        if qualifier == LATEST:
            raise invalid("The function resource provided must be an alias or a published version.")
        name = require_qualified(self._functions, scope, name, qualifier).name
        return self._registry.get(ProvisionedRecord, scope, name, qualifier)

    def _check_weights(self, scope: Scope, name: str, qualifier: str) -> None:
        """Refuse an alias that has weights; one that is provisioned may get them. Source: answers seen in public issues."""
        alias = self._registry.get(AliasRecord, scope, name, qualifier)
        if alias is not None and alias.weights:
            raise invalid("Alias with weights can not be used with Provisioned Concurrency",
                          "Clear the weights (UpdateAlias with an empty RoutingConfig); shift them when it is provisioned.")

    def _check_once(self, scope: Scope, name: str, qualifier: str, version: str) -> None:
        """Refuse to provision a version both by itself and by an alias."""
        if qualifier != version and self._registry.get(ProvisionedRecord, scope, name, version) is not None:
            raise _conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
        for record in self._registry.all(ProvisionedRecord, scope, name):
            alias = self._registry.get(AliasRecord, scope, name, record.qualifier)
            if qualifier == version and alias is not None and version in (alias.version, *alias.weights):
                raise _conflict("Version is pointed by a Provisioned Concurrency alias")


def _unpublished() -> ServiceError:
    return invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")


def _conflict(message: str) -> ServiceError:
    return ServiceError("ResourceConflictException", 409, message)

"""Operations on provisioned concurrency. What is configured is the registry's, what there is of it the engine's.

Source: API reference, PutProvisionedConcurrencyConfig and its neighbors; AWS CLI reference (the form of LastModified).
"""

from __future__ import annotations

from typing import Any

from workbench.engine.registry.attached import ProvisionedRecord
from workbench.engine.service import Engine
from workbench.gateway.operations.call import Answer, Call
from workbench.gateway.operations.paging import answer, page
from workbench.model.moments import universal_time


class ProvisionedOperations:
    """Provision versions and aliases, over one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._configurations = engine.resources.provisioned

    async def put_provisioned_concurrency_config(self, call: Call) -> Answer:
        """PutProvisionedConcurrencyConfig. READY once the environments exist; what this machine cannot hold stays IN_PROGRESS."""
        scope, function = call.function()
        count = call.parameters["ProvisionedConcurrentExecutions"]
        return self._described(await self._configurations.put(scope, function.name, function.qualifier, count))

    async def get_provisioned_concurrency_config(self, call: Call) -> Answer:
        """GetProvisionedConcurrencyConfig."""
        scope, function = call.function()
        return self._described(self._configurations.require(scope, function.name, function.qualifier))

    async def list_provisioned_concurrency_configs(self, call: Call) -> Answer:
        """ListProvisionedConcurrencyConfigs."""
        scope, function = call.function()
        found, marker = page(call, self._configurations.all(scope, function.name), lambda record: record.qualifier)
        entries = [{"FunctionArn": scope.function_arn(*record.names), **self._described(record)} for record in found]
        return answer("ProvisionedConcurrencyConfigs", entries, marker)

    async def delete_provisioned_concurrency_config(self, call: Call) -> Answer:
        """DeleteProvisionedConcurrencyConfig."""
        scope, function = call.function()
        await self._configurations.delete(scope, function.name, function.qualifier)
        return {}

    def _described(self, record: ProvisionedRecord) -> dict[str, Any]:
        """Describe a configuration: READY when all versions that it provisions have all that they were promised."""
        shares = self._configurations.shares(record)
        there = [(count, self._engine.provisioned.status(version)) for version, count in shares.items()]
        states = {each.status for _, each in there}
        status = next((each for each in ("FAILED", "IN_PROGRESS", "READY") if each in states), "FAILED")
        reason = next((each.status_reason for _, each in there if each.status_reason), None)
        return {
            "RequestedProvisionedConcurrentExecutions": record.count,
            "AllocatedProvisionedConcurrentExecutions": sum(min(count, each.allocated) for count, each in there),
            "AvailableProvisionedConcurrentExecutions": sum(min(count, each.available) for count, each in there),
            "Status": status, "StatusReason": reason,
            "LastModified": universal_time(record.modified_ms / 1000).strftime("%Y-%m-%dT%H:%M:%S+0000"),
        }

"""Operations on event-invoke configurations."""

from __future__ import annotations

from typing import Any

from workbench.engine.registry.attached import EventInvokeRecord
from workbench.engine.registry.resources import Resources
from workbench.gateway.operations.call import Answer, Call
from workbench.gateway.operations.paging import answer, page


class EventInvokeOperations:
    """Configure asynchronous invocation."""

    def __init__(self, resources: Resources) -> None:
        self._configurations = resources.event_invoke

    async def put_function_event_invoke_config(self, call: Call) -> Answer:
        """PutFunctionEventInvokeConfig."""
        scope, function = call.function()
        return _described(await self._configurations.put(scope, function.name, function.qualifier, call.parameters))

    async def update_function_event_invoke_config(self, call: Call) -> Answer:
        """UpdateFunctionEventInvokeConfig."""
        scope, function = call.function()
        return _described(await self._configurations.update(scope, function.name, function.qualifier, call.parameters))

    async def get_function_event_invoke_config(self, call: Call) -> Answer:
        """GetFunctionEventInvokeConfig."""
        scope, function = call.function()
        return _described(self._configurations.require(scope, function.name, function.qualifier))

    async def list_function_event_invoke_configs(self, call: Call) -> Answer:
        """ListFunctionEventInvokeConfigs."""
        scope, function = call.function()
        found, marker = page(call, self._configurations.all(scope, function.name), lambda record: record.qualifier)
        return answer("FunctionEventInvokeConfigs", [_described(record) for record in found], marker)

    async def delete_function_event_invoke_config(self, call: Call) -> Answer:
        """DeleteFunctionEventInvokeConfig."""
        scope, function = call.function()
        await self._configurations.delete(scope, function.name, function.qualifier)
        return {}


def _described(record: EventInvokeRecord) -> dict[str, Any]:
    return {
        "LastModified": record.modified_ms / 1000, "FunctionArn": record.scope.function_arn(*record.names),
        "MaximumRetryAttempts": record.retries, "MaximumEventAgeInSeconds": record.age_s,
        "DestinationConfig": {"OnSuccess": _side(record.on_success), "OnFailure": _side(record.on_failure)},
    }


def _side(destination: str) -> dict[str, str]:
    return {"Destination": destination} if destination else {}

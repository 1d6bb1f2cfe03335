"""What invokes a function, and what becomes of it: AWS::Lambda::EventSourceMapping, EventInvokeConfig.

Source: CloudFormation template reference, these types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.cloudformation.handlers import Desired, Existing, Made, changed
from workbench.engine.cloudformation.lambda_types.calls import Calls

_OF_ANOTHER_MAPPING = frozenset({
    "EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "SelfManagedEventSource", "Topics", "Queues",
    "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig"})
_NOT_UPDATED = _OF_ANOTHER_MAPPING | {"Tags"}


class EventSourceMappingHandler:
    """Makes event source mappings."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def replaces(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Another source or another beginning is another mapping."""
        return bool(changed(before, after) & _OF_ANOTHER_MAPPING)

    async def create(self, desired: Desired) -> Made:
        """CreateEventSourceMapping."""
        given = dict(desired.properties)
        if "Tags" in given:
            given["Tags"] = {each["Key"]: each.get("Value", "") for each in given["Tags"]}
        found = await self._calls.call("CreateEventSourceMapping", desired.scope, given)
        identifier = found["UUID"]
        await self._calls.mapping_settled(desired.scope, identifier)
        return Made(physical_id=identifier, attributes={
            "": identifier, "Id": identifier, "EventSourceMappingArn": found.get("EventSourceMappingArn", "")})

    async def update(self, desired: Desired, before: Existing) -> Made:
        """UpdateEventSourceMapping."""
        given = {name: value for name, value in desired.properties.items() if name not in _NOT_UPDATED}
        await self._calls.call("UpdateEventSourceMapping", desired.scope, {"UUID": before.physical_id, **given})
        await self._calls.mapping_settled(desired.scope, before.physical_id)
        return Made(physical_id=before.physical_id, attributes=before.attributes)

    async def delete(self, existing: Existing) -> None:
        """DeleteEventSourceMapping."""
        await self._calls.mapping_settled(existing.scope, existing.physical_id)
        await self._calls.gone("DeleteEventSourceMapping", existing.scope, {"UUID": existing.physical_id})
        await self._calls.mapping_settled(existing.scope, existing.physical_id, gone=True)


class EventInvokeConfigHandler:
    """Makes event-invoke configurations."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def replaces(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """It belongs to one function, version or alias."""
        return bool(changed(before, after) & {"FunctionName", "Qualifier"})

    async def create(self, desired: Desired) -> Made:
        """PutFunctionEventInvokeConfig."""
        await self._calls.call("PutFunctionEventInvokeConfig", desired.scope, desired.properties)
        identifier = desired.generated_name(100)
        return Made(physical_id=identifier, attributes={"": identifier})

    async def update(self, desired: Desired, before: Existing) -> Made:
        """PutFunctionEventInvokeConfig, which replaces what was there."""
        await self._calls.call("PutFunctionEventInvokeConfig", desired.scope, desired.properties)
        return Made(physical_id=before.physical_id, attributes=before.attributes)

    async def delete(self, existing: Existing) -> None:
        """DeleteFunctionEventInvokeConfig."""
        await self._calls.gone("DeleteFunctionEventInvokeConfig", existing.scope, {
            name: existing.properties[name] for name in ("FunctionName", "Qualifier") if name in existing.properties})

"""Operations on event source mappings."""

from __future__ import annotations

from typing import Any

from workbench.engine.registry.records import EventSourceMappingRecord
from workbench.engine.registry.resources import Resources
from workbench.gateway.operations.call import Answer, Call
from workbench.gateway.operations.paging import answer, page

_PAGE_SIZE = 100
"""Source: API reference, ListEventSourceMappings, MaxItems: "returns a maximum of 100 items in each response"."""


class EventSourceMappingOperations:
    """Create, read, update and delete event source mappings."""

    def __init__(self, resources: Resources) -> None:
        self._mappings = resources.event_source_mappings

    async def create_event_source_mapping(self, call: Call) -> Answer:
        """CreateEventSourceMapping. Nothing reads the source yet, and whether it exists is not checked."""
        return _described(await self._mappings.create(call.scope, call.parameters))

    async def get_event_source_mapping(self, call: Call) -> Answer:
        """GetEventSourceMapping."""
        return _described(self._mappings.require(call.scope, call.parameters["UUID"]))

    async def list_event_source_mappings(self, call: Call) -> Answer:
        """ListEventSourceMappings, of all, of one source or of one function."""
        parameters = call.parameters
        found = self._mappings.all(
            call.scope, source=parameters.get("EventSourceArn", ""), function=parameters.get("FunctionName", ""))
        shown, marker = page(call, found, lambda record: record.uuid, size=_PAGE_SIZE)
        return answer("EventSourceMappings", [_described(record) for record in shown], marker)

    async def update_event_source_mapping(self, call: Call) -> Answer:
        """UpdateEventSourceMapping."""
        return _described(await self._mappings.update(call.scope, call.parameters["UUID"], call.parameters))

    async def delete_event_source_mapping(self, call: Call) -> Answer:
        """DeleteEventSourceMapping."""
        return _described(await self._mappings.delete(call.scope, call.parameters["UUID"]))


def _described(record: EventSourceMappingRecord) -> dict[str, Any]:
    return {
        **record.settings, "UUID": record.uuid, "EventSourceMappingArn": record.arn, "FunctionArn": record.function_arn,
        "LastModified": record.modified_ms / 1000, "LastProcessingResult": record.result or None, "State": record.state,
        "StateTransitionReason": record.reason,
    }

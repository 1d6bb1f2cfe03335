"""Operations that tell what is in a stack, and what happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.cloudformation.records import StackRecord
from workbench.engine.cloudformation.refusals import invalid
from workbench.engine.cloudformation.room import CloudFormation
from workbench.gateway.cloudformation import descriptions
from workbench.gateway.cloudformation.call import StackCall


class StackResourceOperations:
    """Describe resources and events."""

    def __init__(self, room: CloudFormation) -> None:
        self._ledger = room.ledger

    async def describe_stack_events(self, call: StackCall) -> Mapping[str, Any]:
        """DescribeStackEvents, the newest first."""
        name = call.text("StackName")
        stack = self._ledger.find(call.scope, name)
        if stack is None:
            raise invalid(f"Stack [{name}] does not exist")
        return call.page("StackEvents", self._ledger.events(stack), lambda event: descriptions.event(stack, event))

    async def describe_stack_resources(self, call: StackCall) -> Mapping[str, Any]:
        """DescribeStackResources, of a stack or of the one that has a physical ID."""
        wanted, physical_id = call.text("LogicalResourceId"), call.text("PhysicalResourceId")
        stack = self._of_physical(call, physical_id) if physical_id else self._ledger.require(call.scope, call.text("StackName"))
        found = self._ledger.resources(stack).values()
        return {"StackResources": [descriptions.resource(stack, each) for each in found if wanted in ("", each.logical_id)]}

    async def describe_stack_resource(self, call: StackCall) -> Mapping[str, Any]:
        """DescribeStackResource."""
        name, logical_id = call.text("StackName"), call.text("LogicalResourceId")
        stack = self._ledger.find(call.scope, name)
        if stack is None:
            raise invalid(f"Stack '{name}' does not exist")
        found = self._ledger.resources(stack).get(logical_id)
        if found is None:
            raise invalid(f"Resource {logical_id} does not exist for stack {stack.name}")
        return {"StackResourceDetail": descriptions.resource_detail(stack, found)}

    async def list_stack_resources(self, call: StackCall) -> Mapping[str, Any]:
        """ListStackResources."""
        stack = self._ledger.require(call.scope, call.text("StackName"))
        found = sorted(self._ledger.resources(stack).values(), key=lambda each: each.logical_id)
        return call.page("StackResourceSummaries", found, descriptions.resource_summary)

    def _of_physical(self, call: StackCall, physical_id: str) -> StackRecord:
        for stack in self._ledger.stacks(call.scope):
            if any(each.physical_id == physical_id for each in self._ledger.resources(stack).values()):
                return stack
        raise invalid(f"Stack for {physical_id} does not exist")

"""Operations on change sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.cloudformation.change_sets import ChangeSetRequest
from workbench.engine.cloudformation.room import CloudFormation
from workbench.engine.cloudformation.stacks import on_failure_of
from workbench.gateway.cloudformation import descriptions
from workbench.gateway.cloudformation.call import StackCall


class ChangeSetOperations:
    """Create, describe, execute, list and delete change sets."""

    def __init__(self, room: CloudFormation) -> None:
        self._change_sets = room.change_sets
        self._ledger = room.ledger

    async def create_change_set(self, call: StackCall) -> Mapping[str, Any]:
        """CreateChangeSet."""
        request = ChangeSetRequest(
            stack_name=call.text("StackName"), name=call.text("ChangeSetName"), kind=call.text("ChangeSetType") or "UPDATE",
            description=call.text("Description"), on_failure=call.text("OnStackFailure"), token=call.text("ClientToken"))
        stack, record = await self._change_sets.create(call.scope, request, call.given())
        return {"Id": record.arn, "StackId": stack.arn}

    async def describe_change_set(self, call: StackCall) -> Mapping[str, Any]:
        """DescribeChangeSet."""
        stack, record = self._change_sets.find(call.scope, call.text("ChangeSetName"), call.text("StackName"))
        return {**descriptions.change_set(stack, record), **call.page("Changes", record.changes, descriptions.change)}

    async def execute_change_set(self, call: StackCall) -> Mapping[str, Any]:
        """ExecuteChangeSet."""
        await self._change_sets.execute(
            call.scope, call.text("ChangeSetName"), call.text("StackName"), on_failure=on_failure_of(call.parameters),
            token=call.text("ClientRequestToken"))
        return {}

    async def delete_change_set(self, call: StackCall) -> Mapping[str, Any]:
        """DeleteChangeSet."""
        await self._change_sets.delete(call.scope, call.text("ChangeSetName"), call.text("StackName"))
        return {}

    async def list_change_sets(self, call: StackCall) -> Mapping[str, Any]:
        """ListChangeSets."""
        stack = self._ledger.require(call.scope, call.text("StackName"))
        return call.page("Summaries", self._ledger.change_sets(stack), lambda each: descriptions.change_set_summary(stack, each))

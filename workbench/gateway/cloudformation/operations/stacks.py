"""Operations on stacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.cloudformation.change_sets import ChangeSets
from workbench.engine.cloudformation.ledger import Ledger
from workbench.engine.cloudformation.refusals import invalid
from workbench.engine.cloudformation.room import CloudFormation
from workbench.engine.cloudformation.stacks import Stacks, on_failure_of
from workbench.engine.cloudformation.submissions import Submissions
from workbench.gateway.cloudformation import descriptions
from workbench.gateway.cloudformation.call import StackCall


class StackOperations:
    """Create, update, delete and describe stacks."""

    def __init__(self, room: CloudFormation) -> None:
        self._ledger: Ledger = room.ledger
        self._stacks: Stacks = room.stacks
        self._submissions: Submissions = room.submissions
        self._change_sets: ChangeSets = room.change_sets

    async def create_stack(self, call: StackCall) -> Mapping[str, Any]:
        """CreateStack."""
        name = call.text("StackName")
        submission = await self._submissions.read(call.scope, call.given(), expand=False)
        stack = msgspec.structs.replace(
            self._stacks.new(call.scope, name, "CREATE_IN_PROGRESS", submission),
            disable_rollback=bool(call.parameters.get("DisableRollback")),
            is_protected=bool(call.parameters.get("EnableTerminationProtection")))
        await self._stacks.create(stack, on_failure_of(call.parameters), call.text("ClientRequestToken"))
        return {"StackId": stack.arn}

    async def update_stack(self, call: StackCall) -> Mapping[str, Any]:
        """UpdateStack."""
        stack = self._ledger.find(call.scope, call.text("StackName"))
        if stack is None or stack.status == "DELETE_COMPLETE":
            raise invalid(f"Stack [{call.text('StackName')}] does not exist")
        submission = await self._submissions.read(call.scope, call.given(), stack.submission, expand=False)
        if not self._change_sets.has_changes(stack, submission):
            raise invalid("No updates are to be performed.")
        await self._stacks.update(stack, submission, on_failure_of(call.parameters), call.text("ClientRequestToken"))
        return {"StackId": stack.arn}

    async def delete_stack(self, call: StackCall) -> Mapping[str, Any]:
        """DeleteStack. A stack that is not there is none to delete."""
        stack = self._ledger.find(call.scope, call.text("StackName"))
        if stack is not None:
            await self._stacks.delete(stack, tuple(call.parameters.get("RetainResources", ())), call.text("ClientRequestToken"))
        return {}

    async def update_termination_protection(self, call: StackCall) -> Mapping[str, Any]:
        """UpdateTerminationProtection."""
        stack = self._ledger.require(call.scope, call.text("StackName"))
        await self._stacks.protect(stack, is_protected=bool(call.parameters["EnableTerminationProtection"]))
        return {"StackId": stack.arn}

    async def describe_stacks(self, call: StackCall) -> Mapping[str, Any]:
        """DescribeStacks: one, or all that are not deleted."""
        if call.text("StackName"):
            return {"Stacks": [descriptions.stack(self._ledger.require(call.scope, call.text("StackName")))]}
        found = [stack for stack in self._ledger.stacks(call.scope) if stack.status != "DELETE_COMPLETE"]
        return call.page("Stacks", found, descriptions.stack)

    async def list_stacks(self, call: StackCall) -> Mapping[str, Any]:
        """ListStacks, deleted ones as well."""
        statuses = call.parameters.get("StackStatusFilter") or ()
        found = [stack for stack in self._ledger.stacks(call.scope) if not statuses or stack.status in statuses]
        return call.page("StackSummaries", found, descriptions.stack_summary)

    async def list_exports(self, call: StackCall) -> Mapping[str, Any]:
        """ListExports."""
        found = [{"ExportingStackId": stack.arn, "Name": output.export, "Value": output.value}
                 for stack in self._ledger.stacks(call.scope) if stack.status != "DELETE_COMPLETE"
                 for output in stack.outputs if output.export]
        return call.page("Exports", sorted(found, key=lambda each: each["Name"]), dict)

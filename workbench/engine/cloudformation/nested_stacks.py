"""AWS::CloudFormation::Stack: stacks in stacks, with a template in Amazon S3 at the services endpoint.

Source: CloudFormation template reference, "AWS::CloudFormation::Stack"; recorded reasons of events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from workbench.engine.cloudformation.deployment import DO_NOTHING, ROLLBACK, Deployment, delete_resources
from workbench.engine.cloudformation.handlers import Desired, Existing, Made
from workbench.engine.cloudformation.ledger import Ledger
from workbench.engine.cloudformation.operation import Operation
from workbench.engine.cloudformation.parameters import GivenParameter
from workbench.engine.cloudformation.records import StackRecord, Submission
from workbench.engine.cloudformation.refusals import ResourceFailed
from workbench.engine.cloudformation.submissions import Given, Submissions
from workbench.model.lambda_names import Scope
from workbench.workspace.value_text import as_text

NESTED = "AWS::CloudFormation::Stack"
_LONGEST_NAME = 128
_DEEPEST = 20
_CAPABILITIES = ("CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
"""The capabilities of nested stacks are those of the outermost, which was asked for its own."""


class StackWork(Protocol):
    """How a stack is made and changed."""

    def new(self, scope: Scope, name: str, status: str, submission: Submission) -> StackRecord:
        """Return a stack that is not kept yet. Raises ServiceError if there is one of this name."""

    def operation(self, stack: StackRecord) -> Operation:
        """Return an operation on a stack."""

    def deployment(self, stack: StackRecord, submission: Submission) -> Deployment:
        """Return what brings about a template of a stack."""


class NestedStackHandler:
    """Makes stacks of stacks. Use it on the engine's loop."""

    def __init__(self, ledger: Ledger, submissions: Submissions, work: Callable[[], StackWork]) -> None:
        """`work` is asked when a stack is made: it makes these, too."""
        self._ledger = ledger
        self._submissions = submissions
        self._work = work

    def replaces(self, _before: Mapping[str, Any], _after: Mapping[str, Any]) -> bool:
        """Everything can be changed in place."""
        return False

    async def create(self, desired: Desired) -> Made:
        """Make a stack. What fails in it is left to its parent, which deletes it."""
        parent = self._ledger.require(desired.scope, desired.stack_id)
        if self._depth(parent) > _DEEPEST:
            raise ResourceFailed(f"Stacks are nested here at most {_DEEPEST} deep: does a template name itself?")
        submission = await self._submissions.read(desired.scope, _given(desired))
        stack = msgspec.structs.replace(
            self._work().new(desired.scope, desired.generated_name(_LONGEST_NAME), "CREATE_IN_PROGRESS", submission),
            parent=parent.arn, root=parent.root or parent.arn)
        async with self._ledger.changing() as change:
            self._ledger.tell(change, stack)
        await self._work().deployment(stack, submission).create(DO_NOTHING)
        now = self._ledger.current(stack)
        if now.status != "CREATE_COMPLETE":
            raise ResourceFailed(f"Embedded stack {stack.arn} was not successfully created: {now.reason}", stack.arn)
        return _made(now)

    def _depth(self, stack: StackRecord) -> int:
        """Return how deep a stack that is made in another will be, from 1."""
        above = self._ledger.find(stack.scope, stack.parent) if stack.parent else None
        return 1 if above is None else 1 + self._depth(above)

    async def update(self, desired: Desired, before: Existing) -> Made:
        """Change a stack; it brings itself back after a failure. One that is gone is made anew."""
        stack = self._ledger.find(before.scope, before.physical_id)
        if stack is None or stack.status == "DELETE_COMPLETE":
            return await self.create(desired)
        submission = await self._submissions.read(desired.scope, _given(desired), stack.submission)
        async with self._ledger.changing() as change:
            stack = self._ledger.tell(change, msgspec.structs.replace(
                self._ledger.current(stack), status="UPDATE_IN_PROGRESS", reason="", updated_ms=self._ledger.now_ms()))
        await self._work().deployment(stack, submission).update(ROLLBACK)
        now = self._ledger.current(stack)
        if now.status != "UPDATE_COMPLETE":
            raise ResourceFailed(f"Embedded stack {stack.arn} was not successfully updated. Currently in {now.status} with "
                                 f"reason: {now.reason}")
        return _made(now)

    async def delete(self, existing: Existing) -> None:
        """Delete a stack with all that is in it."""
        stack = self._ledger.find(existing.scope, existing.physical_id)
        if stack is None or stack.status == "DELETE_COMPLETE":
            return
        operation = self._work().operation(stack)
        await operation.tell("DELETE_IN_PROGRESS")
        await delete_resources(operation, (), "DELETE")
        now = operation.stack
        if now.status != "DELETE_COMPLETE":
            raise ResourceFailed(f"Embedded stack {stack.arn} was not successfully deleted: {now.reason}")


def _given(desired: Desired) -> Given:
    """Return what a nested stack is submitted with. Lists become texts with commas."""
    properties = desired.properties
    tags = {each["Key"]: as_text(each.get("Value")) for each in properties.get("Tags", ())}
    parameters = (GivenParameter(name, as_text(value)) for name, value in properties.get("Parameters", {}).items())
    return Given(url=as_text(properties.get("TemplateURL")), parameters=tuple(parameters), capabilities=_CAPABILITIES,
                 tags={**desired.tags, **tags}, notification_arns=tuple(properties.get("NotificationARNs", ())))


def _made(stack: StackRecord) -> Made:
    return Made(physical_id=stack.arn, attributes={
        "": stack.arn, **{f"Outputs.{output.key}": output.value for output in stack.outputs}})

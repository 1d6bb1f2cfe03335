"""Create, update and delete stacks: resource after resource in the order of dependency, and back again after a failure.

Source: CloudFormation guide, "How CloudFormation works", "Stack failure options", "Stack statuses"; recorded events.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from workbench.engine.cloudformation.custom_resources.handler import is_custom
from workbench.engine.cloudformation.dynamic_references import DynamicReferences
from workbench.engine.cloudformation.handlers import Desired
from workbench.engine.cloudformation.masking import secrets_of
from workbench.engine.cloudformation.operation import Operation
from workbench.engine.cloudformation.plan import Plan
from workbench.engine.cloudformation.records import ResourceRecord, StackOutput, StackRecord, Submission
from workbench.engine.cloudformation.refusals import ResourceFailed, invalid
from workbench.model.failures import WorkbenchError

DELETE, DO_NOTHING, ROLLBACK = "DELETE", "DO_NOTHING", "ROLLBACK"


class Deployment:
    """One template being brought about. Use it on the engine's loop."""

    def __init__(self, operation: Operation, submission: Submission, references: DynamicReferences) -> None:
        self._operation = operation
        self._submission = submission
        operation.ledger.hide(secrets_of(submission))
        self._references = references
        self._before: Mapping[str, ResourceRecord] = operation.present()
        self._replaced: list[ResourceRecord] = []
        self._new: list[str] = []
        self._changed: list[str] = []
        self._wanted: list[str] = []

    async def create(self, on_failure: str) -> None:
        """Make everything. After a failure, do as `on_failure` says."""
        operation = self._operation
        failed = await self._bring_about("create")
        if not failed:
            await operation.tell("CREATE_COMPLETE")
        elif on_failure == DO_NOTHING:
            await operation.tell("CREATE_FAILED", failed)
        elif on_failure == DELETE:
            await operation.tell("DELETE_IN_PROGRESS", f"{failed} Delete requested by user.")
            await delete_resources(operation, (), "DELETE")
        else:
            await operation.tell("ROLLBACK_IN_PROGRESS", f"{failed} Rollback requested by user.")
            await delete_resources(operation, (), "ROLLBACK")

    async def update(self, on_failure: str) -> None:
        """Bring a stack from what it is to what the template wants. After a failure, bring it back unless told otherwise."""
        operation, outputs, submission = self._operation, self._operation.stack.outputs, self._operation.stack.submission
        failed = await self._bring_about("update")
        if not failed:
            await operation.tell("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", submission=self._submission)
            await self._clean_up()
            await operation.tell("UPDATE_COMPLETE")
        elif on_failure == DO_NOTHING:
            await operation.tell("UPDATE_FAILED", failed)
        else:
            await operation.tell("UPDATE_ROLLBACK_IN_PROGRESS", failed)
            await self._roll_back(outputs, submission)

    async def _bring_about(self, word: str) -> str:
        """Make and change what the template wants; return why that failed, "" if it did not."""
        operation = self._operation
        logical_id = ""
        try:
            others = operation.ledger.stacks(operation.stack.scope)
            plan = Plan(operation.stack, self._submission, others, self._before, all_made=True)
            self._wanted = plan.order
            for place, logical_id in enumerate(plan.order):
                await self._make(plan, logical_id, place)
            logical_id = ""
            outputs = plan.outputs()
            self._check_exports(outputs)
        except WorkbenchError as error:
            if isinstance(error, ResourceFailed):
                return f"The following resource(s) failed to {word}: [{logical_id}]."
            return f"{error.message} {error.hint}".strip()
        async with operation.ledger.changing() as change:
            change.keep(msgspec.structs.replace(operation.stack, outputs=outputs))
        return ""

    async def _make(self, plan: Plan, logical_id: str, place: int) -> None:
        before = self._before.get(logical_id)
        desired, secrets = await self._desired(plan, logical_id)
        retained = plan.is_retained(logical_id)
        if before is None or before.type != desired.type or not before.physical_id:
            empty = ResourceRecord(
                scope=desired.scope, stack=self._operation.stack.uuid, logical_id=logical_id, type=desired.type, status="",
                modified_ms=0, properties=desired.properties, place=place, retained=retained, secrets=secrets)
            self._new.append(logical_id)
            if before is not None and before.physical_id:
                self._replaced.append(before)
            plan.known.made(await self._operation.create(empty, desired))
            return
        present = msgspec.structs.replace(before, place=place, retained=retained, secrets=secrets)
        is_same = before.properties == desired.properties and before.tags == desired.tags
        is_same &= desired.type != "AWS::CloudFormation::Stack"  # what its TemplateURL leads to may be another one
        if is_same and set(desired.wanted) <= {*before.wanted, *before.attributes}:
            async with self._operation.ledger.changing() as change:
                change.keep(present)
        elif self._operation.handler(desired.type).replaces(before.properties, desired.properties):
            self._replaced.append(msgspec.structs.replace(before, retained=plan.keeps_replaced(logical_id)))
            self._changed.append(logical_id)
            present = await self._operation.create(present, desired)
        else:
            self._changed.append(logical_id)
            present = await self._operation.update(present, desired)
            if is_custom(desired.type) and present.physical_id != before.physical_id:
                self._replaced.append(before)
        plan.known.made(present)

    async def _desired(self, plan: Plan, logical_id: str) -> tuple[Desired, tuple[str, ...]]:
        """Return a resource with its dynamic references resolved, and the values that they gave."""
        desired = plan.desired(logical_id)
        resolved = await self._references.resolved(desired.scope, desired.properties)
        self._operation.ledger.hide(resolved.secrets)
        return msgspec.structs.replace(desired, properties=resolved.value), resolved.secrets

    def _check_exports(self, outputs: tuple[StackOutput, ...]) -> None:
        operation = self._operation
        for stack in operation.ledger.stacks(operation.stack.scope):
            if stack.uuid != operation.stack.uuid and stack.status != "DELETE_COMPLETE":
                for twice in {each.export for each in outputs if each.export} & {each.export for each in stack.outputs}:
                    raise invalid(f"Export with name {twice} is already exported by stack {stack.name}. "
                                  "Rollback requested by user.")

    async def _clean_up(self) -> None:
        """Delete what the template no longer has, and what was replaced."""
        operation = self._operation
        for resource in self._replaced:
            await operation.delete(resource, told=False)
        made = operation.ledger.resources(operation.stack)
        gone = [each for name, each in made.items() if name not in self._wanted]
        for resource in sorted(gone, key=lambda each: -each.place):
            await operation.delete(resource)
            await operation.forget([resource])

    async def _roll_back(self, outputs: tuple[StackOutput, ...], submission: Submission) -> None:
        """Bring everything back to what it was before this update."""
        operation = self._operation
        made = operation.ledger.resources(operation.stack)
        left: list[ResourceRecord] = []
        failed: list[str] = []
        for logical_id in reversed(self._changed):
            before, now = self._before[logical_id], made[logical_id]
            if now.physical_id != before.physical_id:
                left.append(msgspec.structs.replace(now, retained=False))
                await operation.tell_resource(before, "UPDATE_COMPLETE")
                continue
            try:
                await operation.update(now, _desired_again(operation.stack, before))
            except ResourceFailed:
                failed.append(logical_id)
        if failed:
            await operation.tell("UPDATE_ROLLBACK_FAILED", f"The following resource(s) failed to update: [{', '.join(failed)}].")
            return
        await operation.tell("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", outputs=outputs, submission=submission)
        for resource in left:
            await operation.delete(resource, told=False)
        for logical_id in reversed(self._new):
            await self._take_back(made.get(logical_id))
        await operation.tell("UPDATE_ROLLBACK_COMPLETE")

    async def _take_back(self, resource: ResourceRecord | None) -> None:
        """Delete a resource that is new, or that took the place of one of another type, which counts again."""
        if resource is None:
            return
        if resource.physical_id:
            await self._operation.delete(msgspec.structs.replace(resource, retained=False))
        await self._operation.forget([resource])
        before = self._before.get(resource.logical_id)
        if before is not None and before.physical_id:
            await self._operation.tell_resource(before, "UPDATE_COMPLETE")


async def delete_resources(operation: Operation, kept: tuple[str, ...], word: str) -> None:
    """Delete all resources of a stack but those `kept`, and tell how that ended: `DELETE_…` or `ROLLBACK_…`."""
    resources = operation.ledger.resources(operation.stack)
    failed = []
    for resource in sorted(resources.values(), key=lambda each: -each.place):
        if resource.logical_id in kept:
            resource = msgspec.structs.replace(resource, retained=True)
        if resource.physical_id and resource.status != "DELETE_COMPLETE" and not await operation.delete(resource):
            failed.append(resource.logical_id)
    if failed:
        await operation.tell(f"{word}_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
        return
    await operation.tell(f"{word}_COMPLETE", outputs=(), deleted_ms=operation.ledger.now_ms() if word == "DELETE" else 0)


def _desired_again(stack: StackRecord, before: ResourceRecord) -> Desired:
    return Desired(scope=stack.scope, stack_name=stack.name, stack_id=stack.arn, logical_id=before.logical_id, type=before.type,
                   properties=before.properties, wanted=before.wanted, tags=before.tags)

"""Change sets: what another template would do to a stack, kept until it is executed or deleted.

They are complete when the call that makes them answers. Source: CloudFormation API reference, CreateChangeSet, ExecuteChangeSet,
DeleteChangeSet, ResourceChange; recorded answers of the service.
"""

from __future__ import annotations

import uuid

import msgspec

from workbench.engine.cloudformation.handlers import changed
from workbench.engine.cloudformation.ledger import Ledger
from workbench.engine.cloudformation.plan import Plan
from workbench.engine.cloudformation.records import ChangeSetRecord, ResourceChange, ResourceRecord, StackRecord, Submission
from workbench.engine.cloudformation.refusals import invalid, no_change_set
from workbench.engine.cloudformation.stacks import REVIEW, Stacks
from workbench.engine.cloudformation.submissions import Given, Submissions
from workbench.engine.cloudformation.types import Types
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import Scope
from workbench.workspace.unresolved import unknowns_in

_NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


class ChangeSetRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What CreateChangeSet is given beside the template."""

    stack_name: str
    name: str
    kind: str = "UPDATE"
    description: str = ""
    on_failure: str = ""
    token: str = ""


class ChangeSets:
    """All change sets. Use it on the engine's loop."""

    def __init__(self, ledger: Ledger, stacks: Stacks, submissions: Submissions, types: Types) -> None:
        self._ledger = ledger
        self._stacks = stacks
        self._submissions = submissions
        self._types = types

    async def create(self, scope: Scope, request: ChangeSetRequest, given: Given) -> tuple[StackRecord, ChangeSetRecord]:
        """CreateChangeSet. A template that cannot be deployed makes a change set that has failed. Raises ServiceError."""
        stack = self._ledger.find(scope, request.stack_name)
        is_new = request.kind == "CREATE"
        if request.kind == "IMPORT":
            raise invalid("Change sets that import resources are not available here.")
        if stack is None:
            if not is_new:
                raise invalid(f"Stack [{request.stack_name}] does not exist")
            stack = self._stacks.new(scope, request.stack_name, REVIEW, Submission(text="", processed={"Resources": {}}))
        elif is_new and stack.status != REVIEW:
            raise invalid(f"Stack [{stack.name}] already exists and cannot be created again with the changeSet [{request.name}].")
        elif not is_new and (stack.is_in_progress or stack.status == "ROLLBACK_COMPLETE"):
            raise invalid(f"Stack:{stack.arn} is in {stack.status} state and can not be updated.")
        if any(each.name == request.name for each in self._ledger.change_sets(stack)):
            raise ServiceError("AlreadyExistsException", 400, f"ChangeSet {request.name} already exists")
        record = await self._made(stack, request, given)
        async with self._ledger.changing() as change:
            if self._ledger.find(scope, stack.arn) is None:
                self._ledger.tell(change, stack, request.token)
            change.keep(record)
        return stack, record

    async def _made(self, stack: StackRecord, request: ChangeSetRequest, given: Given) -> ChangeSetRecord:
        changes: tuple[ResourceChange, ...] = ()
        submission, reason = Submission(text=given.body, processed={"Resources": {}}), ""
        try:
            submission = await self._submissions.read(stack.scope, given, stack.submission)
            changes = self._changes(stack, submission)
            if request.kind != "CREATE" and not changes and not differs(stack, submission):
                reason = _NO_CHANGES
        except ServiceError as error:
            if not error.message.startswith("Transform "):  # those are applied later on AWS
                raise
            reason = f"{error.message} {error.hint}".strip()
        return ChangeSetRecord(
            scope=stack.scope, stack=stack.uuid, uuid=str(uuid.uuid4()), name=request.name, kind=request.kind,
            status="FAILED" if reason else "CREATE_COMPLETE", execution="UNAVAILABLE" if reason else "AVAILABLE",
            created_ms=self._ledger.now_ms(), submission=submission, changes=changes, reason=reason,
            description=request.description, on_failure=request.on_failure)

    def find(self, scope: Scope, name: str, stack_name: str = "") -> tuple[StackRecord, ChangeSetRecord]:
        """Return a change set by its name and stack, or its ID. Raises ServiceError if there is none."""
        if not name.startswith("arn:"):
            if not stack_name:
                raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
            stack = self._ledger.find(scope, stack_name)
            if stack is None:
                raise ServiceError("ValidationError", 400, f"Stack [{stack_name}] does not exist")
        for stack, record in self._ledger.all_change_sets(scope):
            is_meant = name in (record.arn, record.name) and stack_name in ("", stack.name, stack.arn)
            if is_meant and stack.status != "DELETE_COMPLETE":
                return stack, record
        raise no_change_set(name)

    async def delete(self, scope: Scope, name: str, stack_name: str) -> None:
        """DeleteChangeSet. One that is not there is no error if it is named with its stack's name. Raises ServiceError."""
        try:
            _, record = self.find(scope, name, stack_name)
        except ServiceError as error:
            if error.code == "ChangeSetNotFound":
                return
            raise
        async with self._ledger.changing() as change:
            change.remove(record)

    async def execute(self, scope: Scope, name: str, stack_name: str, *, on_failure: str, token: str) -> None:
        """ExecuteChangeSet: begin to do what the change set says; all others of the stack are gone. Raises ServiceError."""
        stack, record = self.find(scope, name, stack_name)
        if record.execution != "AVAILABLE":
            message = (f"ChangeSet [{record.arn}] cannot be executed in its current execution status of [{record.execution}]"
                       if record.status != "FAILED" else
                       f"ChangeSet [{record.arn}] cannot be executed in its current status of [{record.status}]")
            raise ServiceError("InvalidChangeSetStatus", 400, message)
        on_failure = record.on_failure or on_failure
        if record.kind == "CREATE" and stack.status == REVIEW:
            await self._stacks.create_reviewed(stack, record.submission, on_failure, token)
        else:
            await self._stacks.update(stack, record.submission, on_failure, token)
        async with self._ledger.changing() as change:
            change.remove(*(each for each in self._ledger.change_sets(stack) if each.uuid != record.uuid))
            change.keep(msgspec.structs.replace(record, execution="EXECUTE_COMPLETE"))
            change.keep(msgspec.structs.replace(self._ledger.current(stack), change_set_id=record.arn))

    def has_changes(self, stack: StackRecord, submission: Submission) -> bool:
        """Whether an update would do anything."""
        return bool(self._changes(stack, submission)) or differs(stack, submission)

    def _changes(self, stack: StackRecord, submission: Submission) -> tuple[ResourceChange, ...]:
        """Return what a template would do, as far as it is known before. Raises ServiceError."""
        there = {name: each for name, each in self._ledger.resources(stack).items()
                 if each.physical_id and not each.status.startswith("DELETE") and not self._types.is_lost(each)}
        plan = Plan(stack, submission, self._ledger.stacks(stack.scope), there, all_made=False)
        found = []
        for logical_id in plan.order:
            change = self._change(plan, logical_id, there.get(logical_id))
            if change is not None:
                found.append(change)
        found += [ResourceChange(action="Remove", logical_id=each.logical_id, type=each.type, physical_id=each.physical_id)
                  for name, each in there.items() if name not in plan.order]
        return tuple(sorted(found, key=lambda each: each.logical_id))

    def _change(self, plan: Plan, logical_id: str, before: ResourceRecord | None) -> ResourceChange | None:
        kind = plan.type_of(logical_id)
        if before is None or before.type != kind:
            plan.known.unmade(logical_id)
            return ResourceChange(action="Add", logical_id=logical_id, type=kind)
        desired = plan.desired(logical_id)
        different = changed(before.properties, desired.properties)
        if not different:
            return None
        replaces = self._types.of(kind).replaces(before.properties, desired.properties)
        if replaces:
            plan.known.unmade(logical_id)
        is_foreseen = any(unknowns_in(desired.properties.get(name)) for name in different)
        replacement = "False" if not replaces else "Conditional" if is_foreseen else "True"
        return ResourceChange(action="Modify", logical_id=logical_id, type=kind, physical_id=before.physical_id,
                              replacement=replacement, properties=tuple(sorted(different)))


def differs(stack: StackRecord, submission: Submission) -> bool:
    """Whether a stack is changed although none of its resources is: by its outputs or tags."""
    before = stack.submission
    return (before.processed.get("Outputs") != submission.processed.get("Outputs") or dict(before.tags) != dict(submission.tags))

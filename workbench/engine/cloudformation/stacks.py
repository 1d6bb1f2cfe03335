"""Stacks: created, updated and deleted, one operation on each at a time, in the background unless it is quick.

Source: CloudFormation API reference, CreateStack, UpdateStack, DeleteStack; recorded errors of the service.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Coroutine
from typing import Any

import msgspec

from workbench.background import TaskSet
from workbench.engine.clock import Clock
from workbench.engine.cloudformation.deployment import DELETE, DO_NOTHING, ROLLBACK, Deployment, delete_resources
from workbench.engine.cloudformation.dynamic_references import DynamicReferences
from workbench.engine.cloudformation.ledger import Ledger
from workbench.engine.cloudformation.operation import LOST, Operation
from workbench.engine.cloudformation.plan import Plan
from workbench.engine.cloudformation.records import StackRecord, Submission
from workbench.engine.cloudformation.refusals import invalid
from workbench.engine.cloudformation.types import Types
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import Scope

PATIENCE_S = 5.0
"""How long a call waits for the end of the operation that it begins. Here most take less, and the waiters of clients look again
only after 15 or 30 s."""
REVIEW = "REVIEW_IN_PROGRESS"
_UPDATABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_FAILED", "CREATE_FAILED")


class Stacks:
    """All stacks. Use it on the engine's loop."""

    def __init__(self, ledger: Ledger, types: Types, references: DynamicReferences, clock: Clock) -> None:
        self._ledger = ledger
        self._types = types
        self._references = references
        self._clock = clock
        self._running = TaskSet()

    async def close(self) -> None:
        """Break off what runs; it is told as failed when the records are read again."""
        await self._running.cancel()

    async def settle(self) -> None:
        """Fail what was in progress when an engine ended, and delete what an earlier services endpoint has lost altogether.

        Tools then make it again.
        """
        await self._ledger.fail_in_progress()
        for stack in self._ledger.every():
            resources = self._ledger.resources(stack).values()
            if stack.status != "DELETE_COMPLETE" and resources and all(map(self._types.is_lost, resources)):
                operation = self.operation(stack)
                await operation.tell("DELETE_IN_PROGRESS", LOST)
                await delete_resources(operation, (), "DELETE")

    def new(self, scope: Scope, name: str, status: str, submission: Submission) -> StackRecord:
        """Return a stack that is not kept yet. Raises ServiceError if there is one of this name."""
        if self._ledger.find(scope, name) is not None:
            raise ServiceError("AlreadyExistsException", 400, f"Stack [{name}] already exists")
        return StackRecord(scope=scope, uuid=str(uuid.uuid4()), name=name, status=status, created_ms=self._ledger.now_ms(),
                           reason="User Initiated", submission=submission)

    def operation(self, stack: StackRecord, token: str = "") -> Operation:
        """Return an operation on a stack. `token` is its caller's."""
        return Operation(self._ledger, self._types, stack, token)

    def deployment(self, stack: StackRecord, submission: Submission, token: str = "") -> Deployment:
        """Return what brings about a template of a stack."""
        return Deployment(self.operation(stack, token), submission, self._references)

    def check(self, stack: StackRecord, submission: Submission) -> None:
        """Raise ServiceError for a template that cannot be deployed as it is."""
        Plan(stack, submission, self._ledger.stacks(stack.scope), {}, all_made=False)

    async def create(self, stack: StackRecord, on_failure: str, token: str) -> StackRecord:
        """CreateStack: keep a new stack and begin to make what its template wants."""
        self.check(stack, stack.submission)
        async with self._ledger.changing() as change:
            self.new(stack.scope, stack.name, stack.status, stack.submission)  # nobody was quicker
            self._ledger.tell(change, stack, token)
        return await self._create(stack, on_failure, token)

    async def create_reviewed(self, stack: StackRecord, submission: Submission, on_failure: str, token: str) -> StackRecord:
        """Begin to make the stack of a change set that created it."""
        async with self._ledger.changing() as change:
            stack = self._ledger.tell(change, msgspec.structs.replace(
                self._free(stack, (REVIEW,)), status="CREATE_IN_PROGRESS", reason="User Initiated", submission=submission), token)
        return await self._create(stack, on_failure, token)

    async def _create(self, stack: StackRecord, on_failure: str, token: str) -> StackRecord:
        await self._begin(stack, self.deployment(stack, stack.submission, token).create(on_failure))
        return stack

    async def update(self, stack: StackRecord, submission: Submission, on_failure: str, token: str) -> StackRecord:
        """UpdateStack: begin to bring a stack to what another template wants."""
        self.check(stack, submission)
        async with self._ledger.changing() as change:
            stack = self._ledger.tell(change, msgspec.structs.replace(
                self._free(stack, _UPDATABLE), status="UPDATE_IN_PROGRESS", reason="User Initiated",
                updated_ms=self._ledger.now_ms(), is_protected=stack.is_protected), token)
        await self._begin(stack, self.deployment(stack, submission, token).update(on_failure))
        return stack

    async def delete(self, stack: StackRecord, kept: tuple[str, ...], token: str) -> None:
        """DeleteStack. A stack that is deleted already stays so."""
        if stack.status in ("DELETE_COMPLETE", "DELETE_IN_PROGRESS"):
            return
        if stack.is_protected:
            raise invalid(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        self._check_not_imported(stack)
        async with self._ledger.changing() as change:
            stack = self._ledger.current(stack)
            if stack.is_in_progress:
                raise _busy(stack, "deleted")
            stack = self._ledger.tell(change, msgspec.structs.replace(
                stack, status="DELETE_IN_PROGRESS", reason="User Initiated"), token)
            change.remove(*self._ledger.change_sets(stack))
        await self._begin(stack, delete_resources(self.operation(stack, token), kept, "DELETE"))

    async def protect(self, stack: StackRecord, *, is_protected: bool) -> None:
        """UpdateTerminationProtection."""
        async with self._ledger.changing() as change:
            change.keep(msgspec.structs.replace(self._ledger.current(stack), is_protected=is_protected))

    def _free(self, stack: StackRecord, statuses: tuple[str, ...]) -> StackRecord:
        """Return a stack as it is now. Raises ServiceError unless it is in one of these states."""
        now = self._ledger.current(stack)
        if now.status not in statuses:
            raise _busy(now, "updated")
        return now

    def _check_not_imported(self, stack: StackRecord) -> None:
        exports = {output.export for output in stack.outputs if output.export}
        for other in self._ledger.stacks(stack.scope):
            if other.uuid == stack.uuid or other.status == "DELETE_COMPLETE":
                continue
            for name in sorted(exports):
                if _imports(other.submission.processed, name):
                    raise invalid(f"Export {name} cannot be deleted as it is in use by {other.name}")

    async def _begin(self, stack: StackRecord, work: Coroutine[Any, Any, None]) -> None:
        """Begin an operation. Return when it has ended, or goes on in the background."""
        running = self._running.begin("A stack", self._ended(stack, work))
        with contextlib.suppress(TimeoutError):
            async with self._clock.timeout(PATIENCE_S):
                await asyncio.wait([running])

    async def _ended(self, stack: StackRecord, work: Coroutine[Any, Any, None]) -> None:
        """Do the work. A failure of ours must not leave a stack in progress: its caller would wait for ever."""
        try:
            await work
        except Exception:
            await self._ledger.fail(stack, "Lambda Workbench failed; the engine's log has the details.")
            raise


def on_failure_of(parameters: Any) -> str:
    """Return what becomes of a stack after a failure. Source: CreateStack, OnFailure and DisableRollback."""
    if parameters.get("DisableRollback"):
        return DO_NOTHING
    given = parameters.get("OnFailure") or parameters.get("OnStackFailure") or ROLLBACK
    return given if given in (DELETE, DO_NOTHING) else ROLLBACK


def _busy(stack: StackRecord, word: str) -> ServiceError:
    return invalid(f"Stack:{stack.arn} is in {stack.status} state and can not be {word}.")


def _imports(value: Any, export: str) -> bool:
    """Whether a template imports an export by its literal name."""
    if isinstance(value, dict):
        return value.get("Fn::ImportValue") == export or any(_imports(each, export) for each in value.values())
    return isinstance(value, list) and any(_imports(each, export) for each in value)

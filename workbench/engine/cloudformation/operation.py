"""One operation on a stack while it runs: what every step of it needs, and how its steps are told.

Source: CloudFormation guide, "Stack statuses"; recorded events of the service.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from workbench.engine.cloudformation.handlers import Desired, Existing, Handler, Made
from workbench.engine.cloudformation.ledger import Ledger
from workbench.engine.cloudformation.records import ResourceRecord, StackRecord
from workbench.engine.cloudformation.refusals import ResourceFailed
from workbench.engine.cloudformation.types import Types
from workbench.model.failures import WorkbenchError

LOST = "The services endpoint that had it is another one now, or has lost it: moto keeps nothing when the engine ends."
SAVED = "The function was saved into the workspace's template, and stays there with what belongs to it."
_FUNCTION = "AWS::Lambda::Function"
_REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."


class Operation:
    """An operation on one stack. `token` is the caller's ClientRequestToken."""

    def __init__(self, ledger: Ledger, types: Types, stack: StackRecord, token: str) -> None:
        self.ledger = ledger
        self._types = types
        self._stack = stack
        self._token = token

    @property
    def stack(self) -> StackRecord:
        """The stack as it is now."""
        return self.ledger.current(self._stack)

    def handler(self, kind: str) -> Handler:
        """Return what makes resources of a type."""
        return self._types.of(kind)

    def present(self) -> dict[str, ResourceRecord]:
        """Return the stack's resources that are there, by logical ID."""
        return {name: each for name, each in self.ledger.resources(self.stack).items() if not self._types.is_lost(each)}

    async def tell(self, status: str, reason: str = "", **changes: Any) -> None:
        """Give the stack another status, and tell it."""
        async with self.ledger.changing() as change:
            self.ledger.tell(change, msgspec.structs.replace(self.stack, status=status, reason=reason, **changes), self._token)

    async def tell_resource(self, resource: ResourceRecord, status: str, reason: str = "", **changes: Any) -> ResourceRecord:
        """Give a resource another status, and tell it."""
        async with self.ledger.changing() as change:
            now = msgspec.structs.replace(
                resource, status=status, reason=reason, modified_ms=self.ledger.now_ms(), **changes)
            return self.ledger.tell_resource(change, self.stack, now, self._token)

    async def forget(self, resources: Iterable[ResourceRecord]) -> None:
        """Remove the records of resources that are gone."""
        async with self.ledger.changing() as change:
            change.remove(*resources)

    async def create(self, resource: ResourceRecord, desired: Desired) -> ResourceRecord:
        """Make a resource, and tell it. Raises ResourceFailed, which is told too."""
        word = "UPDATE" if resource.physical_id else "CREATE"
        begun = await self.tell_resource(resource, f"{word}_IN_PROGRESS", _REPLACING if word == "UPDATE" else "")
        made = await self._done(begun, f"{word}_FAILED", self.handler(desired.type).create(desired))
        begun = await self.tell_resource(
            begun, f"{word}_IN_PROGRESS", "Resource creation Initiated", physical_id=made.physical_id)
        return await self._complete(begun, f"{word}_COMPLETE", desired, made)

    async def update(self, resource: ResourceRecord, desired: Desired) -> ResourceRecord:
        """Change a resource in place, and tell it. Raises ResourceFailed, which is told too."""
        begun = await self.tell_resource(resource, "UPDATE_IN_PROGRESS")
        work = self.handler(desired.type).update(desired, existing(self._stack, resource))
        # A part of it may be in force when it fails: what was wanted is kept, so that a rollback undoes it.
        attempted = msgspec.structs.replace(begun, properties=desired.properties, tags=desired.tags)
        return await self._complete(begun, "UPDATE_COMPLETE", desired, await self._done(attempted, "UPDATE_FAILED", work))

    async def delete(self, resource: ResourceRecord, *, told: bool = True) -> bool:
        """Delete a resource, tell it, and return whether it is gone. `told`: its record changes too, as it is the present one."""
        if self._types.is_lost(resource):
            await self._event(resource, "DELETE_COMPLETE", LOST, told=told)
            return True
        if self._is_saved(resource):
            await self._event(resource, "DELETE_SKIPPED", SAVED, told=told)
            return True
        if resource.retained:
            await self._event(resource, "DELETE_SKIPPED", told=told)
            return True
        await self._event(resource, "DELETE_IN_PROGRESS", told=told)
        try:
            await self.handler(resource.type).delete(existing(self._stack, resource))
        except WorkbenchError as error:
            await self._event(resource, "DELETE_FAILED", error.message, told=told)
            return False
        await self._event(resource, "DELETE_COMPLETE", told=told)
        return True

    def _is_saved(self, resource: ResourceRecord) -> bool:
        """Whether it is a function of this stack that was saved into the workspace's template, or belongs to one."""
        given = (resource.physical_id if resource.type == _FUNCTION
                 else resource.properties.get("FunctionName") or resource.properties.get("TargetFunctionArn"))
        if not given or not resource.type.startswith("AWS::Lambda::"):
            return False
        own = {each.physical_id for each in self.ledger.resources(self.stack).values() if each.type == _FUNCTION}
        named = str(given).split(":function:")[-1].partition(":")[0]
        return named in own and self._types.is_in_template(resource.scope, named)

    async def _event(self, resource: ResourceRecord, status: str, reason: str = "", *, told: bool) -> None:
        """Tell of a resource; one that was replaced has no record any more."""
        async with self.ledger.changing() as change:
            now = msgspec.structs.replace(resource, status=status, reason=reason, modified_ms=self.ledger.now_ms())
            self.ledger.tell_resource(change, self.stack, now, self._token)
            if not told:
                change.kept.pop((ResourceRecord, resource.key))

    async def _done(self, resource: ResourceRecord, failed: str, work: Any) -> Made:
        try:
            made: Made = await work
        except WorkbenchError as error:
            reason = error.message if isinstance(error, ResourceFailed) else f"{error.message} {error.hint}".strip()
            there = error.physical_id if isinstance(error, ResourceFailed) else ""
            await self.tell_resource(resource, failed, reason, physical_id=there or resource.physical_id)
            raise ResourceFailed(reason) from error
        except (KeyError, TypeError, AttributeError, ValueError) as error:  # properties of another form than the type's
            reason = f"Properties validation failed for resource {resource.logical_id}: {error}"
            await self.tell_resource(resource, failed, reason)
            raise ResourceFailed(reason) from error
        return made

    async def _complete(self, resource: ResourceRecord, status: str, desired: Desired, made: Made) -> ResourceRecord:
        resource = msgspec.structs.replace(resource, secrets=(*resource.secrets, *made.secrets))
        self.ledger.hide(made.secrets)
        return await self.tell_resource(
            resource, status, made.note, physical_id=made.physical_id, properties=desired.properties, attributes=made.attributes,
            wanted=desired.wanted, kept_by=self._types.keeper(desired.type), tags=desired.tags)


def existing(stack: StackRecord, resource: ResourceRecord) -> Existing:
    """Return a resource as handlers know it."""
    return Existing(
        scope=stack.scope, stack_name=stack.name, stack_id=stack.arn, logical_id=resource.logical_id, type=resource.type,
        physical_id=resource.physical_id, properties=resource.properties, attributes=resource.attributes, tags=resource.tags)

"""The records of stacks: found by name or ID, changed together with the events that tell of the change."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.cloudformation.masking import masked, secrets_of
from workbench.engine.cloudformation.records import (
    KINDS,
    ChangeSetRecord,
    EventRecord,
    ResourceRecord,
    StackRecord,
)
from workbench.engine.cloudformation.refusals import no_stack
from workbench.engine.registry.registry import Change, Registry
from workbench.engine.registry.store import RegistryStore
from workbench.model.lambda_names import Scope

_STACK = "AWS::CloudFormation::Stack"
_ENDED = "The engine ended during this operation."


class Ledger:
    """All records of this room. Use it on the engine's loop."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """`path`: the file that keeps them; it is made with the first stack."""
        self._registry = Registry(RegistryStore(path, KINDS))
        self._clock = clock
        self._hidden: frozenset[str] = frozenset()

    async def load(self) -> None:
        """Read what is kept."""
        await self._registry.load()

    async def fail_in_progress(self) -> None:
        """Mark as failed what was in progress when an engine ended."""
        for stack in self.every():
            await self.fail(stack, _ENDED)

    async def fail(self, stack: StackRecord, reason: str) -> None:
        """Mark a stack as failed if an operation is in progress, which nobody goes on with."""
        async with self.changing() as change:
            stack = self.current(stack)
            if not stack.is_in_progress:
                return
            for resource in self.resources(stack).values():
                if resource.status.endswith("IN_PROGRESS"):
                    failed = f"{resource.status.removesuffix('IN_PROGRESS')}FAILED"
                    change.keep(msgspec.structs.replace(resource, status=failed, reason=reason))
            status = stack.status.removesuffix("_CLEANUP_IN_PROGRESS").removesuffix("_COMPLETE").removesuffix("_IN_PROGRESS")
            self.tell(change, msgspec.structs.replace(stack, status=f"{status}_FAILED", reason=reason))

    async def close(self) -> None:
        """Close the file."""
        await self._registry.close()

    def now_ms(self) -> int:
        """Return the present time in ms since 1970."""
        return int(self._clock.epoch_ms(self._clock.now_ns()))

    # --- reading

    def stacks(self, scope: Scope) -> list[StackRecord]:
        """Return all stacks of a scope, the newest first, deleted ones as well."""
        return sorted(self._registry.all(StackRecord, scope), key=lambda stack: stack.created_ms, reverse=True)

    def every(self) -> list[StackRecord]:
        """Return all stacks of all scopes."""
        return list(self._registry.all(StackRecord))

    def find(self, scope: Scope, name: str) -> StackRecord | None:
        """Return a stack by its name, or by its ID, under which it is found after its deletion too."""
        for stack in self.stacks(scope):
            if name == stack.arn or (name == stack.name and stack.status != "DELETE_COMPLETE"):
                return stack
        return None

    def require(self, scope: Scope, name: str) -> StackRecord:
        """Return the same. Raises ServiceError if there is none."""
        found = self.find(scope, name)
        if found is None:
            raise no_stack(name)
        return found

    def current(self, stack: StackRecord) -> StackRecord:
        """Return a stack as it is now."""
        return self._registry.get(StackRecord, stack.scope, stack.uuid) or stack

    def resources(self, stack: StackRecord) -> dict[str, ResourceRecord]:
        """Return a stack's resources by logical ID."""
        found = self._registry.all(ResourceRecord, stack.scope, stack.uuid)
        return {each.logical_id: each for each in sorted(found, key=lambda each: each.place)}

    def events(self, stack: StackRecord) -> list[EventRecord]:
        """Return a stack's events, the newest first."""
        return sorted(self._registry.all(EventRecord, stack.scope, stack.uuid), key=lambda event: -event.number)

    def change_sets(self, stack: StackRecord) -> list[ChangeSetRecord]:
        """Return a stack's change sets, the newest first."""
        found = self._registry.all(ChangeSetRecord, stack.scope, stack.uuid)
        return sorted(found, key=lambda each: each.created_ms, reverse=True)

    def all_change_sets(self, scope: Scope) -> Iterator[tuple[StackRecord, ChangeSetRecord]]:
        """Yield all change sets of a scope with their stacks."""
        for stack in self.stacks(scope):
            for each in self.change_sets(stack):
                yield stack, each

    # --- changing

    @contextlib.asynccontextmanager
    async def changing(self) -> AsyncIterator[Change]:
        """Collect a change in this block; see `Registry.changing`."""
        async with self._registry.changing() as change:
            yield change

    def hide(self, secrets: Iterable[str]) -> None:
        """Mask these in all events from now on; those of a stack's parameters and of its resources are masked anyway."""
        self._hidden |= frozenset(secrets)

    def tell(self, change: Change, stack: StackRecord, token: str = "") -> StackRecord:
        """Keep a stack, and an event of its status."""
        stack = msgspec.structs.replace(stack, reason=masked(stack.reason, self._secrets(stack)))
        self._event(change, stack, stack.name, stack.arn, _STACK, status=stack.status, reason=stack.reason, token=token)
        return change.keep(stack)

    def tell_resource(
        self, change: Change, stack: StackRecord, resource: ResourceRecord, token: str, *, properties: Any = None
    ) -> ResourceRecord:
        """Keep a resource, and an event of its status. `properties`: None for those it has."""
        secrets = self._secrets(stack) | frozenset(resource.secrets)
        resource = msgspec.structs.replace(resource, reason=masked(resource.reason, secrets))
        shown = msgspec.json.encode(masked(resource.properties if properties is None else properties, secrets)).decode()
        self._event(change, stack, resource.logical_id, resource.physical_id, resource.type, status=resource.status,
                    reason=resource.reason, properties=shown, token=token)
        return change.keep(resource)

    def _secrets(self, stack: StackRecord) -> frozenset[str]:
        return self._hidden | secrets_of(stack.submission)

    def _event(
        self, change: Change, stack: StackRecord, logical_id: str, physical_id: str, kind: str, *, status: str, reason: str,
        properties: str = "", token: str = ""
    ) -> None:
        number = sum(1 for _ in self._registry.all(EventRecord, stack.scope, stack.uuid))
        number += sum(isinstance(each, EventRecord) for each in change.kept.values())
        event_id = str(uuid.uuid4()) if kind == _STACK and physical_id == stack.arn else f"{logical_id}-{uuid.uuid4()}"
        change.keep(EventRecord(
            scope=stack.scope, stack=stack.uuid, number=number, event_id=event_id, stack_name=stack.name, logical_id=logical_id,
            physical_id=physical_id, type=kind, time_ms=self.now_ms(), status=status, reason=reason, properties=properties,
            token=token))

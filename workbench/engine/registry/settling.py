"""What changes of functions begin and must be brought to an end: functions become active, updates succeed, packages go.

Source: Lambda guide, "Lambda function states".
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

import msgspec

from workbench.background import TaskSet
from workbench.engine.clock import Clock
from workbench.engine.functions import FunctionStore
from workbench.engine.registry.archives import Archives
from workbench.engine.registry.override_records import OverrideRecord
from workbench.engine.registry.records import AliasRecord, FunctionRecord, VersionRecord
from workbench.engine.registry.registry import Change, Registry, new_revision
from workbench.engine.registry.unused import remove_unused
from workbench.model.lambda_names import Scope

_UPDATE_S = 0.3
"""How long an update is in progress. On AWS it takes seconds; a client that reads at once must see it (`FunctionUpdated`)."""


class ChangeListener(Protocol):
    """Learns when a function is different from before because of the API."""

    def changed(self, name: str) -> None:
        """Retire what runs the former version of the function."""

    def provision(self) -> None:
        """Have the environments that provisioned concurrency asks for now. Called after each change of any resource."""

    def versions_changed(self, name: str) -> None:
        """Tell followers that a function's versions or aliases are different from before."""


class Settling:
    """Updates in progress. Use it on the engine's loop. `listener` learns when they are in force, once it is set."""

    def __init__(self, registry: Registry, archives: Archives, templates: FunctionStore, clock: Clock) -> None:
        self._registry = registry
        self._archives = archives
        self._templates = templates
        self._clock = clock
        self._tasks = TaskSet()
        self.listener: ChangeListener | None = None

    async def settle(self) -> None:
        """Finish what an engine that ended had begun: functions that were pending, updates in progress."""
        for record in self._registry.all(FunctionRecord):
            if record.state == "Pending" or record.update == "InProgress":
                await self.finish(record.scope, record.name)
        for override in self._registry.all(OverrideRecord):
            if override.previous is not None:
                await self.finish(override.scope, override.function_name)

    async def close(self) -> None:
        """End updates in progress as they are; the next engine settles them."""
        await self._tasks.cancel()

    async def created(self, scope: Scope, name: str) -> None:
        """Make a new function active, before its creator can ask: waiters pause for up to 5 s when they find it pending."""
        # Whatever becomes of the caller, and whether it succeeds or not: the function has been made.
        await asyncio.wait([self._tasks.begin("A function that becomes active", self._settle(scope, name))])
        self._tasks.begin("What a creation leaves behind", self.collect())

    def updated(self, scope: Scope, name: str) -> None:
        """Make an update successful after a while."""
        self._tasks.begin("An update of a function", self.finish(scope, name, _UPDATE_S))

    async def finish(self, scope: Scope, name: str, after_s: float = 0) -> None:
        """Make a function active, or its update successful: from then on it runs in what is new. Its revision moves again."""
        if after_s:
            await self._clock.sleep(after_s)
        await self._settle(scope, name)
        await self.collect()

    async def _settle(self, scope: Scope, name: str) -> None:
        async with self._registry.changing() as change:
            record = self._registry.get(FunctionRecord, scope, name)
            if record is not None:
                self._finish_record(change, record)
            override = self._registry.get(OverrideRecord, scope, name)
            if override is not None and override.previous is not None:
                change.keep(msgspec.structs.replace(override, previous=None, revision_id=new_revision()))
        self.changed(name)

    def _finish_record(self, change: Change, record: FunctionRecord) -> None:
        change.keep(msgspec.structs.replace(
            record, state="Active", update="Successful", previous=None, revision_id=new_revision()))
        for version in self._registry.all(VersionRecord, record.scope, record.name):
            if version.state == "Pending":
                change.keep(msgspec.structs.replace(version, state="Active"))

    async def collect(self) -> None:
        """Remove what neither a function nor a layer uses any more."""
        await remove_unused(self._registry, self._archives, self._templates)

    def replaced(self, names: Iterable[str]) -> None:
        """Retire what runs these functions: what the API made of them was replaced as a whole, or removed."""
        for name in names:
            self.changed(name)

    def layer_published(self, arn: str) -> None:
        """Retire the functions that already name this layer version: until now they ran without it."""
        names = [each.name for each in self._templates.all() if arn in each.layers]
        names += [each.name for each in self._registry.all(FunctionRecord) if arn in each.definition.settings.get("Layers", ())]
        for name in names:
            self.changed(name)

    def tell(self, change: Change) -> None:
        """Tell the listener of any change that is in force."""
        if self.listener is None:
            return
        self.listener.provision()
        parts = (*change.kept.values(), *change.removed.values(), *change.dropped.values())
        for name in sorted({part.function_name for part in parts if isinstance(part, VersionRecord | AliasRecord)}):
            self.listener.versions_changed(name)

    def changed(self, name: str) -> None:
        """Retire what runs a function that is different now, or gone."""
        if self.listener is not None:
            self.listener.changed(name)

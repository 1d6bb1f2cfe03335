"""What changes of functions begin and must be brought to an end: functions become active, updates succeed, packages go.

Source: Lambda guide, "Lambda function states".
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from typing import Protocol

import msgspec

from workbench.background import TaskSet
from workbench.engine.clock import Clock
from workbench.engine.functions import FunctionStore
from workbench.engine.registry.archives import Archives
from workbench.engine.registry.declared.overlay import Key
from workbench.engine.registry.override_records import OverrideRecord
from workbench.engine.registry.records import FunctionPart, FunctionRecord, VersionRecord
from workbench.engine.registry.registry import Change, Registry, new_revision
from workbench.engine.registry.snap_start import has_snapshot
from workbench.engine.registry.unused import remove_unused
from workbench.model.lambda_names import Scope

_UPDATE_S = 0.3
"""How long an update is in progress. On AWS it takes seconds; a client that reads at once must see it (`FunctionUpdated`)."""


class ChangeListener(Protocol):
    """Learns when a function is different from before because of the API."""

    def changed(self, name: str) -> None:
        """Retire what runs the former version of the function."""

    def provision(self) -> None:
        """Have the environments that provisioned concurrency asks for now, and the snapshots that versions wait for.

        Called after each change of any resource.
        """

    def parts_changed(self, name: str) -> None:
        """Tell followers that what belongs to a function (versions, aliases, …) is different from before."""


class Settling:
    """Updates in progress. Use it on the engine's loop. `listener` learns when they are in force, once it is set."""

    def __init__(self, registry: Registry, archives: Archives, templates: FunctionStore, clock: Clock) -> None:
        self._registry = registry
        self._archives = archives
        self._templates = templates
        self._clock = clock
        self._tasks = TaskSet()
        self._due: dict[tuple[Scope, str], asyncio.Task[None]] = {}
        """The updates in progress, which wait for their time."""
        self.listener: ChangeListener | None = None

    async def settle(self) -> None:
        """Finish what an engine that ended had begun: functions that were pending, updates in progress."""
        begun = [(each.scope, each.name) for each in self._registry.all(FunctionRecord) if _is_begun(each)]
        begun += [(each.scope, each.function_name) for each in self._registry.all(OverrideRecord) if each.previous is not None]
        begun += [(each.scope, each.function_name) for each in self._registry.all(VersionRecord) if each.state == "Pending"]
        for scope, name in dict.fromkeys(begun):
            await self.finish(scope, name)

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
        self.forget(scope, name)
        self._due[scope, name] = self._tasks.begin("An update of a function", self._finish_later(scope, name))

    def forget(self, scope: Scope, name: str) -> None:
        """Leave alone what was being updated: it was deleted or dropped, and another may soon have its name."""
        task = self._due.pop((scope, name), None)
        if task is not None:
            task.cancel()

    async def _finish_later(self, scope: Scope, name: str) -> None:
        await self._clock.sleep(_UPDATE_S)
        del self._due[scope, name]  # from here on it is not to be cancelled
        await self.finish(scope, name)

    async def finish(self, scope: Scope, name: str) -> None:
        """Make a function active, or its update successful: from then on it runs in what is new. Its revision moves again."""
        await self._settle(scope, name)
        await self.collect()

    async def _settle(self, scope: Scope, name: str) -> None:
        async with self._registry.changing() as change:
            self._finish(change, scope, name)
        if change.kept:
            self.changed(name)

    def _finish(self, change: Change, scope: Scope, name: str) -> None:
        record = self._registry.get(FunctionRecord, scope, name)
        if record is not None and _is_begun(record):
            change.keep(msgspec.structs.replace(
                record, state="Active", update="Successful", previous=None, revision_id=new_revision()))
        override = self._registry.get(OverrideRecord, scope, name)
        if override is not None and override.previous is not None:
            change.keep(msgspec.structs.replace(override, previous=None, revision_id=new_revision()))
        for version in self._registry.all(VersionRecord, scope, name):
            if version.state == "Pending" and not has_snapshot(version.definition.settings):
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

    def tell(self, keys: Collection[Key]) -> None:
        """Tell the listener of any change that is in force; `keys` are those of the records that it concerned."""
        if self.listener is None:
            return
        self.listener.provision()
        # A key is the Region, the account, the function's name and what follows it.
        for name in sorted({names[2] for kind, names in keys if issubclass(kind, FunctionPart)}):
            self.listener.parts_changed(name)

    def changed(self, name: str) -> None:
        """Retire what runs a function that is different now, or gone."""
        if self.listener is not None:
            self.listener.changed(name)


def _is_begun(record: FunctionRecord) -> bool:
    """Whether a function is not active yet, or is being updated."""
    return record.state == "Pending" or record.update == "InProgress"

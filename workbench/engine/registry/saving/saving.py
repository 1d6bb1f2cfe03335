"""Functions of the API become the template's: the registry's half of it, which happens with the writing or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from workbench.engine.functions import FunctionRevision, FunctionStore
from workbench.engine.registry.attached import ATTACHED
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.override_records import OverriddenSetting, OverrideRecord, Overrides
from workbench.engine.registry.records import FunctionRecord, NumberingRecord
from workbench.engine.registry.registry import Change, Registry, new_revision
from workbench.engine.registry.saving.plans import SavingPlan
from workbench.engine.registry.settings import settings_of
from workbench.engine.registry.settling import Settling
from workbench.model.failures import ServiceError, WorkspaceError
from workbench.workspace.saving.function_to_save import SavedFunction

_THE_TEMPLATES = ("Layers", "FileSystemConfigs", "Role")
"""Members that are as the template has them: layers and folders of the workspace, the role that a deployment makes."""


class Saving:
    """Use it on the engine's loop."""

    def __init__(self, registry: Registry, functions: Functions, store: FunctionStore, settling: Settling) -> None:
        self._registry = registry
        self._functions = functions
        self._store = store
        self._settling = settling

    async def save(self, plan: SavingPlan, write: Callable[[], SavedFunction]) -> SavedFunction:
        """Have `write` write a function into the template, and forget that the API made it.

        What is configured for it, its versions and its aliases stay. `write` blocks. Raises WorkbenchError, and then nothing has
        changed. If the engine is killed meanwhile, the next one finishes what was written (`unfinished`).
        """
        async with self._registry.changing() as change:
            self._check_unchanged(plan.record)
            marked = change.keep(msgspec.structs.replace(plan.record, moving="template"))
        try:
            async with self._registry.changing() as change:
                self._check_unchanged(marked)
                saved = await asyncio.to_thread(write)
                # Within the change: the API's function must not change any more, and one of the two is always seen.
                names = await self._store.refresh()
                written = self._store.written(marked.name)
                if written is not None:
                    forget(self._registry, change, marked)
                    keep_differences(change, marked, written)
        except Exception:
            if self._store.written(marked.name) is None:  # otherwise it was written, and the next engine finishes the rest
                await self._unmark(marked)
            raise
        if written is None:
            raise WorkspaceError(f"{marked.name} was written, but cannot be read: {self._store.why_missing(marked.name)}",
                                 "Correct the template. Until then the function is the API's.")
        self._settling.replaced({*names, marked.name})
        await self._settling.collect()
        return saved

    async def follow_template(self, name: str) -> None:
        """Have what is configured about a saved function follow the template, as far as that declares it.

        Call it when the declarations have been read. A record that is the same as the declared one is not kept any more.
        """
        async with self._registry.changing() as change:
            for part in self._registry.parts_of(self._store.scope, name):
                if isinstance(part, ATTACHED):
                    change.keep(part)

    def _check_unchanged(self, record: FunctionRecord) -> None:
        if self._registry.get(FunctionRecord, record.scope, record.name) != record:
            raise ServiceError("ResourceConflictException", 409, f"{record.name} was changed while it was being saved.",
                               hint="Save it again.")

    async def _unmark(self, marked: FunctionRecord) -> None:
        async with self._registry.changing() as change:
            record = self._registry.get(FunctionRecord, marked.scope, marked.name)
            if record is not None:
                change.keep(msgspec.structs.replace(record, moving=""))


def forget(registry: Registry, change: Change, record: FunctionRecord) -> None:
    """Forget that the API made a function which the template has now. Its versions keep their numbers."""
    numbering = registry.get(NumberingRecord, record.scope, record.name)
    last = max(record.last_version, numbering.last_version if numbering is not None else 0)
    change.remove(record)
    if last:
        change.keep(NumberingRecord(scope=record.scope, function_name=record.name, last_version=last))


def keep_differences(change: Change, record: FunctionRecord, written: FunctionRevision) -> None:
    """Keep as overrides what answers told of a function and the template does not say."""
    says = {member: value for member, value in settings_of(written.configuration, record.scope).items() if value is not None}
    settings = record.definition.settings
    differing = {member: OverriddenSetting(settings.get(member), says.get(member)) for member in {**says, **settings}
                 if member not in _THE_TEMPLATES and settings.get(member) != says.get(member)}
    if differing:
        change.keep(OverrideRecord(
            scope=record.scope, function_name=record.name, overrides=Overrides(settings=differing),
            revision_id=new_revision(), modified_ms=record.modified_ms))

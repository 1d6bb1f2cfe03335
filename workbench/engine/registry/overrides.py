"""The overrides of the template's functions: listed, and dropped, so that the template's values are in force again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import msgspec

from workbench.engine.functions import FunctionRevision
from workbench.engine.registry.declared.changes import DeclaredChanges
from workbench.engine.registry.declared.overlay import Difference
from workbench.engine.registry.declared.places import DeclaredPlaces
from workbench.engine.registry.overridden import written_value
from workbench.engine.registry.override_records import (
    ChangedPart,
    ChangedRecord,
    HiddenRecord,
    OverriddenCode,
    OverrideRecord,
    Overrides,
)
from workbench.engine.registry.records import Record
from workbench.engine.registry.registry import Registry, new_revision
from workbench.engine.registry.settling import Settling
from workbench.engine.registry.template_functions import TemplateFunctions
from workbench.engine.registry.writing_back import why_kept
from workbench.model.failures import ServiceError
from workbench.model.overrides import CODE, DELETED, OverrideInfo, masked
from workbench.workspace.declared.edits import DeclaredChange


class TemplateOverrides:
    """What the API changed of the template's functions. Use it on the engine's loop."""

    def __init__(
        self, registry: Registry, templates: TemplateFunctions, settling: Settling, places: DeclaredPlaces
    ) -> None:
        self._registry = registry
        self._declared = DeclaredChanges(registry, places)
        self._templates = templates
        self._settling = settling

    def all(self) -> list[OverrideInfo]:
        """Return every override of the workspace's functions, sorted by function; those of hidden functions come last."""
        scope = self._templates.scope
        records = sorted(self._registry.all(OverrideRecord, scope), key=lambda each: each.function_name)
        hidden = sorted(self._registry.all(HiddenRecord, scope), key=lambda each: each.function_name)
        told = [info for record in records for info in self._told(record)]
        return [*told, *self._declared.all(), *(OverrideInfo(function=each.function_name, property=DELETED) for each in hidden)]

    def of(self, name: str, member: str | None = None) -> list[OverrideInfo]:
        """Return the overrides of a function, by its name or logical ID, or that of one property.

        Raises ServiceError 404 if there is none.
        """
        name = self.name_of(name)
        found = [each for each in self.all() if each.function == name and member in (None, each.property)]
        if not found:
            message = f"The API did not change {member} of {name}." if member else f"The API changed nothing of {name}."
            raise ServiceError("ResourceNotFoundException", 404, message)
        return found

    def conflicts(self) -> list[str]:
        """Return a sentence for each property whose value was changed in the template after the API had changed it."""
        kinds: tuple[type[Record], ...] = (OverrideRecord, ChangedPart, ChangedRecord)
        if not any(map(self._registry.has_any, kinds)):
            return []
        return [f"{each.property} of {each.function} was changed in the template after the API had changed it: what the API said "
                f"stays in force. 'workbench overrides {each.function}' shows both." for each in self.all() if each.in_conflict]

    async def drop(self, name: str, member: str | None = None) -> None:
        """Drop one override of a function, or all. Raises ServiceError 404 if there is none."""
        name = self.name_of(name)
        async with self._registry.changing() as change:
            self.of(name, member)
            scope = self._templates.scope
            hidden = self._registry.get(HiddenRecord, scope, name)
            if hidden is not None and member in (None, DELETED):
                change.remove(hidden)
            self._declared.drop(change, name, member)
            record = self._templates.record(name)
            if record is not None:
                rest = _without(record.overrides, member)
                if rest.is_empty:
                    change.remove(record)
                else:
                    change.keep(msgspec.structs.replace(
                        record, overrides=rest, previous=None, revision_id=new_revision()))
        self._settling.forget(self._templates.scope, name)
        await self._settling.finish(self._templates.scope, name)  # a version that was being made of the update
        self._settling.changed(name)
        await self._settling.collect()

    def declared(self, name: str, members: Collection[str]) -> list[Difference]:
        """Return the overrides of what the template declares beside a function, for these properties."""
        return self._declared.of(name, members)

    def edits(self, differences: Iterable[Difference]) -> list[DeclaredChange]:
        """Return what to write into the template for these."""
        return self._declared.edits(differences)

    async def written(self, name: str, differences: Iterable[Difference]) -> None:
        """Have the template's values in force for these of a function, which it has by now."""
        async with self._registry.changing() as change:
            self._declared.written(change, differences)
        self._settling.changed(name)

    def check_changeable(self) -> None:
        """Raise ServiceError if nothing may be changed."""
        self._registry.check_changeable()

    def name_of(self, name: str) -> str:
        """Return the name of a function by its name or logical ID."""
        written = self._templates.written(name)
        return name if written is None else written.configuration.name

    def logical_id(self, name: str) -> str:
        """Return the logical ID of a function that the template has. Raises ServiceError 404 if it does not have it any more."""
        written = self._templates.written(name)
        if written is None:
            hint = f"Drop what is kept of it: workbench overrides {name} --drop"
            raise ServiceError("ResourceNotFoundException", 404, f"The template has no function {name} any more.", hint=hint)
        return written.configuration.logical_id

    def in_force(self, name: str, member: str) -> Any:
        """Return the value in force of a member of the settings, as it is."""
        record = self._templates.record(name)
        return None if record is None or member not in record.overrides.settings else record.overrides.settings[member].value

    def _told(self, record: OverrideRecord) -> Iterator[OverrideInfo]:
        name, overrides, written = record.function_name, record.overrides, self._templates.written(record.function_name)
        for member, each in overrides.settings.items():
            now = None if written is None else written_value(written, record.scope, member)
            yield OverrideInfo(
                function=name, property=member, template_value=masked(member, now), value=masked(member, each.value),
                in_conflict=written is not None and now not in (each.base, each.value), why_kept=why_kept(member))
        if overrides.code is not None:
            yield self._code(name, overrides.code, written)

    def _code(
        self, name: str, code: OverriddenCode, written: FunctionRevision | None
    ) -> OverrideInfo:
        own = None if written is None else self._templates.packages.code(written)
        return OverrideInfo(
            function=name, property=CODE, template_value=None if own is None else own.image_uri or own.sha256,
            value=code.value.image_uri or code.value.sha256,
            in_conflict=written is not None and written.code_fingerprint != code.base, why_kept=why_kept(CODE))


def _without(overrides: Overrides, member: str | None) -> Overrides:
    """Return what is left without one property, or without all."""
    if member is None:
        return Overrides()
    rest = {name: each for name, each in overrides.settings.items() if name != member}
    return Overrides(settings=rest, code=None if member == CODE else overrides.code)

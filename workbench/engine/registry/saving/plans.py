"""Functions of the API in the template's terms, with their packages and layers: what is to be written."""

from __future__ import annotations

from typing import Any

import msgspec

from workbench.engine.functions import FunctionStore
from workbench.engine.registry.checks import invalid
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.layer_versions import find_layer_version
from workbench.engine.registry.records import EventSourceMappingRecord, FunctionRecord, LayerVersionRecord
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.saving.parts_in_template import parts_in_template
from workbench.engine.registry.saving.settings_in_template import kept_settings, properties_of
from workbench.model.failures import ServiceError
from workbench.model.secret_names import looks_secret
from workbench.workspace.saving.function_to_save import FunctionToSave, LayerToSave

_LAYER_SETTINGS = ("Description", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo")


class SavingPlan(msgspec.Struct, frozen=True):
    """A function as its record is now, what to write of it, and sentences on what stays with the API."""

    record: FunctionRecord
    function: FunctionToSave
    kept: tuple[str, ...]


class SavingPlans:
    """Use it on the engine's loop."""

    def __init__(self, registry: Registry, functions: Functions, store: FunctionStore) -> None:
        self._registry = registry
        self._functions = functions
        self._store = store

    def names(self) -> list[str]:
        """Return the names of all functions that can be saved: those of the API in the workspace's Region that are seen."""
        return [view.name for view in self._functions.made(self._store.scope)]

    def plan(self, name: str, *, folder: str = "", with_secrets: bool = False) -> SavingPlan:
        """Plan to save a function. Raises ServiceError if it is none of the API's, or is being changed."""
        record = self._record(name)
        parts = parts_in_template(self._registry.parts_of(record.scope, name), self._mappings(record))
        properties = {**properties_of(name, record.definition), **parts.properties}
        variables = [each for each in properties.get("Environment", {}).get("Variables", {}) if looks_secret(each)]
        code = record.definition.code
        function = FunctionToSave(
            name=name, properties=properties, meant=self._functions.configuration(self._functions.view_of(record)),
            package=self._functions.package(code.object_name) if code.object_name else None,
            layers=tuple(self._layer(arn) for arn in record.definition.settings.get("Layers", ())), folder=folder,
            secrets=() if with_secrets else tuple(variables), masked=tuple(variables) if with_secrets else (),
            reserved=frozenset(each for each in self._names_in_use() if each != name))
        return SavingPlan(record, function, (*kept_settings(record.definition.settings), *parts.kept))

    def _record(self, name: str) -> FunctionRecord:
        scope = self._store.scope
        written = self._store.written(name)
        if written is not None and written.configuration.name == name:
            raise ServiceError("ResourceConflictException", 409, f"The template has the function {name} already.",
                               hint=f"workbench overrides {name} shows what the API changed of it.")
        if self._registry.get(FunctionRecord, scope, name) is None:
            elsewhere = [each.scope.region for each in self._registry.all(FunctionRecord) if each.name == name]
            if elsewhere:
                raise invalid(f"{name} is in {', '.join(elsewhere)}, and the template's functions are in {scope.region}.",
                              "Choose that Region in the workspace's settings first.")
        return self._functions.record(self._functions.settled(scope, name))

    def _layer(self, arn: str) -> str | LayerToSave:
        record = find_layer_version(self._registry, arn)
        if record is None:
            return arn
        return LayerToSave(name=record.layer_name, package=self._functions.package(record.code.object_name),
                           properties=_layer_properties(record))

    def _mappings(self, record: FunctionRecord) -> list[EventSourceMappingRecord]:
        return [each for each in self._registry.all(EventSourceMappingRecord, record.scope) if each.function_name == record.name]

    def _names_in_use(self) -> list[str]:
        return [each.name for each in self._functions.all(self._store.scope)]


def _layer_properties(record: LayerVersionRecord) -> dict[str, Any]:
    return {name: record.settings[name] for name in _LAYER_SETTINGS if record.settings.get(name)}

"""Functions of the template become the API's: the registry's half of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from workbench.engine.functions import FunctionRevision, FunctionStore
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.override_records import ChangedPart, DeclaredVersionRecord, OverrideRecord
from workbench.engine.registry.records import (
    Definition,
    FunctionPart,
    FunctionRecord,
    LayerRecord,
    LayerVersionRecord,
    NumberingRecord,
)
from workbench.engine.registry.registry import Change, Registry, new_revision
from workbench.engine.registry.saving.template_packages import PackagedFunction, TemplatePackages
from workbench.engine.registry.settling import Settling
from workbench.engine.registry.views import FunctionView
from workbench.model.failures import ServiceError

_OF_THE_TEMPLATE = (OverrideRecord, NumberingRecord, ChangedPart, DeclaredVersionRecord)
"""What is kept of functions of the template alone. A function of the API has the same in its own record."""


class Taken(msgspec.Struct, frozen=True):
    """A function that is the API's now, and what belonged to it in the template's time."""

    record: FunctionRecord
    parts: tuple[FunctionPart, ...]


class Taking:
    """Use it on the engine's loop."""

    def __init__(
        self, registry: Registry, functions: Functions, store: FunctionStore, settling: Settling, packages: TemplatePackages
    ) -> None:
        self._registry = registry
        self._functions = functions
        self._store = store
        self._settling = settling
        self._packages = packages

    def written(self, name: str) -> FunctionRevision:
        """Return the function of this name or logical ID as the template has it. Raises ServiceError if it cannot be taken."""
        self._registry.check_changeable()
        scope = self._store.scope
        view = self._functions.settled(scope, name)
        written = self._store.written(name)
        if view.source == "api" or written is None:
            raise ServiceError("ResourceConflictException", 409, f"{view.name} is a function of the API already.")
        if self._registry.get(FunctionRecord, scope, view.name) is not None:
            raise ServiceError(
                "ResourceConflictException", 409, f"The API made a function {view.name}, too, which the template's hides.",
                hint="Give the template's another FunctionName first.")
        return written

    async def take(self, written: FunctionRevision, remove: Callable[[], object]) -> Taken:
        """Keep a function as the API's, and have `remove` remove it from the template. `remove` blocks.

        Raises WorkbenchError, and then nothing has changed. If the engine is killed before `remove` has done its work, the
        template's function stays; afterwards, it is the API's (`unfinished`).
        """
        name, scope = written.configuration.name, self._store.scope
        packaged = await self._packages.build(self._store.require(name), scope)
        async with self._registry.changing() as change:
            record = change.keep(await self._record(change, self._functions.settled(scope, name), packaged))
        try:
            async with self._registry.changing() as change:
                parts = self._registry.parts_of(scope, name)
                await asyncio.to_thread(remove)
                # Within the change: one of the two is always seen, and neither changes meanwhile.
                names = await self._store.refresh()
                settle_in_api(self._registry, change, record)
        except Exception:
            if self._store.written(name) is not None:  # otherwise it is the API's, and the next engine finishes the rest
                await self._drop(record)
            raise
        self._settling.replaced({*names, name})
        await self._settling.collect()
        return Taken(record, tuple(each for each in parts if not isinstance(each, _OF_THE_TEMPLATE)))

    async def keep_parts(self, taken: Taken) -> None:
        """Keep what the template had declared about a function, and what is gone with its resource."""
        async with self._registry.changing() as change:
            there = {(type(each), each.key) for each in self._registry.parts_of(taken.record.scope, taken.record.name)}
            for part in taken.parts:
                if (type(part), part.key) not in there:
                    change.keep(part)

    async def _record(self, change: Change, view: FunctionView, packaged: PackagedFunction) -> FunctionRecord:
        settings = {**view.settings, **_file_systems(packaged)}
        settings.pop("Layers", None)
        layers = list(packaged.layers)
        if packaged.own_layers:
            layers.append(await self._layer(change, view, packaged))
        if layers:
            settings["Layers"] = layers
        code = await self._packages.code(packaged, view)
        numbering = self._registry.get(NumberingRecord, view.scope, view.name)
        return FunctionRecord(
            scope=view.scope, name=view.name, definition=Definition(code, settings), revision_id=new_revision(),
            modified_ms=self._functions.now_ms(), state="Active", update="Successful", moving="api",
            last_version=numbering.last_version if numbering is not None else 0)

    async def _layer(self, change: Change, view: FunctionView, packaged: PackagedFunction) -> str:
        """Publish the function's own layers as one, and return its ARN."""
        name = f"{view.name}-layers"
        layer = self._registry.get(LayerRecord, view.scope, name) or LayerRecord(scope=view.scope, name=name)
        layer = change.keep(msgspec.structs.replace(layer, last_version=layer.last_version + 1))
        return change.keep(LayerVersionRecord(
            scope=view.scope, layer_name=name, version=layer.last_version, code=await self._packages.layers(packaged),
            settings={"Description": f"The layers that {view.name} had in the template"},
            created_ms=self._functions.now_ms())).arn

    async def _drop(self, record: FunctionRecord) -> None:
        async with self._registry.changing() as change:
            change.remove(record)
        await self._settling.collect()


def settle_in_api(registry: Registry, change: Change, record: FunctionRecord) -> None:
    """Have a function be the API's for good: nothing is left of what the API kept of the template's."""
    if record.moving == "api":
        change.remove(*(each for each in registry.parts_of(record.scope, record.name) if isinstance(each, _OF_THE_TEMPLATE)))
    change.keep(msgspec.structs.replace(record, moving=""))


def _file_systems(packaged: PackagedFunction) -> dict[str, list[dict[str, str]]]:
    found = [{"Arn": each.arn, "LocalMountPath": each.mount_path} for each in packaged.built.file_systems]
    return {"FileSystemConfigs": found} if found else {}

"""Remove what nothing uses any more: deleted layer versions, and the archives of functions and layers."""

from __future__ import annotations

from workbench.engine.functions import FunctionStore
from workbench.engine.registry.archives import Archives
from workbench.engine.registry.layer_versions import definitions
from workbench.engine.registry.override_records import OverrideRecord, Overrides
from workbench.engine.registry.records import LayerVersionRecord, VersionRecord
from workbench.engine.registry.registry import Registry


async def remove_unused(registry: Registry, archives: Archives, templates: FunctionStore) -> None:
    """Remove deleted layer versions that no function names, then archives that no record names, while no change adds one."""
    async with registry.changing() as change:
        named = _named_layers(registry, templates)
        change.remove(*(each for each in registry.all(LayerVersionRecord) if each.is_deleted and each.arn not in named))
    async with registry.changing():
        await archives.collect(_used(registry))


def _used(registry: Registry) -> set[str]:
    """Return the names of all archives that a function, a version or a layer version has."""
    codes = [*(each.code for each in definitions(registry)), *(each.code for each in registry.all(LayerVersionRecord))]
    frozen = [each.template for each in registry.all(VersionRecord) if each.template is not None]
    replaced = [each.code.value for each in _overrides(registry) if each.code is not None]
    return {*(code.object_name for code in (*codes, *replaced)), *(each.layers_object for each in frozen)}


def _named_layers(registry: Registry, templates: FunctionStore) -> set[str]:
    """Return the ARNs of all layers that a function or version has, of the API or of the template."""
    of_the_api = {arn for definition in definitions(registry) for arn in definition.settings.get("Layers", ())}
    overriding = {arn for each in _overrides(registry) if "Layers" in each.settings
                  for arn in each.settings["Layers"].value or ()}
    # As they are written: overrides of layers may be dropped.
    return of_the_api | overriding | {layer for each in templates.all_written() for layer in each.configuration.layers}


def _overrides(registry: Registry) -> list[Overrides]:
    """Return what differs from the template, and what did before the updates that are in progress."""
    records = list(registry.all(OverrideRecord))
    return [*(each.overrides for each in records), *(each.running for each in records)]

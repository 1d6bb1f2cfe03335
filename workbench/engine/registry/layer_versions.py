"""Layer versions as functions name them: by ARN. Those that were deleted go on working in functions that use them.

Source: Lambda guide, "Deleting layer versions"; recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workbench.engine.registry.archives import Archives
from workbench.engine.registry.checks import invalid
from workbench.engine.registry.records import Definition, FunctionRecord, LayerVersionRecord, Settings, VersionRecord
from workbench.engine.registry.registry import Registry
from workbench.model.lambda_names import Scope, layer_version_reference
from workbench.packages.limits import check_sizes


def find_layer_version(registry: Registry, arn: str) -> LayerVersionRecord | None:
    """Return the record for the ARN of a layer version, a deleted one included; None if it was not published here."""
    named = layer_version_reference(arn)
    return None if named is None else registry.get(LayerVersionRecord, named.scope, named.layer, str(named.version))


def layer_sizes(registry: Registry, settings: Settings) -> Mapping[str, int]:
    """Return the size of each layer of a function, by ARN, as far as it was published here."""
    if "Layers" not in settings:
        return {}
    found = {arn: find_layer_version(registry, arn) for arn in settings["Layers"]}
    return {arn: record.code.size_bytes for arn, record in found.items() if record is not None}


def check_layers_exist(registry: Registry, arns: Iterable[str], scope: Scope) -> None:
    """Refuse layers of a function that were not published in its account, or deleted since. Raises ServiceError.

    Those of other accounts may well exist in the cloud: what is not here is told when the function runs without it.
    """
    for arn in arns:
        named = layer_version_reference(arn)
        if named is None or named.scope != scope:
            continue
        record = find_layer_version(registry, arn)
        if record is None or record.is_deleted:
            hint = f"Publish it with PublishLayerVersion; ListLayerVersions tells which versions of {named.layer} there are."
            raise invalid(f"Layer version {arn} does not exist.", hint)


async def check_size_with_layers(registry: Registry, archives: Archives, name: str, definition: Definition) -> None:
    """Refuse a function that is too large together with those of its layers that are here. Raises ServiceError."""
    found = [find_layer_version(registry, arn) for arn in definition.settings.get("Layers", ())]
    layers = [await archives.unzipped_bytes(record.code) for record in found if record is not None]
    if layers:
        check_sizes(name, await archives.unzipped_bytes(definition.code), layers)


def definitions(registry: Registry) -> list[Definition]:
    """Return what all functions and versions of the API are, and what functions still are while they are updated."""
    functions = list(registry.all(FunctionRecord))
    before = [each.previous for each in functions if each.previous is not None]
    return [*before, *(each.definition for each in functions), *(each.definition for each in registry.all(VersionRecord))]

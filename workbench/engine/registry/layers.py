"""Layers and their versions.

Sources: API reference, PublishLayerVersion, ListLayers and others; recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from workbench.engine.registry.checks import invalid
from workbench.engine.registry.deliveries import Deliveries, Delivery
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.layer_versions import find_layer_version
from workbench.engine.registry.records import LayerRecord, LayerVersionRecord, Settings
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.settling import Settling
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import LayerVersionReference, Scope, layer_reference, layer_version_reference

_SETTINGS = ("CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo")


class Layers:
    """The layers of a workspace. Use it on the engine's loop."""

    def __init__(self, registry: Registry, deliveries: Deliveries, functions: Functions, settling: Settling) -> None:
        self._registry = registry
        self._deliveries = deliveries
        self._archives = deliveries.archives
        self._functions = functions
        self._settling = settling

    async def publish(self, scope: Scope, parameters: Mapping[str, Any]) -> LayerVersionRecord:
        """PublishLayerVersion. Numbers begin at 1 and go on, even after all versions were deleted."""
        home, name = layer_reference(parameters["LayerName"], scope)
        if home.region != scope.region:
            raise _not_here(f"Publish it with a client for {home.region}: every Region is served at this endpoint.")
        if home != scope:  # as for a function of another account
            raise ServiceError("AccessDeniedException", 403, "", fault="")
        async with self._deliveries.of(scope, parameters["Content"]) as delivery:
            return await self._publish(home, {**parameters, "LayerName": name}, delivery)

    async def publish_content(self, scope: Scope, parameters: Mapping[str, Any], content: bytes) -> LayerVersionRecord:
        """Publish a version with this .zip as its content, which may be larger than one in a request. Raises ServiceError."""
        return await self._publish(scope, parameters, Delivery(self._deliveries.archives, content))

    async def _publish(self, scope: Scope, parameters: Mapping[str, Any], delivery: Delivery) -> LayerVersionRecord:
        name = parameters["LayerName"]
        async with self._registry.changing() as change:
            layer = self._registry.get(LayerRecord, scope, name) or LayerRecord(scope=scope, name=name)
            # Within the change: an archive that no record has yet would otherwise be collected by another change.
            code = await delivery.keep()
            layer = change.keep(msgspec.structs.replace(layer, last_version=layer.last_version + 1))
            record = change.keep(LayerVersionRecord(
                scope=scope, layer_name=name, version=layer.last_version, code=code, settings=_settings(parameters),
                created_ms=self._functions.now_ms()))
        self._settling.layer_published(record.arn)
        return record

    def require(self, scope: Scope, name: str, version: int) -> LayerVersionRecord:
        """GetLayerVersion; the name may be the layer's ARN. Raises ServiceError."""
        check_version(version)
        home, layer = layer_reference(name, scope)
        return self.require_by_arn(scope, LayerVersionReference(home, layer, version).arn)

    def require_by_arn(self, scope: Scope, arn: str) -> LayerVersionRecord:
        """GetLayerVersionByArn. Raises ServiceError for AWS's own layers, for deleted versions and those of other Regions."""
        record = find_layer_version(self._registry, arn)
        if record is None or record.is_deleted:
            raise _not_here("" if layer_version_reference(arn) else "Layers of AWS's own are not on this machine.")
        if record.scope.region != scope.region:
            raise _not_here(f"It is in {record.scope.region}: every Region is served at this endpoint.")
        return record

    def versions(self, scope: Scope, name: str, *, runtime: str = "", architecture: str = "") -> list[LayerVersionRecord]:
        """Return the versions of a layer, newest first; none for a layer that does not exist.

        With `runtime` or `architecture` only those that were published as compatible with it.
        """
        home, layer = layer_reference(name, scope)
        if home.region != scope.region:
            return []
        found = [each for each in self._registry.all(LayerVersionRecord, home, layer)
                 if not each.is_deleted and _is_compatible(each, runtime, architecture)]
        return sorted(found, key=lambda each: -each.version)

    def latest(self, scope: Scope, *, runtime: str = "", architecture: str = "") -> list[LayerVersionRecord]:
        """Return the newest version of each layer that has one, or one that is compatible, sorted by the layers' names."""
        newest: dict[str, LayerVersionRecord] = {}
        for each in self._registry.all(LayerVersionRecord, scope):
            before = newest.get(each.layer_name)
            is_newer = before is None or each.version > before.version
            if is_newer and not each.is_deleted and _is_compatible(each, runtime, architecture):
                newest[each.layer_name] = each
        return [newest[name] for name in sorted(newest)]

    async def delete(self, scope: Scope, name: str, version: int) -> None:
        """DeleteLayerVersion. One that is not there is as good as deleted; functions that use it go on working."""
        check_version(version)
        home, layer = layer_reference(name, scope)
        async with self._registry.changing() as change:
            record = find_layer_version(self._registry, LayerVersionReference(home, layer, version).arn)
            if record is not None and home.region == scope.region:
                change.keep(msgspec.structs.replace(record, is_deleted=True, statements=(), policy_revision=""))
        await self._settling.collect()

    def content(self, arn: str) -> Path | None:
        """Return the .zip of a layer version that a function names, a deleted one included; None if it is not here.

        For any thread.
        """
        record = find_layer_version(self._registry, arn)
        return None if record is None else self._archives.path_of(record.code.object_name)


def check_version(version: int) -> None:
    """Refuse a number that no version has."""
    if version < 1:
        raise invalid("Layer Version Cannot be less than 1")


def _settings(parameters: Mapping[str, Any]) -> Settings:
    """What answers tell again; lists that are given are there even if they are empty."""
    given = {name: parameters[name] for name in _SETTINGS if name in parameters}
    return {"Description": parameters.get("Description", ""), **given}


def _is_compatible(record: LayerVersionRecord, runtime: str, architecture: str) -> bool:
    runtimes, architectures = record.settings.get("CompatibleRuntimes", ()), record.settings.get("CompatibleArchitectures", ())
    return (not runtime or runtime in runtimes) and (not architecture or architecture in architectures)


def _not_here(hint: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", 404, "The resource you requested does not exist.", hint=hint)

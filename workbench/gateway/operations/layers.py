"""Operations on layers, and on who may use them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from workbench.engine.registry.records import LayerVersionRecord
from workbench.engine.registry.resources import Resources
from workbench.gateway.operations.call import Answer, Call
from workbench.gateway.operations.descriptions import last_modified
from workbench.gateway.operations.paging import answer, page

ContentLocation = Callable[[Call, str], str]
"""Returns the URL at which an archive can be downloaded, by its name."""


class LayerOperations:
    """Publish, read, list and delete layers."""

    def __init__(self, resources: Resources, location: ContentLocation) -> None:
        self._layers = resources.layers
        self._location = location

    async def publish_layer_version(self, call: Call) -> Answer:
        """PublishLayerVersion. The content is in the request; functions that name the version's ARN run with it."""
        return self._described(call, await self._layers.publish(call.scope, call.parameters))

    async def get_layer_version(self, call: Call) -> Answer:
        """GetLayerVersion."""
        parameters = call.parameters
        return self._described(call, self._layers.require(call.scope, parameters["LayerName"], parameters["VersionNumber"]))

    async def get_layer_version_by_arn(self, call: Call) -> Answer:
        """GetLayerVersionByArn."""
        return self._described(call, self._layers.require_by_arn(call.scope, call.parameters["Arn"]))

    async def list_layers(self, call: Call) -> Answer:
        """ListLayers, sorted by name, each with its newest version that has what was asked for."""
        found, marker = page(call, self._layers.latest(call.scope, **_compatible(call)), lambda record: record.layer_name)
        return answer("Layers", [{"LayerName": record.layer_name, "LayerArn": record.layer_arn,
                                  "LatestMatchingVersion": _listed(record)} for record in found], marker)

    async def list_layer_versions(self, call: Call) -> Answer:
        """ListLayerVersions, newest first."""
        versions = self._layers.versions(call.scope, call.parameters["LayerName"], **_compatible(call))
        # Names sort as the list does, so that a marker still has its place when its version is gone.
        found, marker = page(call, versions, lambda record: f"{10**18 - record.version:019d}")
        return answer("LayerVersions", [_listed(record) for record in found], marker)

    async def delete_layer_version(self, call: Call) -> Answer:
        """DeleteLayerVersion. Functions that use the version keep it."""
        await self._layers.delete(call.scope, call.parameters["LayerName"], call.parameters["VersionNumber"])
        return {}

    def _described(self, call: Call, record: LayerVersionRecord) -> dict[str, Any]:
        content = {"Location": self._location(call, record.code.object_name), "CodeSha256": record.code.sha256,
                   "CodeSize": record.code.size_bytes}
        return {"Content": content, "LayerArn": record.layer_arn, **_listed(record)}


class LayerPolicyOperations:
    """Grant and withdraw the use of layer versions."""

    def __init__(self, resources: Resources) -> None:
        self._policies = resources.layer_policies

    async def add_layer_version_permission(self, call: Call) -> Answer:
        """AddLayerVersionPermission. Permissions are kept and shown, and refuse nobody."""
        statement, revision = await self._policies.add(call.scope, call.parameters)
        return {"Statement": _text(statement), "RevisionId": revision}

    async def get_layer_version_policy(self, call: Call) -> Answer:
        """GetLayerVersionPolicy."""
        policy, revision = self._policies.require(call.scope, call.parameters)
        return {"Policy": _text(policy), "RevisionId": revision}

    async def remove_layer_version_permission(self, call: Call) -> Answer:
        """RemoveLayerVersionPermission."""
        await self._policies.remove(call.scope, call.parameters)
        return {}


def _listed(record: LayerVersionRecord) -> dict[str, Any]:
    return {"LayerVersionArn": record.arn, "Version": record.version, "CreatedDate": last_modified(record.created_ms),
            **record.settings}


def _compatible(call: Call) -> dict[str, str]:
    return {"runtime": call.parameters.get("CompatibleRuntime", ""),
            "architecture": call.parameters.get("CompatibleArchitecture", "")}


def _text(document: Any) -> str:
    return msgspec.json.encode(document).decode()

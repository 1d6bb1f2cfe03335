"""AWS::Lambda::LayerVersion. Source: CloudFormation template reference, this type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.cloudformation.handlers import Desired, Existing, Made
from workbench.engine.cloudformation.lambda_types.calls import Calls
from workbench.model.lambda_names import layer_version_reference


class LayerVersionHandler:
    """Publishes layer versions. They are never changed in place."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def replaces(self, _before: Mapping[str, Any], _after: Mapping[str, Any]) -> bool:
        """Whatever is different."""
        return True

    async def create(self, desired: Desired) -> Made:
        """PublishLayerVersion, of a layer named like the resource unless the template names it."""
        given = {"LayerName": desired.logical_id, **desired.properties}
        arn = (await self._calls.call("PublishLayerVersion", desired.scope, given))["LayerVersionArn"]
        return Made(physical_id=arn, attributes={"": arn, "LayerVersionArn": arn})

    async def update(self, _desired: Desired, before: Existing) -> Made:
        """Nothing can be changed."""
        return Made(physical_id=before.physical_id, attributes=before.attributes)

    async def delete(self, existing: Existing) -> None:
        """DeleteLayerVersion."""
        found = layer_version_reference(existing.physical_id)
        if found is not None:
            await self._calls.gone("DeleteLayerVersion", existing.scope, {
                "LayerName": found.layer, "VersionNumber": found.version})

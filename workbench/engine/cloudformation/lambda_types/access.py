"""Who may use a function or a layer, and by which URL: AWS::Lambda::Permission, Url, LayerVersionPermission.

Source: CloudFormation template reference, these types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from workbench.engine.cloudformation.handlers import Desired, Existing, Made, changed
from workbench.engine.cloudformation.lambda_types.calls import Calls
from workbench.model.lambda_names import layer_version_reference
from workbench.model.url_addresses import for_programs


class PermissionHandler:
    """Makes permissions of functions. They are never changed in place."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def replaces(self, _before: Mapping[str, Any], _after: Mapping[str, Any]) -> bool:
        """Whatever is different."""
        return True

    async def create(self, desired: Desired) -> Made:
        """AddPermission."""
        statement = desired.generated_name(100)
        await self._calls.call("AddPermission", desired.scope, {"StatementId": statement, **desired.properties})
        return Made(physical_id=statement, attributes={"": statement, "Id": statement})

    async def update(self, _desired: Desired, before: Existing) -> Made:
        """Nothing can be changed."""
        return Made(physical_id=before.physical_id, attributes=before.attributes)

    async def delete(self, existing: Existing) -> None:
        """RemovePermission."""
        await self._calls.gone("RemovePermission", existing.scope, {
            "FunctionName": existing.properties["FunctionName"], "StatementId": existing.physical_id})


class UrlHandler:
    """Makes function URLs."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def replaces(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """A URL belongs to one function or alias."""
        return bool(changed(before, after) & {"TargetFunctionArn", "Qualifier"})

    async def create(self, desired: Desired) -> Made:
        """CreateFunctionUrlConfig."""
        return _url(await self._calls.call("CreateFunctionUrlConfig", desired.scope, _url_parameters(desired.properties)))

    async def update(self, desired: Desired, _before: Existing) -> Made:
        """UpdateFunctionUrlConfig."""
        reset = {"InvokeMode": "BUFFERED", "Cors": {}}
        given = {**reset, **_url_parameters(desired.properties)}
        return _url(await self._calls.call("UpdateFunctionUrlConfig", desired.scope, given))

    async def delete(self, existing: Existing) -> None:
        """DeleteFunctionUrlConfig."""
        given = _url_parameters(existing.properties)
        names = {name: value for name, value in given.items() if name in ("FunctionName", "Qualifier")}
        await self._calls.gone("DeleteFunctionUrlConfig", existing.scope, names)


def _url_parameters(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {("FunctionName" if name == "TargetFunctionArn" else name): value for name, value in properties.items()}


def _url(found: Mapping[str, Any]) -> Made:
    """Its address is given to functions and shown as an output: programs call it, so it has the form for them."""
    arn, url = found["FunctionArn"], urlsplit(found["FunctionUrl"])
    port = f":{url.port}" if url.port else ""
    address = for_programs(found["FunctionUrl"], f"http://127.0.0.1{port}", lambda _: True)
    return Made(physical_id=arn, attributes={"": arn, "FunctionArn": arn, "FunctionUrl": address})


class LayerPermissionHandler:
    """Makes permissions of layer versions. They are never changed in place."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def replaces(self, _before: Mapping[str, Any], _after: Mapping[str, Any]) -> bool:
        """Whatever is different."""
        return True

    async def create(self, desired: Desired) -> Made:
        """AddLayerVersionPermission."""
        given = {name: value for name, value in desired.properties.items() if name != "LayerVersionArn"}
        statement = desired.generated_name(100)
        version = _layer_version(desired.properties)
        await self._calls.call("AddLayerVersionPermission", desired.scope, {**version, "StatementId": statement, **given})
        identifier = f"{desired.properties['LayerVersionArn']}#{statement}"
        return Made(physical_id=identifier, attributes={"": identifier, "Id": identifier})

    async def update(self, _desired: Desired, before: Existing) -> Made:
        """Nothing can be changed."""
        return Made(physical_id=before.physical_id, attributes=before.attributes)

    async def delete(self, existing: Existing) -> None:
        """RemoveLayerVersionPermission."""
        version = _layer_version(existing.properties)
        statement = existing.physical_id.rpartition("#")[2]
        await self._calls.gone("RemoveLayerVersionPermission", existing.scope, {**version, "StatementId": statement})


def _layer_version(properties: Mapping[str, Any]) -> dict[str, Any]:
    arn = str(properties["LayerVersionArn"])
    found = layer_version_reference(arn)
    if found is None:
        return {"LayerName": arn, "VersionNumber": 0}
    return {"LayerName": found.scope.arn("layer", found.layer), "VersionNumber": found.version}

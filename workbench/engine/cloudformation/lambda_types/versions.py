"""AWS::Lambda::Version and AWS::Lambda::Alias.

Source: CloudFormation template reference, "AWS::Lambda::Version", "AWS::Lambda::Alias"; recorded reasons of events.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.cloudformation.handlers import Desired, Existing, Made, changed
from workbench.engine.cloudformation.lambda_types.calls import Calls
from workbench.engine.cloudformation.refusals import ResourceFailed
from workbench.model.lambda_names import Scope

_PROVISIONED = "ProvisionedConcurrencyConfig"


class VersionHandler:
    """Publishes versions."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def replaces(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """A version never changes, except for its provisioned concurrency."""
        return bool(changed(before, after) - {_PROVISIONED})

    async def create(self, desired: Desired) -> Made:
        """PublishVersion, which has to make a new one."""
        scope, properties = desired.scope, desired.properties
        function = {"FunctionName": properties.get("FunctionName")}
        there = await _versions(self._calls, scope, function)
        given = {name: properties[name] for name in ("Description", "CodeSha256") if name in properties}
        found = await self._calls.call("PublishVersion", scope, {**function, **given})
        if found["Version"] in there:
            raise ResourceFailed(f"A version for this Lambda function exists ( {found['Version']} ). "
                                 "Modify the function to create a new version..")
        await self._calls.ready(scope, found["FunctionArn"])  # its snapshot, if it has SnapStart
        made = Made(physical_id=found["FunctionArn"], attributes={
            "": found["FunctionArn"], "FunctionArn": found["FunctionArn"], "Version": found["Version"]})
        await _provision(self._calls, scope, {**function, "Qualifier": found["Version"]}, {}, properties)
        return made

    async def update(self, desired: Desired, before: Existing) -> Made:
        """Change its provisioned concurrency."""
        qualified = {"FunctionName": desired.properties["FunctionName"], "Qualifier": before.attributes["Version"]}
        await _provision(self._calls, desired.scope, qualified, before.properties, desired.properties)
        return Made(physical_id=before.physical_id, attributes=before.attributes)

    async def delete(self, existing: Existing) -> None:
        """DeleteFunction of one version."""
        await self._calls.gone("DeleteFunction", existing.scope, {"FunctionName": existing.physical_id})


class AliasHandler:
    """Makes aliases."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def replaces(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Another function or name is another alias."""
        return bool(changed(before, after) & {"FunctionName", "Name"})

    async def create(self, desired: Desired) -> Made:
        """CreateAlias."""
        scope, properties = desired.scope, desired.properties
        found = await self._calls.call("CreateAlias", scope, _alias(properties))
        made = Made(physical_id=found["AliasArn"], attributes={"": found["AliasArn"], "AliasArn": found["AliasArn"]})
        await _provision(self._calls, scope, _qualified(properties), {}, properties)
        return made

    async def update(self, desired: Desired, before: Existing) -> Made:
        """UpdateAlias."""
        reset = {"Description": "", "RoutingConfig": {"AdditionalVersionWeights": {}}}
        await self._calls.call("UpdateAlias", desired.scope, {**reset, **_alias(desired.properties)})
        await _provision(self._calls, desired.scope, _qualified(desired.properties), before.properties, desired.properties)
        return Made(physical_id=before.physical_id, attributes=before.attributes)

    async def delete(self, existing: Existing) -> None:
        """DeleteAlias."""
        name = {"FunctionName": existing.properties["FunctionName"], "Name": existing.properties["Name"]}
        await self._calls.gone("DeleteAlias", existing.scope, name)


def _alias(properties: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in properties.items() if name != _PROVISIONED}
    if "RoutingConfig" in given:
        listed = given["RoutingConfig"].get("AdditionalVersionWeights", ())
        weights = {each["FunctionVersion"]: each["FunctionWeight"] for each in listed}
        given["RoutingConfig"] = {"AdditionalVersionWeights": weights}
    return given


def _qualified(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"FunctionName": properties["FunctionName"], "Qualifier": properties["Name"]}


async def _versions(calls: Calls, scope: Scope, function: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    marker: dict[str, Any] = {}
    while True:
        page = await calls.call("ListVersionsByFunction", scope, {**function, **marker})
        found |= {each["Version"] for each in page["Versions"]}
        if not page.get("NextMarker"):
            return found
        marker = {"Marker": page["NextMarker"]}


async def _provision(
    calls: Calls, scope: Scope, qualified: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Put or delete the provisioned concurrency of a version or an alias, if it is different."""
    if before.get(_PROVISIONED) == after.get(_PROVISIONED):
        return
    if _PROVISIONED in after:
        await calls.call("PutProvisionedConcurrencyConfig", scope, {**qualified, **after[_PROVISIONED]})
    else:
        await calls.gone("DeleteProvisionedConcurrencyConfig", scope, qualified)

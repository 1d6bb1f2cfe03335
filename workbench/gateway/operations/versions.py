"""Operations on versions and aliases."""

from __future__ import annotations

from typing import Any

from workbench.engine.registry.records import AliasRecord
from workbench.engine.registry.resources import Resources
from workbench.gateway.operations.call import Answer, Call
from workbench.gateway.operations.descriptions import described, listed
from workbench.gateway.operations.paging import answer, page


class VersionOperations:
    """Publish and list versions."""

    def __init__(self, resources: Resources) -> None:
        self._versions = resources.versions
        self._functions = resources.functions

    async def publish_version(self, call: Call) -> Answer:
        """PublishVersion."""
        scope, function = call.function()
        await self._functions.know_packages(scope, function.name)
        return described(await self._versions.publish(scope, function.name, call.parameters))

    async def list_versions_by_function(self, call: Call) -> Answer:
        """ListVersionsByFunction."""
        scope, function = call.function()
        await self._functions.know_packages(scope, function.name)
        found, marker = page(call, self._versions.all(scope, function.name), lambda view: view.version)
        return answer("Versions", [listed(view) for view in found], marker)


class AliasOperations:
    """Create, read, update and delete aliases."""

    def __init__(self, resources: Resources) -> None:
        self._aliases = resources.aliases

    async def create_alias(self, call: Call) -> Answer:
        """CreateAlias."""
        scope, function = call.function()
        return _described(await self._aliases.create(scope, function.name, call.parameters))

    async def get_alias(self, call: Call) -> Answer:
        """GetAlias."""
        scope, function = call.function()
        return _described(self._aliases.require(scope, function.name, call.parameters["Name"]))

    async def list_aliases(self, call: Call) -> Answer:
        """ListAliases, sorted by name; with FunctionVersion only those that point to it."""
        scope, function = call.function()
        aliases = self._aliases.all(scope, function.name, call.parameters.get("FunctionVersion", ""))
        found, marker = page(call, aliases, lambda alias: alias.name)
        return answer("Aliases", [_described(alias) for alias in found], marker)

    async def update_alias(self, call: Call) -> Answer:
        """UpdateAlias."""
        scope, function = call.function()
        return _described(await self._aliases.update(scope, function.name, call.parameters))

    async def delete_alias(self, call: Call) -> Answer:
        """DeleteAlias."""
        scope, function = call.function()
        await self._aliases.delete(scope, function.name, call.parameters["Name"])
        return {}


def _described(alias: AliasRecord) -> dict[str, Any]:
    description: dict[str, Any] = {
        "AliasArn": alias.scope.function_arn(alias.function_name, alias.name), "Name": alias.name,
        "FunctionVersion": alias.version, "Description": alias.description, "RevisionId": alias.revision_id,
    }
    if alias.weights:
        description["RoutingConfig"] = {"AdditionalVersionWeights": dict(alias.weights)}
    return description

"""Operations on resource-based policies."""

from __future__ import annotations

from workbench.engine.registry.resources import Resources
from workbench.gateway.operations.call import Answer, Call


class PermissionOperations:
    """Add, show and remove permissions."""

    def __init__(self, resources: Resources) -> None:
        self._policies = resources.policies

    async def add_permission(self, call: Call) -> Answer:
        """AddPermission. Policies are kept and shown; nothing is asked for permission here."""
        scope, function = call.function()
        return {"Statement": await self._policies.add(scope, function.name, function.qualifier, call.parameters)}

    async def get_policy(self, call: Call) -> Answer:
        """GetPolicy."""
        scope, function = call.function()
        policy, revision = self._policies.get(scope, function.name, function.qualifier)
        return {"Policy": policy, "RevisionId": revision}

    async def remove_permission(self, call: Call) -> Answer:
        """RemovePermission."""
        scope, function = call.function()
        parameters = call.parameters
        await self._policies.remove(
            scope, function.name, function.qualifier, parameters["StatementId"], parameters.get("RevisionId"))
        return {}

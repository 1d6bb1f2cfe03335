"""Operations on tags."""

from __future__ import annotations

from workbench.engine.registry.resources import Resources
from workbench.gateway.operations.call import Answer, Call


class TagOperations:
    """Tag, untag, and list tags."""

    def __init__(self, resources: Resources) -> None:
        self._tags = resources.tags

    async def tag_resource(self, call: Call) -> Answer:
        """TagResource, for functions and event source mappings."""
        await self._tags.add(call.scope, call.parameters["Resource"], call.parameters["Tags"])
        return {}

    async def untag_resource(self, call: Call) -> Answer:
        """UntagResource, for functions and event source mappings."""
        await self._tags.remove(call.scope, call.parameters["Resource"], call.parameters["TagKeys"])
        return {}

    async def list_tags(self, call: Call) -> Answer:
        """ListTags, of functions and event source mappings. Without tags the map is empty, not absent."""
        return {"Tags": self._tags.of(call.scope, call.parameters["Resource"])}

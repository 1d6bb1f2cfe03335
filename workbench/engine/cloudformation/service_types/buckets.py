"""AWS::S3::Bucket: made and deleted as other types are, unless it is not empty.

Source: CloudFormation template reference, this type: "You can only delete empty buckets".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.cloudformation.handlers import Desired, Existing, Handler, Made
from workbench.engine.cloudformation.refusals import ResourceFailed
from workbench.engine.cloudformation.service_types.clients import ServiceClients, ServiceRefused


class BucketHandler:
    """Makes buckets. moto's CloudFormation would leave one that is not empty, and say that it is deleted."""

    def __init__(self, made_by: Handler, clients: ServiceClients) -> None:
        self._made_by = made_by
        self._clients = clients

    def replaces(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """As other types."""
        return self._made_by.replaces(before, after)

    async def create(self, desired: Desired) -> Made:
        """As other types."""
        return await self._made_by.create(desired)

    async def update(self, desired: Desired, before: Existing) -> Made:
        """As other types."""
        return await self._made_by.update(desired, before)

    async def delete(self, existing: Existing) -> None:
        """Refuse a bucket that is not empty, in the words of S3; one that is gone is deleted already."""
        try:
            found = await self._clients.call(
                existing.scope, "s3", "list_object_versions", {"Bucket": existing.physical_id, "MaxKeys": 1})
        except ServiceRefused as error:
            if error.code == "NoSuchBucket":
                return
            raise
        if found.get("Versions") or found.get("DeleteMarkers"):
            raise ResourceFailed("The bucket you tried to delete is not empty (Service: S3, Status Code: 409)")
        await self._made_by.delete(existing)

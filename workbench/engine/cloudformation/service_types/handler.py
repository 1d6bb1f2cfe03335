"""Makes resources by calls of their service, for types that the services endpoint's own CloudFormation does not have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from workbench.engine.cloudformation.handlers import Desired, Existing, Made, changed
from workbench.engine.cloudformation.names import with_name
from workbench.engine.cloudformation.service_types.clients import ServiceClients, ServiceRefused

Properties = Mapping[str, Any]
Step = tuple[str, Mapping[str, Any]]
"""An operation, named as in boto3, and its parameters."""


class ServiceType(msgspec.Struct, frozen=True, kw_only=True):
    """How a type is made. `identity`: the properties that are another resource when they change; None: all of them are.

    `create` and `delete` return the calls, given the properties and for `delete` the physical ID. `made` returns the resource,
    given the properties, the physical ID that would be made up, and the last call's answer. `filled`: the calls that follow,
    given the physical ID. `update` None: as `create`.
    """

    service: str
    create: Callable[[Properties], list[Step]]
    made: Callable[[Properties, str, Mapping[str, Any]], Made]
    delete: Callable[[Properties, str], list[Step]]
    update: Callable[[Properties, str], list[Step]] | None = None
    filled: Callable[[Properties, str], list[Step]] | None = None
    identity: frozenset[str] | None = None


class ServiceTypeHandler:
    """Makes the resources of one type."""

    def __init__(self, clients: ServiceClients, kind: ServiceType) -> None:
        self._clients = clients
        self._kind = kind

    def replaces(self, before: Properties, after: Properties, /) -> bool:
        """Whether the change is another resource."""
        return self._kind.identity is None or bool(changed(before, after) & self._kind.identity)

    async def create(self, desired: Desired) -> Made:
        """Make the calls that create it."""
        properties = with_name(desired)
        answer: Mapping[str, Any] = {}
        for operation, parameters in self._kind.create(properties):
            answer = await self._clients.call(desired.scope, self._kind.service, operation, parameters)
        made = self._kind.made(properties, desired.generated_name(), answer)
        for operation, parameters in self._kind.filled(properties, made.physical_id) if self._kind.filled else ():
            await self._clients.call(desired.scope, self._kind.service, operation, parameters)
        return made

    async def update(self, desired: Desired, before: Existing) -> Made:
        """Make the calls that change it."""
        properties = with_name(desired, before)
        update = self._kind.update
        for operation, parameters in update(properties, before.physical_id) if update else self._kind.create(properties):
            await self._clients.call(desired.scope, self._kind.service, operation, parameters)
        return Made(physical_id=before.physical_id, attributes=before.attributes)

    async def delete(self, existing: Existing) -> None:
        """Make the calls that delete it; what is not there is deleted already."""
        for operation, parameters in self._kind.delete(existing.properties, existing.physical_id):
            try:
                await self._clients.call(existing.scope, self._kind.service, operation, parameters)
            except ServiceRefused as error:
                if not any(word in error.code for word in ("NotFound", "NoSuch", "NonExistent")):
                    raise

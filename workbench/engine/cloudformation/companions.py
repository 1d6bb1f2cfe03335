"""Resources of other services: each is the only resource of a companion stack at the services endpoint's own CloudFormation.

What the template says about it is evaluated here, so that it may refer to functions, which the endpoint does not have. The
companion tells the physical ID and the attributes. An endpoint that passes over a type is noticed: the resource is not in its
companion then, and fails here.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.cloudformation.handlers import Desired, Existing, Made, changed
from workbench.engine.cloudformation.names import NAME_PROPERTIES, with_name
from workbench.engine.cloudformation.refusals import ResourceFailed
from workbench.engine.cloudformation.services import NO_SERVICES, OtherServices
from workbench.model.lambda_names import Scope

_LOOK_S = 0.2
_REF = "Ref"
_COMPANION = "companion stack"
"""Where a resource's attributes have its companion's name; no attribute of a template has a space."""
_CAPABILITIES = {"Capabilities.member.1": "CAPABILITY_IAM", "Capabilities.member.2": "CAPABILITY_NAMED_IAM"}


class CompanionHandler:
    """Makes resources of all types that the services endpoint knows. Use it on the engine's loop."""

    def __init__(self, services: OtherServices, clock: Clock) -> None:
        self._services = services
        self._clock = clock

    def replaces(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Another name is another resource. Otherwise the endpoint decides: what it replaces has another physical ID then."""
        return bool(changed(before, after) & NAME_PROPERTIES)

    async def create(self, desired: Desired) -> Made:
        """Create the companion."""
        if not self._services.are_there:
            raise ResourceFailed(f"Resource type {desired.type} is not available here: it is another service's. {NO_SERVICES}")
        properties = with_name(desired)
        name = f"companion-{desired.logical_id[:80]}-{uuid.uuid4()}"
        await self._deploy("CreateStack", name, desired, properties)
        try:
            return await self._made(name, desired)
        except ResourceFailed:
            await self._remove(desired.scope, name)
            raise

    async def update(self, desired: Desired, before: Existing) -> Made:
        """Update the companion. A name that was made up stays."""
        name = before.attributes[_COMPANION]
        await self._deploy("UpdateStack", name, desired, with_name(desired, before))
        return await self._made(name, desired)

    async def delete(self, existing: Existing) -> None:
        """Delete the companion."""
        await self._remove(existing.scope, existing.attributes[_COMPANION])

    async def _deploy(self, action: str, name: str, desired: Desired, properties: Mapping[str, Any]) -> None:
        given = {"StackName": name, "TemplateBody": _template(desired, properties), **_CAPABILITIES}
        try:
            await self._services.cloudformation(desired.scope, action, given)
        except ResourceFailed as error:
            if action == "UpdateStack" and "No updates are to be performed" in error.message:
                return
            raise ResourceFailed(f"{desired.type} could not be made by the services endpoint: {error.message}") from error

    async def _made(self, name: str, desired: Desired) -> Made:
        """Wait until the companion is complete, and return its resource. Raises ResourceFailed."""
        stack = await self._settled(desired.scope, name)
        if stack is None or not _is_complete(stack):
            reason = stack.findtext("StackStatusReason") if stack is not None else "its companion stack is not there"
            raise ResourceFailed(f"The services endpoint could not make it: {reason or 'it says no reason'}.")
        resource = await self._services.cloudformation(desired.scope, "DescribeStackResources", {"StackName": name})
        physical_id = resource.findtext(".//StackResources/member/PhysicalResourceId") or ""
        if not physical_id:
            raise ResourceFailed(f"Resource type {desired.type} is not available here: the services endpoint does not make it.")
        outputs = {each.findtext("OutputKey"): each.findtext("OutputValue") for each in stack.iterfind("Outputs/member")}
        attributes = {attribute: outputs.get(_key(attribute)) for attribute in desired.wanted}
        missing = sorted(attribute for attribute, value in attributes.items() if value is None)
        if missing:
            raise ResourceFailed(f"The services endpoint has no attribute {', '.join(missing)} of {desired.type}.")
        return Made(physical_id=physical_id, attributes={
            "": outputs.get(_REF) or physical_id, _COMPANION: name, **attributes})

    async def _settled(self, scope: Scope, name: str) -> ElementTree.Element | None:
        """Return the companion when nothing is in progress, None if it is gone."""
        while True:
            try:
                found = await self._services.cloudformation(scope, "DescribeStacks", {"StackName": name})
            except ResourceFailed as error:
                if "does not exist" in error.message:
                    return None
                raise
            stack = found.find(".//Stacks/member")
            if stack is None or not (stack.findtext("StackStatus") or "").endswith("IN_PROGRESS"):
                return stack
            await self._clock.sleep(_LOOK_S)

    async def _remove(self, scope: Scope, name: str) -> None:
        """Delete a companion. Raises ResourceFailed if it is still there afterwards."""
        await self._services.cloudformation(scope, "DeleteStack", {"StackName": name})
        stack = await self._settled(scope, name)
        if stack is not None and stack.findtext("StackStatus") != "DELETE_COMPLETE":
            raise ResourceFailed(stack.findtext("StackStatusReason") or "The services endpoint could not delete it.")


def _is_complete(stack: ElementTree.Element) -> bool:
    return stack.findtext("StackStatus") in ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def _template(desired: Desired, properties: Mapping[str, Any]) -> str:
    resource = {"Type": desired.type, "Properties": properties}
    outputs: dict[str, Any] = {_REF: {"Value": {"Ref": desired.logical_id}}}
    for attribute in desired.wanted:
        outputs[_key(attribute)] = {"Value": {"Fn::GetAtt": [desired.logical_id, attribute]}}
    return msgspec.json.encode({"Resources": {desired.logical_id: resource}, "Outputs": outputs}).decode()


def _key(attribute: str) -> str:
    """Return an output's key, which has letters and digits only."""
    return "Attribute" + "".join(each for each in attribute if each.isalnum())

"""Which handler makes which type of resource."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from workbench.engine.clock import Clock
from workbench.engine.cloudformation.companions import CompanionHandler
from workbench.engine.cloudformation.custom_resources.handler import is_custom
from workbench.engine.cloudformation.handlers import Desired, Existing, Handler, Made
from workbench.engine.cloudformation.lambda_types.access import LayerPermissionHandler, PermissionHandler, UrlHandler
from workbench.engine.cloudformation.lambda_types.calls import Calls
from workbench.engine.cloudformation.lambda_types.events import EventInvokeConfigHandler, EventSourceMappingHandler
from workbench.engine.cloudformation.lambda_types.function import FunctionHandler
from workbench.engine.cloudformation.lambda_types.layers import LayerVersionHandler
from workbench.engine.cloudformation.lambda_types.versions import AliasHandler, VersionHandler
from workbench.engine.cloudformation.records import ResourceRecord
from workbench.engine.cloudformation.refusals import ResourceFailed
from workbench.engine.cloudformation.service_types.buckets import BucketHandler
from workbench.engine.cloudformation.service_types.clients import ServiceClients
from workbench.engine.cloudformation.service_types.handler import ServiceTypeHandler
from workbench.engine.cloudformation.service_types.table import SERVICE_TYPES
from workbench.engine.cloudformation.services import LambdaCalls, OtherServices
from workbench.model.lambda_names import Scope

CUSTOM = "AWS::CloudFormation::CustomResource"
_OURS = ("AWS::Lambda::", "AWS::CloudFormation::", "AWS::Serverless::", "AWS::CDK::", "Custom::")


class Nothing:
    """Types that make nothing on AWS either. Source: CDK guide, "Version reporting"; CloudFormation, "WaitConditionHandle"."""

    def replaces(self, _before: Mapping[str, Any], _after: Mapping[str, Any]) -> bool:
        """Nothing is ever replaced."""
        return False

    async def create(self, _desired: Desired) -> Made:
        """Give it an ID."""
        identifier = str(uuid.uuid4())
        return Made(physical_id=identifier, attributes={"": identifier})

    async def update(self, _desired: Desired, before: Existing) -> Made:
        """Leave it as it is."""
        return Made(physical_id=before.physical_id, attributes=before.attributes)

    async def delete(self, _existing: Existing) -> None:
        """There is nothing to delete."""


class Unavailable:
    """Types of Lambda and CloudFormation that are not available here."""

    def replaces(self, _before: Mapping[str, Any], _after: Mapping[str, Any]) -> bool:
        """It was never made."""
        return True

    async def create(self, desired: Desired) -> Made:
        """Refuse it."""
        raise ResourceFailed(f"Resource type {desired.type} is not available here: Lambda Workbench does not make it.")

    async def update(self, desired: Desired, _before: Existing) -> Made:
        """Refuse it."""
        raise ResourceFailed(f"Resource type {desired.type} is not available here: Lambda Workbench does not make it.")

    async def delete(self, _existing: Existing) -> None:
        """There is nothing to delete."""


class Types:
    """The handlers, by type."""

    def __init__(
        self, lambda_calls: LambdaCalls, services: OtherServices, clients: ServiceClients, own: Mapping[str, Handler],
        clock: Clock,
    ) -> None:
        """`own`: the handlers of CloudFormation's own types."""
        calls = Calls(lambda_calls, clock)
        self._lambda = lambda_calls
        self._services = services
        self._companions = CompanionHandler(services, clock)
        self._unavailable = Unavailable()
        self._handlers: Mapping[str, Handler] = {
            "AWS::Lambda::Function": FunctionHandler(calls),
            "AWS::Lambda::Version": VersionHandler(calls),
            "AWS::Lambda::Alias": AliasHandler(calls),
            "AWS::Lambda::Permission": PermissionHandler(calls),
            "AWS::Lambda::Url": UrlHandler(calls),
            "AWS::Lambda::EventSourceMapping": EventSourceMappingHandler(calls),
            "AWS::Lambda::EventInvokeConfig": EventInvokeConfigHandler(calls),
            "AWS::Lambda::LayerVersion": LayerVersionHandler(calls),
            "AWS::Lambda::LayerVersionPermission": LayerPermissionHandler(calls),
            **{kind: ServiceTypeHandler(clients, how) for kind, how in SERVICE_TYPES.items()},
            "AWS::S3::Bucket": BucketHandler(self._companions, clients),
            "AWS::CDK::Metadata": Nothing(),
            "AWS::CloudFormation::WaitConditionHandle": Nothing(), **own,
        }

    def of(self, kind: str) -> Handler:
        """Return what makes resources of a type."""
        found = self._handlers.get(CUSTOM if is_custom(kind) else kind)
        if found is not None:
            return found
        return self._unavailable if kind.startswith(_OURS) else self._companions

    def is_in_template(self, scope: Scope, function: str) -> bool:
        """Whether a function is one of the workspace's template."""
        return self._lambda.is_in_template(scope, function)

    def keeper(self, kind: str) -> str:
        """Return who keeps resources of a type that are made now: "" for this engine, else the services endpoint."""
        return "" if kind.startswith(_OURS) else self._services.keeper

    def is_lost(self, resource: ResourceRecord) -> bool:
        """Whether a resource is no longer there, because the services endpoint that had it is another one now."""
        return bool(resource.kept_by) and resource.kept_by != self._services.keeper

"""What a caller submits with CreateStack, UpdateStack or CreateChangeSet, read, transformed and checked.

Source: CloudFormation API reference, these operations; recorded errors of the service.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from workbench.engine.cloudformation.documents import checked, parsed, transforms_of
from workbench.engine.cloudformation.parameters import GivenParameter, parameters_of
from workbench.engine.cloudformation.records import Submission
from workbench.engine.cloudformation.refusals import invalid
from workbench.engine.cloudformation.services import NO_SERVICES, OtherServices
from workbench.engine.cloudformation.transforms import Transforms
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import Scope

_IAM = {"AWS::IAM::Role": "RoleName", "AWS::IAM::Policy": "", "AWS::IAM::User": "UserName", "AWS::IAM::Group": "GroupName",
        "AWS::IAM::ManagedPolicy": "ManagedPolicyName", "AWS::IAM::InstanceProfile": "InstanceProfileName",
        "AWS::IAM::AccessKey": "", "AWS::IAM::UserToGroupAddition": ""}
"""Types that need a capability, and the property that makes it CAPABILITY_NAMED_IAM."""
_BUCKET_HOST = re.compile(r"(.+)\.s3[.-][^/]*")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What a call gives, before it is looked at. `capabilities` None: they are not checked yet, as for change sets."""

    body: str = ""
    url: str = ""
    use_previous: bool = False
    parameters: tuple[GivenParameter, ...] = ()
    capabilities: tuple[str, ...] = ()
    tags: Mapping[str, str] | None = None
    role_arn: str = ""
    notification_arns: tuple[str, ...] | None = None


class Submissions:
    """Reads what is submitted. Use it on the engine's loop."""

    def __init__(self, services: OtherServices) -> None:
        self._services = services
        self._transforms = Transforms()

    async def read(self, scope: Scope, given: Given, before: Submission | None = None, *, expand: bool = True) -> Submission:
        """Return what is submitted; `before` is what the stack has. Raises ServiceError.

        `expand`: transforms need no CAPABILITY_AUTO_EXPAND, because the caller sees the result first.
        """
        text = await self.text(scope, given, before)
        template = await asyncio.to_thread(parsed, text)
        if not expand and transforms_of(template) and "CAPABILITY_AUTO_EXPAND" not in given.capabilities:
            raise _lacking("CAPABILITY_AUTO_EXPAND")
        earlier = before.parameters if before is not None else {}
        parameters = await parameters_of(template, given.parameters, earlier, self._services, scope)
        values = {**parameters.texts, **parameters.resolved}
        processed = checked(await self._transforms.applied(text, template, values, scope))
        needed = capability(processed)
        if needed and not _has(given.capabilities, needed):
            raise _lacking(needed)
        return Submission(
            text=text, processed=processed, parameters=parameters.texts, resolved=parameters.resolved, no_echo=parameters.no_echo,
            capabilities=given.capabilities, tags=_kept(given.tags, before.tags if before is not None else {}),
            role_arn=given.role_arn or (before.role_arn if before is not None else ""),
            notification_arns=_kept(given.notification_arns, before.notification_arns if before is not None else ()))

    async def text(self, scope: Scope, given: Given, before: Submission | None = None) -> str:
        """Return the text of the template that a call gives. Raises ServiceError."""
        if given.use_previous and before is not None:
            return before.text
        if given.body:
            return given.body
        if not given.url:
            raise invalid("Either Template URL or Template Body must be specified.")
        if not self._services.are_there:
            raise invalid(f"The template at {given.url} is in Amazon S3, which is not available here.", NO_SERVICES)
        bucket, key = _in_s3(given.url)
        content = await self._services.object_in_s3(scope, bucket, key)
        return content.decode("utf-8", "replace")


def capability(template: Mapping[str, Any]) -> str:
    """Return the capability that a template needs, "" for none. Source: CreateStack, Capabilities."""
    needed = ""
    for resource in template["Resources"].values():
        kind = resource.get("Type")
        if kind in _IAM:
            properties = resource.get("Properties") or {}
            if _IAM[kind] and properties.get(_IAM[kind]):
                return "CAPABILITY_NAMED_IAM"
            needed = "CAPABILITY_IAM"
    return needed


def _has(capabilities: tuple[str, ...], needed: str) -> bool:
    return needed in capabilities or (needed == "CAPABILITY_IAM" and "CAPABILITY_NAMED_IAM" in capabilities)


def _lacking(needed: str) -> ServiceError:
    return ServiceError("InsufficientCapabilitiesException", 400, f"Requires capabilities : [{needed}]")


def _kept(given: Any, before: Any) -> Any:
    return before if given is None else given


def _in_s3(url: str) -> tuple[str, str]:
    """Return bucket and key of a template's URL, in any of S3's forms; at other hosts the path begins with the bucket."""
    parts = urlsplit(url)
    path = unquote(parts.path).lstrip("/")
    virtual = _BUCKET_HOST.fullmatch(parts.hostname or "")
    if virtual is not None:
        return virtual[1], path
    host = parts.hostname or ""
    if host.endswith(".localhost"):
        return host.removesuffix(".localhost"), path
    bucket, _, key = path.partition("/")
    if not bucket or not key:
        raise invalid("TemplateURL must be a supported URL.")
    return bucket, key

"""Published versions and aliases.

Source: Lambda guide, "Lambda function versions", "Lambda function aliases"; recorded answers of the service.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Set
from typing import Any

import msgspec

from workbench.engine.registry.checks import check_revision, invalid
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.publishing import published
from workbench.engine.registry.qualifiers import alias_not_found
from workbench.engine.registry.records import AliasRecord, VersionRecord
from workbench.engine.registry.registry import Registry, new_revision
from workbench.engine.registry.settling import Settling
from workbench.engine.registry.template_versions import TemplateVersions
from workbench.engine.registry.views import FunctionView
from workbench.model.failures import ServiceError
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope, is_version


class Versions:
    """The versions of functions. Use it on the engine's loop."""

    def __init__(self, registry: Registry, functions: Functions, templates: TemplateVersions, settling: Settling) -> None:
        self._registry = registry
        self._functions = functions
        self._templates = templates
        self._settling = settling

    async def publish(self, scope: Scope, name: str, parameters: Mapping[str, Any]) -> FunctionView:
        """PublishVersion. Nothing is published if neither code nor settings changed since the last version: that is returned."""
        view = self._functions.settled(scope, name)
        if view.source == "template":
            check_revision(parameters.get("RevisionId"), view.revision_id)
            _check_digest(parameters.get("CodeSha256"), view.code.sha256)
            return self._functions.require(
                scope, name, await self._templates.publish_present(view, parameters, self._functions.now_ms()))
        async with self._registry.changing() as change:
            record = self._functions.record(self._functions.settled(scope, name))
            check_revision(parameters.get("RevisionId"), record.revision_id)
            _check_digest(parameters.get("CodeSha256"), record.definition.code.sha256)
            version = published(
                self._registry, change, record, self._functions.now_ms(), description=parameters.get("Description"))
        return self._functions.require(scope, name, version.version)

    def all(self, scope: Scope, name: str) -> list[FunctionView]:
        """Return `$LATEST` and all versions of a function, in order. Raises ServiceError if there is no such function."""
        name = self._functions.require(scope, name).name
        latest = self._functions.require(scope, name, LATEST)
        numbers = sorted(int(each.version) for each in self._registry.all(VersionRecord, scope, name))
        return [latest, *(self._functions.require(scope, name, str(number)) for number in numbers)]

    async def delete(self, scope: Scope, name: str, version: str) -> None:
        """DeleteFunction with a qualifier. Raises ServiceError for `$LATEST`, for aliases and for what an alias points to."""
        if version == LATEST:
            raise invalid("$LATEST version cannot be deleted without deleting the function.")
        if not is_version(version):
            raise invalid("Deletion of aliases is not currently supported.", "DeleteAlias deletes one.")
        async with self._registry.changing() as change:
            name = self._functions.name_of(scope, name)
            record = self._registry.get(VersionRecord, scope, name, version)
            if record is None:
                raise self._functions.not_found(scope, name)
            for alias in self._registry.all(AliasRecord, scope, name):
                if version in (alias.version, *alias.weights):
                    message = f"Unable to delete version because the following aliases reference it: [{alias.name}]"
                    raise ServiceError("ResourceConflictException", 409, message, hint=f"Point {alias.name} elsewhere first.")
            change.remove(record, *self._registry.parts_of(scope, name, version))
        await self._settling.collect()


class Aliases:
    """The aliases of functions. Use it on the engine's loop."""

    def __init__(self, registry: Registry, functions: Functions, chance: random.Random | None = None) -> None:
        """`chance` decides which version of a weighted alias serves a request."""
        self._registry = registry
        self._functions = functions
        self._chance = chance or random.Random()  # noqa: S311 (which version serves a request is no secret)

    async def create(self, scope: Scope, name: str, parameters: Mapping[str, Any]) -> AliasRecord:
        """CreateAlias."""
        version, weights = parameters["FunctionVersion"], _weights(parameters)
        _check_routing(version, weights)
        async with self._registry.changing() as change:
            self._check_targets(scope, name, {version, *weights})
            name = self._functions.name_of(scope, name)
            if self._registry.get(AliasRecord, scope, name, parameters["Name"]) is not None:
                arn = scope.function_arn(name, parameters["Name"])
                raise ServiceError("ResourceConflictException", 409, f"Alias already exists: {arn}")
            return change.keep(AliasRecord(
                scope=scope, function_name=name, name=parameters["Name"], version=version, revision_id=new_revision(),
                description=parameters.get("Description", ""), weights=weights))

    async def update(self, scope: Scope, name: str, parameters: Mapping[str, Any]) -> AliasRecord:
        """UpdateAlias. An empty routing configuration clears the weights."""
        async with self._registry.changing() as change:
            name = self._functions.name_of(scope, name)
            alias = self._registry.get(AliasRecord, scope, name, parameters["Name"])
            if alias is None:
                arn = scope.function_arn(name, parameters["Name"])
                raise ServiceError("ResourceNotFoundException", 404, f"Alias not found: {arn}")
            check_revision(parameters.get("RevisionId"), alias.revision_id)
            version = parameters.get("FunctionVersion", alias.version)
            weights = _weights(parameters) if "RoutingConfig" in parameters else alias.weights
            _check_routing(version, weights)
            self._check_targets(scope, name, {version, *weights}, before={alias.version, *alias.weights})
            return change.keep(msgspec.structs.replace(
                alias, version=version, weights=weights, description=parameters.get("Description", alias.description),
                revision_id=new_revision()))

    def _check_targets(self, scope: Scope, name: str, versions: Set[str], before: Set[str] = frozenset()) -> None:
        """Raise ServiceError if one of the versions is not there, or if one that the alias did not have `before` has failed.

        One whose snapshot is still being made is let in: deployments wait for an alias to become active. That one that failed is
        refused is recorded, with code, status, and the end of its message; the beginning is that of messages of the same kind.
        Source: https://github.com/hashicorp/terraform-provider-aws/issues/49904.
        """
        for each in sorted(versions):
            view = self._functions.require(scope, name, each)
            if view.state == "Failed" and each not in before:
                message = ("The operation cannot be performed at this time. The function is currently in the following "
                           f"state: 'Failed', StateReasonCode: '{view.reason_code}'")
                hint = f"Version {each} could not be initialized: {view.reason} Its log says why. Publish another one."
                raise ServiceError("ResourceConflictException", 409, message, hint=hint)

    async def delete(self, scope: Scope, name: str, alias_name: str) -> None:
        """DeleteAlias. One that is not there is as good as deleted. Raises ServiceError if there is no such function."""
        async with self._registry.changing() as change:
            name = self._functions.require(scope, name).name
            alias = self._registry.get(AliasRecord, scope, name, alias_name)
            if alias is not None:
                change.remove(alias, *self._registry.parts_of(scope, name, alias_name))

    def require(self, scope: Scope, name: str, alias_name: str) -> AliasRecord:
        """Return an alias. Raises ServiceError if it is not there."""
        name = self._functions.name_of(scope, name)
        alias = self._registry.get(AliasRecord, scope, name, alias_name)
        if alias is None:
            raise alias_not_found(scope, name, alias_name)
        return alias

    def all(self, scope: Scope, name: str, version: str = "") -> list[AliasRecord]:
        """Return a function's aliases, sorted by name; with `version` only those that point to it. Raises ServiceError."""
        name = self._functions.require(scope, name).name
        found = self._registry.all(AliasRecord, scope, name)
        return sorted((each for each in found if version in ("", each.version, *each.weights)), key=lambda each: each.name)

    def version_for(self, scope: Scope, name: str, qualifier: str) -> str:
        """Return the version that serves a request for a qualifier, drawn by the weights of an alias; "" stays ""."""
        if not qualifier:
            return ""
        alias = self._registry.get(AliasRecord, scope, self._functions.name_of(scope, name), qualifier)
        if alias is None:
            return qualifier
        drawn = self._chance.random()
        for version, weight in alias.weights.items():
            if drawn < weight:
                return version
            drawn -= weight
        return alias.version


def _check_digest(given: str | None, current: str) -> None:
    if given and given != current:
        raise invalid(f"CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({current}). "
                      "Please try again with the CodeSHA256 in $LATEST.")


def _weights(parameters: Mapping[str, Any]) -> Mapping[str, float]:
    return dict(parameters.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}))


def _check_routing(version: str, weights: Mapping[str, float]) -> None:
    if len(weights) > 1:
        raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    if version in weights:
        raise invalid(f"Invalid function version {version}. "
                      f"Function version {version} is already included in routing configuration.")
    if weights and version == LATEST:
        # Recorded without `Type`.
        raise ServiceError("InvalidParameterValueException", 400,
                           "$LATEST is not supported for an alias pointing to more than 1 version", fault="")

"""Create, update and delete functions through the API, and settle what that begins: functions become active, updates succeed.

Source: API reference, CreateFunction, UpdateFunctionCode, UpdateFunctionConfiguration, DeleteFunction; recorded answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import msgspec

from workbench.background import TaskSet
from workbench.engine.clock import Clock
from workbench.engine.functions import FunctionStore
from workbench.engine.registry.archives import Archives
from workbench.engine.registry.attached import TagsRecord
from workbench.engine.registry.checks import (
    check_new_name,
    check_revision,
    check_settings,
    check_tags,
    check_zip_size,
    invalid,
)
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.layer_versions import check_layers_exist, check_size_with_layers
from workbench.engine.registry.publishing import published
from workbench.engine.registry.records import Code, Definition, FunctionRecord, VersionRecord
from workbench.engine.registry.registry import Change, Registry, new_revision
from workbench.engine.registry.settings import created_settings, updated_settings
from workbench.engine.registry.unused import remove_unused
from workbench.engine.registry.views import FunctionView
from workbench.model.failures import ServiceError
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope

_UPDATE_S = 0.3
"""How long an update is in progress. On AWS it takes seconds; a client that reads at once must see it (`FunctionUpdated`)."""


class ChangeListener(Protocol):
    """Learns when a function of the API is different from before."""

    def changed(self, name: str) -> None:
        """Retire what runs the former version of the function."""

    def provision(self) -> None:
        """Have the environments that provisioned concurrency asks for now. Called after each change of any resource."""


class FunctionChanges:
    """All changes of functions that the API makes. Use it on the engine's loop. `listener` learns of them once it is set."""

    def __init__(
        self, registry: Registry, archives: Archives, templates: FunctionStore, functions: Functions, clock: Clock
    ) -> None:
        self._registry = registry
        self._archives = archives
        self._templates = templates
        self._functions = functions
        self._clock = clock
        self._settling = TaskSet()
        self.listener: ChangeListener | None = None

    async def settle(self) -> None:
        """Finish what an engine that ended had begun: functions that were pending, updates in progress."""
        for record in self._registry.all(FunctionRecord):
            if record.state == "Pending" or record.update == "InProgress":
                await self._settle(record.scope, record.name)

    async def close(self) -> None:
        """End updates in progress as they are; the next engine settles them."""
        await self._settling.cancel()

    async def create(self, scope: Scope, name: str, parameters: Mapping[str, Any], *, publish: bool) -> FunctionView:
        """CreateFunction. Return the function as it is at first: pending."""
        given = parameters["Code"]
        check_new_name(name)
        check_zip_size(given.get("ZipFile"))
        settings = created_settings({**parameters, "FunctionName": name})
        check_settings(settings, scope, parameters)
        check_tags(parameters.get("Tags", {}))
        async with self._registry.changing() as change:
            self._check_free(scope, name)
            check_layers_exist(self._registry, parameters.get("Layers", ()), scope)
            # Within the change: packages that no record has yet would otherwise be collected by another change.
            code = await self._code(settings["PackageType"], given)
            await check_size_with_layers(self._registry, self._archives, name, Definition(code, settings))
            # A function of the template that had this name may have left versions, tags and so on.
            change.remove(*self._registry.parts_of(scope, name))
            record = change.keep(FunctionRecord(
                scope=scope, name=name, definition=Definition(code, settings), revision_id=new_revision(),
                modified_ms=self._functions.now_ms()))
            if parameters.get("Tags"):
                change.keep(TagsRecord(scope=scope, function_name=name, tags=parameters["Tags"]))
            if publish:
                published(self._registry, change, record, record.modified_ms, state="Pending")
        self._settling.begin("A function that becomes active", self._settle(scope, name))
        return msgspec.structs.replace(self._functions.view_of(record), version="1" if publish else LATEST)

    async def update_settings(self, scope: Scope, name: str, parameters: Mapping[str, Any]) -> FunctionView:
        """UpdateFunctionConfiguration. Return the function as it is at first: with its update in progress."""
        async with self._registry.changing() as change:
            record = self._functions.settled(scope, name)
            check_revision(parameters.get("RevisionId"), record.revision_id)
            settings = updated_settings(name, record.definition.settings, parameters)
            check_settings(settings, scope, parameters)
            check_layers_exist(self._registry, parameters.get("Layers", ()), scope)
            definition = Definition(record.definition.code, settings)
            await check_size_with_layers(self._registry, self._archives, name, definition)
            return self._updated(change, record, definition)

    async def update_code(self, scope: Scope, name: str, parameters: Mapping[str, Any]) -> FunctionView:
        """UpdateFunctionCode. Return the function with its update in progress, with Publish the version that is being made.

        With DryRun, return what the function would be.
        """
        check_zip_size(parameters.get("ZipFile"))
        async with self._registry.changing() as change:
            record = self._functions.settled(scope, name)
            check_revision(parameters.get("RevisionId"), record.revision_id)
            settings = dict(record.definition.settings)
            _check_kind(settings["PackageType"], parameters)
            if "Architectures" in parameters:
                settings["Architectures"] = parameters["Architectures"]
            definition = Definition(await self._code(settings["PackageType"], parameters), settings)
            await check_size_with_layers(self._registry, self._archives, name, definition)
            if parameters.get("DryRun"):
                return self._functions.view_of(msgspec.structs.replace(record, definition=definition))
            updated = self._updated(change, record, definition)
            if not parameters.get("Publish"):
                return updated
            version = published(self._registry, change, self._in(change, scope, name), self._functions.now_ms(), state="Pending")
            return self._functions.view_of_version(version)

    async def delete(self, scope: Scope, name: str) -> None:
        """DeleteFunction without a qualifier: the function and everything that belongs to it."""
        async with self._registry.changing() as change:
            record = self._functions.settled(scope, name, deleting=True)
            change.remove(record, *self._registry.parts_of(scope, name))
        self._changed(name)
        await self.collect()

    @staticmethod
    def _in(change: Change, scope: Scope, name: str) -> FunctionRecord:
        """Return a function's record as a change has it."""
        record = change.kept[FunctionRecord, (scope.region, scope.account, name)]
        assert isinstance(record, FunctionRecord)
        return record

    def _check_free(self, scope: Scope, name: str) -> None:
        taken = self._registry.get(FunctionRecord, scope, name) is not None
        revision = self._templates.find(name) if scope == self._templates.scope else None
        if taken or revision is not None:
            # A logical ID counts as a name here, so that it names one function.
            hint = f"The workspace's template has it: {revision.configuration.name}." if revision is not None else ""
            raise ServiceError("ResourceConflictException", 409, f"Function already exist: {name}", hint=hint)

    async def _code(self, package_type: str, given: Mapping[str, Any]) -> Code:
        """Keep the package that a call brought."""
        if package_type == "Image":
            uri = given.get("ImageUri", "")
            if not uri:
                raise invalid("Please provide ImageUri when creating or updating a function with packageType Image.")
            # On AWS the digest of the image's manifest, which is known here only if the URI names it. Otherwise one of the URI.
            digest = uri.partition("@sha256:")[2] or hashlib.sha256(uri.encode()).hexdigest()
            return Code(sha256=digest, image_uri=uri)
        content = given.get("ZipFile")
        if content is None:
            raise invalid("Please provide a source for function code.",
                          "Code in Amazon S3 needs an endpoint for S3; send the .zip in the request.")
        return await self._archives.keep(content)

    def _updated(self, change: Change, record: FunctionRecord, definition: Definition) -> FunctionView:
        updated = change.keep(msgspec.structs.replace(
            record, definition=definition, previous=record.definition, update="InProgress", revision_id=new_revision(),
            modified_ms=self._functions.now_ms()))
        self._settling.begin("An update of a function", self._settle(record.scope, record.name, _UPDATE_S))
        return self._functions.view_of(updated)

    async def _settle(self, scope: Scope, name: str, after_s: float = 0) -> None:
        """Make a function active, or its update successful: from then on it runs in what is new. Its revision moves again."""
        if after_s:
            await self._clock.sleep(after_s)
        async with self._registry.changing() as change:
            record = self._registry.get(FunctionRecord, scope, name)
            if record is None:  # deleted meanwhile
                return
            change.keep(msgspec.structs.replace(
                record, state="Active", update="Successful", previous=None, revision_id=new_revision()))
            for version in self._registry.all(VersionRecord, scope, name):
                if version.state == "Pending":
                    change.keep(msgspec.structs.replace(version, state="Active"))
        self._changed(name)
        await self.collect()

    async def collect(self) -> None:
        """Remove what neither a function nor a layer uses any more."""
        await remove_unused(self._registry, self._archives, self._templates)

    def replaced(self, names: Iterable[str]) -> None:
        """Retire what runs these functions: what the API made of them was replaced as a whole, or removed."""
        for name in names:
            self._changed(name)

    def layer_published(self, arn: str) -> None:
        """Retire the functions that already name this layer version: until now they ran without it."""
        names = [each.name for each in self._templates.all() if arn in each.layers]
        names += [each.name for each in self._registry.all(FunctionRecord) if arn in each.definition.settings.get("Layers", ())]
        for name in names:
            self._changed(name)

    def _changed(self, name: str) -> None:
        if self.listener is not None:
            self.listener.changed(name)


def _check_kind(package_type: str, parameters: Mapping[str, Any]) -> None:
    if package_type == "Zip" and "ImageUri" in parameters:
        raise invalid("Please don't provide ImageUri when updating a function with packageType Zip.")
    if package_type == "Image" and "ImageUri" not in parameters:
        raise invalid("Please provide ImageUri when updating a function with packageType Image.")

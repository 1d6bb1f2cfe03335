"""The functions of both sources as one list: those of the workspace's template, and those that the API made.

The template's live in the workspace's Region and account. A function of the template hides none of the API: a name that the
template has is taken.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from workbench.background import TaskSet
from workbench.engine.clock import Clock
from workbench.engine.functions import FunctionRevision, FunctionStore
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
from workbench.engine.registry.layer_versions import check_layers_exist, check_size_with_layers, layer_sizes
from workbench.engine.registry.publishing import published
from workbench.engine.registry.records import (
    AliasRecord,
    Code,
    Definition,
    FunctionRecord,
    VersionRecord,
)
from workbench.engine.registry.registry import Change, Registry, new_revision
from workbench.engine.registry.settings import configuration_of, created_settings, settings_of, updated_settings
from workbench.engine.registry.template_versions import TemplateVersions
from workbench.engine.registry.unused import remove_unused
from workbench.engine.registry.views import FunctionView
from workbench.model.failures import ServiceError
from workbench.model.function import FunctionConfiguration
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


class Functions:
    """All functions. Use it on the engine's loop."""

    def __init__(
        self, registry: Registry, archives: Archives, templates: FunctionStore, frozen: TemplateVersions, clock: Clock
    ) -> None:
        self._registry = registry
        self._frozen = frozen
        self._archives = archives
        self._templates = templates
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

    # --- reading

    def all(self, scope: Scope) -> list[FunctionView]:
        """Return `$LATEST` of all functions in a scope, sorted by name."""
        found = {each.name: self._view(each) for each in self._registry.all(FunctionRecord, scope)}
        if scope == self._templates.scope:
            found |= {each.configuration.name: self._template_view(each) for each in self._templates.revisions()}
        return [found[name] for name in sorted(found)]

    def find(self, scope: Scope, name: str, qualifier: str = "") -> FunctionView | None:
        """Return a function's `$LATEST`, version, or the version that an alias points to first; None if there is none."""
        view = self._latest(scope, name)
        if view is None or not qualifier:
            return view
        if qualifier == LATEST:
            return msgspec.structs.replace(view, is_qualified=True)
        alias = self._registry.get(AliasRecord, scope, name, qualifier)
        version = alias.version if alias is not None else qualifier
        if version == LATEST:
            return view
        published = self._registry.get(VersionRecord, scope, name, version)
        return None if published is None else self._version_view(published)

    def require(self, scope: Scope, name: str, qualifier: str = "") -> FunctionView:
        """Return the same. Raises ServiceError with Lambda's words if there is no such function, version or alias."""
        found = self.find(scope, name, qualifier)
        if found is None:
            raise self.not_found(scope, name, qualifier)
        return found

    def not_found(self, scope: Scope, name: str, qualifier: str = "") -> ServiceError:
        """Lambda's error for a function that is not there; the hint says why, or which Region has it."""
        elsewhere = sorted(each.scope.region for each in self._registry.all(FunctionRecord) if each.name == name)
        home = self._templates.scope
        if scope != home and self._templates.get(name) is not None:
            elsewhere.insert(0, home.region)
        hint = f"{name} is in {', '.join(elsewhere)}." if elsewhere else self._templates.why_missing(name)
        if qualifier and self._latest(scope, name) is not None:
            hint = f"{name} has no version or alias {qualifier}."
        message = f"Function not found: {scope.function_arn(name, qualifier)}"
        return ServiceError("ResourceNotFoundException", 404, message, hint=hint)

    def configuration(self, view: FunctionView) -> FunctionConfiguration:
        """Return what the engine runs of a function: while an update is in progress, what was there before."""
        if view.source == "template" and view.version == LATEST:
            return self._templates.require(view.name).configuration
        definition = view.definition
        version = self._registry.get(VersionRecord, view.scope, view.name, view.version)
        if version is not None and version.template is not None:
            return self._frozen.configuration(version)
        record = self._registry.get(FunctionRecord, view.scope, view.name)
        if view.version == LATEST and record is not None and record.previous is not None:
            definition = record.previous
        path = str(self._archives.path_of(definition.code)) if definition.code.object_name else ""
        return configuration_of(view.scope, view.name, definition, path, view.version)

    def package(self, object_name: str) -> Path:
        """Return where a package is, by its name in the store; it may be gone."""
        return self._archives.path_of(Code(sha256="", object_name=object_name))

    def _latest(self, scope: Scope, name: str) -> FunctionView | None:
        if scope == self._templates.scope:
            revision = self._templates.find(name)
            if revision is not None:
                return self._template_view(revision)
        record = self._registry.get(FunctionRecord, scope, name)
        return None if record is None else self._view(record)

    def _view(self, record: FunctionRecord) -> FunctionView:
        return FunctionView(
            scope=record.scope, name=record.name, definition=record.definition, revision_id=record.revision_id,
            modified_ms=record.modified_ms, state=record.state, update=record.update,
            layer_sizes=layer_sizes(self._registry, record.definition.settings))

    def _version_view(self, version: VersionRecord) -> FunctionView:
        return FunctionView(
            scope=version.scope, name=version.function_name, version=version.version, definition=version.definition,
            revision_id=version.revision_id, modified_ms=version.modified_ms, state=version.state,
            update="" if version.state == "Pending" else "Successful",
            is_qualified=True, layer_sizes=layer_sizes(self._registry, version.definition.settings))

    def _template_view(self, revision: FunctionRevision) -> FunctionView:
        function, scope = revision.configuration, self._templates.scope
        fingerprint = bytes.fromhex(revision.code_fingerprint)
        code = Code(sha256=base64.b64encode(fingerprint).decode(), size_bytes=revision.code_size_bytes,
                    image_uri=function.image.uri if function.image is not None else "")
        definition = Definition(code, settings_of(function, scope))
        # The same as long as nothing changes, in every engine: clients give it back as a guard.
        revision_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{revision.code_fingerprint}{msgspec.json.encode(function)!r}")
        return FunctionView(scope=scope, name=function.name, definition=definition, revision_id=str(revision_id),
                            modified_ms=revision.modified_ns // 1_000_000, source="template", update="Successful",
                            layer_sizes=layer_sizes(self._registry, definition.settings))

    # --- changing

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
                modified_ms=self.now_ms()))
            if parameters.get("Tags"):
                change.keep(TagsRecord(scope=scope, function_name=name, tags=parameters["Tags"]))
            if publish:
                published(self._registry, change, record, record.modified_ms, state="Pending")
        self._settling.begin("A function that becomes active", self._settle(scope, name))
        return msgspec.structs.replace(self._view(record), version="1" if publish else LATEST)

    async def update_settings(self, scope: Scope, name: str, parameters: Mapping[str, Any]) -> FunctionView:
        """UpdateFunctionConfiguration. Return the function as it is at first: with its update in progress."""
        async with self._registry.changing() as change:
            record = self.settled(scope, name)
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
            record = self.settled(scope, name)
            check_revision(parameters.get("RevisionId"), record.revision_id)
            settings = dict(record.definition.settings)
            _check_kind(settings["PackageType"], parameters)
            if "Architectures" in parameters:
                settings["Architectures"] = parameters["Architectures"]
            definition = Definition(await self._code(settings["PackageType"], parameters), settings)
            await check_size_with_layers(self._registry, self._archives, name, definition)
            if parameters.get("DryRun"):
                return self._view(msgspec.structs.replace(record, definition=definition))
            updated = self._updated(change, record, definition)
            if not parameters.get("Publish"):
                return updated
            version = published(self._registry, change, self._in(change, scope, name), self.now_ms(), state="Pending")
            return self._version_view(version)

    async def delete(self, scope: Scope, name: str) -> None:
        """DeleteFunction without a qualifier: the function and everything that belongs to it."""
        async with self._registry.changing() as change:
            record = self.settled(scope, name, deleting=True)
            change.remove(record, *self._registry.parts_of(scope, name))
        self._changed(name)
        await self.collect()

    @staticmethod
    def _in(change: Change, scope: Scope, name: str) -> FunctionRecord:
        """Return a function's record as a change has it."""
        record = change.kept[FunctionRecord, (scope.region, scope.account, name)]
        assert isinstance(record, FunctionRecord)
        return record

    def record(self, scope: Scope, name: str) -> FunctionRecord:
        """Return the record of a function that the API made. Raises ServiceError for others."""
        record = self._registry.get(FunctionRecord, scope, name)
        if record is not None:
            return record
        if self._latest(scope, name) is None:
            raise self.not_found(scope, name)
        raise invalid(f"{name} is a function of the template.", "Change it in template.yaml, where it comes from.")

    def settled(self, scope: Scope, name: str, *, deleting: bool = False) -> FunctionRecord:
        """Return the record of a function that may be changed now. Raises ServiceError while it is being made or updated."""
        record = self.record(scope, name)
        if record.update == "InProgress" and not deleting:
            message = "The operation cannot be performed at this time. An update is in progress for resource: "
            hint = "Wait for it with the waiter function_updated_v2."
            raise ServiceError("ResourceConflictException", 409, message + scope.function_arn(name), hint=hint)
        if record.state == "Pending" and not deleting:
            raise self.pending()
        return record

    @staticmethod
    def pending() -> ServiceError:
        """The error for a function that is not active yet."""
        message = "The operation cannot be performed at this time. The function is currently in the following state: Pending"
        return ServiceError("ResourceConflictException", 409, message, hint="Wait for it with the waiter function_active_v2.")

    def _check_free(self, scope: Scope, name: str) -> None:
        taken = self._registry.get(FunctionRecord, scope, name) is not None
        is_of_the_template = scope == self._templates.scope and self._templates.get(name) is not None
        if taken or is_of_the_template:
            hint = "The workspace's template has it." if is_of_the_template else ""
            raise ServiceError("ResourceConflictException", 409, f"Function already exist: {name}", hint=hint)

    async def _code(self, package_type: str, given: Mapping[str, Any]) -> Code:
        """Keep the package that a call brought."""
        if package_type == "Image":
            uri = given.get("ImageUri", "")
            if not uri:
                raise invalid("Please provide ImageUri when creating or updating a function with packageType Image.")
            return Code(sha256=uuid.uuid5(uuid.NAMESPACE_URL, uri).hex * 2, image_uri=uri)
        content = given.get("ZipFile")
        if content is None:
            raise invalid("Please provide a source for function code.",
                          "Code in Amazon S3 needs an endpoint for S3; send the .zip in the request.")
        return await self._archives.keep(content)

    def _updated(self, change: Change, record: FunctionRecord, definition: Definition) -> FunctionView:
        updated = change.keep(msgspec.structs.replace(
            record, definition=definition, previous=record.definition, update="InProgress", revision_id=new_revision(),
            modified_ms=self.now_ms()))
        self._settling.begin("An update of a function", self._settle(record.scope, record.name, _UPDATE_S))
        return self._view(updated)

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

    def layer_published(self, arn: str) -> None:
        """Retire the functions that already name this layer version: until now they ran without it."""
        names = [each.name for each in self._templates.all() if arn in each.layers]
        names += [each.name for each in self._registry.all(FunctionRecord) if arn in each.definition.settings.get("Layers", ())]
        for name in names:
            self._changed(name)

    def now_ms(self) -> int:
        """Return the present time as LastModified has it."""
        return int(self._clock.epoch_ms(self._clock.now_ns()))

    def _changed(self, name: str) -> None:
        if self.listener is not None:
            self.listener.changed(name)


def _check_kind(package_type: str, parameters: Mapping[str, Any]) -> None:
    if package_type == "Zip" and "ImageUri" in parameters:
        raise invalid("Please don't provide ImageUri when updating a function with packageType Zip.")
    if package_type == "Image" and "ImageUri" not in parameters:
        raise invalid("Please provide ImageUri when updating a function with packageType Image.")

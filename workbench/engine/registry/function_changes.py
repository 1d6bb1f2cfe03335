"""Create, update and delete functions through the API. What is changed of the template's functions is kept as overrides.

Source: API reference, CreateFunction, UpdateFunctionCode, UpdateFunctionConfiguration, DeleteFunction; recorded answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from workbench.engine.registry.attached import TagsRecord
from workbench.engine.registry.checks import (
    check_new_name,
    check_revision,
    check_settings,
    check_tags,
    check_zip_size,
    invalid,
)
from workbench.engine.registry.deliveries import Deliveries, Delivery
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.layer_versions import check_layers_exist, check_size_with_layers
from workbench.engine.registry.overriding import Overriding
from workbench.engine.registry.publishing import published
from workbench.engine.registry.records import Code, Definition, FunctionRecord
from workbench.engine.registry.registry import Change, Registry, new_revision
from workbench.engine.registry.settings import created_settings, given_settings, updated_settings
from workbench.engine.registry.settling import Settling
from workbench.engine.registry.template_packages import image_code
from workbench.engine.registry.views import FunctionView
from workbench.model.failures import ServiceError
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope


class FunctionChanges:
    """All changes of functions that the API makes. Use it on the engine's loop."""

    def __init__(
        self, registry: Registry, deliveries: Deliveries, functions: Functions, overriding: Overriding, settling: Settling
    ) -> None:
        self._registry = registry
        self._deliveries = deliveries
        self._archives = deliveries.archives
        self._functions = functions
        self._overriding = overriding
        self._settling = settling

    async def create(self, scope: Scope, name: str, parameters: Mapping[str, Any], *, publish: bool) -> FunctionView:
        """CreateFunction. Return the function as it was at first: pending. It is active by then."""
        given = parameters["Code"]
        check_new_name(name)
        check_zip_size(given.get("ZipFile"))
        settings = created_settings({**parameters, "FunctionName": name})
        check_settings(settings, scope, parameters)
        check_tags(parameters.get("Tags", {}))
        self._check_free(scope, name)  # before a download
        await self._deliveries.check_dead_letters(parameters)
        async with self._deliveries.of(scope, given) as delivery, self._registry.changing() as change:
            self._check_free(scope, name)
            check_layers_exist(self._registry, parameters.get("Layers", ()), scope)
            # Within the change: packages that no record has yet would otherwise be collected by another change.
            code = await self._code(settings["PackageType"], given, delivery)
            await check_size_with_layers(self._registry, self._archives, name, Definition(code, settings))
            # A function of the template that had this name may have left versions, tags and so on.
            change.drop(*self._registry.parts_of(scope, name))
            record = change.keep(FunctionRecord(
                scope=scope, name=name, definition=Definition(code, settings), revision_id=new_revision(),
                modified_ms=self._functions.now_ms()))
            if parameters.get("Tags"):
                change.keep(TagsRecord(scope=scope, function_name=name, tags=parameters["Tags"]))
            if publish:
                published(self._registry, change, record, record.modified_ms, state="Pending")
        await self._settling.created(scope, name)
        return msgspec.structs.replace(self._functions.view_of(record), version="1" if publish else LATEST)

    async def update_settings(self, scope: Scope, name: str, parameters: Mapping[str, Any]) -> FunctionView:
        """UpdateFunctionConfiguration. Return the function as it is at first: with its update in progress."""
        self._functions.settled(scope, name)  # before a look at another service
        await self._deliveries.check_dead_letters(parameters)
        async with self._registry.changing() as change:
            view = self._functions.settled(scope, name)
            check_revision(parameters.get("RevisionId"), view.revision_id)
            settings = updated_settings(view.name, view.settings, parameters)
            check_settings(settings, scope, parameters)
            check_layers_exist(self._registry, parameters.get("Layers", ()), scope)
            definition = Definition(view.code, settings)
            await check_size_with_layers(self._registry, self._archives, name, definition)
            updated = self._updated(change, view, definition, given_settings(parameters))
        self._settling.updated(scope, view.name)
        return updated

    async def update_code(self, scope: Scope, name: str, parameters: Mapping[str, Any]) -> FunctionView:
        """UpdateFunctionCode. Return the function with its update in progress, with Publish the version that is being made.

        With DryRun, return what the function would be.
        """
        check_zip_size(parameters.get("ZipFile"))
        given = [member for member in ("Architectures",) if member in parameters]
        self._functions.settled(scope, name)  # before a download
        async with self._deliveries.of(scope, parameters) as delivery, self._registry.changing() as change:
            view = self._functions.settled(scope, name)
            check_revision(parameters.get("RevisionId"), view.revision_id)
            definition = await self._with_code(view, parameters, delivery)
            if parameters.get("DryRun"):
                return msgspec.structs.replace(view, definition=definition)
            updated = self._updated(change, view, definition, given)
            if parameters.get("Publish") and view.source == "api":
                updated = self._functions.view_of_version(published(
                    self._registry, change, self._in(change, scope, name), self._functions.now_ms(), state="Pending"))
        if parameters.get("Publish") and view.source == "template":
            return await self._published_from_template(updated, parameters)
        self._settling.updated(scope, view.name)
        return updated

    async def _with_code(self, view: FunctionView, parameters: Mapping[str, Any], delivery: Delivery) -> Definition:
        """Return what a function is with the code that a call brought."""
        settings = dict(view.settings)
        _check_kind(settings["PackageType"], parameters)
        if "Architectures" in parameters:
            settings["Architectures"] = parameters["Architectures"]
        definition = Definition(await self._code(settings["PackageType"], parameters, delivery), settings)
        await check_size_with_layers(self._registry, self._archives, view.name, definition)
        return definition

    async def _published_from_template(self, updated: FunctionView, parameters: Mapping[str, Any]) -> FunctionView:
        """Publish what an update has just changed. Outside of its change, because a package is built; until then it lasts."""
        try:
            number = await self._overriding.publish_update(updated, parameters, self._functions.now_ms())
        finally:
            self._settling.updated(updated.scope, updated.name)
        return self._functions.require(updated.scope, updated.name, number)

    async def delete(self, scope: Scope, name: str) -> None:
        """DeleteFunction without a qualifier: the function and everything that belongs to it. The template's is hidden."""
        async with self._registry.changing() as change:
            view = self._functions.settled(scope, name, deleting=True)
            if view.source == "template":
                self._overriding.hide(change, view)
            else:
                change.remove(self._functions.record(view))
                change.drop(*self._registry.parts_of(scope, name))
        self._settling.forget(scope, view.name)
        self._settling.changed(view.name)
        await self._settling.collect()

    @staticmethod
    def _in(change: Change, scope: Scope, name: str) -> FunctionRecord:
        """Return a function's record as a change has it."""
        record = change.kept[FunctionRecord, (scope.region, scope.account, name)]
        assert isinstance(record, FunctionRecord)
        return record

    def _check_free(self, scope: Scope, name: str) -> None:
        view = self._functions.find(scope, name)
        if view is not None:
            # A logical ID counts as a name here, so that it names one function.
            hint = f"The workspace's template has it: {view.name}." if view.source == "template" else ""
            raise ServiceError("ResourceConflictException", 409, f"Function already exist: {name}", hint=hint)

    async def _code(self, package_type: str, given: Mapping[str, Any], delivery: Delivery) -> Code:
        """Keep the package that a call brought."""
        if package_type == "Image":
            uri = given.get("ImageUri", "")
            if not uri:
                raise invalid("Please provide ImageUri when creating or updating a function with packageType Image.")
            return image_code(uri)
        return await delivery.keep()

    def _updated(self, change: Change, view: FunctionView, definition: Definition, given: Sequence[str]) -> FunctionView:
        """Keep an update that begins; `given` are the settings that the call names."""
        now_ms = self._functions.now_ms()
        if view.source == "template":
            return self._overriding.update(change, view, definition, given, now_ms)
        record = self._functions.record(view)
        return self._functions.view_of(change.keep(msgspec.structs.replace(
            record, definition=definition, previous=record.definition, update="InProgress", revision_id=new_revision(),
            modified_ms=now_ms)))


def _check_kind(package_type: str, parameters: Mapping[str, Any]) -> None:
    if package_type == "Zip" and "ImageUri" in parameters:
        raise invalid("Please don't provide ImageUri when updating a function with packageType Zip.")
    if package_type == "Image" and "ImageUri" not in parameters:
        raise invalid("Please provide ImageUri when updating a function with packageType Image.")

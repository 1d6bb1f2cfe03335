"""The functions of both sources as one list: those of the workspace's template, and those that the API made.

The template's live in the workspace's Region and account. A name that the template has is taken there; if a template gets the
name of a function that the API made, the template's is the one that is seen. `function_changes` makes and changes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.registry.archives import Archives
from workbench.engine.registry.layer_versions import layer_sizes
from workbench.engine.registry.records import AliasRecord, FunctionRecord, VersionRecord
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.settings import configuration_of
from workbench.engine.registry.snap_start import is_idle
from workbench.engine.registry.template_functions import TemplateFunctions
from workbench.engine.registry.template_versions import TemplateVersions
from workbench.engine.registry.views import FunctionView
from workbench.model.failures import ServiceError
from workbench.model.function import FunctionConfiguration
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope


class Functions:
    """All functions. Use it on the engine's loop."""

    def __init__(
        self, registry: Registry, archives: Archives, templates: TemplateFunctions, frozen: TemplateVersions, clock: Clock
    ) -> None:
        self._registry = registry
        self._frozen = frozen
        self._archives = archives
        self._templates = templates
        self._clock = clock

    # --- reading

    def all(self, scope: Scope) -> list[FunctionView]:
        """Return `$LATEST` of all functions in a scope, sorted by name."""
        found = {each.name: self.view_of(each) for each in self._registry.all(FunctionRecord, scope)}
        if scope == self._templates.scope:
            found |= self._templates.views()
        return [found[name] for name in sorted(found)]

    def names(self, scope: Scope) -> list[str]:
        """Return the names of all functions in a scope, sorted."""
        made = self._registry.first_names(FunctionRecord, scope)
        return sorted({*made, *self._templates.names()} if scope == self._templates.scope else made)

    def views(self, scope: Scope, names: Iterable[str]) -> list[FunctionView]:
        """Return `$LATEST` of the functions of these names, as far as they are there."""
        is_home = scope == self._templates.scope
        found = (self._named(scope, name, is_home=is_home) for name in names)
        return [view for view in found if view is not None]

    def made(self, scope: Scope) -> list[FunctionView]:
        """Return `$LATEST` of those that the API made in a scope, sorted by name, without those that a template's name hides."""
        is_home = scope == self._templates.scope
        return [self.view_of(each) for each in sorted(self._registry.all(FunctionRecord, scope), key=lambda each: each.name)
                if not is_home or self._templates.find(each.name) is None]

    def find(self, scope: Scope, name: str, qualifier: str = "") -> FunctionView | None:
        """Return a function's `$LATEST`, version, or the version that an alias points to first; None if there is none."""
        view = self._latest(scope, name)
        if view is None or not qualifier:
            return view
        name = view.name  # what belongs to a function is kept under its name, and it may be called by its logical ID
        if qualifier == LATEST:
            return msgspec.structs.replace(view, is_qualified=True)
        alias = self._registry.get(AliasRecord, scope, name, qualifier)
        version = alias.version if alias is not None else qualifier
        if version == LATEST:
            return view
        published = self._registry.get(VersionRecord, scope, name, version)
        return None if published is None else self.view_of_version(published)

    def name_of(self, scope: Scope, name: str) -> str:
        """Return the name of a function by its name or logical ID; one that is not there is called what it is called."""
        view = self._latest(scope, name)
        return name if view is None else view.name

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
        if scope != home and self._templates.find(name) is not None:
            elsewhere.insert(0, home.region)
        hint = f"{name} is in {', '.join(elsewhere)}." if elsewhere else self._templates.why_missing(name)
        if qualifier and self._latest(scope, name) is not None:
            hint = f"{name} has no version or alias {qualifier}."
        message = f"Function not found: {scope.function_arn(name, qualifier)}"
        return ServiceError("ResourceNotFoundException", 404, message, hint=hint)

    def configuration(self, view: FunctionView) -> FunctionConfiguration:
        """Return what the engine runs of a function: while an update is in progress, what was there before."""
        if view.source == "template" and view.version == LATEST:
            return self._templates.configuration(view.name)
        definition = view.definition
        version = self._registry.get(VersionRecord, view.scope, view.name, view.version)
        if version is not None and version.template is not None:
            return self._frozen.configuration(version)
        record = self._registry.get(FunctionRecord, view.scope, view.name)
        if view.version == LATEST and record is not None and record.previous is not None:
            definition = record.previous
        path = str(self._archives.path_of(definition.code.object_name)) if definition.code.object_name else ""
        return configuration_of(view.scope, view.name, definition, path, view.version)

    async def know_packages(self, scope: Scope, name: str = "") -> None:
        """Have what is told of a function's package at hand, or of all: call it before functions are described."""
        if scope == self._templates.scope:
            await self._templates.know_packages(name)

    def archive(self, view: FunctionView) -> str:
        """Return the name by which a function's package can be downloaded, "" if there is none."""
        return view.code.object_name or (self._templates.archive(view.name) if view.source == "template" else "")

    def package(self, archive: str) -> Path:
        """Return where a package is that the API brought, by its name; it may be gone."""
        return self._archives.path_of(archive)

    async def written_package(self, archive: str) -> bytes | None:
        """Return a package of the template's own code by its name, None if it is not what the code is now."""
        return await self._templates.packages.content(archive)

    def _latest(self, scope: Scope, name: str) -> FunctionView | None:
        return self._named(scope, name, is_home=scope == self._templates.scope)

    def _named(self, scope: Scope, name: str, *, is_home: bool) -> FunctionView | None:
        view = self._templates.find(name) if is_home else None
        if view is not None:
            return view
        record = self._registry.get(FunctionRecord, scope, name)
        return None if record is None else self.view_of(record)

    def view_of(self, record: FunctionRecord) -> FunctionView:
        """Return a function of the API as everyone sees it."""
        return FunctionView(
            scope=record.scope, name=record.name, definition=record.definition, revision_id=record.revision_id,
            modified_ms=record.modified_ms, state=record.state, update=record.update,
            layer_sizes=layer_sizes(self._registry, record.definition.settings))

    def view_of_version(self, version: VersionRecord) -> FunctionView:
        """Return a version as everyone sees it."""
        state, reason, reason_code = version.state, version.reason, version.reason_code
        is_inactive = is_idle(version, self.now_ms())
        if is_inactive:
            reason, reason_code = "The function is currently idle.", "Idle"  # recorded of a function that is an image
        return FunctionView(
            scope=version.scope, name=version.function_name, version=version.version, definition=version.definition,
            revision_id=version.revision_id, modified_ms=version.modified_ms, state="Inactive" if is_inactive else state,
            update={"Pending": "", "Failed": "Failed"}.get(state, "Successful"), reason=reason,
            reason_code=reason_code, is_qualified=True,
            layer_sizes=layer_sizes(self._registry, version.definition.settings))

    # --- what may be changed

    def settled(self, scope: Scope, name: str, *, deleting: bool = False) -> FunctionView:
        """Return `$LATEST` of a function that may be changed now. Raises ServiceError while it is being made or updated."""
        view = self.require(scope, name)
        if view.update == "InProgress" and not deleting:
            message = "The operation cannot be performed at this time. An update is in progress for resource: "
            hint = "Wait for it with the waiter function_updated_v2."
            raise ServiceError("ResourceConflictException", 409, message + scope.function_arn(view.name), hint=hint)
        if view.state == "Pending" and not deleting:
            raise self.not_active(view)
        return view

    def record(self, view: FunctionView) -> FunctionRecord:
        """Return the record of a function that the API made. Raises ServiceError if it was deleted meanwhile."""
        record = self._registry.get(FunctionRecord, view.scope, view.name)
        if record is None:
            raise self.not_found(view.scope, view.name)
        return record

    @staticmethod
    def not_active(view: FunctionView) -> ServiceError:
        """The error for a function that is not active: not yet, or a version whose snapshot could not be made."""
        message = ("The operation cannot be performed at this time. "
                   f"The function is currently in the following state: {view.state}")
        hint = "Wait for it with the waiter function_active_v2." if view.state == "Pending" else view.reason
        return ServiceError("ResourceConflictException", 409, message, hint=hint)

    def now_ms(self) -> int:
        """Return the present time as LastModified has it."""
        return int(self._clock.epoch_ms(self._clock.now_ns()))

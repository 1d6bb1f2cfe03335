"""Publish versions of the template's functions: their package is built and frozen, as a deployment would do it.

Source: Lambda guide, "Lambda function versions": a version is code, settings and layers as they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from workbench.engine.functions import FunctionRevision, FunctionStore, require_invocable
from workbench.engine.registry.archives import Archives
from workbench.engine.registry.checks import invalid
from workbench.engine.registry.records import (
    Definition,
    FrozenTemplate,
    FunctionRecord,
    NumberingRecord,
    VersionRecord,
)
from workbench.engine.registry.registry import Registry, new_revision
from workbench.engine.registry.snap_start import check_snap_start, has_snapshot
from workbench.engine.registry.views import FunctionView
from workbench.engine.sandboxes import ResolvedFunction
from workbench.model.failures import ServiceError
from workbench.model.function import FunctionConfiguration

Resolve = Callable[[FunctionConfiguration], Awaitable[ResolvedFunction]]
"""Builds a function's package. Raises WorkbenchError, also if the folder is not trusted with what a build runs."""


class TemplateVersions:
    """Freezes functions of the template. Use it on the engine's loop."""

    def __init__(self, registry: Registry, archives: Archives, templates: FunctionStore, resolve: Resolve) -> None:
        self._registry = registry
        self._archives = archives
        self._templates = templates
        self._resolve = resolve

    async def publish_present(self, view: FunctionView, parameters: Mapping[str, Any], now_ms: int) -> str:
        """Return the number of the version that has the function as it is now, publishing it if there is none."""
        return await self.publish(view, self._templates.require(view.name), parameters, now_ms)

    async def publish(self, view: FunctionView, revision: FunctionRevision, parameters: Mapping[str, Any], now_ms: int) -> str:
        """Do the same for a revision, of which `view` is what the API shows. A version is pending while that is updated."""
        fingerprint = fingerprint_of(revision)
        if self._is_last(view, fingerprint):
            return str(self._number(view))
        function = require_invocable(revision)
        check_snap_start(view.settings)
        if function.image is not None and function.image.build is not None:
            raise invalid(f"The image of {function.name} is built here and cannot be frozen as a version.",
                          "Push the image, and name it in ImageUri.")
        resolved = (await self._resolve(function)).function
        async with self._registry.changing() as change:
            self._check_still_there(view)  # building took its time, in which other calls were answered
            if self._is_last(view, fingerprint):
                return str(self._number(view))
            # An image, or a package that the API brought in place of the template's code, is what the version has.
            is_made = function.image is not None or bool(view.code.object_name)
            code = view.code if is_made else await self._archives.keep_folder(Path(resolved.code_path))
            layers_object = await self._layers(resolved)
            number = self._number(view) + 1
            settings = {**view.settings, "Description": parameters.get("Description", view.settings["Description"])}
            resolved = msgspec.structs.replace(resolved, description=settings["Description"])
            change.keep(NumberingRecord(scope=view.scope, function_name=view.name, last_version=number))
            change.keep(VersionRecord(
                scope=view.scope, function_name=view.name, version=str(number), definition=Definition(code, settings),
                revision_id=new_revision(), modified_ms=now_ms,
                state="Pending" if view.update == "InProgress" or has_snapshot(settings) else "Active",
                template=FrozenTemplate(configuration=resolved, fingerprint=fingerprint, layers_object=layers_object)))
        return str(number)

    async def package(self, view: FunctionView) -> Path:
        """Return the folder of the package that publishing the function now would keep. Raises WorkbenchError."""
        function = require_invocable(self._templates.require(view.name))
        return Path((await self._resolve(function)).function.code_path)

    def configuration(self, record: VersionRecord) -> FunctionConfiguration:
        """Return what runs a version of the template's function."""
        frozen = record.template
        assert frozen is not None
        code, layers = (str(self._archives.path_of(name)) if name else ""
                        for name in (record.definition.code.object_name, frozen.layers_object))
        return msgspec.structs.replace(
            frozen.configuration, version=record.version, source="api", code_path=code, build=None, inline_code="",
            layers=(layers,) if layers else (), layer_builds=())

    async def _layers(self, resolved: FunctionConfiguration) -> str:
        """Keep a function's layers, which are at most one folder by now: all of them, merged. Return the archive's name."""
        return (await self._archives.keep_folder(Path(resolved.layers[0]))).object_name if resolved.layers else ""

    def _number(self, view: FunctionView) -> int:
        # A function of the API that has the same name, and is hidden by the template's, has published versions, too.
        numbering = self._registry.get(NumberingRecord, view.scope, view.name)
        hidden = self._registry.get(FunctionRecord, view.scope, view.name)
        return max((each.last_version for each in (numbering, hidden) if each is not None), default=0)

    def _is_last(self, view: FunctionView, fingerprint: str) -> bool:
        last = self._registry.get(VersionRecord, view.scope, view.name, str(self._number(view)))
        return last is not None and last.template is not None and last.template.fingerprint == fingerprint

    def _check_still_there(self, view: FunctionView) -> None:
        if self._templates.find(view.name) is None:
            raise ServiceError("ResourceNotFoundException", 404, f"Function not found: {view.scope.function_arn(view.name)}",
                               hint="It was deleted while its package was built.")


def fingerprint_of(revision: FunctionRevision) -> str:
    """Return a digest of everything that makes another version."""
    return hashlib.sha256(revision.code_fingerprint.encode() + msgspec.json.encode(revision.configuration)).hexdigest()

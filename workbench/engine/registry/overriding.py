"""What the API changes of a function of the template, kept as overrides: the template itself stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from workbench.engine.functions import FunctionRevision
from workbench.engine.registry.overridden import written_value
from workbench.engine.registry.override_records import (
    HiddenRecord,
    OverriddenCode,
    OverriddenSetting,
    OverrideRecord,
    Overrides,
)
from workbench.engine.registry.records import Definition
from workbench.engine.registry.registry import Change, Registry, new_revision
from workbench.engine.registry.template_functions import TemplateFunctions
from workbench.engine.registry.template_versions import TemplateVersions
from workbench.engine.registry.views import FunctionView
from workbench.model.failures import ServiceError


class Overriding:
    """Changes functions of the template, within changes of the registry. Use it on the engine's loop."""

    def __init__(self, registry: Registry, templates: TemplateFunctions, frozen: TemplateVersions) -> None:
        self._registry = registry
        self._templates = templates
        self._frozen = frozen

    def update(
        self, change: Change, view: FunctionView, definition: Definition, given: Collection[str], now_ms: int
    ) -> FunctionView:
        """Keep what an update changes; `given` are the parameters of the call. What equals the template is no override.

        Return the function with its update in progress.
        """
        written = self._written(view)
        return self._templates.view_of(written, change.keep(self._changed(view, written, definition, given, now_ms)))

    def hide(self, change: Change, view: FunctionView) -> None:
        """Hide a deleted function, with everything that belonged to it."""
        change.drop(*self._registry.parts_of(view.scope, view.name))
        change.keep(HiddenRecord(scope=view.scope, function_name=view.name))

    async def publish_update(self, view: FunctionView, parameters: Mapping[str, Any], now_ms: int) -> str:
        """Return the number of the version that has a function as it will be after its update. Call it outside of changes."""
        return await self._frozen.publish(view, self._templates.updated(self._written(view)), parameters, now_ms)

    def _written(self, view: FunctionView) -> FunctionRevision:
        written = self._templates.written(view.name)
        if written is None:  # it has left the template since the view was made
            hint = self._templates.why_missing(view.name)
            raise ServiceError("ResourceNotFoundException", 404, f"Function not found: {view.arn}", hint=hint)
        return written

    def _changed(
        self, view: FunctionView, written: FunctionRevision, definition: Definition, given: Collection[str], now_ms: int
    ) -> OverrideRecord:
        before = self._templates.record(view.name)
        overrides = before.overrides if before is not None else Overrides()
        settings = dict(overrides.settings)
        for member in given:
            value, base = definition.settings.get(member), written_value(written, view.scope, member)
            settings.pop(member, None)
            if value != base:
                settings[member] = OverriddenSetting(value, base)
        code = overrides.code
        if definition.code != view.code:
            code = OverriddenCode(definition.code, written.code_fingerprint)
        return OverrideRecord(
            scope=view.scope, function_name=view.name, overrides=Overrides(settings=settings, code=code),
            revision_id=new_revision(), modified_ms=now_ms, previous=overrides)

"""The template's functions as the API sees them: with what it overrode, and without those that it deleted.

They live in the workspace's Region and account. What the template says is not changed by any of this.
"""

from __future__ import annotations

import uuid

import msgspec

from workbench.engine.functions import FunctionRevision, FunctionStore
from workbench.engine.registry.archives import Archives
from workbench.engine.registry.layer_versions import layer_sizes
from workbench.engine.registry.overridden import definition_of, overridden
from workbench.engine.registry.override_records import HiddenRecord, OverrideRecord, Overrides
from workbench.engine.registry.records import NumberingRecord
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.template_packages import TemplatePackages
from workbench.engine.registry.views import FunctionView
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_names import Scope


class TemplateFunctions:
    """Reads them. Use it on the engine's loop."""

    def __init__(self, registry: Registry, archives: Archives, store: FunctionStore) -> None:
        self._registry = registry
        self._archives = archives
        self._store = store
        self.packages = TemplatePackages()
        """What is known of their own packages."""

    @property
    def scope(self) -> Scope:
        """Where they live."""
        return self._store.scope

    def in_force(self, written: FunctionRevision) -> FunctionRevision | None:
        """Return what runs in place of a function as it is written: while an update is in progress, what was there before."""
        if not self._registry.has_any(OverrideRecord) and not self._registry.has_any(HiddenRecord):
            return written  # nearly always
        scope, name = self.scope, written.configuration.name
        if self._registry.get(HiddenRecord, scope, name) is not None:
            return None
        record = self._registry.get(OverrideRecord, scope, name)
        return written if record is None else overridden(written, record.running, scope, self._archives.path_of)

    def views(self) -> dict[str, FunctionView]:
        """Return `$LATEST` of all of them that are not hidden, by name."""
        found = [self.find(each.configuration.name) for each in self._store.revisions()]
        return {view.name: view for view in found if view is not None}

    def names(self) -> set[str]:
        """Return the names of all of them that are not hidden."""
        names = (each.configuration.name for each in self._store.all_written())
        return {name for name in names if not self.is_hidden(name)}

    def find(self, name: str) -> FunctionView | None:
        """Return `$LATEST` of the function of this name or logical ID; None if there is none, or if it is hidden."""
        written = self._store.written(name)
        if written is None or self.is_hidden(written.configuration.name):
            return None
        return self.view_of(written, self.record(written.configuration.name))

    def view_of(self, written: FunctionRevision, record: OverrideRecord | None) -> FunctionView:
        """Return a function as everyone sees it under this record."""
        scope, overrides = self.scope, record.overrides if record is not None else Overrides()
        definition = definition_of(written, overrides, scope, self.packages.code(written))
        described = overridden(written, overrides, scope, self._archives.path_of)
        # The same as long as nothing changes, in every engine: clients give it back as a guard.
        changes = record.revision_id if record is not None else ""
        numbers = self._registry.get(NumberingRecord, scope, written.configuration.name)
        published = "" if numbers is None else numbers.last_version  # a publication moves `$LATEST` on, too
        state = f"{changes}{published}{described.code_fingerprint}{msgspec.json.encode(described.configuration)!r}"
        modified_ms = max(written.modified_ns // 1_000_000, record.modified_ms if record is not None else 0)
        return FunctionView(
            scope=scope, name=written.configuration.name, definition=definition, source="template", modified_ms=modified_ms,
            revision_id=str(uuid.uuid5(uuid.NAMESPACE_OID, state)), update=record.update if record is not None else "Successful",
            layer_sizes=layer_sizes(self._registry, definition.settings))

    async def know_packages(self, name: str = "") -> None:
        """Have the digest of one function's package at hand, or those of all."""
        written = self._store.written(name)
        await self.packages.know(self._store.all_written() if not name else [] if written is None else [written])

    def archive(self, name: str) -> str:
        """Return the name by which a function's own package can be downloaded, "" if there is none."""
        written = self._store.written(name)
        return "" if written is None else self.packages.archive(written)

    def configuration(self, name: str) -> FunctionConfiguration:
        """Return what the engine runs of a function. Raises ServiceError 404."""
        return self._store.require(name).configuration

    def updated(self, written: FunctionRevision) -> FunctionRevision:
        """Return what runs in place of a function as it is written once an update that may be in progress has ended."""
        record = self.record(written.configuration.name)
        return written if record is None else overridden(written, record.overrides, self.scope, self._archives.path_of)

    def written(self, name: str) -> FunctionRevision | None:
        """Return the function of this name or logical ID as the template has it, hidden or not; None if there is none."""
        return self._store.written(name)

    def record(self, name: str) -> OverrideRecord | None:
        """Return what the API changed of the function of this name; None if that is nothing."""
        # The question first: a scope costs more than all of this, and nearly always nothing is overridden.
        return self._registry.get(OverrideRecord, self.scope, name) if self._registry.has_any(OverrideRecord) else None

    def is_hidden(self, name: str) -> bool:
        """Whether the API deleted the function of this name."""
        return self._registry.has_any(HiddenRecord) and self._registry.get(HiddenRecord, self.scope, name) is not None

    def why_missing(self, name: str) -> str:
        """Say why there is no function of this name or logical ID, and which there are."""
        written = self._store.written(name)
        if written is not None and self.is_hidden(written.configuration.name):
            return f"It was deleted through the API; the template still has it: workbench overrides {name} --drop shows it again."
        return self._store.why_missing(name)

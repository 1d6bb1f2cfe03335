"""What the API changed of what the template declares, told property by property, and dropped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from workbench.engine.registry.attached import (
    ConcurrencyRecord,
    EventInvokeRecord,
    FunctionUrlRecord,
    PolicyRecord,
    ProvisionedRecord,
    RecursionRecord,
    RuntimeManagementRecord,
    TagsRecord,
)
from workbench.engine.registry.declared.overlay import Difference
from workbench.engine.registry.declared.places import DeclaredPlaces
from workbench.engine.registry.declared.properties import properties_of, settled, with_properties
from workbench.engine.registry.records import AliasRecord, EventSourceMappingRecord, QualifierPart, Record
from workbench.engine.registry.registry import Change, Registry
from workbench.model.function_version import LATEST
from workbench.model.overrides import OverrideInfo
from workbench.workspace.declared.edits import DeclaredChange

_WORDS: Mapping[type[Record], str] = {
    AliasRecord: "Alias", ProvisionedRecord: "ProvisionedConcurrencyConfig", EventInvokeRecord: "EventInvokeConfig",
    PolicyRecord: "Permission", TagsRecord: "Tags", ConcurrencyRecord: "ReservedConcurrentExecutions",
    FunctionUrlRecord: "FunctionUrlConfig", RecursionRecord: "RecursiveLoop", RuntimeManagementRecord: "RuntimeManagementConfig",
    EventSourceMappingRecord: "EventSourceMapping",
}
"""What a kind is called; it begins the name of each property."""
_MEMBERS: Mapping[str, str] = {
    "version": "FunctionVersion", "description": "Description", "weights": "RoutingConfig", "retries": "MaximumRetryAttempts",
    "age_s": "MaximumEventAgeInSeconds", "on_success": "OnSuccess", "on_failure": "OnFailure", "is_enabled": "Enabled",
    "function_arn": "FunctionName", "update_runtime_on": "UpdateRuntimeOn", "runtime_version_arn": "RuntimeVersionArn",
    "tags": "Tags", "auth_type": "AuthType", "url_id": "FunctionUrl", "cors": "Cors", "invoke_mode": "InvokeMode",
}
_ALONE = frozenset({"reserved", "count", "recursive_loop", "statements", "settings"})
"""Members that need no name beside the kind's: there is one, or its entries have names of their own."""
_SILENT = frozenset({"function_name"})
"""What changes together with another member."""
_DELETED = "deleted"


class DeclaredChanges:
    """All such changes. Use it on the engine's loop."""

    def __init__(self, registry: Registry, places: DeclaredPlaces) -> None:
        self._registry = registry
        self._places = places

    def all(self) -> list[OverrideInfo]:
        """Return every property that the API changed, sorted by function and property."""
        found = [self._told(each) for each in self._registry.changes_of_declared() if not _SILENT.intersection(each.path[:1])]
        return sorted(found, key=lambda each: (each.function, each.property))

    def drop(self, change: Change, name: str, member: str | None) -> None:
        """Put back what the template declares for a function: one property, or all (None)."""
        for each in self._registry.changes_of_declared():
            told = self._told(each)
            if told.function == name and member in (None, told.property):
                self._drop(change, each, whole=member is None)

    def _drop(self, change: Change, difference: Difference, *, whole: bool) -> None:
        record = difference.record
        if whole or not difference.path:
            change.drop(record)
            return
        # Several properties of one record may go in one change.
        current = change.kept.get((type(record), record.key), record)
        properties = properties_of(current)
        if difference.template_value is None:
            properties.pop(difference.path, None)
        else:
            properties[difference.path] = difference.template_value
        change.keep(settled(with_properties(current, properties)))

    def of(self, name: str, members: Collection[str]) -> list[Difference]:
        """Return what the API changed of a function's declarations, for these properties."""
        found = [(each, self._told(each)) for each in self._registry.changes_of_declared()]
        return [each for each, told in found if told.function == name and told.property in members]

    def edits(self, differences: Iterable[Difference]) -> list[DeclaredChange]:
        """Return what to write into the template for these."""
        return [change for each in differences for change in self._places.changes(each)]

    def written(self, change: Change, differences: Iterable[Difference]) -> None:
        """Have the template's values in force again for what it has by now."""
        for each in differences:
            record = each.record
            now = self._registry.get(type(record), record.scope, *record.names)
            if not each.path or now is None:
                change.drop(record)
                continue
            current = change.kept.get((type(record), record.key), now)
            properties = properties_of(current)
            if isinstance(record, PolicyRecord) and each.template_value is None:
                properties.pop(each.path, None)  # the template's statement has another Sid
            change.keep(with_properties(current, properties))

    def _told(self, difference: Difference) -> OverrideInfo:
        record, why_kept = difference.record, self._places.why_kept(difference)
        if not difference.path:
            return OverrideInfo(function=_owner(record), property=_name(record, ()), template_value="declared", value=_DELETED,
                                in_conflict=difference.in_conflict, why_kept=why_kept)
        return OverrideInfo(
            function=_owner(record), property=_name(record, difference.path), template_value=difference.template_value,
            value=difference.value, in_conflict=difference.in_conflict, why_kept=why_kept)


def _owner(record: Record) -> str:
    return record.function_name if isinstance(record, EventSourceMappingRecord) else record.names[0]


def _name(record: Record, path: tuple[str, ...]) -> str:
    """Return what a property is called: `Alias.live.FunctionVersion`, `Tags.team`."""
    return ".".join((_WORDS[type(record)], *_which(record), *_of_path(path, is_tags=isinstance(record, TagsRecord))))


def _which(record: Record) -> Iterator[str]:
    if isinstance(record, AliasRecord):
        yield record.name
    elif isinstance(record, EventSourceMappingRecord):
        yield record.uuid
    elif isinstance(record, QualifierPart) and record.qualifier != LATEST:
        yield record.qualifier


def _of_path(path: tuple[str, ...], *, is_tags: bool) -> Iterator[str]:
    if not path:
        return
    if path[0] not in _ALONE and not (path[0] == "tags" and is_tags):
        yield _MEMBERS.get(path[0], path[0])
    yield from path[1:]

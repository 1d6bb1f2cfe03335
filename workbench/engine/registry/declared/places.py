"""Where the template declares a record, and what would be written there for a property that the API changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from workbench.engine.functions import FunctionStore
from workbench.engine.registry.attached import (
    ConcurrencyRecord,
    EventInvokeRecord,
    FunctionUrlRecord,
    ProvisionedRecord,
    RecursionRecord,
    RuntimeManagementRecord,
    TagsRecord,
)
from workbench.engine.registry.declared.attached_places import AttachedPlaces
from workbench.engine.registry.declared.overlay import Difference
from workbench.engine.registry.records import AliasRecord, FunctionPart, QualifierPart, Record
from workbench.model.declarations import Declaration
from workbench.model.function_version import LATEST
from workbench.workspace.declared.edits import DeclaredChange

WHY_KEPT = "It cannot be written into the template from here: write it by hand, then drop it."
_NUMBER = ("The template names the version by the resource that publishes it, and on AWS its number may be another one: write it "
           "by hand, then drop it.")
_GENERATED = "The template has no place for it: an alias of AutoPublishAlias is only named there. Write it by hand, then drop it."


class _Written(msgspec.Struct, frozen=True):
    """How a kind of record stands in the template: the operation that declares it, and its members' properties.

    `whole` is the property that goes when nothing is declared any more; () for the whole declaration.
    """

    operation: str
    members: Mapping[str, tuple[tuple[str, ...], Callable[[Any], Any]]]
    whole: tuple[str, ...] = ()


def _same(value: Any) -> Any:
    return value


def _set(value: Any) -> Any:
    """Empty text and maps are what is not set."""
    return value or None


def _destination(arn: str) -> Any:
    return {"Destination": arn} if arn else None


def _routing(weights: Mapping[str, float]) -> Any:
    listed = [{"FunctionVersion": version, "FunctionWeight": weight} for version, weight in weights.items()]
    return {"AdditionalVersionWeights": listed} if listed else None


_KINDS: Mapping[type[Record], _Written] = {
    ConcurrencyRecord: _Written("PutFunctionConcurrency", {"reserved": (("ReservedConcurrentExecutions",), _same)},
                                ("ReservedConcurrentExecutions",)),
    RecursionRecord: _Written("PutFunctionRecursionConfig", {"recursive_loop": (("RecursiveLoop",), _same)}, ("RecursiveLoop",)),
    RuntimeManagementRecord: _Written("PutRuntimeManagementConfig", {
        "update_runtime_on": (("RuntimeManagementConfig", "UpdateRuntimeOn"), _same),
        "runtime_version_arn": (("RuntimeManagementConfig", "RuntimeVersionArn"), _set)}, ("RuntimeManagementConfig",)),
    TagsRecord: _Written("TagResource", {"tags": (("Tags",), _same)}, ("Tags",)),
    EventInvokeRecord: _Written("PutFunctionEventInvokeConfig", {
        "retries": (("MaximumRetryAttempts",), _same), "age_s": (("MaximumEventAgeInSeconds",), _same),
        "on_success": (("DestinationConfig", "OnSuccess"), _destination),
        "on_failure": (("DestinationConfig", "OnFailure"), _destination)}),
    ProvisionedRecord: _Written("PutProvisionedConcurrencyConfig", {"count": (("ProvisionedConcurrentExecutions",), _same)}),
    FunctionUrlRecord: _Written("CreateFunctionUrlConfig", {
        "auth_type": (("AuthType",), _same), "invoke_mode": (("InvokeMode",), _set), "cors": (("Cors",), _set)}),
    AliasRecord: _Written("CreateAlias", {"weights": (("RoutingConfig",), _routing), "description": (("Description",), _set)}),
}
"""Kinds that can be written. Not the version of an alias: the template names it by the resource that publishes it."""


class DeclaredPlaces:
    """Finds the places in what the template declares now."""

    def __init__(self, templates: FunctionStore) -> None:
        self._templates = templates
        self._attached = AttachedPlaces(templates)

    def why_kept(self, difference: Difference) -> str:
        """Say why a property cannot be written into the template, "" if it can."""
        attached = self._attached.of(difference)
        if attached is not None:
            return attached.why_kept
        if isinstance(difference.record, AliasRecord) and difference.path[:1] == ("version",):
            return _NUMBER
        change = self._change(difference)
        if change is None:
            return WHY_KEPT
        is_generated = change.operation == "CreateAlias" and change.logical_id.startswith(f"{change.function_id}Alias")
        return _GENERATED if is_generated else ""

    def changes(self, difference: Difference) -> Sequence[DeclaredChange]:
        """Return what to write for a property that the API changed; nothing if it cannot be written."""
        attached = self._attached.of(difference)
        if attached is not None:
            return attached.changes
        change = self._change(difference)
        return () if change is None else (change,)

    def _change(self, difference: Difference) -> DeclaredChange | None:
        record, written = difference.record, _KINDS.get(type(difference.record))
        if written is None or not isinstance(record, FunctionPart):
            return None
        declaration = next(self._declarations(record, written.operation), None)
        function = self._templates.written(record.function_name)
        if declaration is None or function is None:
            return None
        found = _path_and_value(written, difference)
        if found is None:
            return None
        return DeclaredChange(operation=written.operation, logical_id=declaration.logical_id,
                              function_id=function.configuration.logical_id, path=found[0], value=found[1])

    def _declarations(self, record: FunctionPart, operation: str) -> Iterator[Declaration]:
        qualifier = record.qualifier if isinstance(record, QualifierPart) else LATEST
        for each in self._templates.declarations.all:
            is_named = not isinstance(record, AliasRecord) or each.parameters.get("Name") == record.name
            is_here = each.function == record.function_name and (each.qualifier or LATEST) == qualifier
            if each.operation == operation and is_here and is_named:
                yield each


def _path_and_value(written: _Written, difference: Difference) -> tuple[tuple[str, ...], Any] | None:
    if not difference.path:
        return written.whole, None
    found = written.members.get(difference.path[0])
    if found is None:
        return None
    path, made = found
    value = None if difference.value is None else made(difference.value)
    return (*path, *difference.path[1:]), value

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
from workbench.engine.registry.declared.published import number_of
from workbench.engine.registry.records import AliasRecord, FunctionPart, QualifierPart, Record
from workbench.engine.registry.registry import Registry
from workbench.model.declarations import Declaration
from workbench.model.function_version import LATEST
from workbench.workspace.declared.edits import DeclaredChange

WHY_KEPT = "It cannot be written into the template from here: write it by hand, then drop it."
_NUMBER = ("No resource of the template publishes this version, and on AWS its number may be another one: declare it as an "
           "AWS::Lambda::Version, or write its number by hand, then drop it.")
_GENERATED = "The template has no place for it: an alias of AutoPublishAlias is only named there. Write it by hand, then drop it."
_FOLLOWS = ("The template has no place for it: AutoPublishAlias points its alias to the version that it published last, and with "
            "each deployment anew. Declare an AWS::Lambda::Alias of another name, or drop it.")


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
    AliasRecord: _Written("CreateAlias", {
        "weights": (("RoutingConfig",), _routing), "description": (("Description",), _set),
        "version": (("FunctionVersion",), _same)}),
}
"""Kinds that can be written."""


class DeclaredPlaces:
    """Finds the places in what the template declares now."""

    def __init__(self, templates: FunctionStore, registry: Registry) -> None:
        self._templates = templates
        self._registry = registry
        self._attached = AttachedPlaces(templates)

    def why_kept(self, difference: Difference) -> str:
        """Say why a property cannot be written into the template, "" if it can."""
        attached = self._attached.of(difference)
        if attached is not None:
            return attached.why_kept
        change, is_version = self._change(difference), _is_version(difference)
        if change is None:
            return WHY_KEPT
        is_generated = change.operation == "CreateAlias" and change.logical_id.startswith(f"{change.function_id}Alias")
        if is_generated:
            return _FOLLOWS if is_version else _GENERATED
        return _NUMBER if is_version and change.value is None else ""

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
        path, value = found
        if _is_version(difference):
            value = self._version(record, str(value), declaration.logical_id)
        return DeclaredChange(operation=written.operation, logical_id=declaration.logical_id,
                              function_id=function.configuration.logical_id, path=path, value=value)

    def _version(self, alias: FunctionPart, number: str, alias_id: str) -> Any:
        """Return how an alias names a version: by the resource of the same stack that publishes it; None if there is none."""
        if number == LATEST:
            return LATEST
        stack = alias_id.rpartition("/")[0]
        for each in self._templates.declarations.all:
            path, _, own = each.logical_id.rpartition("/")
            is_resource = each.operation == "PublishVersion" and each.function == alias.function_name and not each.is_generated
            if is_resource and path == stack and number_of(self._registry, alias.scope, each) == number:
                return {"Fn::GetAtt": [own, "Version"]}
        return None

    def _declarations(self, record: FunctionPart, operation: str) -> Iterator[Declaration]:
        qualifier = record.qualifier if isinstance(record, QualifierPart) else LATEST
        for each in self._templates.declarations.all:
            is_named = not isinstance(record, AliasRecord) or each.parameters.get("Name") == record.name
            is_here = each.function == record.function_name and (each.qualifier or LATEST) == qualifier
            if each.operation == operation and is_here and is_named:
                yield each


def _is_version(difference: Difference) -> bool:
    return isinstance(difference.record, AliasRecord) and difference.path[:1] == ("version",)


def _path_and_value(written: _Written, difference: Difference) -> tuple[tuple[str, ...], Any] | None:
    if not difference.path:
        return written.whole, None
    found = written.members.get(difference.path[0])
    if found is None:
        return None
    path, made = found
    value = None if difference.value is None else made(difference.value)
    return (*path, *difference.path[1:]), value

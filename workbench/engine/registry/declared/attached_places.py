"""Where the template has permissions and event source mappings, and what would be written there for what the API changed.

Sources: CloudFormation template reference, "AWS::Lambda::Permission" and "AWS::Lambda::EventSourceMapping"; SAM guide,
"EventSource".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from workbench.engine.functions import FunctionStore
from workbench.engine.registry.attached import PolicyRecord
from workbench.engine.registry.declared.overlay import Difference
from workbench.engine.registry.records import EventSourceMappingRecord
from workbench.engine.registry.statements import parameters_of
from workbench.model.declarations import Declaration
from workbench.model.function_version import LATEST
from workbench.workspace.declared.attached_edits import event_property
from workbench.workspace.declared.edits import DeclaredChange

PERMISSION, MAPPING = "AddPermission", "CreateEventSourceMapping"
_OF_AN_EVENT = ("SAM makes this permission of an event, a URL or an API: change that in the template, or drop what the API "
                "changed.")
_NO_PROPERTY = "A resource of CloudFormation cannot say what this statement says: drop it, or leave it with the API."
_OF_A_VERSION = "The template has no name for this version: write it by hand, then drop it."
_NOT_THERE = "The template does not declare it any more: drop it."
_ANOTHER_FUNCTION = "The template names the function by a reference: write the other one by hand, then drop it."


class Place(NamedTuple):
    """What to write, or why nothing is written."""

    changes: tuple[DeclaredChange, ...] = ()
    why_kept: str = ""


class AttachedPlaces:
    """Finds such places in what the template declares now."""

    def __init__(self, templates: FunctionStore) -> None:
        self._templates = templates

    def of(self, difference: Difference) -> Place | None:
        """Return the place of a property of a policy or a mapping; None for other kinds."""
        record = difference.record
        if not isinstance(record, PolicyRecord | EventSourceMappingRecord):
            return None
        function = self._templates.written(record.function_name)
        if function is None:
            return Place(why_kept=_NOT_THERE)
        function_id = function.configuration.logical_id
        if isinstance(record, EventSourceMappingRecord):
            return self._of_mapping(record, difference, function_id)
        if not difference.path:
            return _together(self._of_statement(record, each["Sid"], None, function_id) for each in record.statements)
        return self._of_statement(record, difference.path[1], difference.value, function_id)

    def _of_statement(self, record: PolicyRecord, sid: str, statement: Any, function_id: str) -> Place:
        """Return the place of one statement; None: the API removed it."""
        declared = next(self._declared(PERMISSION, record, StatementId=sid), None)
        if declared is not None and declared.is_generated:
            return Place(why_kept=_OF_AN_EVENT)
        properties = None if statement is None else parameters_of(statement)
        if statement is not None and properties is None:
            return Place(why_kept=_NO_PROPERTY)
        if declared is not None:
            return Place((_change(PERMISSION, declared.logical_id, function_id, (), properties),))
        if properties is None:
            return Place(why_kept=_NOT_THERE)
        reference = self._reference(record, function_id)
        if reference is None:
            return Place(why_kept=_OF_A_VERSION)
        logical_id = f"{function_id}{''.join(filter(str.isalnum, sid.title()))}Permission"
        return Place((_change(PERMISSION, logical_id, function_id, ("new",), {"FunctionName": reference, **properties}),))

    def _reference(self, record: PolicyRecord, function_id: str) -> Mapping[str, str] | None:
        """Return the reference to a function or its alias; None for a version."""
        own = function_id.rpartition("/")[2]
        if record.qualifier == LATEST:
            return {"Ref": own}
        alias = next((each for each in self._templates.declarations.all if each.operation == "CreateAlias"
                      and each.function == record.function_name and each.parameters.get("Name") == record.qualifier), None)
        if alias is None:
            return None
        return {"Ref": f"{own}.Alias" if alias.is_generated else alias.logical_id.rpartition("/")[2]}

    def _of_mapping(self, record: EventSourceMappingRecord, difference: Difference, function_id: str) -> Place:
        declared = next((each for each in self._templates.declarations.all
                         if each.operation == MAPPING and each.physical_id == record.uuid), None)
        if declared is None:
            return Place(why_kept=_NOT_THERE)
        if not difference.path:
            return Place((_change(MAPPING, declared.logical_id, function_id, (), None),))
        member, *key = difference.path
        if member == "function_arn":
            return Place(why_kept=_ANOTHER_FUNCTION)
        name = "Enabled" if member == "is_enabled" else "Tags" if member == "tags" else key[0]
        path = event_property(declared.logical_id, function_id, name) if declared.is_generated else (name,)
        if path is None:
            return Place(why_kept=f"An event of SAM's function has no property {name}: write it by hand, then drop it.")
        return Place((_change(MAPPING, declared.logical_id, function_id, (*path, *key[:member == "tags"]), difference.value),))

    def _declared(self, operation: str, record: PolicyRecord, **parameters: str) -> Iterator[Declaration]:
        for each in self._templates.declarations.all:
            is_here = each.function == record.function_name and (each.qualifier or LATEST) == record.qualifier
            if each.operation == operation and is_here and parameters.items() <= each.parameters.items():
                yield each


def _change(operation: str, logical_id: str, function_id: str, path: tuple[str, ...], value: Any) -> DeclaredChange:
    return DeclaredChange(operation=operation, logical_id=logical_id, function_id=function_id, path=path, value=value)


def _together(places: Iterator[Place]) -> Place:
    """Return the places of all statements of a policy that was deleted, or the first reason against one of them."""
    found = list(places)
    why = next((each.why_kept for each in found if each.why_kept), "")
    return Place(why_kept=why) if why else Place(tuple(change for each in found for change in each.changes))

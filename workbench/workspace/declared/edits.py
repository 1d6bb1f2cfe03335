"""Writes what was changed of a declaration into the template that has it: only that, where it stands; comments and order stay.

Source: SAM guide, "AWS::Serverless::Function"; CloudFormation template reference, "AWS::Lambda::Alias" and its neighbors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import msgspec

from workbench.model.failures import WorkspaceError
from workbench.workspace.declared.attached_edits import with_mapping, with_permission
from workbench.workspace.functions.properties import SERVERLESS, own_properties
from workbench.workspace.nested.stacks import Stack
from workbench.workspace.resource_edits import without
from workbench.workspace.template import Template
from workbench.workspace.yaml_edits import Keys, remove_value, set_value

_IN_FUNCTION: Mapping[str, str] = {
    "PutFunctionEventInvokeConfig": "EventInvokeConfig", "CreateFunctionUrlConfig": "FunctionUrlConfig",
    "PutProvisionedConcurrencyConfig": "ProvisionedConcurrencyConfig"}
"""Where a function of SAM's has what CloudFormation has as a resource."""
_DESTINATIONS = {"sqs": "SQS", "sns": "SNS", "lambda": "Lambda", "events": "EventBridge", "s3": "S3Bucket"}
"""SAM's types of destinations, by the service in an ARN."""


class DeclaredChange(msgspec.Struct, frozen=True, kw_only=True):
    """A property of a declaration, and its new value; None: it is not set any more. An empty path: nothing is declared any more.

    `operation` is the declaration's. `logical_id` is its resource's, or the one that SAM generates; `function_id` is that of the
    function that it is about. Both have the paths of nested stacks.
    """

    operation: str
    logical_id: str
    function_id: str
    path: tuple[str, ...]
    value: Any = None


class Templates(Protocol):
    """The templates of a workspace."""

    def stacks(self) -> tuple[Stack, ...]:
        """Return the outermost stack and all that are nested in it."""

    def save(self, template: Template) -> None:
        """Write a template."""


def write_declared(templates: Templates, changes: Iterable[DeclaredChange]) -> Callable[[], None]:
    """Write changes, all or none, and return what undoes that. Raises WorkspaceError if a template's form does not allow it."""
    stacks = {stack.path: stack.template for stack in templates.stacks()}
    before, after = dict(stacks), dict(stacks)
    for change in changes:
        path = change.logical_id.rpartition("/")[0]
        after[path] = _Edit(after[path], change).made()
    written = [path for path in after if after[path] is not before[path]]
    for path in written:
        templates.save(after[path])

    def undo() -> None:
        for path in written:
            templates.save(before[path])

    return undo


class _Edit:
    """One change of one template."""

    def __init__(self, template: Template, change: DeclaredChange) -> None:
        self._template = template
        self._change = change
        self._id = change.logical_id.rpartition("/")[2]
        self._function = change.function_id.rpartition("/")[2]
        self._is_alone = self._id != self._function and self._id in template.section("Resources")

    def made(self) -> Template:
        """Return the changed template."""
        change = self._change
        if change.operation == "AddPermission":
            return with_permission(self._template, self._id, change.path, change.value)
        if change.operation == "CreateEventSourceMapping":
            return with_mapping(self._template, self._id, self._function, change.path, change.value)
        if self._is_alone and not change.path and change.operation != "PutProvisionedConcurrencyConfig":
            return without(self._template, self._id)
        if change.path[:1] == ("Tags",):
            return self._with_tag(change.path[1:], change.value)
        keys = (*self._place(), *change.path)
        if change.value is None:
            return self._removed(keys)
        if change.path[:1] == ("DestinationConfig",):
            return self._with_destination(keys, change.value)
        return set_value(self._template, self._at(keys), change.value)

    def _place(self) -> Keys:
        """Return where the declaration stands, below the properties of its resource or of the function."""
        member = _IN_FUNCTION.get(self._change.operation)
        if member is None or (self._is_alone and member != "ProvisionedConcurrencyConfig"):
            return ()
        return (member,)

    def _at(self, keys: Keys) -> Keys:
        return ("Resources", self._id if self._is_alone else self._function, "Properties", *keys)

    def _with_destination(self, keys: Keys, value: Mapping[str, str]) -> Template:
        """Set a destination, member by member so that its form stays. SAM's have a type."""
        kind = {} if self._is_alone else {"Type": _DESTINATIONS[value["Destination"].split(":")[2]]}
        template = self._template
        for name, text in {**kind, **value}.items():
            template = set_value(template, self._at((*keys, name)), text)
        return template

    def _with_tag(self, key: tuple[str, ...], value: Any) -> Template:
        """Set or remove one tag, in SAM's map or in CloudFormation's list."""
        tags = own_properties(self._template, self._function).get("Tags")
        kind = self._template.section("Resources")[self._function].get("Type")
        if not key or kind == SERVERLESS:
            keys = ("Tags", *key)
            return self._removed(keys) if value is None else set_value(self._template, self._at(keys), value)
        listed = tags if isinstance(tags, list) else []
        place = next((number for number, each in enumerate(listed) if each.get("Key") == key[0]), None)
        if value is not None and place is not None:
            return set_value(self._template, self._at(("Tags", place, "Value")), value)
        rest = [each for each in listed if each.get("Key") != key[0]]
        if value is not None:
            rest.append({"Key": key[0], "Value": value})
        return set_value(self._template, self._at(("Tags",)), rest) if rest else self._removed(("Tags",))

    def _removed(self, keys: Keys) -> Template:
        """Remove a property. Raises WorkspaceError for one that comes from elsewhere."""
        present: Any = own_properties(self._template, self._id if self._is_alone else self._function)
        for key in keys:
            if not isinstance(present, dict) or key not in present:
                raise WorkspaceError(f"{'.'.join(map(str, keys))} comes from Globals and cannot be removed from "
                                     f"{self._function} alone.", "Make this change in the text of the template.")
            present = present[key]
        return remove_value(self._template, self._at(keys))

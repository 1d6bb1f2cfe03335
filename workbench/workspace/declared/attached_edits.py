"""Writes permissions and event source mappings into the template: a resource of its own, or an event of SAM's function.

Sources: CloudFormation template reference, "AWS::Lambda::Permission" and "AWS::Lambda::EventSourceMapping"; SAM guide,
"EventSource".
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, count
from typing import Any

from workbench.model.failures import WorkspaceError
from workbench.workspace.functions.properties import own_properties
from workbench.workspace.resource_edits import without
from workbench.workspace.template import Template
from workbench.workspace.yaml_edits import Keys, remove_value, set_value

_THROUGH_QUEUE = "EventSourceMapping"
"""The end of the logical ID of a mapping whose queue is subscribed to a topic; the event's name is before it."""
_OF_EVENTS = frozenset({
    "BatchSize", "Enabled", "MaximumBatchingWindowInSeconds", "MaximumRetryAttempts", "BisectBatchOnFunctionError",
    "MaximumRecordAgeInSeconds", "ParallelizationFactor", "TumblingWindowInSeconds", "FunctionResponseTypes", "FilterCriteria",
    "ScalingConfig", "ProvisionedPollerConfig", "MetricsConfig", "LoggingConfig", "DestinationConfig",
    "SourceAccessConfigurations"})
"""Properties of a mapping that an event has under the same name."""
_RENAMED = {"KMSKeyArn": "KmsKeyArn"}


def event_property(logical_id: str, function_id: str, name: str) -> tuple[str, ...] | None:
    """Return where an event of a function has a property of the mapping that SAM makes of it; None if it has no such property."""
    if logical_id.endswith(_THROUGH_QUEUE):
        return ("SqsSubscription", name) if name == "BatchSize" else None
    if logical_id == function_id:
        return None
    renamed = _RENAMED.get(name, name)
    return (renamed,) if name in _OF_EVENTS or name in _RENAMED else None


def with_permission(template: Template, logical_id: str, path: tuple[str, ...], value: Mapping[str, Any] | None) -> Template:
    """Return the template with a permission: a new one (a path), with other properties, or without it (None)."""
    if value is None:
        return without(template, logical_id)
    if path:
        resource = {"Type": "AWS::Lambda::Permission", "Properties": dict(value)}
        return set_value(template, ("Resources", _free(template, logical_id)), resource)
    present = own_properties(template, logical_id)
    gone = [name for name in present if name not in value and name not in ("FunctionName", "EventSourceToken")]
    for name in gone:
        template = remove_value(template, _properties(logical_id, name))
    for name, each in value.items():
        if present.get(name) != each:
            template = set_value(template, _properties(logical_id, name), each)
    return template


def with_mapping(template: Template, logical_id: str, function: str, path: tuple[str, ...], value: Any) -> Template:
    """Return the template with a property of a mapping, or without that (None); with no path, without the mapping."""
    if logical_id in template.section("Resources"):
        if not path:
            return without(template, logical_id)
        keys = _properties(logical_id, *(_RENAMED.get(name, name) for name in path[:1]), *path[1:])
        if path[0] == "Tags":
            return _with_tag(template, logical_id, path[1], value)
    else:
        event = _event(template, logical_id, function)
        keys = _properties(function, "Events", event, *(("Properties", *path) if path else ()))
        if not path and len(own_properties(template, function)["Events"]) == 1:
            keys = keys[:-1]
    return remove_value(template, keys) if value is None else set_value(template, keys, value)


def _with_tag(template: Template, logical_id: str, key: str, value: str | None) -> Template:
    keys = _properties(logical_id, "Tags")
    listed = [each for each in own_properties(template, logical_id).get("Tags", []) if each.get("Key") != key]
    if value is not None:
        listed.append({"Key": key, "Value": value})
    return set_value(template, keys, listed) if listed else remove_value(template, keys)


def _event(template: Template, logical_id: str, function: str) -> str:
    """Return the name of the event of a function that SAM makes a mapping of. Raises WorkspaceError."""
    events = own_properties(template, function).get("Events")
    for name in events if isinstance(events, dict) else ():
        if logical_id in (f"{function}{name}", f"{function}{name}{_THROUGH_QUEUE}"):
            return str(name)
    raise WorkspaceError(f"The event of {function} that {logical_id} is made of was not found in the template.",
                         "Make this change in the text of the template.")


def _free(template: Template, logical_id: str) -> str:
    """Return the logical ID, with a number if the template has it already."""
    taken = template.section("Resources")
    return next(each for each in chain([logical_id], (f"{logical_id}{number}" for number in count(2))) if each not in taken)


def _properties(logical_id: str, *names: str) -> Keys:
    return ("Resources", logical_id, "Properties", *names)

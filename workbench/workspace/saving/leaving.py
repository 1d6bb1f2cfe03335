"""A function that is about to leave the template: what is written about it there.

Source: SAM guide, "AWS::Serverless::Function"; CloudFormation template reference, "AWS::Lambda::Function".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from workbench.workspace.expansion import expand
from workbench.workspace.function_reader import FunctionReader
from workbench.workspace.functions.effects import IN_EFFECT, UNTOLD
from workbench.workspace.functions.properties import merge_globals, own_properties, shared_properties
from workbench.workspace.intrinsics import Resolver, Unresolved
from workbench.workspace.nested.stacks import Stack
from workbench.workspace.unresolved import unknowns_in
from workbench.workspace.workspace import Workspace

_OF_EVERY_FUNCTION = IN_EFFECT | (UNTOLD.keys() - {"Tags"}) | {"CodeUri", "ImageUri", "InlineCode", "Code"}


def _target(value: Any) -> dict[str, Any]:
    return {"TargetArn": value["TargetArn"]}


_SETTINGS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "Tracing": ("TracingConfig", lambda value: {"Mode": str(value)}), "TracingConfig": ("TracingConfig", dict),
    "KmsKeyArn": ("KMSKeyArn", str), "VpcConfig": ("VpcConfig", lambda value: {"SubnetIds": [], "SecurityGroupIds": [], **value}),
    "DeadLetterQueue": ("DeadLetterConfig", _target), "DeadLetterConfig": ("DeadLetterConfig", _target),
    "SnapStart": ("SnapStart", dict),
}
"""Properties that are settings in the API, too, but that the engine does not read: the member there, and its value."""


class Leaving(msgspec.Struct, frozen=True):
    """The template that has a function.

    `settings` are members of CreateFunction that the engine does not read. `others`: those of the properties that are neither
    these nor settings, code and permissions.
    """

    template: str
    settings: Mapping[str, Any] = {}
    others: tuple[str, ...] = ()


def leaving(workspace: Workspace, logical_id: str) -> Leaving:
    """Read what is written about a function. Raises WorkspaceError. Blocks."""
    path, _, own_id = logical_id.rpartition("/")
    stack = next(each for each in workspace.stacks() if each.path == path)
    if own_id not in stack.template.section("Resources"):  # one that a loop makes, whose removal is refused
        return Leaving(stack.template.path.name)
    written = merge_globals(shared_properties(stack.template, own_id), own_properties(stack.template, own_id))
    settings = _settings(stack, own_id)
    known = _OF_EVERY_FUNCTION | {name for name, (member, _) in _SETTINGS.items() if member in settings}
    return Leaving(stack.template.path.name, settings, tuple(name for name in written if name not in known))


def _settings(stack: Stack, own_id: str) -> dict[str, Any]:
    """Return the settings whose values are known and have the right form."""
    meant = expand(stack.template, stack.pseudo)
    reader = FunctionReader(meant, Resolver(meant.data, stack.pseudo), own_id)
    found: dict[str, Any] = {}
    for name, (member, made) in _SETTINGS.items():
        value = reader.setting(name)
        if value is None or isinstance(value, Unresolved) or unknowns_in(value):
            continue
        try:
            found[member] = made(value)
        except (KeyError, TypeError, ValueError):
            continue
    return found

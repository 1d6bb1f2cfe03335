"""A function that is about to leave the template: what is written about it there."""

from __future__ import annotations

import msgspec

from workbench.workspace.functions.effects import IN_EFFECT, UNTOLD
from workbench.workspace.functions.properties import merge_globals, own_properties, shared_properties
from workbench.workspace.functions.told import TOLD
from workbench.workspace.workspace import Workspace

_OF_EVERY_FUNCTION = IN_EFFECT | (UNTOLD.keys() - {"Tags"}) | {"CodeUri", "ImageUri", "InlineCode", "Code"}


class Leaving(msgspec.Struct, frozen=True):
    """The template that has a function, and those of its properties that are more than settings, code and permissions."""

    template: str
    properties: tuple[str, ...] = ()


def leaving(workspace: Workspace, logical_id: str) -> Leaving:
    """Read what is written about a function. Raises WorkspaceError. Blocks."""
    path, _, own_id = logical_id.rpartition("/")
    stack = next(each for each in workspace.stacks() if each.path == path)
    if own_id not in stack.template.section("Resources"):  # one that a loop makes, whose removal is refused
        return Leaving(stack.template.path.name)
    written = merge_globals(shared_properties(stack.template, own_id), own_properties(stack.template, own_id))
    told = workspace.function(logical_id).told
    known = _OF_EVERY_FUNCTION | {name for name, (member, _) in TOLD.items() if member in told}
    return Leaving(stack.template.path.name, tuple(name for name in written if name not in known))

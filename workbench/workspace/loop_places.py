"""Finds the lines of a loop or snippet that make a function: it cannot be changed on its own, but messages can name the lines."""

from __future__ import annotations

import re

from workbench.model.failures import WorkspaceError
from workbench.workspace.expansion import ExpandedTemplate, Origin, expand
from workbench.workspace.loops import LOOP
from workbench.workspace.nested.stacks import Stack
from workbench.workspace.template import Template
from workbench.workspace.yaml_nodes import Mapping, Node, Pair, Sequence, dereference

_ITEM = re.compile(r"[$&]\{[A-Za-z0-9]+\}")


def made_by_loop(stack: Stack, logical_id: str) -> WorkspaceError | None:
    """Return why a function cannot be renamed, copied or deleted, naming the deciding lines; None if the text spells it out."""
    meant = expand(stack.template, stack.pseudo)
    origin = meant.origins.get(logical_id)
    if origin is None:
        return None
    body = _body(stack.template, origin, logical_id)
    advice = _in_text(origin)
    if body is not None:
        loop, pair = body
        advice = (f"The collection in line {_collection(loop).line + 1} says which functions there are, "
                  f"the key in line {pair.key.line + 1} what they are called.")
    return WorkspaceError(origin.sentence(stack.template.path.name, logical_id), advice)


def unwritten(template: Template, meant: ExpandedTemplate, logical_id: str, keys: tuple[str | int, ...]) -> WorkspaceError:
    """Return why a property cannot be changed for this function alone, naming the line that changes it for the whole loop."""
    origin = meant.origins[logical_id]
    body = _body(template, origin, logical_id)
    advice = _advice(body[1], ("Properties", *keys), _made_alike(meant, origin, body[1])) if body else _in_text(origin)
    return WorkspaceError(origin.sentence(template.path.name, logical_id), advice)


def _in_text(origin: Origin) -> str:
    snippet = origin.what.removeprefix("the snippet ")
    return f"Make this change in the text of {snippet if snippet != origin.what else 'the template'}."


def _advice(body: Pair, keys: tuple[str | int, ...], alike: str) -> str:
    pair, name = body, ".".join(str(key) for key in keys[1:] if isinstance(key, str))
    for key in keys:
        node = dereference(pair.value)
        found = node.pair(key) if isinstance(node, Mapping) and isinstance(key, str) else None
        if found is None:
            break
        pair = found
    if pair.key.value == [key for key in keys if isinstance(key, str)][-1]:
        return f"To change {name} for {alike}, edit line {pair.key.line + 1}."
    return f"To set {name} for {alike}, add it below {pair.key.value} in line {pair.key.line + 1}."


def _made_alike(meant: ExpandedTemplate, origin: Origin, body: Pair) -> str:
    """Name everything that the same lines make."""
    made = [name for name, other in meant.origins.items() if other == origin and _is_made_of(body, name)]
    return " and ".join(made) if len(made) < 3 else f"all {len(made)} ({', '.join(made[:3])}{', …' if len(made) > 3 else ''})"


def _body(template: Template, origin: Origin, logical_id: str) -> tuple[Sequence, Pair] | None:
    """Return the innermost loop that makes the resource and the pair in its body that becomes it; None if not found."""
    resources = template.root.get("Resources")
    loop = resources.pair(origin.what.removeprefix("the loop ")) if isinstance(resources, Mapping) else None
    return _in_loop(loop, logical_id) if loop is not None else None


def _in_loop(loop: Pair, logical_id: str) -> tuple[Sequence, Pair] | None:
    parts = dereference(loop.value)
    body = dereference(parts.items[2]) if isinstance(parts, Sequence) and len(parts.items) == 3 else None
    for pair in body.pairs if isinstance(body, Mapping) and isinstance(parts, Sequence) else ():
        found = _in_loop(pair, logical_id) if pair.key.value.startswith(LOOP) else None
        if found is not None:
            return found
        if _is_made_of(pair, logical_id) and isinstance(parts, Sequence):
            return parts, pair
    return None


def _is_made_of(pair: Pair, logical_id: str) -> bool:
    first, *others = _ITEM.split(pair.key.value)
    if not others:
        return logical_id == first
    *between, last = others
    if not logical_id.startswith(first) or not logical_id.endswith(last):
        return False
    end = _end_of(between, logical_id, len(first))
    return 0 <= end < len(logical_id) - len(last)


def _end_of(parts: list[str], text: str, begin: int) -> int:
    """Where the last of these parts ends in a text, each with at least one character before it; -1 if they are not all there.

    Each is taken as early as possible. A regular expression with a ".+" for each of a hostile template's items would take `re`
    forever.
    """
    for part in parts:
        found = text.find(part, begin + 1)
        if found < 0:
            return -1
        begin = found + len(part)
    return begin


def _collection(loop: Sequence) -> Node:
    return loop.items[1]

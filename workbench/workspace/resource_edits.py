"""Adds, renames, copies and deletes functions in the text of a template, without touching files."""

from __future__ import annotations

import re
from typing import Any

from workbench.model.failures import WorkspaceError
from workbench.workspace.functions.properties import SERVERLESS
from workbench.workspace.references import Reference, references
from workbench.workspace.template import Template
from workbench.workspace.yaml_edits import Keys, remove_value, set_value
from workbench.workspace.yaml_nodes import Mapping, Pair, walk

TRANSFORM = "AWS::Serverless-2016-10-31"
_API_EVENTS = ("Api", "HttpApi")


def with_function(template: Template, logical_id: str, properties: dict[str, Any]) -> Template:
    """Return the template with a new AWS::Serverless::Function at the end of its resources; adds SAM's transform if missing."""
    return with_resource(template, logical_id, {"Type": SERVERLESS, "Properties": properties})


def with_resource(template: Template, logical_id: str, resource: dict[str, Any]) -> Template:
    """Return the template with a new resource of SAM's at the end of its resources; adds the transform if it is missing."""
    changed = set_value(_with_transform(template), ("Resources", logical_id), resource)
    return _with_blank_line_before(changed, logical_id)


def renamed(template: Template, old: str, new: str) -> Template:
    """Return the template with the resource and all references to it renamed."""
    pair = _resource_pair(template, old)
    spans = [(reference.start, reference.end) for reference in references(template, old)]
    key_start = template.text.index(old, pair.key.start, pair.key.end)  # the key may be in quotes
    return template.with_text(_replaced(template.text, [*spans, (key_start, key_start + len(old))], new))


def without(template: Template, logical_id: str) -> Template:
    """Return the template without the resource and without the outputs that refer to it.

    Raises WorkspaceError if another resource still refers to it.
    """
    _resource_pair(template, logical_id)
    others = [found for found in references(template, logical_id) if (found.section, found.entry) != ("Resources", logical_id)]
    needing = [found for found in others if found.section != "Outputs"]
    if needing:
        raise _still_needed(template, logical_id, needing)
    for output in dict.fromkeys(found.entry for found in others):
        template = _without_output(template, output)
    return remove_value(template, ("Resources", logical_id), with_comments=True)


def duplicated(template: Template, logical_id: str, new: str) -> Template:
    """Return the template with a copy of the resource right after it.

    The copy has no FunctionName and no API routes, because both must be unique in a deployment.
    """
    keys: Keys = ("Resources", new, "Properties")
    copied = _with_copy(template, logical_id, new)
    properties = copied.section("Resources")[new].get("Properties") or {}
    if "FunctionName" in properties:
        copied = remove_value(copied, (*keys, "FunctionName"))
    return _without_routes(copied, keys, properties.get("Events") or {})


def _with_copy(template: Template, logical_id: str, new: str) -> Template:
    pair = _resource_pair(template, logical_id)
    resources = template.root.get("Resources")
    assert isinstance(resources, Mapping)
    if resources.flow:
        return set_value(template, ("Resources", new), template.section("Resources")[logical_id])
    end = pair.content_end(template.text)
    line_end = re.compile(r"[^\r\n]*").match(template.text, end)
    end = line_end.end() if line_end else end
    block = _copied_text(template, pair, logical_id, new, end)
    gap = template.line_end * (2 if _has_blank_lines(template) else 1)
    return template.with_text(template.text[:end] + gap + block + template.text[end:])


def _copied_text(template: Template, pair: Pair, logical_id: str, new: str, end: int) -> str:
    """Return the resource's lines with the new name, also in references to itself, and without anchors (they must be unique)."""
    start = template.text.rfind("\n", 0, pair.key.start) + 1
    key_start = template.text.index(logical_id, pair.key.start, pair.key.end)
    own = [found for found in references(template, logical_id) if (found.section, found.entry) == ("Resources", logical_id)]
    spans = [(found.start, found.end, new) for found in own] + [(key_start, key_start + len(logical_id), new)]
    for node in walk(pair.value):
        if node.anchor:
            at = template.text.index(f"&{node.anchor}", node.start)
            spans.append((at, at + len(node.anchor) + 1, ""))
    text = template.text[:end]
    for first, last, replacement in sorted(spans, reverse=True):
        text = text[:first] + replacement + text[last:].lstrip(" " if not replacement else "")
    return text[start:]


def _without_routes(template: Template, keys: Keys, events: dict[str, Any]) -> Template:
    routes = [name for name, event in events.items() if isinstance(event, dict) and event.get("Type") in _API_EVENTS]
    if len(routes) == len(events) and routes:
        return remove_value(template, (*keys, "Events"))
    for name in routes:
        template = remove_value(template, (*keys, "Events", name))
    return template


def _without_output(template: Template, name: str) -> Template:
    if len(template.section("Outputs")) == 1:
        return remove_value(template, ("Outputs",))
    return remove_value(template, ("Outputs", name), with_comments=True)


def _still_needed(template: Template, logical_id: str, needing: list[Reference]) -> WorkspaceError:
    places = ", ".join(f"{entry} (line {', '.join(_lines(needing, entry))})" for entry in dict.fromkeys(f.entry for f in needing))
    return WorkspaceError(f"{logical_id} cannot be deleted: {template.path.name} refers to it in {places}.",
                          "Remove these references first.")


def _lines(found: list[Reference], entry: str) -> list[str]:
    return [str(line + 1) for line in dict.fromkeys(reference.line for reference in found if reference.entry == entry)]


def _resource_pair(template: Template, logical_id: str) -> Pair:
    resources = template.root.get("Resources")
    pair = resources.pair(logical_id) if isinstance(resources, Mapping) else None
    if not isinstance(resources, Mapping) or pair is None:
        raise WorkspaceError(f"{template.path.name} has no resource {logical_id} of its own.",
                             "Reload the list of functions. Change what a loop or an included snippet makes in the text.")
    if resources.stands_twice(logical_id):
        raise WorkspaceError(f"{template.path.name} has the resource {logical_id} twice; the last one counts.",
                             "Remove or rename one of the two in the text of the template first.")
    return pair


def _replaced(text: str, spans: list[tuple[int, int]], new: str) -> str:
    # From the end, so that the offsets of earlier spans stay valid.
    for start, end in sorted(set(spans), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _with_transform(template: Template) -> Template:
    transform = template.data.get("Transform")
    names = transform if isinstance(transform, list) else [transform]
    if TRANSFORM in names:
        return template
    return set_value(template, ("Transform",), [*transform, TRANSFORM] if isinstance(transform, list) else TRANSFORM)


def _with_blank_line_before(template: Template, logical_id: str) -> Template:
    """Put a blank line before the new resource if the others have blank lines between them."""
    resources = template.root.get("Resources")
    pair = _resource_pair(template, logical_id)
    if not isinstance(resources, Mapping) or resources.flow or len(resources.pairs) < 2 or not _has_blank_lines(template, pair):
        return template
    start = template.text.rfind("\n", 0, pair.key.start) + 1
    return template.with_text(template.text[:start] + template.line_end + template.text[start:])


def _has_blank_lines(template: Template, ignoring: Pair | None = None) -> bool:
    """Whether resources are separated by blank lines; with a single resource, assume so."""
    resources = template.root.get("Resources")
    pairs = [pair for pair in resources.pairs if pair is not ignoring] if isinstance(resources, Mapping) else []
    ends = [pair.content_end(template.text) for pair in pairs]
    between = [template.text[end : following.key.start] for end, following in zip(ends, pairs[1:], strict=False)]
    return len(pairs) < 2 or any(re.search(r"\n[ \t]*\r?\n", gap) for gap in between)

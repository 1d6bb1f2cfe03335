"""Finds where a template refers to one of its resources: !Ref, !GetAtt, !Sub, DependsOn and connectors.

SAM generates further resources from a function (`HelloRole`, `HelloUrl`); references to those count too.
Source: SAM guide, "Generated CloudFormation resources for AWS SAM".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.workspace.template import Template
from workbench.workspace.yaml_nodes import Mapping, Node, Pair, Scalar, Sequence

_GENERATED = r"Role|Url\w*|Version\w*|Alias\w*|DeploymentGroup|EventInvokeConfig\w*"
_INTRINSICS = {"Ref": "!Ref", "Fn::GetAtt": "!GetAtt", "Fn::Sub": "!Sub"}


@dataclass(frozen=True)
class Reference:
    """A place that names the resource: `start`..`end` is the name in the text, `section` and `entry` the keys it is below."""

    section: str
    entry: str
    line: int
    start: int
    end: int


def references(template: Template, logical_id: str) -> list[Reference]:
    """Return all references to the resource in the order of the text, not counting its own key."""
    found: list[Reference] = []
    for section in template.root.pairs:
        entries = section.value.pairs if isinstance(section.value, Mapping) else []
        for entry in entries:
            search = _Search(template, logical_id, section.key.value, entry.key.value)
            found += search.in_node(entry.value, depth=0)
    return sorted(found, key=lambda reference: reference.start)


class _Search:
    """Searches one entry of a section."""

    def __init__(self, template: Template, logical_id: str, section: str, entry: str) -> None:
        self._text = template.text
        self._place = (section, entry)
        self._id = logical_id
        self._declared = {*template.section("Resources"), *template.section("Parameters")}
        name, generated = re.escape(logical_id), "|".join([_GENERATED, *_made_of_events(template, logical_id)])
        self._name = re.compile(rf"(?<![A-Za-z0-9])({name})(?:{generated})?(?![A-Za-z0-9])")
        self._in_sub = re.compile(rf"\$\{{\s*({name})(?:{generated})?(?=\s*[.}}])")

    def in_node(self, node: Node, depth: int) -> Iterator[Reference]:
        if node.tag in _INTRINSICS.values():
            yield from self._in_intrinsic(node.tag, node)
        if isinstance(node, Mapping):
            for pair in node.pairs:
                yield from self._in_pair(node, pair, depth)
        elif isinstance(node, Sequence):
            for item in node.items:
                yield from self.in_node(item, depth + 1)

    def _in_pair(self, owner: Mapping, pair: Pair, depth: int) -> Iterator[Reference]:
        key = pair.key.value
        if key in _INTRINSICS and len(owner.pairs) == 1:
            yield from self._in_intrinsic(_INTRINSICS[key], pair.value)
        elif key == "DependsOn" and depth == 0:
            yield from self._names(*(pair.value.items if isinstance(pair.value, Sequence) else [pair.value]))
        elif key in ("Source", "Destination") and isinstance(pair.value, Mapping):
            yield from self._names(*(found.value for found in [pair.value.pair("Id")] if found))
        yield from self.in_node(pair.value, depth + 1)

    def _in_intrinsic(self, tag: str, node: Node) -> Iterator[Reference]:
        first = node.items[0] if isinstance(node, Sequence) and node.items else node
        if tag != "!Sub":
            yield from self._names(first)
        elif isinstance(first, Scalar) and not _redefines(node, self._id):
            yield from self._matches(self._in_sub, first)

    def _names(self, *nodes: Node) -> Iterator[Reference]:
        for node in nodes:
            if isinstance(node, Scalar) and re.match(self._name, node.value):
                yield from self._matches(self._name, node, at_most=1)

    def _matches(self, pattern: re.Pattern[str], node: Scalar, at_most: int | None = None) -> Iterator[Reference]:
        start = node.start + (len(node.tag) if self._text.startswith(node.tag, node.start) else 0)
        matches = list(pattern.finditer(self._text, start, node.end))[:at_most]
        for match in matches:
            token = match.group().removeprefix("${").strip()
            # HelloRole refers to Hello only if the template has no HelloRole of its own.
            if token == self._id or token not in self._declared:
                yield Reference(*self._place, node.line, match.start(1), match.end(1))


def _made_of_events(template: Template, logical_id: str) -> list[str]:
    """Return patterns of what SAM appends to the logical ID for resources made from the function's events: `HelloTick`."""
    resource = template.section("Resources").get(logical_id)
    properties = resource.get("Properties") if isinstance(resource, dict) else None
    events = properties.get("Events") if isinstance(properties, dict) else None
    return [rf"{re.escape(str(name))}\w*" for name in events] if isinstance(events, dict) else []


def _redefines(node: Node, name: str) -> bool:
    """Whether a !Sub with its own variables gives the name another meaning."""
    variables = node.items[1] if isinstance(node, Sequence) and len(node.items) > 1 else None
    return isinstance(variables, Mapping) and variables.pair(name) is not None

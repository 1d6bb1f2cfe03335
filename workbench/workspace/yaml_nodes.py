"""A YAML document as nodes that know where they stand in the text, so that an edit can leave every other byte alone.

ruamel.yaml scans and parses; the tree is ours because its own composers lose the place of aliases and empty values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from workbench.model.failures import WorkspaceError
from workbench.workspace.yaml_errors import broken, syntax_error

MAX_WEIGHT = 500_000
"""Most values a document may have with its aliases written out; more is an alias bomb, not a template."""

MAX_DEPTH = 60
"""Deepest nesting that is read; real templates stay below 20."""


@dataclass(slots=True)
class Node:
    """What all nodes share: `start`..`end` are character offsets of the value with its tag and anchor."""

    start: int
    end: int
    line: int
    column: int
    tag: str = ""
    anchor: str = ""
    weight: int = 1

    def content_end(self, text: str) -> int:
        """The offset behind the last character that belongs to the value, without blank lines and comments after it."""
        return min(self.end, len(text))


@dataclass(slots=True)
class Scalar(Node):
    """A single value. `style` is "" (plain), ' or ", | or >."""

    value: str = ""
    style: str = ""

    def content_end(self, text: str) -> int:
        """Block scalars end before the blank lines that follow them."""
        return self.start + len(text[self.start : self.end].rstrip()) if self.style in ("|", ">") else self.end


@dataclass(slots=True)
class Alias(Node):
    """`*name`: stands for a node that was written earlier."""

    target: Node = field(default_factory=lambda: Scalar(0, 0, 0, 0))


@dataclass(slots=True)
class Sequence(Node):
    """A list; `flow` when it is written in brackets."""

    items: list[Node] = field(default_factory=list)
    flow: bool = False

    def content_end(self, text: str) -> int:
        """The end of the last item, or the closing bracket."""
        return self.end if self.flow or not self.items else self.items[-1].content_end(text)


@dataclass(slots=True)
class Pair:
    """One `key: value` of a mapping."""

    key: Scalar
    value: Node

    def content_end(self, text: str) -> int:
        """The end of the value; for an empty value the end of the colon."""
        if self.has_empty_value():
            return text.index(":", self.key.end) + 1
        return self.value.content_end(text)

    def has_empty_value(self) -> bool:
        """Whether nothing at all follows the colon."""
        return isinstance(self.value, Scalar) and self.value.start == self.value.end


@dataclass(slots=True)
class Mapping(Node):
    """A map with scalar keys; `flow` when it is written in braces."""

    pairs: list[Pair] = field(default_factory=list)
    flow: bool = False

    def content_end(self, text: str) -> int:
        """The end of the last pair, or the closing brace."""
        return self.end if self.flow or not self.pairs else self.pairs[-1].content_end(text)

    def pair(self, key: str) -> Pair | None:
        """The pair written in this mapping itself (not one merged in with `<<`)."""
        return next((pair for pair in self.pairs if pair.key.value == key), None)

    def get(self, key: str) -> Node | None:
        """The value written under the key, aliases followed."""
        pair = self.pair(key)
        return dereference(pair.value) if pair else None


def dereference(node: Node) -> Node:
    """The node an alias stands for; any other node itself."""
    return node.target if isinstance(node, Alias) else node


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes written inside it, keys included; aliases are not followed."""
    yield node
    if isinstance(node, Mapping):
        for pair in node.pairs:
            yield pair.key
            yield from walk(pair.value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from walk(item)


def compose(text: str, path: Path) -> Node:
    """The one document in the text; an empty text is an empty scalar.

    Raises WorkspaceError with file, line, column, reason and advice when it is not well-formed.
    """
    try:
        return _Composer(text, path).document()
    except YAMLError as error:
        raise syntax_error(path, text, error) from error


class _Composer:
    """Turns the event stream into nodes."""

    def __init__(self, text: str, path: Path) -> None:
        # A parser starts in its own place for every text: an instance must not be shared.
        self._events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(text))
        self._anchors: dict[str, Node] = {}
        self._path = path
        self._depth = 0

    def document(self) -> Node:
        next(self._events)
        first = next(self._events)
        if isinstance(first, StreamEndEvent):
            return Scalar(0, 0, 0, 0)
        root = self._node(next(self._events))
        next(self._events)
        following = next(self._events)
        if isinstance(following, DocumentStartEvent):
            raise self._broken(following, "a second document starts here", "Keep one document and remove the line ---.")
        return root

    def _node(self, event: Event) -> Node:
        if isinstance(event, AliasEvent):
            return self._alias(event)
        assert isinstance(event, NodeEvent)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._broken(event, "the structure is nested too deeply", "Flatten it.")
        node = self._fresh(event)
        self._depth -= 1
        if node.anchor:
            self._anchors[node.anchor] = node
        return node

    def _fresh(self, event: NodeEvent) -> Node:
        if isinstance(event, ScalarEvent):
            return Scalar(*_place(event), tag=_tag(event), anchor=event.anchor or "", value=event.value, style=event.style or "")
        if isinstance(event, MappingStartEvent):
            return self._mapping(event)
        assert isinstance(event, SequenceStartEvent)
        return self._sequence(event)

    def _alias(self, event: AliasEvent) -> Alias:
        target = self._anchors.get(str(event.anchor))
        if target is None:
            raise self._broken(event, f"the alias *{event.anchor} has no anchor &{event.anchor} above it",
                               "Correct the name, or define the anchor first.")
        return Alias(*_place(event), target=target, weight=target.weight)

    def _sequence(self, start: SequenceStartEvent) -> Sequence:
        node = Sequence(*_place(start), tag=_tag(start), anchor=start.anchor or "", flow=bool(start.flow_style))
        while not isinstance(event := next(self._events), SequenceEndEvent):
            item = self._node(event)
            node.items.append(item)
            self._weigh(node, item, event)
        node.end = event.end_mark.index
        return node

    def _mapping(self, start: MappingStartEvent) -> Mapping:
        node = Mapping(*_place(start), tag=_tag(start), anchor=start.anchor or "", flow=bool(start.flow_style))
        seen: set[str] = set()
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event, seen)
            value = self._node(next(self._events))
            node.pairs.append(Pair(key, value))
            self._weigh(node, value, event)
        node.end = event.end_mark.index
        return node

    def _key(self, event: Event, seen: set[str]) -> Scalar:
        key = self._node(event)
        if not isinstance(key, Scalar):
            raise self._broken(event, "a key must be a plain word here", "Write key: value.")
        if key.value in seen and key.value != "<<":
            raise self._broken(event, f"the key {key.value} is there twice", "Remove or rename one of the two.")
        seen.add(key.value)
        return key

    def _weigh(self, node: Node, child: Node, event: Event) -> None:
        node.weight += child.weight
        if node.weight > MAX_WEIGHT:
            raise self._broken(event, "the aliases multiply to far too many values", "Use fewer aliases.")

    def _broken(self, event: Event, reason: str, hint: str) -> WorkspaceError:
        return broken(self._path, event.start_mark.line, event.start_mark.column, reason, hint)


def _place(event: Any) -> tuple[int, int, int, int]:
    start, end = event.start_mark, event.end_mark
    return start.index, end.index, start.line, start.column


def _tag(event: NodeEvent) -> str:
    tag = getattr(event, "tag", None)
    return str(tag) if tag else ""

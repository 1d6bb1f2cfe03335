"""Composes a YAML document into nodes with PyYAML, as the SAM CLI and the AWS CLI do.

PyYAML's C parser is a hundred times faster and accepts some correct texts that its Python parser refuses (a tab after a value);
the Python parser accepts some that the C parser refuses. A text that either of them accepts is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
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
from workbench.workspace.characters import whole_characters
from workbench.workspace.yaml_errors import broken, syntax_error
from workbench.workspace.yaml_nodes import Alias, Mapping, Node, Pair, Scalar, Sequence, dereference

MAX_WEIGHT = 500_000
"""The maximum number of values in a document with its aliases expanded; more is an alias bomb, not a template."""

MAX_DEPTH = 100
"""The deepest nesting that is read; real templates stay below 20."""

_TOO_DEEP = ("the structure is nested too deeply", "Flatten it.")
_MOST_FOR_PYTHON = 250_000
"""The maximum number of characters for the slow Python parser, which takes a few seconds for a text of this size."""


def compose(text: str, path: Path) -> Node:
    """Compose the only document in the text; an empty text is an empty scalar.

    Raises WorkspaceError with file, line, column, reason and advice if it is not well-formed.
    """
    return _Composer(_events(text, path), path).document()


def _events(text: str, path: Path) -> list[Event]:
    if hasattr(yaml, "CSafeLoader"):
        try:
            return list(_bounded(yaml.parse(text, yaml.CSafeLoader), path))
        except (yaml.YAMLError, UnicodeEncodeError) as error:  # the C parser cannot encode halves of surrogate pairs
            if len(text) > _MOST_FOR_PYTHON and isinstance(error, yaml.YAMLError):
                raise syntax_error(path, text, error) from error
    try:
        return list(_bounded(yaml.parse(text, yaml.SafeLoader), path))
    except yaml.YAMLError as error:
        raise syntax_error(path, text, error) from error


def _bounded(events: Iterable[Event], path: Path) -> Iterator[Event]:
    """Stop at MAX_DEPTH while parsing, because the time that both parsers take grows with the square of the depth."""
    depth = 0
    for event in events:
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise broken(path, event.start_mark.line, event.start_mark.column, *_TOO_DEEP)
        yield event


class _Composer:
    """Turns parser events into nodes."""

    def __init__(self, events: list[Event], path: Path) -> None:
        self._events: Iterator[Event] = iter(events)
        self._anchors: dict[str, Node] = {}
        self._path = path
        self._depth = 0

    def document(self) -> Node:
        next(self._events)
        if isinstance(next(self._events), StreamEndEvent):
            return Scalar(0, 0, 0, 0)
        root = self._node(next(self._events))
        next(self._events)
        for event in self._events:
            if isinstance(event, DocumentStartEvent) and not _is_empty(next(self._events)):
                raise self._broken(event, "a second document starts here", "Keep one document and remove the line ---.")
        return root

    def _node(self, event: Event) -> Node:
        if isinstance(event, AliasEvent):
            return self._alias(event)
        assert isinstance(event, NodeEvent)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._broken(event, *_TOO_DEEP)
        node = self._fresh(event)
        self._depth -= 1
        if node.anchor:
            self._anchors[node.anchor] = node
        return node

    def _fresh(self, event: NodeEvent) -> Node:
        if isinstance(event, ScalarEvent):
            return Scalar(*_place(event), tag=_tag(event), anchor=event.anchor or "", value=whole_characters(event.value),
                          style=event.style or "")
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
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event)
            value = self._node(next(self._events))
            node.pairs.append(Pair(key, value))
            self._weigh(node, value, event)
        node.end = event.end_mark.index
        return node

    def _key(self, event: Event) -> Scalar:
        key = self._node(event)
        meant = dereference(key)
        if not isinstance(meant, Scalar):
            raise self._broken(event, "a key must be a plain word here", "Write key: value.")
        return meant if meant is key else Scalar(*_place(event), value=meant.value, style=meant.style)

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


def _is_empty(event: Event) -> bool:
    return isinstance(event, ScalarEvent) and not event.value

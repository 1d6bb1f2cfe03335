"""Composes a JSON document into the same nodes as YAML: JSON may contain what YAML readers refuse, such as tabs and surrogates.

The SAM CLI also tries JSON before YAML. Strings are read by Python's own JSON decoder.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]  # typeshed leaves it out

from workbench.workspace.characters import whole_characters
from workbench.workspace.yaml_nodes import Mapping, Node, Pair, Scalar, Sequence

_SPACE = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null")
_LINE_END = re.compile(r"\r\n|\r|\n")
_MAX_DEPTH = 100


def compose_json(text: str) -> Node | None:
    """Return the document, None if the text is not JSON; it is then read as YAML, which also reports the errors."""
    if not text.lstrip(" \t\r\n").startswith("{"):
        return None
    try:
        return _Composer(text).document()
    except (JSONDecodeError, IndexError, RecursionError):  # IndexError: the text ends where a value is expected
        return None


class _Composer:
    """Composes one document in a single pass over the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 0
        self._line_start = 0
        self._counted = 0
        self._depth = 0

    def document(self) -> Node:
        self._skip_space()
        root = self._value()
        self._skip_space()
        if self._at != len(self._text):
            raise JSONDecodeError("Extra data", self._text, self._at)
        return root

    def _value(self) -> Node:
        character = self._text[self._at]
        if character in "{[":
            return self._nested(self._mapping if character == "{" else self._sequence)
        return self._quoted() if character == '"' else self._word()

    def _nested(self, compose: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise RecursionError
        node = compose()
        self._depth -= 1
        return node

    def _mapping(self) -> Mapping:
        node = Mapping(*self._place(), flow=True)
        while self._has_more("}", first=not node.pairs):
            key = self._quoted()
            self._expect(":")
            node.pairs.append(Pair(key, self._value()))
        node.end = self._at
        return node

    def _sequence(self) -> Sequence:
        node = Sequence(*self._place(), flow=True)
        while self._has_more("]", first=not node.items):
            node.items.append(self._value())
        node.end = self._at
        return node

    def _has_more(self, closing: str, *, first: bool) -> bool:
        """Step over the opening bracket or the comma to the next value, or over the closing bracket."""
        if first:
            self._at += 1
            self._skip_space()
            if self._text[self._at] != closing:
                return True
        else:
            self._skip_space()
            if self._text[self._at] != closing:
                self._expect(",")
                return True
        self._at += 1
        return False

    def _expect(self, character: str) -> None:
        self._skip_space()
        if self._text[self._at] != character:
            raise JSONDecodeError(f"Expecting {character}", self._text, self._at)
        self._at += 1
        self._skip_space()

    def _quoted(self) -> Scalar:
        if self._text[self._at] != '"':
            raise JSONDecodeError("Expecting a text", self._text, self._at)
        place = self._place()
        value, self._at = scanstring(self._text, self._at + 1)
        return Scalar(place[0], self._at, *place[2:], value=whole_characters(value), style='"')

    def _word(self) -> Scalar:
        match = _WORD.match(self._text, self._at)
        if not match:
            raise JSONDecodeError("Expecting a value", self._text, self._at)
        place = self._place()
        self._at = match.end()
        value = match.group()
        # YAML 1.1 requires a point and a sign in a number with an exponent: without the tag, 1e3 would be text.
        tag = "tag:yaml.org,2002:float" if "e" in value.lower() and value[0] not in "tfn" else ""
        return Scalar(place[0], self._at, *place[2:], tag=tag, value=value)

    def _place(self) -> tuple[int, int, int, int]:
        """Return where a node starts: its offset twice (the end is not known yet), line and column."""
        for match in _LINE_END.finditer(self._text, self._counted, self._at):
            self._line += 1
            self._line_start = match.end()
        self._counted = self._at
        return self._at, self._at, self._line, self._at - self._line_start

    def _skip_space(self) -> None:
        match = _SPACE.match(self._text, self._at)
        assert match
        self._at = match.end()

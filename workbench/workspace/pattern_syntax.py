"""Reads regular expressions: the part of their syntax that means the same in Java and Python and can be matched in bounded time.

Source: `java.util.regex.Pattern`; Python's manual, `re`.
"""

from __future__ import annotations

import re

import msgspec

MOST_CHARACTERS = 4_096
_MOST_DEPTH = 50
_COUNTS = re.compile(r"\{(\d{1,5})(?:(,)(\d{1,5})?)?\}")
_GROUP = re.compile(r"\((?:\?:|\?P?<[A-Za-z][A-Za-z0-9]*>)?(?!\?)")
_ESCAPED = re.compile(r"\\(?:[dDwWsSnrtfv]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^A-Za-z0-9\n])")
# Without an inner "[", "&&" and the like: they are operators in Java, and will be in Python.
_SET = re.compile(r"\[\^?\]?(?:[^\]\[\\&|~-]|([&|~-])(?!\1)|" + _ESCAPED.pattern + r")*\]")
# Not \Z: in Python it is the very end, in Java also before a newline.
_EDGES = {"^": "^", "$": "$", r"\A": "^", r"\z": "z"}


class UnknownPattern(Exception):
    """It is not a pattern, or one whose matches cannot be told."""


class OneCharacter(msgspec.Struct, frozen=True):
    """A piece of a pattern that takes exactly one character."""

    piece: str


class Edge(msgspec.Struct, frozen=True):
    """The text's begin ("^"), its end ("z"), or its end or a newline there ("$")."""

    which: str


class Sequel(msgspec.Struct, frozen=True):
    """Parts one after the other."""

    parts: tuple[Node, ...]


class Choice(msgspec.Struct, frozen=True):
    """One of several ways."""

    ways: tuple[Node, ...]


class Repeat(msgspec.Struct, frozen=True):
    """A part `least` to `most` times, None for any number."""

    part: Node
    least: int
    most: int | None


Node = OneCharacter | Edge | Sequel | Choice | Repeat


def parsed(pattern: str) -> tuple[int, Node]:
    """The flags for `re`, and the pattern's structure. Raises UnknownPattern."""
    if len(pattern) > MOST_CHARACTERS:
        raise UnknownPattern("It is too long.")
    ignores_case = pattern.startswith("(?i)")
    reader = _Reader(pattern, 4 if ignores_case else 0)
    node = reader.choice(0)
    if not reader.is_at_end:
        raise UnknownPattern("It has an unmatched parenthesis.")
    return re.IGNORECASE if ignores_case else 0, node


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str, begin: int) -> None:
        self._pattern = pattern
        self._at = begin

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._pattern)

    def choice(self, depth: int) -> Node:
        """Read until a closing parenthesis or the end."""
        if depth > _MOST_DEPTH:
            raise UnknownPattern("Its groups are nested too deeply.")
        ways = [self._sequel(depth)]
        while self._took("|"):
            ways.append(self._sequel(depth))
        return ways[0] if len(ways) == 1 else Choice(tuple(ways))

    def _sequel(self, depth: int) -> Node:
        parts: list[Node] = []
        while not self.is_at_end and self._pattern[self._at] not in "|)":
            parts.append(self._repeated(self._part(depth)))
        return Sequel(tuple(parts))

    def _part(self, depth: int) -> Node:
        group = _GROUP.match(self._pattern, self._at)
        if group is None:
            return self._edge() or self._character()
        self._at = group.end()
        node = self.choice(depth + 1)
        if not self._took(")"):
            raise UnknownPattern("A group has no end.")
        return node

    def _edge(self) -> Node | None:
        return next((Edge(which) for text, which in _EDGES.items() if self._took(text)), None)

    def _character(self) -> Node:
        for kind in (_SET, _ESCAPED):
            found = kind.match(self._pattern, self._at)
            if found is not None:
                self._at = found.end()
                return OneCharacter(_valid(found[0]))
        character = self._pattern[self._at]
        if character in r"()[{\*+?":
            raise UnknownPattern(f"{character} is not understood here.")
        self._at += 1
        return OneCharacter("." if character == "." else re.escape(character))

    def _repeated(self, part: Node) -> Node:
        counts = self._counts()
        if counts is None:
            return part
        # Lazy or not makes no difference to whether all of a text matches; a possessive one does.
        self._took("?")
        if isinstance(part, Edge) or self._took("+") or self._counts() is not None:
            raise UnknownPattern("It repeats a repetition, or nothing.")
        return Repeat(part, *counts)

    def _counts(self) -> tuple[int, int | None] | None:
        for sign, counts in {"*": (0, None), "+": (1, None), "?": (0, 1)}.items():
            if self._took(sign):
                return counts
        found = _COUNTS.match(self._pattern, self._at)
        if found is None:
            return None
        self._at = found.end()
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else None
        if most is not None and most < least:
            raise UnknownPattern("It repeats at most fewer times than at least.")
        return least, most

    def _took(self, text: str) -> bool:
        if not self._pattern.startswith(text, self._at):
            return False
        self._at += len(text)
        return True


def _valid(piece: str) -> str:
    try:
        re.compile(piece)
    except re.error as error:
        raise UnknownPattern(str(error)) from error
    return piece

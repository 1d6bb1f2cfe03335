"""Putting two changes of one text together, line by line, where they do not touch each other."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise

import msgspec


class _Change(msgspec.Struct, frozen=True, order=True):
    """Lines `start` to `end` of the common text are replaced."""

    start: int
    end: int
    lines: tuple[str, ...]


def merged(base: str, mine: str, theirs: str) -> str | None:
    """`base` with the changes of both sides, or None where both changed the same place."""
    lines = base.splitlines(keepends=True)
    changes = sorted({*_changes(lines, mine), *_changes(lines, theirs)})
    if any(_clash(first, second) for first, second in pairwise(changes)):
        return None
    for change in reversed(changes):
        lines[change.start : change.end] = change.lines
    return "".join(lines)


def _changes(base: list[str], text: str) -> list[_Change]:
    lines = text.splitlines(keepends=True)
    opcodes = SequenceMatcher(None, base, lines, autojunk=False).get_opcodes()
    return [_Change(i1, i2, tuple(lines[j1:j2])) for tag, i1, i2, j1, j2 in opcodes if tag != "equal"]


def _clash(first: _Change, second: _Change) -> bool:
    """Whether they overlap, or both insert at one place, where nobody knows which comes first."""
    return second.start < first.end or (first.start == first.end == second.start == second.end)

"""Merges two changes of the same text line by line, if they do not overlap."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise

import msgspec


class _Change(msgspec.Struct, frozen=True, order=True):
    """A replacement for the lines `start` to `end` (exclusive) of the common text."""

    start: int
    end: int
    lines: tuple[str, ...]


def merged(base: str, mine: str, theirs: str) -> str | None:
    """Return `base` with the changes of both sides; None if both changed the same place."""
    lines = base.splitlines(keepends=True)
    changes = sorted({*_changes(lines, mine), *_changes(lines, theirs)})
    if any(_clash(first, second) for first, second in pairwise(changes)):
        return None
    for change in reversed(changes):
        lines[change.start : change.end] = change.lines
    return "".join(lines)


def _changes(base: list[str], text: str) -> list[_Change]:
    lines = text.splitlines(keepends=True)
    # Without autojunk, which ignores frequent lines in texts of 200 lines and more, and so makes changes larger than they are.
    opcodes = SequenceMatcher(None, base, lines, autojunk=False).get_opcodes()
    return [_Change(i1, i2, tuple(lines[j1:j2])) for tag, i1, i2, j1, j2 in opcodes if tag != "equal"]


def _clash(first: _Change, second: _Change) -> bool:
    """Whether two changes overlap, or both insert at the same place, so that their order is unknown."""
    return second.start < first.end or (first.start == first.end == second.start == second.end)

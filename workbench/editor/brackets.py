"""Finds the partner of the bracket at the caret, ignoring strings and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

from workbench.editor.utf16 import Utf16Positions

_PARTNER = {"(": ")", "[": "]", "{": "}", ")": "(", "]": "[", "}": "{"}
_OPENING = "([{"
_KINDS = {char: re.compile(f"[{re.escape(char + partner)}]") for char, partner in _PARTNER.items()}
_MAX_BLOCKS = 2_000
"""How many lines are searched for the partner. The search runs with each move of the caret."""


def bracket_pair(cursor: QTextCursor) -> tuple[int, int] | None:
    """Return the positions of the bracket before or after the caret and of its partner; None if either is missing."""
    document = cursor.document()
    for position in (cursor.position() - 1, cursor.position()):
        char = str(document.characterAt(position)) if position >= 0 else ""
        if char in _PARTNER and not _is_opaque(document, position):
            partner = _partner_of(document, position, char)
            return None if partner is None else (position, partner)
    return None


def _partner_of(document: QTextDocument, position: int, char: str) -> int | None:
    depth = 0
    for at, found in _brackets_from(document, position, forward=char in _OPENING):
        if found == char:
            depth += 1
        elif found == _PARTNER[char]:
            depth -= 1
        if depth == 0:
            return at
    return None


def _brackets_from(document: QTextDocument, position: int, *, forward: bool) -> Iterator[tuple[int, str]]:
    """Yield brackets that are code, from `position` forward or backward, at most `_MAX_BLOCKS` lines away.

    They are of the kind of the one at `position`.
    """
    block = document.findBlock(position)
    kind = _KINDS[str(document.characterAt(position))]
    for _ in range(_MAX_BLOCKS):
        if not block.isValid():
            return
        found = [(at, char) for at, char in _brackets_of(block, kind) if (at >= position if forward else at <= position)]
        yield from found if forward else reversed(found)
        block = block.next() if forward else block.previous()


def _brackets_of(block: QTextBlock, kind: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    text = block.text()
    found = [(match.start(), match[0]) for match in kind.finditer(text)]
    if not found:
        return
    opaque, begin, positions = _opaque_ranges(block), block.position(), Utf16Positions(text)
    for index, char in found:
        offset = positions.to_qt(index)
        if not any(start <= offset < end for start, end in opaque):
            yield begin + offset, char


def _is_opaque(document: QTextDocument, position: int) -> bool:
    block = document.findBlock(position)
    return any(start <= position - block.position() < end for start, end in _opaque_ranges(block))


def _opaque_ranges(block: QTextBlock) -> list[tuple[int, int]]:
    """Return where the line is a string or comment, in UTF-16 units from its start."""
    formats = block.layout().formats()
    if not formats:
        return []
    from workbench.editor.highlighter import KIND_PROPERTY  # which is there, as there are colors

    return [(one.start, one.start + one.length) for one in formats
            if one.format.property(KIND_PROPERTY) in ("string", "comment")]

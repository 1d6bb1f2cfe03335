"""Edits of whole lines. Each is a single undo step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtGui import QTextBlock, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from workbench.editor.indentation import leading_space, outdented
from workbench.editor.languages import Language

_KEEP = QTextCursor.MoveMode.KeepAnchor


def indent_lines(edit: QPlainTextEdit, language: Language) -> None:
    """Move the selected lines one level right; empty lines stay empty."""
    _change_lines(edit, lambda line: language.indent + line if line else line)


def outdent_lines(edit: QPlainTextEdit, language: Language) -> None:
    """Move the selected lines one level left."""
    _change_lines(edit, lambda line: outdented(leading_space(line), language) + line.lstrip())


def toggle_comment(edit: QPlainTextEdit, language: Language) -> None:
    """Comment out the selected lines, or uncomment them if all of them are comments."""
    prefix = language.comment
    lines = [block.text() for block in _selected_blocks(edit.textCursor()) if block.text().strip()]
    if not prefix or not lines:
        return
    if all(line.lstrip().startswith(prefix) for line in lines):
        _change_lines(edit, lambda line: _without_comment(line, prefix))
    else:
        column = min(len(leading_space(line)) for line in lines)
        _change_lines(edit, lambda line: f"{line[:column]}{prefix} {line[column:]}" if line.strip() else line)


def duplicate_lines(edit: QPlainTextEdit) -> None:
    """Insert a copy of the selected lines below them and move the caret to the copy."""
    with _one_step(edit) as cursor:
        blocks = _selected_blocks(cursor)
        text = "\n".join(block.text() for block in blocks)
        length = blocks[-1].position() + blocks[-1].length() - blocks[0].position()
        anchor, position = cursor.anchor() + length, cursor.position() + length
        cursor.setPosition(blocks[-1].position() + blocks[-1].length() - 1)
        cursor.insertText("\n" + text)
        _select(cursor, anchor, position)


def move_lines(edit: QPlainTextEdit, *, up: bool) -> None:
    """Swap the selected lines with the line above or below them."""
    blocks = _selected_blocks(edit.textCursor())
    neighbor = blocks[0].previous() if up else blocks[-1].next()
    if not neighbor.isValid():
        return
    with _one_step(edit) as cursor:
        shift = -neighbor.length() if up else neighbor.length()
        anchor, position = cursor.anchor() + shift, cursor.position() + shift
        lines = [block.text() for block in blocks]
        first, last = (neighbor, blocks[-1]) if up else (blocks[0], neighbor)
        swapped = [*lines, neighbor.text()] if up else [neighbor.text(), *lines]
        _select(cursor, first.position(), last.position() + last.length() - 1)
        cursor.insertText("\n".join(swapped))
        _select(cursor, anchor, position)


def _change_lines(edit: QPlainTextEdit, change: Callable[[str], str]) -> None:
    """Rewrite each selected line only where it differs, so that marks on untouched text stay."""
    with _one_step(edit) as cursor:
        edge = QTextCursor(cursor)
        for block in _selected_blocks(cursor):
            _rewrite(edge, block, change(block.text()))


def _rewrite(cursor: QTextCursor, block: QTextBlock, line: str) -> None:
    """Replace only what is between the common start and the common end, so that the caret stays in place."""
    old = block.text()
    if old == line:
        return
    start = next((at for at, (a, b) in enumerate(zip(old, line, strict=False)) if a != b), min(len(old), len(line)))
    tail = min(len(old), len(line)) - start
    end = next((at for at in range(tail) if old[-1 - at] != line[-1 - at]), tail)
    # Only white space or a comment prefix can differ, and nothing beyond U+FFFF precedes it, so Python's indices are Qt's.
    _select(cursor, block.position() + start, block.position() + len(old) - end)
    cursor.insertText(line[start:len(line) - end])


def _without_comment(line: str, prefix: str) -> str:
    space = leading_space(line)
    code = line[len(space):]
    return space + code.removeprefix(prefix).removeprefix(" ") if code.startswith(prefix) else line


def _selected_blocks(cursor: QTextCursor) -> list[QTextBlock]:
    """Return the lines that a selection touches, except one at whose very start it ends."""
    document = cursor.document()
    block = document.findBlock(cursor.selectionStart())
    last = document.findBlock(max(cursor.selectionStart(), cursor.selectionEnd() - 1))
    blocks = [block]
    while block != last and block.isValid():
        block = block.next()
        blocks.append(block)
    return blocks


def _select(cursor: QTextCursor, anchor: int, position: int) -> None:
    cursor.setPosition(anchor)
    cursor.setPosition(position, _KEEP)


@contextmanager
def _one_step(edit: QPlainTextEdit) -> Iterator[QTextCursor]:
    cursor = edit.textCursor()
    cursor.beginEditBlock()
    try:
        yield cursor
    finally:  # an edit block that stays open would stop Qt from laying out the document
        cursor.endEditBlock()
        edit.setTextCursor(cursor)

"""Keys that do more than Qt's defaults: Enter, Tab, Backspace, Home, closing brackets and colons."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QTextBlock, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from workbench.editor.indentation import colon_outdents, indent_after, leading_space, outdented
from workbench.editor.languages import TEXT, Language
from workbench.editor.line_edits import indent_lines, outdent_lines
from workbench.editor.utf16 import Utf16Positions

_PAIRS = ("()", "[]", "{}")
_KEEP = QTextCursor.MoveMode.KeepAnchor
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier, Qt.KeyboardModifier.ShiftModifier)


class TypingKeys:
    """Handles keys of one text edit by the rules of its language."""

    def __init__(self, edit: QPlainTextEdit) -> None:
        self._edit = edit
        self.language: Language = TEXT

    def handle(self, event: QKeyEvent) -> bool:
        """Handle a key press; False leaves it to Qt."""
        if event.matches(QKeySequence.StandardKey.MoveToStartOfLine):
            return self._home(QTextCursor.MoveMode.MoveAnchor)
        if event.matches(QKeySequence.StandardKey.SelectStartOfLine):
            return self._home(_KEEP)
        if event.modifiers() not in _PLAIN:  # with Ctrl, Alt or Meta it is a shortcut, or one of Qt's own keys
            return False
        return self._plain_key(event)

    def _plain_key(self, event: QKeyEvent) -> bool:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                return self._enter()
            case Qt.Key.Key_Tab:
                return self._tab()
            case Qt.Key.Key_Backtab:
                outdent_lines(self._edit, self.language)
                return True
            case Qt.Key.Key_Backspace:
                return self._backspace()
        return self._outdenting_character(event.text())

    def _enter(self) -> bool:
        """Start a new line with the right indentation; between two brackets, the closing one gets a line of its own."""
        cursor = self._edit.textCursor()
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        before, after = _around(cursor)
        inner = indent_after(before, self.language) if before.strip() else before
        cursor.insertText("\n" + inner)
        if before.rstrip()[-1:] + after.lstrip()[:1] in _PAIRS:
            cursor.insertText("\n" + leading_space(before))
            cursor.movePosition(QTextCursor.MoveOperation.PreviousBlock)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
        cursor.endEditBlock()
        return self._show(cursor)

    def _tab(self) -> bool:
        """Insert white space up to the next tab stop, or indent the selected lines."""
        cursor = self._edit.textCursor()
        if cursor.hasSelection():
            indent_lines(self._edit, self.language)
            return True
        width = len(self.language.indent)
        spaces = self.language.indent if "\t" in self.language.indent else " " * (width - len(_around(cursor)[0]) % width)
        cursor.insertText(spaces)
        return self._show(cursor)

    def _backspace(self) -> bool:
        """Inside the indentation, remove one level."""
        cursor = self._edit.textCursor()
        before, _ = _around(cursor)
        if cursor.hasSelection() or not before or before.strip():
            return False
        shorter = len(before) - len(outdented(before, self.language))
        cursor.movePosition(QTextCursor.MoveOperation.Left, _KEEP, shorter)
        cursor.removeSelectedText()
        return self._show(cursor)

    def _home(self, mode: QTextCursor.MoveMode) -> bool:
        """Go to the first character of the code, or from there to the start of the line."""
        cursor = self._edit.textCursor()
        code_start = len(leading_space(cursor.block().text()))
        cursor.setPosition(cursor.block().position() + (0 if cursor.positionInBlock() == code_start else code_start), mode)
        return self._show(cursor)

    def _outdenting_character(self, char: str) -> bool:
        """Insert a closing bracket or colon; alone on its line, or after `else`, it moves the line one level to the left."""
        if char not in (")", "]", "}", ":") or not char:
            return False
        cursor = self._edit.textCursor()
        cursor.beginEditBlock()  # one undo step for the character and the outdent
        cursor.insertText(char)
        line, (before, _) = cursor.block().text(), _around(cursor)
        alone = char != ":" and before.strip() == char and before != char
        if alone or (char == ":" and line == before and colon_outdents(line, _lines_above(cursor.block()), self.language)):
            _set_leading_space(cursor, outdented(leading_space(line), self.language))
        cursor.endEditBlock()
        return self._show(cursor)

    def _show(self, cursor: QTextCursor) -> bool:
        self._edit.setTextCursor(cursor)
        self._edit.ensureCursorVisible()
        return True


def _around(cursor: QTextCursor) -> tuple[str, str]:
    """Return the text of the line before and after the caret."""
    text = cursor.block().text()
    at = Utf16Positions(text).to_python(cursor.positionInBlock())
    return text[:at], text[at:]


def _lines_above(block: QTextBlock) -> Iterator[str]:
    block = block.previous()
    while block.isValid():
        yield block.text()
        block = block.previous()


def _set_leading_space(cursor: QTextCursor, space: str) -> None:
    edge = QTextCursor(cursor.block())
    edge.movePosition(QTextCursor.MoveOperation.Right, _KEEP, len(leading_space(cursor.block().text())))
    edge.insertText(space)

"""An editor on screen (offscreen), with the keys of a person."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from workbench.editor.code_editor import CodeEditor
from workbench.editor.highlighter import KIND_PROPERTY

Open = Callable[..., CodeEditor]


@pytest.fixture
def open_editor(qtbot: QtBot) -> Open:
    """`open_editor(text, name)`: a shown editor with the caret where `|` was in the text."""
    def open_one(text: str = "", name: str = "app.py") -> CodeEditor:
        editor = CodeEditor()
        qtbot.addWidget(editor)
        editor.resize(800, 500)
        at = text.find("|")
        editor.set_text(text.replace("|", "", 1), name)
        editor.show()
        editor.activateWindow()
        editor.setFocus()
        qtbot.waitUntil(editor.view.hasFocus)
        if at >= 0:
            before = text[:at]
            editor.goto(before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1)
        return editor
    return open_one


def press(
        editor: CodeEditor, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, times: int = 1) -> None:
    """Press a key in the text area."""
    for _ in range(times):
        QTest.keyClick(editor.view, key, modifiers)


def type_text(editor: CodeEditor, text: str) -> None:
    """Type characters in the text area; a newline is the Enter key."""
    for char in text:
        if char == "\n":
            QTest.keyClick(editor.view, Qt.Key.Key_Return)
        else:
            QTest.keyClicks(editor.view, char)


def with_caret(editor: CodeEditor) -> str:
    """The text with `|` at the caret."""
    cursor = editor.view.textCursor()
    text = editor.text()
    return text[:cursor.position()] + "|" + text[cursor.position():]


def kinds(editor: CodeEditor, line: int) -> list[tuple[str, str]]:
    """The colored pieces of a line: text and kind."""
    block = editor.view.document().findBlockByNumber(line - 1)
    found = block.layout().formats()
    return [(block.text()[one.start:one.start + one.length], one.format.property(KIND_PROPERTY)) for one in found]

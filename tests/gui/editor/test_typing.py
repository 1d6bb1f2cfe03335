from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from tests.gui.editor.conftest import Open, press, type_text, with_caret
from workbench.editor.code_editor import CodeEditor

Key, Modifier = Qt.Key, Qt.KeyboardModifier


def select_all(editor: CodeEditor) -> None:
    editor.view.selectAll()


@pytest.mark.parametrize(("name", "text", "typed", "after"), [
    ("a.py", "def f():|", "\n", "def f():\n    |"),
    ("a.py", "    x = 1|", "\n", "    x = 1\n    |"),
    ("a.py", "if a:  # why|", "\n", "if a:  # why\n    |"),
    ("a.py", "x = 'a:|'", "\n", "x = 'a:\n|'"),
    ("a.py", "x = '#:'|", "\n", "x = '#:'\n|"),
    ("a.py", "def f():\n    return 1|", "\n", "def f():\n    return 1\n|"),
    ("a.py", "    return (1,|", "\n", "    return (1,\n    |"),
    ("a.py", "f(|)", "\n", "f(\n    |\n)"),
    ("a.js", "if (a) {|}", "\n", "if (a) {\n  |\n}"),
    ("a.json", '{"a": [|', "\n", '{"a": [\n  |'),
    ("a.txt", "  note:|", "\n", "  note:\n  |"),
    ("a.py", "    |x", "\n", "    \n    |x"),
    ("a.py", "if a:\n    b\n    else|", ":", "if a:\n    b\nelse:|"),
    ("a.py", "if a:\n    b\nelse|", ":", "if a:\n    b\nelse:|"),
    ("a.py", "for x in y:\n    if a:\n        b\n    else|", ":", "for x in y:\n    if a:\n        b\n    else:|"),
    ("a.py", "try:\n    b\n    except E|", ":", "try:\n    b\nexcept E:|"),
    ("a.py", "f(\n    |", ")", "f(\n)|"),
    ("a.js", "{\n  a\n  |", "}", "{\n  a\n}|"),
    ("a.py", "x = (|", ")", "x = ()|"),
])
def test_indentation_follows_the_code(open_editor: Open, name: str, text: str, typed: str, after: str) -> None:
    editor = open_editor(text, name)
    type_text(editor, typed)
    assert with_caret(editor) == after


@pytest.mark.parametrize(("name", "text", "key", "after"), [
    ("a.py", "|x", Key.Key_Tab, "    |x"), ("a.py", "ab|", Key.Key_Tab, "ab  |"),
    ("a.yaml", "|", Key.Key_Tab, "  |"), ("a.go", "|", Key.Key_Tab, "\t|"),
    ("a.py", "        |x", Key.Key_Backspace, "    |x"), ("a.py", "     |x", Key.Key_Backspace, "    |x"),
    ("a.json", "    |", Key.Key_Backspace, "  |"), ("a.py", "a |", Key.Key_Backspace, "a|"),
    ("a.py", "\n|", Key.Key_Backspace, "|"),
    ("a.py", "        x|", Key.Key_Backtab, "    x|"), ("a.py", "  x|", Key.Key_Backtab, "x|"),
    ("a.py", "x|", Key.Key_Backtab, "x|"),
    ("a.py", "    ab|", Key.Key_Home, "    |ab"), ("a.py", "    |ab", Key.Key_Home, "|    ab"),
    ("a.py", "|    ab", Key.Key_Home, "    |ab"),
])
def test_single_keys(open_editor: Open, name: str, text: str, key: Qt.Key, after: str) -> None:
    editor = open_editor(text, name)
    press(editor, key)
    assert with_caret(editor) == after


def test_shift_home_selects_the_code(open_editor: Open) -> None:
    editor = open_editor("    ab|")
    press(editor, Key.Key_Home, Modifier.ShiftModifier)
    assert editor.view.textCursor().selectedText() == "ab"


def test_shift_enter_makes_a_line_like_enter(open_editor: Open) -> None:
    editor = open_editor("a|")
    press(editor, Key.Key_Return, Modifier.ShiftModifier)
    assert editor.text() == "a\n"


def test_tab_moves_selected_lines_as_one_step_of_undo(open_editor: Open) -> None:
    editor = open_editor("a\n\nb\n")
    select_all(editor)
    press(editor, Key.Key_Tab)
    assert editor.text() == "    a\n\n    b\n"
    press(editor, Key.Key_Backtab)
    assert editor.text() == "a\n\nb\n"
    editor.view.undo()
    editor.view.undo()
    assert editor.text() == "a\n\nb\n"
    assert not editor.is_modified


@pytest.mark.parametrize(("name", "text", "commented"), [
    ("a.py", "    a\n\n        b", "    # a\n\n    #     b"), ("a.js", "a\n  b", "// a\n//   b"), ("a.yaml", "a: 1", "# a: 1"),
    ("a.py", "# a\nb", "# # a\n# b"), ("a.py", "'😀'", "# '😀'"),
])
def test_comments_go_on_and_off(open_editor: Open, name: str, text: str, commented: str) -> None:
    editor = open_editor(text, name)
    select_all(editor)
    press(editor, Key.Key_Slash, Modifier.ControlModifier)
    assert editor.text() == commented
    select_all(editor)
    press(editor, Key.Key_Slash, Modifier.ControlModifier)
    assert editor.text() == text


def test_json_has_no_comments(open_editor: Open) -> None:
    editor = open_editor("{|}", "a.json")
    editor.toggle_comment()
    assert editor.text() == "{}"


@pytest.mark.parametrize(("text", "key", "modifiers", "after"), [
    ("a\nb|b\nc", Key.Key_D, Modifier.ControlModifier, "a\nbb\nb|b\nc"), ("x|", Key.Key_D, Modifier.ControlModifier, "x\nx|"),
    ("a\nb|\nc", Key.Key_Up, Modifier.AltModifier, "b|\na\nc"), ("a\nb|\nc", Key.Key_Down, Modifier.AltModifier, "a\nc\nb|"),
    ("a|\nb", Key.Key_Up, Modifier.AltModifier, "a|\nb"), ("a\nb|", Key.Key_Down, Modifier.AltModifier, "a\nb|"),
])
def test_lines_are_duplicated_and_moved(
        open_editor: Open, text: str, key: Qt.Key, modifiers: Qt.KeyboardModifier, after: str) -> None:
    editor = open_editor(text)
    press(editor, key, modifiers)
    assert with_caret(editor) == after


def test_a_selection_that_ends_at_a_line_start_leaves_that_line_alone(open_editor: Open) -> None:
    editor = open_editor("a\nb\nc")
    cursor = editor.view.textCursor()
    cursor.setPosition(0)
    cursor.setPosition(2, QTextCursor.MoveMode.KeepAnchor)
    editor.view.setTextCursor(cursor)
    editor.toggle_comment()
    assert editor.text() == "# a\nb\nc"


def test_keys_of_a_read_only_text_change_nothing(open_editor: Open) -> None:
    editor = open_editor("a|")
    editor.view.setReadOnly(True)
    type_text(editor, "x\n")
    assert editor.text() == "a"

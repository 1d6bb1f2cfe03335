from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.editor.conftest import Open, press, type_text
from workbench.editor.code_editor import CodeEditor
from workbench.editor.invalid_mark import INVALID
from workbench.editor.search import MAX_MATCHES
from workbench.editor.selection_layers import Layer

Key, Modifier = Qt.Key, Qt.KeyboardModifier


def find(editor: CodeEditor, text: str, *options: str) -> str:
    editor.bars.open_replace()
    for name in ("case", "word", "regex"):
        getattr(editor.bars.find_bar, f"{name}_button").setChecked(name in options)
    editor.bars.find_bar.find_edit.setText(text)
    bar = editor.bars.find_bar
    return bar.problem_label.text() if bar.problem_label.isVisible() else bar.count_label.text()


def selected(editor: CodeEditor) -> tuple[int, int]:
    cursor = editor.view.textCursor()
    return cursor.selectionStart(), cursor.selectionEnd()


@pytest.mark.parametrize(("query", "options", "said"), [
    ("key", (), "1 of 4"), ("key", ("case",), "1 of 3"), ("key", ("word",), "1 of 3"),
    ("k.y", (), "No match"), ("k.y", ("regex",), "1 of 4"),
    ("^key", ("regex",), "1 of 2"), ("x*", ("regex",), "No match"), ("", (), ""),
])
def test_matches_are_counted(open_editor: Open, query: str, options: tuple[str, ...], said: str) -> None:
    editor = open_editor("|key Key\n a.key\nkeys = 1")
    assert find(editor, query, *options) == said


def test_a_broken_expression_is_said_and_not_raised(open_editor: Open) -> None:
    editor = open_editor("a(")
    bar = editor.bars.find_bar
    find(editor, "a")
    width = bar.minimumSizeHint().width()
    said = "The regular expression is invalid at character 2: missing ), unterminated subpattern."
    assert find(editor, "a(", "regex", "word") == said
    assert (bar.find_edit.objectName(), bar.find_edit.accessibleDescription()) == (INVALID, said)
    assert editor.view.layers.count(Layer.MATCHES) == 0
    assert bar.minimumSizeHint().width() <= width, "a sentence makes no editor wider"
    assert find(editor, "a(") == "1 of 1"
    assert (bar.find_edit.objectName(), bar.find_edit.accessibleDescription()) == ("", "")


@pytest.mark.parametrize("width_px", [420, 900])
def test_what_is_wrong_takes_a_line_or_two(qtbot: QtBot, open_editor: Open, width_px: int) -> None:
    """It was wrapped beside the buttons, seven lines high."""
    editor = open_editor("a(")
    editor.resize(width_px, 400)
    bar = editor.bars.find_bar
    assert find(editor, "a", "regex") == "1 of 1"
    qtbot.waitUntil(lambda: bar.width() == editor.width())
    usual_px = bar.height()
    assert find(editor, "a(", "regex").startswith("The regular expression is invalid")
    qtbot.waitUntil(lambda: bar.height() > usual_px)
    label = bar.problem_label
    assert label.height() >= label.heightForWidth(label.width())  # whole
    assert bar.height() <= usual_px + 2 * label.fontMetrics().lineSpacing() + 8
    assert find(editor, "a", "regex") == "1 of 1"
    qtbot.waitUntil(lambda: bar.height() == usual_px)


def test_f3_walks_round_and_shift_f3_back(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("|ab ab ab")
    find(editor, "ab")
    assert selected(editor) == (0, 2)
    press(editor, Key.Key_F3, times=2)
    assert selected(editor) == (6, 8)
    press(editor, Key.Key_F3)
    assert selected(editor) == (0, 2)
    press(editor, Key.Key_F3, Modifier.ShiftModifier)
    assert selected(editor) == (6, 8)
    qtbot.keyClick(editor.bars.find_bar.find_edit, Key.Key_Return, Modifier.ShiftModifier)
    assert selected(editor) == (3, 5)
    assert editor.bars.find_bar.count_label.text() == "2 of 3"


def test_matches_behind_an_emoji_are_where_they_are(open_editor: Open) -> None:
    editor = open_editor("|😀 ab")
    find(editor, "ab")
    assert editor.view.textCursor().selectedText() == "ab"


def test_escape_closes_and_takes_the_marks_along(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("ab ab")
    find(editor, "ab")
    assert editor.view.layers.count(Layer.MATCHES) == 2
    qtbot.keyClick(editor.bars.find_bar.find_edit, Key.Key_Escape)
    assert not editor.bars.find_bar.isVisible()
    assert editor.view.layers.count(Layer.MATCHES) == 0


def test_an_edit_is_searched_again(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("ab |")
    find(editor, "ab")
    type_text(editor, "xab ab ")
    qtbot.waitUntil(lambda: editor.bars.find_bar.count_label.text().endswith("of 2"))


def test_replace_takes_one_and_goes_on(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("|ab ab ab")
    find(editor, "ab")
    editor.bars.find_bar.replace_edit.setText("aab")
    editor.bars.find_bar.replace_edit.setFocus()
    qtbot.keyClick(editor.bars.find_bar.replace_edit, Key.Key_Return)
    assert editor.text() == "aab ab ab"
    assert selected(editor) == (4, 6)


def test_replace_all_knows_groups_and_is_one_undo(open_editor: Open) -> None:
    editor = open_editor("|a1 b2\n😀 c3")
    find(editor, r"([a-z])(\d)", "regex")
    editor.bars.find_bar.replace_edit.setText(r"\2\1")
    editor.bars.finder.replace_all()
    assert editor.text() == "1a 2b\n😀 3c"
    assert editor.bars.find_bar.count_label.text() == "Replaced 3 match(es)"
    editor.view.undo()
    assert editor.text() == "a1 b2\n😀 c3"


def test_a_broken_replacement_changes_nothing(open_editor: Open) -> None:
    editor = open_editor("|a")
    find(editor, "a", "regex")
    editor.bars.find_bar.replace_edit.setText(r"\7")
    editor.bars.finder.replace_all()
    assert editor.text() == "a"
    assert editor.bars.find_bar.problem_label.text().startswith("Not a replacement")


def test_the_selection_is_looked_for(open_editor: Open) -> None:
    editor = open_editor("one two one")
    editor.view.select_line(1)
    press(editor, Key.Key_F, Modifier.ControlModifier)
    assert editor.bars.find_bar.find_edit.text() == "one two one"
    assert not editor.bars.find_bar.replace_edit.isVisible()
    press(editor, Key.Key_H, Modifier.ControlModifier)
    assert editor.bars.find_bar.replace_edit.isVisible()


def test_only_marks_in_view_are_made_and_the_count_has_an_end(open_editor: Open) -> None:
    editor = open_editor("a\n" * (MAX_MATCHES + 5))
    assert find(editor, "a") == "1 of 20,000+"
    assert 0 < editor.view.layers.count(Layer.MATCHES) < 200

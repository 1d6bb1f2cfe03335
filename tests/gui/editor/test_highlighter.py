from __future__ import annotations

import random

from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from tests.gui.editor.conftest import Open, kinds, type_text
from workbench.editor.code_editor import CodeEditor
from workbench.editor.colors import LIGHT_COLORS
from workbench.editor.highlighter import UNREAD

LINES = 2_000
MANY = "x = 1\n" * LINES
"""Many times what a slice of time is enough for."""


def settle(qtbot: QtBot, editor: CodeEditor) -> None:
    qtbot.waitUntil(lambda: editor.view.highlighter.is_finished, timeout=60_000)


def all_read(editor: CodeEditor) -> bool:
    block = editor.view.document().firstBlock()
    while block.isValid():
        if block.userState() == UNREAD:
            return False
        block = block.next()
    return True


def test_opening_a_string_on_the_first_line_recolors_the_rest_and_closing_it_restores(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("|\n" + "def f(): pass\n" * 50)
    type_text(editor, '"""')
    settle(qtbot, editor)
    assert kinds(editor, 40) == [("def f(): pass", "string")]
    type_text(editor, '"""')
    settle(qtbot, editor)
    assert kinds(editor, 40) == [("def", "keyword"), ("f", "function"), ("pass", "keyword")]


def test_a_large_file_is_colored_in_slices_and_completely(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor(MANY)
    assert kinds(editor, 1) == [("1", "number")]
    assert not editor.view.highlighter.is_finished
    settle(qtbot, editor)
    assert all_read(editor)
    assert kinds(editor, LINES - 1) == [("1", "number")]


def test_edits_before_and_behind_the_slice_leave_no_line_out(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor(MANY)
    cursor = QTextCursor(editor.view.document())
    cursor.setPosition(8_000)
    cursor.insertText('y = 2\nz = """\n')
    cursor.setPosition(0)
    cursor.setPosition(3_000, QTextCursor.MoveMode.KeepAnchor)
    cursor.removeSelectedText()
    cursor.insertText("a = 3\n" * 300)
    settle(qtbot, editor)
    assert all_read(editor)
    assert kinds(editor, 250) == [("3", "number")]
    assert kinds(editor, editor.view.blockCount() - 1) == [("x = 1", "string")]


def test_lines_in_view_are_colored_before_their_turn(open_editor: Open) -> None:
    editor = open_editor(MANY * 2)
    editor.goto(3_500)
    assert not editor.view.highlighter.is_finished
    assert kinds(editor, 3_500) == [("1", "number")]


def test_characters_beyond_the_basic_plane_do_not_shift_colors(open_editor: Open) -> None:
    editor = open_editor('s = "😀😀"; return')
    block = editor.view.document().firstBlock()
    last = block.layout().formats()[-1]
    assert (last.start, last.length) == (len('s = "') + 4 + len('"; '), len("return"))


def test_other_colors_reach_every_line(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("return\n" * 20)
    editor.set_colors(LIGHT_COLORS)
    settle(qtbot, editor)
    spans = editor.view.document().findBlockByNumber(15).layout().formats()
    assert [span.format.foreground().color().name() for span in spans] == [LIGHT_COLORS.keyword]


def test_loading_another_language_forgets_the_states_of_the_first(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor('"""\nopen')
    editor.set_text("a: 1\nb: 2", "t.yaml")
    settle(qtbot, editor)
    assert kinds(editor, 2)[0] == ("b", "function")


def test_thousands_of_lines_changed_at_once_are_all_read_again(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor(MANY)
    settle(qtbot, editor)
    editor.view.selectAll()
    editor.toggle_comment()
    settle(qtbot, editor)
    assert all_read(editor)
    assert {kinds(editor, line)[0][1] for line in range(1, LINES)} == {"comment"}


def test_after_any_edits_the_colors_are_those_of_a_fresh_load(qtbot: QtBot, open_editor: Open) -> None:
    editor, dice = open_editor("x = 1\ndef f():\n    pass\n" * 40), random.Random(7)
    cursor = QTextCursor(editor.view.document())
    for _ in range(150):
        end = editor.view.document().characterCount() - 1
        start = dice.randint(0, end)
        cursor.setPosition(start)
        cursor.setPosition(min(end, start + dice.choice((0, 0, 1, 9, 40))), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(dice.choice(('"""', "\'\'\'", "#", "\\n", "def ", "(", '"', "\n\n", "", "😀")))
    settle(qtbot, editor)
    fresh = open_editor(editor.text())
    settle(qtbot, fresh)
    lines = range(1, fresh.view.blockCount() + 1)
    assert [kinds(editor, line) for line in lines] == [kinds(fresh, line) for line in lines]

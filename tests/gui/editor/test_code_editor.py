from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QColor, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.editor.conftest import Open, press, type_text, with_caret
from workbench.editor.brackets import bracket_pair
from workbench.editor.code_editor import CodeEditor
from workbench.editor.colors import DARK_COLORS, LIGHT_COLORS
from workbench.editor.gutter import Gutter
from workbench.editor.problems import Problem
from workbench.editor.selection_layers import Layer

Key, Modifier = Qt.Key, Qt.KeyboardModifier


def gutter_of(editor: CodeEditor) -> Gutter:
    found = editor.view.findChild(Gutter)
    assert found is not None
    return found


def pixels(editor: CodeEditor, color: str) -> int:
    image = editor.grab().toImage()
    wanted = QColor(color).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(0, min(120, image.height())))


def test_the_text_comes_back_as_it_was(open_editor: Open) -> None:
    text = "a\u00a0b\n\n\tc 😀\n"
    assert open_editor(text).text() == text


def test_loading_is_not_editing(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("a")
    with qtbot.assertNotEmitted(editor.text_edited):
        editor.set_text("b", "b.py")
    assert not editor.is_modified
    editor.view.undo()
    assert editor.text() == "b"


def test_typing_tells_edits_and_modification_and_undo_takes_it_back(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("|a")
    with qtbot.waitSignals([editor.text_edited, editor.modification_changed]):
        type_text(editor, "x")
    assert editor.is_modified
    editor.view.undo()
    assert not editor.is_modified


def test_coloring_alone_is_no_edit(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("x = 1\n" * 3_000)
    with qtbot.assertNotEmitted(editor.text_edited):
        qtbot.waitUntil(lambda: editor.view.highlighter.is_finished, timeout=30_000)
    assert not editor.is_modified


def test_no_undo_leads_back_to_saved_after_the_text_changed_during_a_save(open_editor: Open) -> None:
    editor = open_editor("|a")
    type_text(editor, "x")
    editor.set_modified(True)
    editor.view.undo()
    assert editor.is_modified


def test_the_caret_is_told_in_characters(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("one\n😀two")
    with qtbot.waitSignal(editor.cursor_moved) as told:
        editor.goto(2, 3)
    assert told.args == [2, 3]
    assert editor.caret() == (2, 3)
    assert editor.view.textCursor().positionInBlock() == 3


@pytest.mark.parametrize(("place", "caret"), [((99, 99), (2, 4)), ((0, 0), (1, 1)), ((1, 99), (1, 3))])
def test_places_outside_the_text_are_clamped(open_editor: Open, place: tuple[int, int], caret: tuple[int, int]) -> None:
    editor = open_editor("ab\ncde")
    editor.goto(*place)
    assert editor.caret() == caret


def test_python_problems_are_found_after_the_typing(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("a = 1\n|")
    with qtbot.waitSignal(editor.problems_changed, check_params_cb=bool):
        type_text(editor, "b = (")
    found = editor.problems.all()
    assert [(problem.line, problem.severity) for problem in found] == [(2, "error")]
    assert editor.view.layers.count(Layer.PROBLEMS) == 1
    top = next(top for line, top, _ in editor.view.visible_lines() if line == 2)
    assert gutter_of(editor).tooltip_at(top + 2) == found[0].message
    assert gutter_of(editor).tooltip_at(10_000) == ""


def test_given_problems_stay_beside_those_found_here(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("x = (\n")
    editor.problems.give([(1, "warning", "unused"), Problem(7, "error", "beyond the end")])
    qtbot.waitUntil(lambda: len(editor.problems.all()) == 3)
    assert editor.view.problem_marks.text(1).split("\n")[-1] == "unused"


def test_another_checker_or_none(open_editor: Open) -> None:
    editor = open_editor("x = (")
    editor.problems.set_checker(lambda text, name: [Problem(1, "warning", f"{name}: {len(text)}")])
    assert [problem.message for problem in editor.problems.all()] == ["app.py: 5"]
    editor.problems.set_checker(None)
    assert editor.problems.all() == []


def test_problems_follow_their_lines(open_editor: Open) -> None:
    editor = open_editor("|a\nb\nc")
    editor.problems.give([(2, "error", "wrong")])
    type_text(editor, "\n\n")
    assert list(editor.view.problem_marks.by_line()) == [4]
    assert editor.text() == "\n\na\nb\nc"


def test_errors_and_warnings_have_marks(open_editor: Open) -> None:
    editor = open_editor("\na\nb")
    editor.problems.give([(2, "error", "e"), (3, "warning", "w")])
    image = gutter_of(editor).grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert {DARK_COLORS.error, DARK_COLORS.warning} <= seen


def test_colors_reach_text_gutter_and_bars(open_editor: Open) -> None:
    editor = open_editor("a")
    editor.set_colors(LIGHT_COLORS)
    assert pixels(editor, LIGHT_COLORS.background) > 1_000
    assert pixels(editor, DARK_COLORS.background) == 0
    assert editor.bars.find_bar.palette().window().color().name() == LIGHT_COLORS.bar


@pytest.mark.parametrize(("text", "pair"), [
    ("f(a[1])|", (6, 1)), ("|(a)", (0, 2)), ("f(')')|", (5, 1)), ("(|", None), ("a|", None), ("'(|)'", None),
    ("(\n# )\n)|", (6, 0)),
    ("('😀')|", (5, 0)),
])
def test_brackets_find_their_partner(open_editor: Open, text: str, pair: tuple[int, int] | None) -> None:
    editor = open_editor(text)
    assert bracket_pair(editor.view.textCursor()) == pair
    assert editor.view.layers.count(Layer.BRACKETS) == (2 if pair else 0)


def test_brackets_are_those_of_a_replaced_text_and_keep_their_colors(open_editor: Open) -> None:
    editor = open_editor('{"a": 1}')
    view = editor.view

    def marked() -> list[str]:
        return [each.cursor.selectedText() for each in view.extraSelections() if each.cursor.hasSelection()]  # type: ignore[attr-defined]

    assert (editor.caret(), marked()) == ((1, 1), ["{", "}"])
    editor.replace_text('{\n  "b": [2, 3],\n  "c": {}\n}')  # the caret stays where it was
    assert (editor.caret(), marked()) == ((1, 1), ["{", "}"])
    assert bracket_pair(view.textCursor()) == (0, len(editor.text()) - 1)
    view.set_colors(LIGHT_COLORS)
    backgrounds = [each.format.background().color().name() for each in view.extraSelections() if each.cursor.hasSelection()]  # type: ignore[attr-defined]
    assert (marked(), backgrounds) == (["{", "}"], [LIGHT_COLORS.bracket] * 2)


def test_zoom_by_keys_and_wheel(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("a")
    size = editor.code_font.size_pt
    with qtbot.waitSignal(editor.font_size_changed):
        press(editor, Key.Key_Plus, Modifier.ControlModifier)
    assert editor.code_font.size_pt == size + 1
    middle = QPointF(100, 100)
    wheel = QWheelEvent(middle, middle, QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton, Modifier.ControlModifier,
                        Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(editor.view.viewport(), wheel)
    assert editor.code_font.size_pt == size
    editor.code_font.set_size(500)
    assert editor.code_font.size_pt == 48
    press(editor, Key.Key_0, Modifier.ControlModifier)
    assert editor.code_font.size_pt == size


def test_the_gutter_grows_with_the_line_numbers(open_editor: Open) -> None:
    editor = open_editor("a")
    narrow = gutter_of(editor).width()
    editor.set_text("\n" * 20_000, "a.txt")
    assert gutter_of(editor).width() > narrow


def test_a_click_on_a_number_selects_the_line(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("one\ntwo")
    top = next(top for line, top, _ in editor.view.visible_lines() if line == 2)
    qtbot.mouseClick(gutter_of(editor), Qt.MouseButton.LeftButton, pos=QPoint(5, int(top) + 3))
    assert editor.view.textCursor().selectedText() == "two"


def test_go_to_line_is_a_bar(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("a\nbcd\ne")
    press(editor, Key.Key_G, Modifier.ControlModifier)
    assert editor.bars.goto_bar.isVisible()
    editor.bars.goto_bar.edit.setText("nowhere")
    qtbot.keyClick(editor.bars.goto_bar.edit, Key.Key_Return)
    assert editor.bars.goto_bar.isVisible()
    editor.bars.goto_bar.edit.setText("2:3")
    qtbot.keyClick(editor.bars.goto_bar.edit, Key.Key_Return)
    assert not editor.bars.goto_bar.isVisible()
    assert with_caret(editor) == "a\nbc|d\ne"


def test_keys_of_the_window_pass_through_the_text(qtbot: QtBot, open_editor: Open) -> None:
    editor = open_editor("a|")
    action = QAction(editor)
    action.setShortcut("Ctrl+Return")
    editor.addAction(action)
    with qtbot.waitSignal(action.triggered):
        press(editor, Key.Key_Return, Modifier.ControlModifier)
    assert editor.text() == "a"

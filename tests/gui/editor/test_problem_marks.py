from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from workbench.editor.colors import DARK_COLORS, LIGHT_COLORS
from workbench.editor.problem_marks import ProblemMarks
from workbench.editor.problems import Problem
from workbench.editor.selection_layers import SelectionLayers


@pytest.fixture
def edit(qtbot: QtBot) -> QPlainTextEdit:
    edit = QPlainTextEdit("def f():\n    return (\n")
    qtbot.addWidget(edit)
    return edit


@pytest.fixture
def marks(edit: QPlainTextEdit) -> ProblemMarks:
    return ProblemMarks(edit.document(), SelectionLayers(edit), DARK_COLORS)


def marked(edit: QPlainTextEdit) -> list[tuple[str, str]]:
    """Text and color of each squiggle."""
    return [(one.cursor.selectedText(), one.format.underlineColor().name()) for one in edit.extraSelections()]


@pytest.mark.parametrize(("column", "text"), [(12, "(" ), (0, "return ("), (99, "return ("), (1, "    return (")])
def test_the_code_from_the_column_on_is_marked(edit: QPlainTextEdit, marks: ProblemMarks, column: int, text: str) -> None:
    marks.set([Problem(2, "error", "was never closed", column)])
    assert marked(edit) == [(text, DARK_COLORS.error)]


def test_errors_and_warnings_differ_in_color_which_can_change(edit: QPlainTextEdit, marks: ProblemMarks) -> None:
    marks.set([Problem(1, "warning", "unused"), Problem(2, "error", "wrong")])
    assert [color for _, color in marked(edit)] == [DARK_COLORS.warning, DARK_COLORS.error]
    marks.set_colors(LIGHT_COLORS)
    assert [color for _, color in marked(edit)] == [LIGHT_COLORS.warning, LIGHT_COLORS.error]


def test_problems_are_known_by_the_line_they_are_on_now(edit: QPlainTextEdit, marks: ProblemMarks) -> None:
    marks.set([Problem(2, "error", "wrong"), Problem(2, "warning", "odd"), Problem(9, "error", "beyond the end")])
    edit.textCursor().insertText("\n")
    assert list(marks.by_line()) == [3]
    assert marks.text(3) == "wrong\nodd"
    assert marks.text(2) == ""


def test_no_problems_leave_no_marks(edit: QPlainTextEdit, marks: ProblemMarks) -> None:
    marks.set([Problem(2, "error", "wrong")])
    marks.set(())
    assert marked(edit) == []

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from workbench.editor.code_view import CodeView
from workbench.editor.problem_list import ProblemList
from workbench.editor.problems import Problem


@pytest.fixture
def view(qtbot: QtBot) -> CodeView:
    view = CodeView()
    qtbot.addWidget(view)
    view.setPlainText("a = 1\nb = (")
    return view


@pytest.fixture
def problems(view: CodeView) -> ProblemList:
    return ProblemList(view)


def lines(problems: ProblemList) -> list[tuple[int, str]]:
    return [(problem.line, problem.severity) for problem in problems.all()]


def test_problems_of_both_kinds_are_listed_by_line_and_marked(qtbot: QtBot, view: CodeView, problems: ProblemList) -> None:
    problems.restart("app.py")
    problems.give([(1, "warning", "unused")])
    with qtbot.waitSignal(problems.changed) as changed:
        problems.check_soon()
    assert lines(problems) == [(1, "warning"), (2, "error")]
    assert changed.args == [problems.all()]
    assert list(view.problem_marks.by_line()) == [1, 2]


def test_another_text_begins_without_the_problems_of_the_former(problems: ProblemList) -> None:
    problems.give([Problem(1, "warning", "unused")])
    problems.restart("app.py")
    assert problems.all() == []


def test_the_file_name_decides_on_the_check(qtbot: QtBot, problems: ProblemList) -> None:
    problems.restart("notes.txt")
    with qtbot.waitSignal(problems.changed):
        problems.check_soon()
    assert problems.all() == []
    problems.follow_file("app.py")
    with qtbot.waitSignal(problems.changed):
        problems.check_soon()
    assert lines(problems) == [(2, "error")]


def test_without_a_checker_only_given_problems_are_left(problems: ProblemList) -> None:
    problems.restart("app.py")
    problems.set_checker(lambda text, name: [Problem(1, "error", name)])
    problems.give([(2, "warning", "given")])
    assert lines(problems) == [(1, "error"), (2, "warning")]
    problems.set_checker(None)
    assert lines(problems) == [(2, "warning")]

from __future__ import annotations

import pytest

from workbench.editor.problems import Problem, check, check_json, check_python


def test_good_python_has_no_problems_and_is_not_run() -> None:
    assert check_python("raise SystemExit(__import__('os').abort())") == []


@pytest.mark.parametrize(("text", "line", "severity"), [
    ("a = 1\nb = (", 2, "error"), ("def f():\nreturn", 2, "error"), ("return 1", 1, "error"), ("x = '\\d'", 1, "warning"),
    ("a = 1\nassert (a, 'b')", 2, "warning"), ("x\0", 1, "error"), ("(" * 5_000, 1, "error"), ("\ud800", 1, "error"),
])
def test_python_problems(text: str, line: int, severity: str) -> None:
    found = check_python(text)
    assert [(problem.line, problem.severity) for problem in found] == [(line, severity)]
    assert found[0].message


@pytest.mark.parametrize(("text", "place"), [
    ('{"a": }', (1, 7)), ("{\n  'a': 1}", (2, 3)), ("[1,]", None), ("[" * 100_000, None),
])
def test_json_problems(text: str, place: tuple[int, int] | None) -> None:
    found = check_json(text)
    assert len(found) == 1
    assert place is None or (found[0].line, found[0].column) == place


def test_an_empty_document_is_not_wrong_yet() -> None:
    assert check_json("") == check_python("") == []


def test_the_name_decides_on_the_check() -> None:
    assert check("{", "a.json")
    assert check("def", "a.py")
    assert check("def {", "a.txt") == []


def test_a_problem_can_be_given_without_column() -> None:
    assert Problem(3, "error", "x").column == 0

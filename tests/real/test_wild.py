"""`dev.py wild` itself: it sees what differs from SAM CLI's reading, and an edit that changes too much."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.wild import ours, sam
from tests.wild.cfn_lint import may_hold
from tests.wild.comparing import UNEXPLAINED, differences
from tests.wild.editing import tried_edits
from tests.wild.finding import templates_below
from tests.wild.outcome import outcome_of
from tests.wild.seen import Reading
from tests.wild.table import lines

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.12, Timeout: 7}}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Environment: {Variables: {QUEUE: !Ref Queue, PLAIN: text}}
  Queue: {Type: AWS::SQS::Queue}
"""
BROKEN = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n   Wrong: indentation\n"
UNRENDERED = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    {%- if cookiecutter.x %}\n"


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    for name, text in (("one", TEMPLATE), ("two", BROKEN), ("three", UNRENDERED), ("four", "Resources: {}\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "template.yaml").write_text(text)
    (tmp_path / "one" / "src").mkdir()
    return tmp_path


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Executor]:
    """A process of its own: SAM CLI and cfn-lint change PyYAML's loaders for everybody in theirs."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pool.submit(int).result()  # its threads are there before a test begins
        yield pool


def test_templates_are_found_by_their_text(projects: Path) -> None:
    assert [path.parent.name for path in templates_below(projects)] == ["one", "two"]


def test_a_difference_has_a_reason_or_is_unexplained(projects: Path, elsewhere: Executor) -> None:
    path = projects / "one" / "template.yaml"
    mine, theirs = ours.read(path), elsewhere.submit(sam.read, path).result()
    assert (mine.refusal, theirs.refusal) == ("", "")
    (found,) = differences(path, mine, theirs)
    assert (found.function, found.field, found.sams) == ("Orders", "variable QUEUE", "Queue")
    assert "return value" in found.reason
    wrong = Reading(functions={name: type(seen)(**{**_fields(seen), "timeout_s": 8}) for name, seen in mine.functions.items()})
    assert [each.reason for each in differences(path, wrong, theirs) if each.field == "timeout_s"] == [UNEXPLAINED]


def test_an_edit_changes_exactly_one_thing(projects: Path) -> None:
    (edit,) = tried_edits(projects / "one" / "template.yaml", ["Orders"])
    assert (edit.wrong, edit.refusal) == ("", "")


def test_cfn_lint_is_asked_for_conditions(tmp_path: Path, elsewhere: Executor) -> None:
    path = tmp_path / "template.yaml"
    path.write_text("Parameters: {P: {Type: String, Default: dev}}\nConditions:\n  Never: !Equals [a, b]\n"
                    "  Prod: !Equals [!Ref P, prod]\n  Dev: !Equals [!Ref P, dev]\nResources: {}\n")
    held = [elsewhere.submit(may_hold, path, name).result() for name in ("Never", "Prod", "Dev")]
    assert held == [False, False, True]


def test_the_table_tells_refusals_and_shares(projects: Path, elsewhere: Executor) -> None:
    shown = "\n".join(lines(list(elsewhere.map(outcome_of, templates_below(projects))), projects))
    assert "2 templates, 1 open (50.00 %)" in shown
    assert "(SAM too)" in shown
    assert "1 settings changed, one at a time: 1 changed exactly that" in shown


def _fields(seen: object) -> dict[str, object]:
    return {name: getattr(seen, name) for name in seen.__struct_fields__}  # type: ignore[attr-defined]

"""What an event expects, in the window: written, compared, seen in strip and history, kept with the event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.dialogs.expectation_dialog import ExpectationDialog, LastAnswer
from workbench.gui.panels.result.result_strip import ResultStrip
from workbench.gui.widgets.row import ROW_ROLE
from workbench.workspace.events import EMPTY_EVENT

__all__ = ["play"]

CODE = """
    def handler(event, context):
        if event.get("fail"):
            raise ValueError("on purpose")
        return {"statusCode": 200, "body": "{\\"total\\": 12.5}", "filler": "x" * event.get("more", 0)}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = WorkspaceBuilder(tmp_path / "app").function("Alpha", {"app.py": CODE}).write()
    (root / "events").mkdir()
    (root / "events" / "good.json").write_text('{"n": 1}')
    return root


def strip_of(window: Window) -> ResultStrip:
    return window.workspace.panels.result.panel.strip


async def dialog_of(act: Callable[[], object]) -> ExpectationDialog:
    act()
    await until(lambda: isinstance(QApplication.activeModalWidget(), ExpectationDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ExpectationDialog)
    return dialog


def test_an_answer_is_compared_with_what_its_event_expects(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.resize(1_800, 900)
        run, verdict = window.window.run, strip_of(window).verdict_button
        await window.invoke()
        assert not verdict.isVisible()
        dialog = await dialog_of(lambda: run("event.expect"))
        assert dialog.verdict.text() == "Nothing is expected."
        QTest.keyClicks(dialog.text, '{"statusCode": 201, "body": {"total": 12.5}}')
        assert dialog.verdict.text().splitlines()[1:] == ["$.statusCode is 200, not 201."]
        dialog.accept()
        await until(verdict.isVisible)
        assert (verdict.text(), verdict.accessibleName()) == ("✕ 1 difference", "The answer is not as expected: 1 difference")
        run("focus.history")
        model = window.workspace.panels.history.panel.model
        await until(lambda: model.rowCount() == 1 and model.index(0, 0).data(ROW_ROLE).alert == "unexpected")
        # By keyboard to what differs, where it is corrected.
        verdict.setFocus()
        dialog = await dialog_of(lambda: QTest.keyClick(verdict, Qt.Key.Key_Space))
        assert "$.statusCode is 200, not 201." in dialog.verdict.text()
        dialog.text.setPlainText('{"statusCode": 200}')
        assert dialog.verdict.text() == "✓ The last answer is as expected."
        dialog.accept()
        await until(lambda: verdict.text() == "✓ as expected")
        window.window.resize(1_280, 720)
        await until(lambda: verdict.text() == "✓")  # the figures keep their size
        assert (root / "events" / "good.expect").read_text() == '{"statusCode": 200}\n'
        await window.invoke()
        await until(lambda: model.rowCount() == 2 and model.index(0, 0).data(ROW_ROLE).tag == "expected")
        assert "as expected" in model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
        assert "answer as expected" in model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
        # It stays with its event, and nothing is expected once the text is empty.
        assert [event.name for event in window.workspace.model.events] == ["good"]
        window.workspace.model.workspace.rename_event("good", "better")
        window.workspace.model.reload()
        assert (root / "events" / "better.expect").exists()
        window.workspace.model.choose_event("better")
        dialog = await dialog_of(lambda: run("event.expect"))
        assert dialog.text.toPlainText() == '{"statusCode": 200}\n'
        dialog.text.setPlainText("")
        dialog.accept()
        await until(lambda: not (root / "events" / "better.expect").exists())

    play(scenario)


def test_nothing_is_expected_of_the_empty_event(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        judged: list[str] = []
        window.workspace._judging.judged.connect(judged.append)
        window.workspace.model.choose_event(EMPTY_EVENT)
        empty = await window.invoke()
        window.workspace.model.choose_event("good")
        good = await window.invoke()
        await until(lambda: good.request_id in judged)
        assert judged == [good.request_id]
        assert window.workspace.session.verdicts.of(empty.request_id) is None

    play(scenario)


def test_a_failure_and_a_long_answer_are_compared_too(play: Callable[[Scenario], None], root: Path) -> None:
    (root / "events" / "fail.json").write_text('{"fail": true}')
    (root / "events" / "fail.expect").write_text('{"errorType": "ValueError"}')
    (root / "events" / "long.json").write_text('{"more": 300000}')
    (root / "events" / "long.expect").write_text('{"body": {"total": 13}}')

    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.resize(1_800, 900)
        await until(lambda: window.workspace.panels.result.made is not None)
        verdict = strip_of(window).verdict_button
        for event, told in (("fail", "✓ as expected"), ("long", "✕ 1 difference")):
            window.workspace.model.choose_event(event)
            invocation = await window.invoke()
            await until(lambda told=told: verdict.isVisible() and verdict.text() == told)
        found = window.workspace.session.verdicts.of(invocation.request_id)
        assert found is not None
        assert found.differences == ("$.body.total is 12.5, not 13.",)
        (root / "events" / "long.expect").write_text("{")
        invocation = await window.invoke()
        await until(lambda: window.workspace.session.verdicts.of(invocation.request_id) is not None)
        assert "is not JSON" in window.workspace.session.verdicts.of(invocation.request_id).differences[0]
        await asyncio.sleep(0)

    play(scenario)


def test_the_dialog_says_what_is_no_json_and_takes_over_the_last_answer(qtbot: QtBot) -> None:
    dialog = ExpectationDialog("good", "{", LastAnswer(b'{"a":1,"b":"x"}', has_failed=False), "monospace")
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.confirm.isEnabled()
    assert "is not JSON" in dialog.problem_text
    dialog.use_answer.click()
    assert dialog.text.toPlainText() == '{\n  "a": 1,\n  "b": "x"\n}'
    assert dialog.confirm.isEnabled()
    with qtbot.waitSignal(dialog.chosen) as saved:
        dialog.accept()
    assert bytes(saved.args[0]) == b'{\n  "a": 1,\n  "b": "x"\n}\n'


def test_without_an_answer_there_is_nothing_to_take_over_or_compare(qtbot: QtBot) -> None:
    dialog = ExpectationDialog("good", '{"a": 1}', None, "monospace")
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.use_answer.isEnabled()
    assert dialog.verdict.text() == "Invoke with this event, and the answer is compared."
    with qtbot.waitSignal(dialog.chosen) as saved:
        dialog.text.setPlainText("  ")
        dialog.accept()
    assert bytes(saved.args[0]) == b""

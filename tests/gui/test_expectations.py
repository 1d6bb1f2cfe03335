"""What an event expects, in the window: written beside it, compared, seen in strip and history, kept with the event."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.editor.editor_page import EditorPage
from workbench.gui.dialogs.event_dialogs import EventNameDialog
from workbench.gui.panels.result.expectation_pane import MOST_LINES, ExpectationPane
from workbench.gui.panels.result.result_strip import ResultStrip
from workbench.gui.widgets.row import ROW_ROLE
from workbench.state.expectations import Outcome, Standing, read_expectation, standing_of
from workbench.workspace.events import EMPTY_EVENT

__all__ = ["play"]

CODE = """
    def handler(event, context):
        if event.get("fail"):
            raise ValueError("on purpose")
        return {"statusCode": 200, "body": "{\\"total\\": 12.5}", "filler": "x" * event.get("more", 0)}
"""

CHANGING = """
import json, time, uuid
count = 0
def handler(event, context):
    global count
    count += 1
    return {"statusCode": 200, "id": str(uuid.uuid4()), "at": time.time(), "request": context.aws_request_id,
            "body": json.dumps({"total": 12.5, "count": count})}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = WorkspaceBuilder(tmp_path / "app").function("Alpha", {"app.py": CODE}).write()
    (root / "events").mkdir()
    (root / "events" / "good.json").write_text('{"n": 1}')
    return root


def strip_of(window: Window) -> ResultStrip:
    return window.workspace.panels.result.panel.strip


def page_of(window: Window, path: Path) -> EditorPage:
    page = window.workspace.documents.tabs.page_of(str(path))
    assert page is not None
    return page


def pane_of(window: Window, path: Path) -> ExpectationPane:
    pane = page_of(window, path).below
    assert isinstance(pane, ExpectationPane)
    return pane


def write(window: Window, path: Path, text: str) -> None:
    page_of(window, path).editor.replace_text(text)


def test_what_an_event_expects_is_written_beside_it_and_compared(play: Callable[[Scenario], None], root: Path) -> None:
    path = root / "events" / "good.expect"

    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.resize(1_800, 900)
        run, verdict, tabs = window.window.run, strip_of(window).verdict_button, window.workspace.documents.tabs
        await window.invoke()
        assert not verdict.isVisible()
        run("event.expect")
        pane, page = pane_of(window, path), page_of(window, path)
        assert tabs.groups.is_beside(page)
        assert window.window.focusWidget() is page.editor.view
        assert (pane.summary.text(), pane.note.isVisible()) == ("nothing yet", True)
        # As it is typed, and what is no expectation is said there.
        QTest.keyClicks(page.editor.view, '{"statusCode": 201')
        page.editor.replace_text('{"statusCode": 201')  # brackets are closed while one types
        await until(lambda: "is not JSON" in pane.note.text())
        write(window, path, '{"statusCode": 201, "body": {"total": 12.5}, "$maxDurationMs": 60000}')
        await until(lambda: pane.summary.text() == "✕ 2 of 3")
        assert pane.conditions.toPlainText().splitlines() == [
            "✕ $.statusCode is 200, not 201.", "✓ $.body.total = 12.5", "✓ Duration ≤ 60,000 ms"]
        assert (tabs.unsaved_paths(), path.read_text()) == ([str(path)], "")
        assert not verdict.isVisible()  # which goes by what is saved
        run("save")
        await until(verdict.isVisible)
        assert (verdict.text(), verdict.accessibleName()) == ("✕ 1 difference", "The result is not as expected: 1 difference")
        run("focus.history")
        model = window.workspace.panels.history.panel.model
        await until(lambda: model.rowCount() == 1 and model.index(0, 0).data(ROW_ROLE).alert == "unexpected")
        # By keyboard from the strip to what differs, where it is corrected; it can be undone as in every file.
        verdict.setFocus()
        QTest.keyClick(verdict, Qt.Key.Key_Space)
        assert window.window.focusWidget() is page.editor.view
        write(window, path, '{"statusCode": 200}\n')
        await until(lambda: pane.summary.text() == "✓ 1 of 1")
        page.editor.view.undo()
        await until(lambda: pane.summary.text() == "✕ 2 of 3")
        page.editor.view.redo()
        run("save")
        await until(lambda: verdict.text() == "✓ as expected")
        window.window.resize(1_280, 720)
        await until(lambda: verdict.text() == "✓")  # the figures keep their size
        await window.invoke()
        await until(lambda: model.rowCount() == 2 and model.index(0, 0).data(ROW_ROLE).tag == "expected")
        assert "as expected" in model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
        assert "result as expected" in model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)

    play(scenario)


def test_an_event_shows_what_it_expects_and_takes_it_along(play: Callable[[Scenario], None], root: Path) -> None:
    (root / "events" / "good.expect").write_text('{"statusCode": 200}')
    better = root / "events" / "better.expect"

    async def scenario(window: Window) -> None:
        await window.open(root)
        workspace, run = window.workspace, window.window.run
        run("event.open")
        pane = pane_of(window, root / "events" / "good.json")
        await until(lambda: pane.summary.text() == "1 condition")
        assert pane.conditions.toPlainText() == "○ $.statusCode = 200"
        await window.invoke()
        await until(lambda: pane.summary.text() == "✓ 1 of 1")
        pane.button.setFocus()
        QTest.keyClick(pane.button, Qt.Key.Key_Space)
        page = page_of(window, root / "events" / "good.expect")
        assert window.window.focusWidget() is page.editor.view
        # The pages stay, with what is unsaved, under the event's new name.
        write(window, root / "events" / "good.expect", '{"statusCode": 400}')
        await until(lambda: pane.conditions.toPlainText() == "✕ $.statusCode is 200, not 400.")
        run("event.rename")
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, EventNameDialog)
        dialog.name.setText("better")
        dialog.accept()
        assert (page.file.path, page.editor.is_modified) == (str(better), True)
        page.setFocus()
        run("save")
        assert better.read_text() == '{"statusCode": 400}'
        # Nothing is expected once the text is empty, and nothing is left of that.
        write(window, better, "")
        run("save")
        await until(lambda: pane.summary.text() == "nothing yet")
        workspace.documents.tabs.request_close(str(better))
        assert not better.exists()

    play(scenario)


def test_the_last_answer_can_be_the_beginning(play: Callable[[Scenario], None], root: Path) -> None:
    path = root / "events" / "good.expect"

    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.run("event.expect")
        pane = pane_of(window, path)
        assert not pane.button.isEnabled()  # nothing was answered yet
        await window.invoke()
        await until(pane.button.isEnabled)
        pane.button.click()
        await until(lambda: pane.summary.text() == "✓ 3 of 3")
        assert page_of(window, path).editor.text().startswith('{\n  "statusCode": 200,\n')
        write(window, path, "")
        page_of(window, path).editor.set_modified(False)

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
    (root / "events" / "fail.expect").write_text('{"errorType": "ValueError", "$status": "error"}')
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


def shown(qtbot: QtBot, standing: Standing, *, is_written: bool = False) -> ExpectationPane:
    pane = ExpectationPane(is_written=is_written)
    qtbot.addWidget(pane)
    pane.resize(400, 200)
    pane.show()
    pane.show_standing(standing, str.upper)
    return pane


def test_many_conditions_are_scrolled_to_the_first_that_is_not_met(qtbot: QtBot) -> None:
    expected = read_expectation(b'{%s}' % b", ".join(b'"a%d": %d' % (number, number) for number in range(30)))
    answer = b'{%s}' % b", ".join(b'"a%d": %d' % (number, number % 20) for number in range(30))
    pane = shown(qtbot, standing_of(expected, Outcome(answer)))
    assert (pane.summary.text(), pane.summary.toolTip()) == (
        "✕ 20 of 30", "The last result with this event meets 20 of 30 conditions")
    view = pane.conditions
    assert view.height() <= (MOST_LINES + 1) * view.fontMetrics().lineSpacing()
    first_px = view.cursorRect().top()
    assert view.textCursor().block().text() == "✕ $.A20 IS 0, NOT 20."  # as it is to be seen
    assert 0 <= first_px < view.viewport().height()
    # Qt's focus leaves it by Tab, as it takes no text.
    assert view.tabChangesFocus()


def test_what_is_wrong_takes_the_place_of_the_conditions(qtbot: QtBot) -> None:
    pane = shown(qtbot, standing_of(read_expectation(b'{"a": 1}'), None), is_written=True)
    assert (pane.summary.text(), pane.conditions.isVisible(), pane.note.isVisible()) == ("1 condition", True, False)
    pane.show_problem("It is no JSON.", has_answer=True)
    assert (pane.note.text(), pane.note.objectName(), pane.conditions.isVisible()) == ("It is no JSON.", "problem", False)
    assert (pane.summary.text(), pane.button.isEnabled()) == ("", True)


def test_conditions_are_listed_once_where_event_and_expectation_are_side_by_side(
    play: Callable[[Scenario], None], root: Path,
) -> None:
    event, path = root / "events" / "good.json", root / "events" / "good.expect"
    path.write_text('{"$.body.total": {"$atLeast": 0}, "$durationMs": {"$above": 60000}}')

    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.resize(1_800, 900)
        window.window.run("event.open")
        beside = pane_of(window, event)
        await until(lambda: beside.summary.text() == "2 conditions")
        assert beside.conditions.isVisible()
        window.window.run("event.expect")
        pane, tabs = pane_of(window, path), window.workspace.documents.tabs
        event_page, page = page_of(window, event), page_of(window, path)
        tabs.groups.put_back(event_page)
        tabs.groups.show_page(event_page)
        await window.invoke()
        await until(lambda: pane.summary.text() == "✕ 1 of 2")
        assert pane.conditions.toPlainText().splitlines()[0] == "✓ $.body.total ≥ 0"
        assert (pane.conditions.isVisible(), beside.isVisible(), beside.conditions.isVisible()) == (True, True, False)
        assert beside.summary.text() == "✕ 1 of 2"
        # What is no condition is said once, where it is written.
        write(window, path, '{"body": {"total": {"$gte": 0}}}')
        await until(lambda: 'Did you mean "$atLeast"?' in pane.note.text())
        assert pane.note.text().startswith('$.body.total has "$gte", which is no condition.')
        assert (pane.note.isVisible(), beside.note.isVisible()) == (True, False)
        assert [(each.line, each.severity) for each in page.editor.problems.all()] == [(1, "error")]
        # Alone, the event lists them again.
        page.editor.view.undo()
        await until(lambda: page.editor.problems.all() == [])
        window.window.run("save")
        tabs.request_close(str(path))
        await until(lambda: beside.conditions.isVisible() and beside.summary.text() == "✕ 1 of 2")

    play(scenario)


def test_a_long_expectation_is_opened_without_a_stall(play: Callable[[Scenario], None], root: Path) -> None:
    path = root / "events" / "good.expect"
    path.write_text(json.dumps({f"member{number}": {"id": number} for number in range(700)}, indent=2))

    async def scenario(window: Window) -> None:  # under the watch of the window's thread
        await window.open(root)
        window.window.resize(1_800, 900)
        await window.invoke()
        window.window.run("event.expect")
        pane = pane_of(window, path)
        await until(lambda: pane.summary.text() == "✕ 0 of 700")
        assert len(page_of(window, path).editor.text().splitlines()) > 2_000

    play(scenario)


def test_what_changes_with_each_run_is_no_part_of_what_is_begun_with(play: Callable[[Scenario], None], root: Path) -> None:
    path = root / "events" / "good.expect"
    next(root.rglob("app.py")).write_text(CHANGING)

    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.run("event.expect")
        pane = pane_of(window, path)
        await window.invoke()
        await window.invoke()
        await until(pane.button.isEnabled)
        pane.button.setFocus()
        QTest.keyClick(pane.button, Qt.Key.Key_Space)
        await until(lambda: pane.summary.text() == "✓ 6 of 6")
        text = page_of(window, path).editor.text()
        assert '"id": {"$matches": "^[0-9a-f-]{36}$"}' in text
        assert '"count": {"$atLeast": 0}' in text
        assert '"total": 12.5' in text
        window.window.run("save")
        for _ in range(3):
            invocation = await window.invoke()
            await until(lambda wanted=invocation.request_id: window.workspace.session.verdicts.of(wanted) is not None)
            assert window.workspace.session.verdicts.of(invocation.request_id).is_met

    play(scenario)


def test_a_condition_that_is_wider_than_the_pane_is_read_to_its_end(qtbot: QtBot) -> None:
    pane = shown(qtbot, standing_of(read_expectation(b'{"a": "%s", "b": 1}' % (b"text " * 12)), Outcome(b'{"a": "other"}')))
    view = pane.conditions
    narrow_px, line_px = view.height(), view.document().firstBlock().layout().lineAt(0).height()
    assert narrow_px > 3 * line_px
    assert view.verticalScrollBar().maximum() == 0  # all of it is seen
    pane.resize(1_600, 200)
    qtbot.waitUntil(lambda: view.height() < narrow_px)
    assert 2 * line_px <= view.height() < 3 * line_px
    pane.resize(400, 200)
    qtbot.waitUntil(lambda: view.height() == narrow_px)


def test_the_list_of_events_tells_what_was_not_as_expected(play: Callable[[Scenario], None], root: Path) -> None:
    own = root / "events" / "Alpha"
    own.mkdir()
    (own / "fails.json").write_text('{"fail": true}')
    (own / "fails.expect").write_text('{"errorMessage": {"$matches": "purpose$"}}')
    path = root / "events" / "good.expect"
    path.write_text('{"$.body.total": {"$above": 13}}')

    async def scenario(window: Window) -> None:
        await window.open(root)
        model = window.workspace.page.events.list.model()

        def row_of(name: str) -> Any:
            rows = (model.index(number, 0).data(ROW_ROLE) for number in range(model.rowCount()))
            return next(row for row in rows if row.key == name)

        assert row_of("Alpha/fails").text == "fails"  # the folder is the chosen function's
        window.workspace.model.choose_event("good")
        await window.invoke()
        await until(lambda: row_of("good").alert == "unexpected")
        assert row_of("good").spoken.startswith("good succeeded, not as expected")
        window.workspace.model.choose_event("Alpha/fails")
        await window.invoke()
        await until(lambda: "Its result is as expected." in row_of("Alpha/fails").tip)
        assert (row_of("Alpha/fails").badge_token, row_of("Alpha/fails").alert) == ("success", "")
        # What is saved is judged at once, without another invocation.
        window.workspace.model.choose_event("good")
        window.window.run("event.expect")
        write(window, path, '{"$.body.total": {"$atMost": 13}}')
        window.window.run("save")
        await until(lambda: row_of("good").alert == "" and "as expected" in row_of("good").spoken)

    play(scenario)

"""Asynchronous invocation in the window, as a person does it, with a real engine: send, hold, step, edit, drop, inbox."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from tests.gui.test_window_with_engine import Scenario, Window, parts, play, until
from tests.support.engines import engine_in_test
from tests.support.workspaces import WorkspaceBuilder
from workbench.engine.asynchronous.clocks import QueueClock
from workbench.engine.asynchronous.entries import Entry
from workbench.engine.asynchronous.events import QueuedEvent
from workbench.engine.asynchronous.store import QueueStore
from workbench.engine.asynchronous.writer import QueueWriter
from workbench.gui.dialogs.queue_dialogs import ConfirmDialog, EditEventDialog
from workbench.gui.link import engine_link
from workbench.gui.panels.inbox.inbox_model import CONDITION, FUNCTION, KIND, TARGET
from workbench.gui.panels.inbox.inbox_panel import InboxPanel
from workbench.gui.panels.queue.queue_model import ATTEMPT, EVENT, NEXT, STATE, WHY
from workbench.gui.panels.queue.queue_panel import QueuePanel
from workbench.gui.workspace.invocation_opener import NO_INVOCATION
from workbench.model.lambda_names import Scope
from workbench.state.queue_rows import PART, QueueRows
from workbench.state.queue_words import QueueAction
from workbench.workspace.state_directory import state_directory

__all__ = ["play"]  # a fixture

PanelT = TypeVar("PanelT", QueuePanel, InboxPanel)
LETTERS = "arn:aws:sqs:us-east-1:123456789012:letters"
CODE = {"app.py": """
    def handler(event, context):
        if event.get("fail"):
            raise ValueError("on purpose")
        return {"seen": event}
"""}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    properties = f"DeadLetterQueue: {{Type: SQS, TargetArn: '{LETTERS}'}}"
    builder = WorkspaceBuilder(tmp_path / "app").function("Alpha", CODE, properties=properties)
    root = builder.function("Beta", CODE).write()
    (root / "events").mkdir()
    (root / "events" / "good.json").write_text('{"n": 1}')
    (root / "events" / "fail.json").write_text('{"fail": true}')
    return root


def test_queue_and_inbox(play: Callable[[Scenario], None], root: Path) -> None:
    play(parts(root, two_retries_and_a_dead_letter_in_ten_seconds, the_dead_letter_is_in_the_inbox,
               a_dead_event_is_edited_and_sent_again, an_event_is_edited_in_its_place, an_event_is_dropped_and_sent_again,
               a_function_has_a_clock_of_its_own, the_clock_goes_to_the_end_and_everything_is_dropped))


def test_ten_thousand_waiting_events(play: Callable[[Scenario], None], root: Path) -> None:
    asyncio.run(fill_queue(root, 10_000))
    play(parts(root, a_long_queue_is_scrolled_through))


async def a_long_queue_is_scrolled_through(window: Window, _: Path) -> None:
    panel = await queue_panel(window)
    table, longest_s = panel.table, 0.0
    await until(lambda: shown_at(panel, 0) == "1" and table.lines.rowCount() == 10_000)
    assert panel.summary.text() == "10,000 in the queue"
    bar = table.verticalScrollBar()
    for row in (5_000, 9_990, 0, 7_777):
        began_s = time.thread_time()
        bar.setValue(row)
        table.viewport().repaint()
        longest_s = max(longest_s, time.thread_time() - began_s)
        await until(lambda row=row: shown_at(panel, min(row, bar.maximum())) == str(min(row, bar.maximum()) + 1))
        assert len(rows(window).info.events) == PART, "only a part is read"
    assert longest_s < 0.5, "scrolling costs what can be seen"  # 10 ms of CPU time here
    table.setCurrentIndex(table.lines.index(table.seen()[0] + 2, EVENT))
    chosen = panel.chosen
    assert chosen is not None
    await until(lambda: panel.text.toPlainText().startswith("EVENT"))
    await queue_panel(window)
    QTest.keyClick(table, Qt.Key.Key_Delete)
    await until(lambda: table.lines.rowCount() == 10_000 and rows(window).info.waiting == 9_999)
    bar.setValue(bar.maximum())
    await until(lambda: cell(panel, 9_999, STATE) == "Dropped")


async def fill_queue(root: Path, count: int) -> None:
    """Have events wait in the workspace's queue, whose clock is held, before its engine starts."""
    scope, now_ms = Scope("us-east-1", "123456789012"), int(time.time() * 1_000)
    writer = QueueWriter(state_directory(root) / "queue.sqlite")
    await writer.open()
    store = QueueStore(writer)
    await store.keep_clocks({"": QueueClock(now_ms)})
    for _ in range(count // 1_000):
        await asyncio.gather(*(store.add(Entry(due_ms=now_ms, event=QueuedEvent(
            event_id=0, request_id=str(uuid.uuid4()), scope=scope, function_name="Alpha", qualifier="", payload=b"{}",
            accepted_ms=now_ms))) for _ in range(1_000)))
    await writer.close()


def test_an_invocation_of_an_earlier_engine_is_opened_from_queue_and_inbox(
    play: Callable[[Scenario], None], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_link, "HISTORY_EVENTS", 0)  # the window reads nothing of what was before
    asyncio.run(three_attempts_that_fail(root))
    play(parts(root, what_only_the_journal_has_is_opened))


async def three_attempts_that_fail(root: Path) -> None:
    async with engine_in_test(root) as engine:
        await engine.client.queue.hold()
        await engine.client.queue.send("Alpha", b'{"fail": true}')
        for _ in range(3):
            await engine.client.queue.step()
        assert [each.condition for each in (await engine.client.queue.info(ended=9)).ended] == ["RetriesExhausted"]


async def what_only_the_journal_has_is_opened(window: Window, _: Path) -> None:
    history, panel = window.workspace.session.history, await queue_panel(window)
    await until(lambda: [each[:2] for each in shown(panel)] == [("1", "RetriesExhausted")])
    assert len(history) == 0
    await queue_panel(window)  # the list, which is there now, gets the keyboard
    panel.table.selectRow(0)
    assert panel.chosen is not None
    request_id = panel.chosen.request_id
    QTest.keyClick(panel.table, Qt.Key.Key_O)
    result = window.workspace.panels.result.panel
    await until(lambda: result.isVisible() and result.invocation is not None)
    assert result.invocation.request_id == request_id
    assert (result.invocation.error()["errorMessage"], result.invocation.cost is not None) == ("on purpose", True)
    log = result.text.toPlainText()
    assert (log.count("START RequestId"), log.count("REPORT RequestId")) == (1, 1), "the last attempt"
    assert len(history) == 0, "it is not listed as one that ran now"
    history._recalled.clear()
    inbox = await inbox_panel(window)
    await until(lambda: inbox.lines.rowCount() == 1)
    await inbox_panel(window)
    inbox.table.selectRow(0)
    QTest.keyClick(inbox.table, Qt.Key.Key_Return)
    await until(lambda: result.isVisible() and result.invocation is not None)
    assert result.invocation.request_id == request_id
    window.workspace.asynchronous._opener.open("0" * 8)
    await until(lambda: window.workspace.page.notice.text == NO_INVOCATION)


async def two_retries_and_a_dead_letter_in_ten_seconds(window: Window, _: Path) -> None:
    actions, panel = window.window.actions_by_id, await queue_panel(window)
    await until(lambda: bool(rows(window).info.clocks))
    assert panel.empty.text().startswith("No asynchronous invocation waits. Send one")
    window.workspace.model.choose_function("Alpha")
    window.workspace.model.choose_event("fail")
    began_s = time.monotonic()
    click(panel.toolbar.hold)
    await until(lambda: panel.clock.text().startswith("Clock held at "))
    assert window.window.status_line.clock.text() == "Queue clock held"
    await until(actions["queue.step"].isEnabled)
    await send(window)
    result = window.workspace.panels.result.panel
    assert "202 Accepted" in result.strip.headline.status.text()
    assert "its caller has the answer: status 202" in result.text.toPlainText()
    click(result.strip.queue_button)
    await until(lambda: shown(panel) == [("1", "waiting", "1 of 3", "due")])
    for attempt, wait in ((2, "in 1 min"), (3, "in 2 min")):
        actions["queue.step"].trigger() if attempt == 2 else click(panel.toolbar.step)
        await until(lambda attempt=attempt, wait=wait: shown(panel) == [("1", "retrying", f"{attempt} of 3", wait)])
    assert cell(panel, 0, WHY) == "ValueError: on purpose"
    click(panel.toolbar.step)
    await until(lambda: shown(panel) == [("1", "RetriesExhausted", "3 made", "–")])
    await until(lambda: [moment.label for moment in panel.line.moments] == [
        "accepted", "attempt 1", "attempt 2", "attempt 3", "ended", "dead letter"])
    assert time.monotonic() - began_s < 10
    assert panel.line.accessibleDescription().endswith(
        "attempt 1 failed, after 1 min: attempt 2 failed, after 2 min: attempt 3 failed, ended RetriesExhausted, "
        "dead letter in the inbox")
    text = panel.text.toPlainText()
    assert '"fail": true' in text
    assert LETTERS in text
    assert '"errorMessage": "on purpose"' in text
    assert not panel.table.retry_action.isEnabled()
    assert actions["queue.hold"].isEnabled()


async def the_dead_letter_is_in_the_inbox(window: Window, _: Path) -> None:
    area = window.workspace.page.regions.area
    await until(lambda: area.title("inbox") == "Inbox (1)")
    panel = await inbox_panel(window)
    await until(lambda: area.title("inbox") == "Inbox")
    assert [str(panel.lines.index(0, column).data()) for column in (KIND, FUNCTION, CONDITION, TARGET)] == [
        "Dead letter", "Alpha", "on purpose", "sqs letters"]
    panel.table.selectRow(0)
    await until(lambda: '"fail": true' in panel.text.toPlainText())
    assert "ErrorMessage: on purpose" in panel.text.toPlainText()
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    result = window.workspace.panels.result.panel
    assert result.isVisible()
    assert result.invocation is not None
    assert result.invocation.error()["errorMessage"] == "on purpose"
    panel = await inbox_panel(window)
    click(panel.clear)
    (await dialog_of(ConfirmDialog)).confirm.click()
    await until(lambda: panel.lines.rowCount() == 0 and panel.empty.isVisible())


async def a_dead_event_is_edited_and_sent_again(window: Window, _: Path) -> None:
    panel = await queue_panel(window)
    await until(lambda: [each[:2] for each in shown(panel)] == [("1", "RetriesExhausted")])
    click_in_row(panel, 0, "edit")
    dialog = await dialog_of(EditEventDialog)
    assert dialog.editor.text() == '{"fail": true}'
    dialog.editor.replace_text("{broken")
    assert not dialog.confirm.isEnabled()
    assert "Could not parse request body into json" in dialog.problem_text
    dialog.editor.replace_text('{"n": 2}')
    dialog.confirm.click()
    await until(lambda: first(panel) == ("2", "waiting", "1 of 3", "due"))
    await until(lambda: panel.chosen is not None and panel.chosen.event_id == 2)
    await queue_panel(window)
    QTest.keyClick(panel.table, Qt.Key.Key_R)
    await until(lambda: [each[:2] for each in shown(panel)] == [("2", "Success"), ("1", "RetriesExhausted")])
    await until(lambda: '"seen": {' in panel.text.toPlainText())


async def an_event_is_edited_in_its_place(window: Window, _: Path) -> None:
    panel = await queue_panel(window)
    await send(window)
    await queue_panel(window)
    await until(lambda: panel.chosen is not None and panel.chosen.event_id == 3)
    click(panel.toolbar.step)
    await until(lambda: first(panel) == ("3", "retrying", "2 of 3", "in 1 min"))
    await queue_panel(window)
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    dialog = await dialog_of(EditEventDialog)
    dialog.editor.replace_text('{"n": 3}')
    dialog.replace.setChecked(True)
    dialog.confirm.click()
    await until(lambda: '"n": 3' in panel.text.toPlainText())
    assert first(panel) == ("3", "retrying", "2 of 3", "in 1 min")
    click(panel.toolbar.minute)
    await until(lambda: first(panel) == ("3", "Success", "2 made", "–"))


async def an_event_is_dropped_and_sent_again(window: Window, _: Path) -> None:
    panel, toast = await queue_panel(window), window.workspace.page.toast
    await send(window)
    await queue_panel(window)
    await until(lambda: panel.chosen is not None and panel.chosen.event_id == 4)
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    await until(lambda: first(panel)[:2] == ("4", "Dropped"))
    await until(lambda: toast.text == "Event 4 of Alpha was dropped. Undo sends it again, as a new event.")
    toast.undo.click()
    await until(lambda: first(panel) == ("5", "waiting", "1 of 3", "due"))


async def a_function_has_a_clock_of_its_own(window: Window, _: Path) -> None:
    panel = await queue_panel(window)
    bar = panel.toolbar
    click(bar.hold)
    await until(lambda: not panel.clock.text().startswith("Clock held"))
    functions = panel.filter.functions
    functions.setCurrentIndex(functions.findData("Beta"))
    functions.activated.emit(functions.currentIndex())
    await until(lambda: shown(panel) == [])
    assert panel.empty.text().startswith("No asynchronous invocation of Beta waits.")
    click(bar.hold)
    await until(lambda: window.window.status_line.clock.text() == "Queue clock of Beta held")
    window.window.status_line.clock.click()
    assert panel.isVisible()
    functions.setCurrentIndex(0)
    functions.activated.emit(0)
    await until(lambda: shown(panel) != [])
    assert (bar.hold.text(), panel.clock.text()) == ("Hold clock", "Queue clock of Beta held")


async def the_clock_goes_to_the_end_and_everything_is_dropped(window: Window, _: Path) -> None:
    panel = await queue_panel(window)
    bar = panel.toolbar
    click(bar.hold)
    await until(lambda: bar.hold.text() == "Let it run")
    await send(window)
    await queue_panel(window)
    await until(lambda: rows(window).info.waiting == 2)  # and the one that was sent again, which failed meanwhile
    click(bar.to_end)
    await until(lambda: rows(window).info.waiting == 0 and bar.to_end.text() == "To the end")
    await until(lambda: {each[0]: each[1:3] for each in shown(panel)}.items() >= {
        "5": ("RetriesExhausted", "3 made"), "6": ("RetriesExhausted", "3 made")}.items())
    await send(window)
    await queue_panel(window)
    await until(lambda: panel.filter.drop_all.isEnabled())
    click(panel.filter.drop_all)
    (await dialog_of(ConfirmDialog)).confirm.click()
    await until(lambda: first(panel)[:2] == ("7", "Dropped"))
    click(bar.hold)
    await until(lambda: not window.window.status_line.clock.isVisible())


async def queue_panel(window: Window) -> QueuePanel:
    """The queue, in front, as Alt+8 does it."""
    window.window.actions_by_id["focus.queue"].trigger()
    return await _in_front(window, window.workspace.asynchronous.queue.panel)


async def inbox_panel(window: Window) -> InboxPanel:
    """The inbox, in front, as Alt+9 does it."""
    window.window.actions_by_id["focus.inbox"].trigger()
    return await _in_front(window, window.workspace.asynchronous.inbox.panel)


async def _in_front(window: Window, panel: PanelT) -> PanelT:
    assert panel.isVisible()
    window.window.activateWindow()  # keys reach only the active window, which a dialog was that has closed
    await until(window.window.isActiveWindow)
    return panel


async def send(window: Window) -> None:
    """Send the chosen event, and wait for the 202."""
    accepted: list[str] = []
    window.workspace.asynchronous.event_sender.accepted.connect(accepted.append)
    window.window.actions_by_id["invoke.send"].trigger()
    await until(lambda: bool(accepted))


async def dialog_of(kind: type) -> object:
    await until(lambda: isinstance(QApplication.activeModalWidget(), kind))
    return QApplication.activeModalWidget()


def click(button: QAbstractButton) -> None:
    assert button.isEnabled(), button.text()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def click_in_row(panel: QueuePanel, row: int, name: QueueAction) -> None:
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=panel.table.action_place(row, name).center())


def rows(window: Window) -> QueueRows:
    return window.workspace.asynchronous.queue_reader.rows


def shown_at(panel: QueuePanel, row: int) -> str:
    """The number of the event in a row, or what stands there until it is known."""
    return cell(panel, row, EVENT)


def cell(panel: QueuePanel, row: int, column: int) -> str:
    return str(panel.table.lines.index(row, column).data())


def first(panel: QueuePanel) -> tuple[str, ...]:
    """The same of the first row; empty without one."""
    return next(iter(shown(panel)), ())


def shown(panel: QueuePanel) -> list[tuple[str, ...]]:
    """Number, state, attempt and next attempt of each row."""
    return [tuple(cell(panel, row, column) for column in (EVENT, STATE, ATTEMPT, NEXT))
            for row in range(panel.table.lines.rowCount())]

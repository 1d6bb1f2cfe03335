"""The history in the window, with a real engine: found, looked at, compared, marked, replayed, copied, exported, forgotten."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QPushButton, QWidget
from shiboken6 import isValid

from tests.gui.test_keyboard import Walk
from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.editor.invalid_mark import INVALID
from workbench.gui.dialogs.event_dialogs import EventNameDialog
from workbench.gui.dialogs.history_dialogs import ForgetDialog, NameDialog, RetentionDialog
from workbench.gui.panels.history.details_window import DetailsWindow
from workbench.gui.panels.history.history_panel import HistoryPanel
from workbench.gui.panels.history.pair_window import PairWindow
from workbench.gui.widgets.row import ROW_ROLE
from workbench.model.failures import ServiceError
from workbench.model.past_invocations import Mark
from workbench.state.invocation_file import SUFFIX
from workbench.workspace.state_directory import data_directory

__all__ = ["play"]  # a fixture

CODE = """
    import os
    def handler(event, context):
        print("word", event.get("word"))
        if event.get("fail"):
            raise ValueError("on purpose")
        return {"stage": os.environ["STAGE"], "n": event.get("n")}
"""
SECRET = "opensesame"
WidgetT = TypeVar("WidgetT", bound=QWidget)
DialogT = TypeVar("DialogT", bound=QDialog)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return WorkspaceBuilder(tmp_path / "app").function("Alpha", {"app.py": CODE}, environment={"STAGE": "one"}).write()


class History:
    """The history of a window, and what a person does with it."""

    def __init__(self, window: Window) -> None:
        self.window = window
        window.workspace.focus.go_to("history")
        self.panel: HistoryPanel = window.workspace.panels.history.panel
        self.model = self.panel.model

    @property
    def notice(self) -> str:
        return self.window.workspace.page.notice.text

    async def invoke(self, event: dict[str, Any]) -> str:
        client = self.window.workspace.link.client
        return (await client.invoke("Alpha", json.dumps(event).encode())).request_id

    async def shows(self, *request_ids: str) -> None:
        """Wait until the list has these rows, the newest first."""
        def is_shown() -> bool:
            return [self.model.request_id(row) for row in range(self.model.rowCount())] == list(request_ids)
        try:
            await until(is_shown)
        except TimeoutError:
            raise AssertionError([self.model.request_id(row) for row in range(self.model.rowCount())]) from None

    def answered(self, count: int) -> list[Any]:
        """The numbers in the answers of the newest rows, None where there is none yet."""
        found = [self.window.workspace.session.history.get(self.model.request_id(row)) for row in range(count)]
        return [json.loads(each.payload).get("n") if each is not None and each.payload else None for each in found]

    def choose(self, *rows: int) -> None:
        selection = self.panel.list.selectionModel()
        selection.clear()
        for row in rows:
            flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
            selection.setCurrentIndex(self.model.index(row, 0), flags)

    def press(self, key: Qt.Key) -> None:
        """Press a key in the list."""
        action = next(each for each in self.panel.list.actions() if key in (s[0].key() for s in each.shortcuts()))
        assert action.isEnabled(), action.text()
        action.trigger()

    def act(self, name: str) -> None:
        action = self.panel.actions_of_list.by_name[name]
        assert action.isEnabled(), name
        action.trigger()

    async def dialog(self, kind: type[DialogT]) -> DialogT:
        await until(lambda: isinstance(QApplication.activeModalWidget(), kind))
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, kind)
        return dialog

    async def shown(self, kind: type[WidgetT]) -> WidgetT:
        await until(lambda: self._found(kind) is not None)
        found = self._found(kind)
        assert found is not None
        return found

    def _found(self, kind: type[WidgetT]) -> WidgetT | None:
        return next((each for each in self.window.workspace.page.findChildren(kind) if each.isVisible()), None)


def test_history(play: Callable[[Scenario], None], root: Path, tmp_path: Path) -> None:
    async def scenario(window: Window) -> None:
        window.appearance.apply()  # with its style sheet, as in the program
        await window.open(root)
        history = History(window)
        ids = [await history.invoke({"n": number, "word": f"w{number}"}) for number in range(4)]
        ids.append(await history.invoke({"n": 4, "fail": True, "word": SECRET}))
        ids.reverse()
        await history.shows(*ids)
        await what_is_asked_for_is_shown(history, ids)
        await details_show_everything(history)
        await two_are_compared(history)
        await stars_and_names(history, ids)
        await they_are_replayed(history, root)
        await an_event_is_saved(history, root)
        await calls_are_copied(history)
        await one_is_exported_and_opened(history, tmp_path)
        await one_is_forgotten_brought_back_and_forgotten(history, root, ids[0])
        await what_is_too_much_for_undo_is_asked_before(history)
        await less_is_kept(history)

    play(scenario)


def test_any_two_cold_starts_are_compared(play: Callable[[Scenario], None], root: Path) -> None:
    """Those that only the journal has could not be, and the change that made the difference is often days old."""
    async def scenario(window: Window) -> None:
        await window.open(root)
        history, client = History(window), window.workspace.link.client
        earlier = await history.invoke({"n": 1, "fail": True})
        await client.stop_environments("Alpha")
        later, warm = await history.invoke({"n": 1, "fail": True}), await history.invoke({"n": 3})
        await history.shows(warm, later, earlier)
        window.workspace.session.history.forget(earlier)
        window.workspace.focus.go_to("timeline")
        card = window.workspace.panels.timeline.panel.card
        await until(card.isVisible)
        menu = card.compare_button.menu()
        menu.aboutToShow.emit()
        menu.actions()[-1].trigger()
        await history.shows(later, earlier)
        history.choose(0, 1)
        history.act("compare")
        pair = await history.shown(PairWindow)
        shown = [row for row in pair.starts.rows if row[0].isVisible()]
        assert len(shown) == 2
        assert re.match(r"as long|\d+ ms (longer|shorter): ", shown[1][3].text())
        ids = [pair.figures.item(0, column) for column in (1, 2)]
        assert all(pair.figures.columnWidth(item.column()) > QFontMetrics(item.font()).horizontalAdvance(item.text())
                   for item in ids), "they are seen whole"
        assert pair.parts.current_key() == "Result", "the event is the same, so what differs is shown first"
        before = pair.figures.rowHeight(0)
        window.workspace.presentation.toggle()
        await until(lambda: pair.figures.rowHeight(0) > before)
        assert pair.figures.verticalScrollBar().maximum() == 0, "all figures are seen, in large type too"
        window.workspace.presentation.toggle()
        await until(lambda: pair.figures.rowHeight(0) == before)
        pair.close()

    play(scenario)


def test_what_another_window_or_a_command_does_is_seen(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        history, client = History(window), window.workspace.link.client.history
        first, second = [await history.invoke({"n": number, "word": f"w{number}"}) for number in range(2)]
        await history.shows(second, first)
        await until(lambda: history.answered(2) == [1, 0])
        history.choose(1)
        result = window.workspace.panels.result.panel
        await until(lambda: result.invocation is not None and result.invocation.request_id == first)
        past = history.model.past(1)
        assert past is not None
        await client.mark([past.seq], Mark(is_starred=True, name="slow"))
        await until(lambda: "★ slow" in history.model.index(1, 0).data(ROW_ROLE).text)
        gone = await client.forget([past.seq], can_undo=True)
        await history.shows(second)
        await until(lambda: window.workspace.session.history.get(first) is None)
        await until(lambda: result.invocation is None or result.invocation.request_id != first)
        await client.undo_forgotten(gone.undo)
        await history.shows(second, first)

    play(scenario)


async def what_is_asked_for_is_shown(history: History, ids: list[str]) -> None:
    field, state = history.panel.filter.field, history.panel.filter.state
    for query, rows in (("is:failed", ids[:1]), ("event:w2", [ids[2]]), ("w1", [ids[3]]), ("is:cold", ids[-1:]),
                        (f"id:{ids[2][:13]}", [ids[2]]), ("duration>60000", []), ("result:one memory>0", ids[1:]), ("", ids)):
        field.clear()
        QTest.keyClicks(field, query)
        QTest.keyClick(field, Qt.Key.Key_Return)
        await history.shows(*rows)
        wanted = f"{len(ids)} invocations" if not query else f"{len(rows)} found" if rows else "There are no such invocations."
        await until(lambda wanted=wanted: state.text() == wanted)
    history.panel.filter.chips["is:failed"].click()
    assert field.text() == "is:failed"
    await history.shows(ids[0])
    history.panel.filter.chips["is:failed"].click()
    await history.shows(*ids)
    QTest.keyClicks(field, "is:odd")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert state.text().startswith("is:odd is not known.")
    assert (field.objectName(), field.accessibleDescription()) == (INVALID, state.text())
    field.clear()
    QTest.keyClick(field, Qt.Key.Key_Return)
    await until(lambda: state.text() == f"{len(ids)} invocations")
    assert field.objectName() == ""


async def details_show_everything(history: History) -> None:
    history.choose(0)
    history.press(Qt.Key.Key_Return)
    details = await history.shown(DetailsWindow)
    await until(lambda: bool(details.log_text.toPlainText()))
    assert "on purpose" in details.result_text.toPlainText()
    assert f'"word": "{SECRET}"' in details.event_text.toPlainText()
    assert f"word {SECRET}" in details.log_text.toPlainText()
    assert details.headline.text().startswith("Failed · Alpha:$LATEST")
    assert details.mark.text() == "✕"
    assert history.window.appearance.theme.error in details.mark.styleSheet()
    await until(lambda: details.ran.verdict.text() == "Code and configuration are now what they were then.")
    assert "CodeSha256  not noted" not in details.ran.digests.text()
    for number in range(details.tabs.count()):
        details.tabs.setCurrentIndex(number)
        await goes_round(details)
    details.close()


async def two_are_compared(history: History) -> None:
    history.choose(1, 2)
    history.act("compare")
    pair = await history.shown(PairWindow)
    rows = {row.text: row.detail for row in pair.parts.rows}
    assert rows == {"Event": "differs", "Result": "differs", "Log": "differs"}
    assert '-  "n": 2,' in pair.diff.toPlainText()
    assert '+  "n": 3,' in pair.diff.toPlainText()
    assert not pair.starts.isVisible(), "they were warm"
    await goes_round(pair)
    pair.close()


async def goes_round(window: QWidget) -> None:
    """Tab leads to all that can be used there, and out of each of them."""
    await until(window.isActiveWindow)
    walk = Walk(window, type(window).__name__, set())
    await walk.go()
    assert not walk.problems, "\n".join(walk.problems)


async def stars_and_names(history: History, ids: list[str]) -> None:
    def row(number: int) -> Any:
        return history.model.index(number, 0).data(ROW_ROLE)

    history.choose(1, 3)
    history.press(Qt.Key.Key_S)
    await until(lambda: row(1).text.startswith("★") and row(3).text.startswith("★"))
    history.panel.filter.chips["is:starred"].click()
    await history.shows(ids[1], ids[3])
    history.choose(1)
    history.press(Qt.Key.Key_S)
    await history.shows(ids[1])
    history.panel.filter.chips["is:starred"].click()
    await history.shows(*ids)
    await until(lambda: not row(3).text.startswith("★"))
    history.choose(1)
    history.press(Qt.Key.Key_F2)
    dialog = await history.dialog(NameDialog)
    dialog.name.setText("the third")
    dialog.accept()
    await until(lambda: row(1).text == "★ the third")
    undo = next(each for each in history.window.workspace.page.toast.findChildren(QPushButton) if each.text() == "Undo")
    undo.click()
    await until(lambda: "the third" not in row(1).text)


async def they_are_replayed(history: History, root: Path) -> None:
    before = history.model.rowCount()
    history.choose(1, 2)
    history.act("replay")
    await until(lambda: history.notice == "2 of 2 replayed." and history.model.rowCount() == before + 2)
    await until(lambda: history.answered(2) == [3, 2])
    (code,) = root.rglob("app.py")
    code.write_text(code.read_text().replace('"stage"', '"phase"'))
    template = root / "template.yaml"
    template.write_text(re.sub(r"(STAGE: *\W?)one", r"\1two", template.read_text()))
    history.choose(1)
    history.act("replay")
    await until(lambda: "Alpha is not what it was then" in history.notice and history.model.rowCount() == before + 3)
    await until(lambda: history.answered(3) == [2, 3, 2])
    assert "its code (app.py) and its configuration (Environment.STAGE) changed." in history.notice
    history.choose(history.model.rowCount() - 1)
    history.act("details")
    details = await history.shown(DetailsWindow)
    await until(lambda: details.ran.verdict.text() == "Since then 1 setting and 1 file changed.")
    assert [row.key for row in details.ran.files.rows] == ["app.py"]
    details.tabs.setCurrentWidget(details.ran)
    await goes_round(details)
    assert "-    return {\"stage\"" in details.ran.diff.toPlainText()
    assert details.ran.settings.item(0, 0).text() == "Environment.STAGE"
    assert "two" not in details.ran.settings.item(0, 2).text()
    details.close()


async def an_event_is_saved(history: History, root: Path) -> None:
    history.choose(1)
    history.act("event")
    dialog = await history.dialog(EventNameDialog)
    dialog.name.setText("again")
    dialog.accept()
    assert json.loads((root / "events" / "again.json").read_text()) == {"n": 3, "word": "w3"}
    await until(lambda: "again" in [each.name for each in history.window.workspace.model.events])


async def calls_are_copied(history: History) -> None:
    clipboard = QApplication.clipboard()
    history.choose(1)
    for form in ("boto3", "AWS CLI", "curl"):
        clipboard.clear()
        history.act(f"copy.{form}")
        await until(lambda: bool(clipboard.text()))
        text = clipboard.text()
        assert history.window.workspace.link.client.connection.url in text
        if form == "boto3":
            program = [sys.executable, "-c", text]
            ran = await asyncio.to_thread(subprocess.run, program, capture_output=True, text=True, timeout=60)
            assert json.loads(ran.stdout) == {"phase": "two", "n": 3}, ran.stderr
        else:
            assert json.loads(next(word for word in shlex.split(text) if word.startswith("{"))) == {"n": 3, "word": "w3"}


async def one_is_exported_and_opened(history: History, folder: Path) -> None:
    target = folder / f"one{SUFFIX}"
    await until(lambda: history.model.past(1) is not None)
    history.choose(history.model.rowCount() - 1)
    for key in (Qt.Key.Key_S, Qt.Key.Key_O):  # with the window's own commands these are Save and Open folder
        QTest.keyClick(history.panel.list, key, Qt.KeyboardModifier.ControlModifier)
        dialog = await history.dialog(QFileDialog)
        dialog.fileSelected.emit(str(target))
        dialog.close()
        await until(target.exists)
    details = await history.shown(DetailsWindow)
    assert details.note.text().startswith(f"From one{SUFFIX}: read-only")
    assert "word w0" in details.log_text.toPlainText()
    document = json.loads(target.read_text())
    assert (document["format"], document["formatVersion"]) == ("lambda-workbench-invocation", 1)
    assert set(document["deployed"]["configuration"]["Environment"]["Variables"].values()) == {"••••••••"}
    assert len(document["deployed"]["codeSha256"]) == 44
    details.close()
    target.write_text('{"format": "something"}')
    history.act("open")
    dialog = await history.dialog(QFileDialog)
    dialog.fileSelected.emit(str(target))
    dialog.close()
    await until(lambda: history.notice.startswith("This is not an invocation that Workbench exported"))


async def one_is_forgotten_brought_back_and_forgotten(history: History, root: Path, request_id: str) -> None:
    workspace, toast = history.window.workspace, history.window.workspace.page.toast
    result = workspace.panels.result.panel

    async def forgotten() -> None:
        history.choose(history.model.position(request_id))
        await until(lambda: result.invocation is not None and result.invocation.request_id == request_id)
        history.act("details")
        details = await history.shown(DetailsWindow)
        row = history.model.position(request_id)
        beside = history.model.request_id(row + 1) or history.model.request_id(row - 1)
        history.press(Qt.Key.Key_Delete)
        await until(lambda: history.model.rowCount() == before - 1 and history.model.position(request_id) < 0)
        await until(lambda: [past.request_id for past in history.panel.chosen()] == [beside])
        await until(lambda: result.invocation is not None and result.invocation.request_id == beside)
        await until(lambda: toast.isVisible() and toast.text.startswith("The invocation is forgotten"))
        await until(lambda: not isValid(details) or not details.isVisible())
        assert result.invocation is None or result.invocation.request_id != request_id
        assert workspace.session.history.get(request_id) is None
        left = [path.name for path in data_directory(root).glob("journal.sqlite*") if SECRET.encode() in path.read_bytes()]
        assert left == []

    before, older = history.model.rowCount(), [each.request_id for each in workspace.session.history]
    await forgotten()
    toast.undo.click()
    await until(lambda: history.model.rowCount() == before and history.model.position(request_id) >= 0)
    await until(lambda: history.notice == "The invocation is back.")
    assert [each.request_id for each in workspace.session.history] == older
    await forgotten()
    held = workspace.past.forgetting._held
    assert held is not None
    workspace.past.forgetting._holding.timeout.emit()  # as if the toast stood for long
    toast.hide()  # as its cross does, or time
    client = workspace.link.client.history

    async def is_settled() -> bool:
        try:
            await client.hold_forgotten(held.token)
        except ServiceError as error:
            return error.status == 404
        return False

    await until_async(is_settled)
    assert history.model.rowCount() == before - 1


async def what_is_too_much_for_undo_is_asked_before(history: History) -> None:
    """More than 64 MB, of which the engine says that it deleted nothing."""
    before = history.model.rowCount()
    past = history.model.past(before - 1)
    assert past is not None
    history.window.workspace.past.forgetting._ask([past])
    dialog = await history.dialog(ForgetDialog)
    assert dialog.confirm.text() == "Delete"
    dialog.accept()
    await until(lambda: history.model.rowCount() == before - 1 and history.model.position(past.request_id) < 0)
    await until(lambda: history.notice.startswith("The invocation is forgotten"))
    assert not history.window.workspace.page.toast.isVisible()


async def until_async(state: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await state():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def less_is_kept(history: History) -> None:
    history.act("retention")
    dialog = await history.dialog(RetentionDialog)
    assert (dialog.days.value(), dialog.megabytes.value()) == (90, 1024)
    dialog.days.setValue(7)
    dialog.accept()
    await until(lambda: history.notice.startswith("History is kept for 7 days"))
    retention = await history.window.workspace.link.client.history.retention()
    assert retention.days == 7


def test_an_invocation_of_an_earlier_window_is_shown_again(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        history = History(window)
        old = await history.invoke({"n": 1, "word": "old"})
        await history.shows(old)
        session = window.workspace.session
        session.history.forget(old)  # as if it were not among the last events that a window reads
        history.choose(0)
        await until(lambda: session.history.get(old) is not None)
        result = window.workspace.panels.result.panel
        await until(lambda: result.invocation is not None and result.invocation.request_id == old)
        assert session.history.get(old) not in list(session.history)

    play(scenario)


def test_events_of_megabytes_are_shown_compared_replayed_saved_and_copied(play: Callable[[Scenario], None], root: Path) -> None:
    """The window waits for none of it: whoever watches its thread would say so."""
    def event(number: int) -> dict[str, Any]:
        return {"n": number, "word": "large", "line": "0123456789" * 250_000, "rows": [[each, number] for each in range(100_000)]}

    async def scenario(window: Window) -> None:
        window.appearance.apply()  # with its style sheet, as in the program
        await window.open(root)
        history = History(window)
        ids = [await history.invoke(event(number)) for number in (1, 2)]
        await history.shows(*reversed(ids))
        history.choose(0)
        history.press(Qt.Key.Key_Return)
        details = await history.shown(DetailsWindow)
        await until(lambda: '"n": 2,' in details.event_text.toPlainText())
        assert "… 2,495,0" in details.event_text.toPlainText()  # the end of the long line is left out
        details.close()
        history.choose(0, 1)
        history.act("compare")
        pair = await history.shown(PairWindow)
        assert {row.text: row.detail for row in pair.parts.rows}["Event"] == "differs"
        assert "They differ from line" in pair.diff.toPlainText()
        pair.close()
        history.choose(0)
        history.act("replay")
        await until(lambda: history.notice == "Replayed." and history.model.rowCount() == 3)
        await until(lambda: history.answered(1) == [2])
        history.choose(0)
        history.act("event")
        dialog = await history.dialog(EventNameDialog)
        dialog.name.setText("large")
        dialog.accept()
        assert json.loads((root / "events" / "large.json").read_text()) == event(2)
        QApplication.clipboard().clear()
        history.act("copy.curl")
        await until(lambda: bool(QApplication.clipboard().text()))
        assert json.loads(QApplication.clipboard().text().split("\n")[1]) == event(2)

    play(scenario)

"""The whole window with a real engine: open, invoke cold and warm, fail, lose the engine, close."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import psutil
import pytest
import qasync
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel
from pytestqt.qtbot import QtBot

from tests.support.stall_watch import StallWatch
from tests.support.workspaces import PYTHON_RUNTIME, WorkspaceBuilder
from workbench.gui.application.error_reporter import ErrorReporter
from workbench.gui.application.preferences import Preferences
from workbench.gui.dialogs.doctor_dialog import DoctorDialog
from workbench.gui.dialogs.settings_dialog import SettingsDialog
from workbench.gui.look.appearance import Appearance
from workbench.gui.look.editor_theme import editor_colors
from workbench.gui.look.theme import DARK, LIGHT
from workbench.gui.panels.environments.execution_environment_model import STATE
from workbench.gui.panels.invocation_words import start_word
from workbench.gui.shell.main_window import MainWindow
from workbench.gui.workspace.engine_controller import EngineController
from workbench.gui.workspace.event_commands import EventCommands
from workbench.gui.workspace.file_commands import FileCommands
from workbench.gui.workspace.function_commands import FunctionCommands
from workbench.gui.workspace.settings_commands import SettingsCommands
from workbench.gui.workspace.trash_commands import TrashCommands
from workbench.gui.workspace.trust_controller import TrustController
from workbench.gui.workspace.workspace_controller import WorkspaceController
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.model.failures import WorkbenchError
from workbench.packages.store import Note, Store
from workbench.workspace.recent import RecentWorkspaces
from workbench.workspace.state_directory import state_directory

CODE = {"app.py": """
    import os
    print("init")
    def handler(event, context):
        if event.get("fail"):
            raise ValueError("on purpose")
        return {"stage": os.environ["STAGE"], "event": event}
"""}
PATIENCE_S = 60
DialogT = TypeVar("DialogT", bound=QDialog)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    builder = WorkspaceBuilder(tmp_path / "app").function("Alpha", CODE, environment={"STAGE": "one"})
    root = builder.write()
    (root / "events").mkdir()
    (root / "events" / "good.json").write_text('{"n": 1}')
    (root / "events" / "fail.json").write_text('{"fail": true}')
    return root


class Window:
    """A window with its own preferences, and what a person does in it."""

    def __init__(self, qapp: QApplication, folder: Path) -> None:
        self.errors: list[BaseException] = []
        reporter = ErrorReporter()
        reporter.report = self.errors.append  # type: ignore[method-assign, assignment]  # seen by the test instead of a dialog
        self.preferences = Preferences(folder / "window.ini")
        self.appearance = Appearance(qapp, self.preferences)
        self.appearance.prepare()
        self.window = MainWindow(self.appearance, self.preferences, RecentWorkspaces(folder), reporter)
        self.appearance.complete()
        self.window.show()

    @property
    def workspace(self) -> WorkspaceController:
        assert self.window.workspace is not None
        return self.window.workspace

    async def open(self, root: Path) -> None:
        assert await self.window.open_workspace(root)
        await self.workspace.link.ready()
        self.workspace.engine.choose_sandbox("process")
        link = self.workspace.link
        await until(lambda: link.health is not None and link.health.settings.sandbox == "process")

    async def dialog(self, action: str, kind: type[DialogT]) -> DialogT:
        """The dialog that an action opens."""
        self.window.actions_by_id[action].trigger()
        await until(lambda: isinstance(QApplication.activeModalWidget(), kind))
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, kind)
        return dialog

    async def invoke(self, action: str = "invoke") -> Any:
        """The invocation, once it has its report."""
        before = self.workspace.session.history.added
        self.window.actions_by_id[action].trigger()
        await until(lambda: self.workspace.session.history.added > before)
        newest = self.workspace.session.history.newest()
        assert newest is not None
        await until(lambda: newest.metrics is not None and not self.workspace.invocations.running)
        return newest

    async def close(self) -> None:
        closed = asyncio.Event()
        self.window.closed.connect(closed.set)
        self.window.close()
        async with asyncio.timeout(PATIENCE_S):
            await closed.wait()


async def until(state: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not state():  # noqa: ASYNC110  (states of widgets and processes, which have no asyncio event)
            await asyncio.sleep(0.01)


Scenario = Callable[[Window], Coroutine[Any, Any, None]]


@pytest.fixture
def play(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[Scenario], None]]:
    """Runs a scenario on the window's own kind of loop and closes the window behind it."""
    windows: list[Window] = []

    def run(scenario: Scenario) -> None:
        async def whole() -> None:
            window = Window(qapp, tmp_path / "person")
            windows.append(window)
            try:
                with StallWatch() as watch:
                    await scenario(window)
                assert watch.stalls == []
            finally:
                await window.close()

        before = asyncio.get_event_loop_policy()
        loop = qasync.QEventLoop(qapp)
        with loop:
            loop.run_until_complete(_bounded(whole()))
        asyncio.set_event_loop_policy(before)

    qapp.setQuitOnLastWindowClosed(False)
    yield run
    for window in windows:
        assert window.errors == []
        window.window.deleteLater()


async def _bounded(work: Awaitable[None]) -> None:
    async with asyncio.timeout(270):
        await work


def parts(root: Path, *of_a_day: Callable[[Window, Path], Coroutine[Any, Any, None]]) -> Scenario:
    """Several parts in one window with one engine: each begins without the environments of those before it."""
    async def scenario(window: Window) -> None:
        await window.open(root)
        for part in of_a_day:
            await part(window, root)
            await window.workspace.link.client.stop_environments()

    return scenario


def test_invocations(play: Callable[[Scenario], None], root: Path) -> None:
    nested = "  Child: {Type: AWS::Serverless::Application, Properties: {Location: child.yaml}}\n"
    with (root / "template.yaml").open("a") as template:
        template.write(nested)
    play(parts(root, a_nested_template_that_is_not_here_is_told_at_opening, the_editor_follows_the_theme,
               cold_then_warm_then_cold_on_demand, a_failing_function_and_a_broken_event_leave_the_window_up,
               a_line_of_a_stack_trace_leads_to_the_line_in_the_editor, what_is_typed_is_what_runs,
               a_held_queue_is_in_the_status_line,
               a_function_is_called_as_the_engine_calls_it_in_every_region))


async def a_nested_template_that_is_not_here_is_told_at_opening(window: Window, _: Path) -> None:
    notice = window.workspace.page.notice
    await until(lambda: notice.text == "Child is left out: its template child.yaml does not exist.")
    notice.hide()
    window.workspace.model.reload()
    assert notice.isHidden()


async def a_function_is_called_as_the_engine_calls_it_in_every_region(window: Window, root: Path) -> None:
    template = root / "template.yaml"
    named = 'Properties:\n      FunctionName: !Sub "${AWS::StackName}-hello-${AWS::Region}"'
    template.write_text(template.read_text().replace("Properties:", named, 1))
    model = window.workspace.model
    for region in ("eu-west-3", "us-west-2"):
        window.workspace.engine.change_settings(lambda settings, region=region: msgspec.structs.replace(settings, region=region))
        await until(lambda region=region: model.function is not None and model.function.name == f"app-hello-{region}")
        invocation = await window.invoke()
        assert (invocation.function_name, invocation.status) == (f"app-hello-{region}", "success")


async def a_held_queue_is_in_the_status_line(window: Window, _: Path) -> None:
    status, queue = window.window.status_line, window.workspace.link.client.queue
    await queue.hold()
    await until(lambda: status.notice.startswith("The clock of the asynchronous queue is held"))
    await queue.resume()
    await until(lambda: "queue" not in status.notice)


async def the_editor_follows_the_theme(window: Window, _: Path) -> None:
    editor = window.workspace.documents.tabs.current_editor()
    assert editor is not None
    for theme in (DARK, LIGHT, DARK):
        window.appearance.choose("dark" if theme is DARK else "light")
        await until(lambda: not window.appearance.is_changing)
        image = editor.view.viewport().grab().toImage()
        assert image.pixelColor(image.width() - 2, image.height() - 2).name() == editor_colors(theme).background
        await asyncio.sleep(0)


async def cold_then_warm_then_cold_on_demand(window: Window, _: Path) -> None:
    window.workspace.model.choose_event("good")
    first = await window.invoke()
    assert (first.start, first.status, json.loads(first.payload)) == ("cold", "success", {"stage": "one", "event": {"n": 1}})
    assert (await window.invoke()).start == "warm"
    assert (await window.invoke("invoke.cold")).start == "cold"
    assert window.workspace.panels.result.panel.invocation is window.workspace.session.history.newest()


async def a_failing_function_and_a_broken_event_leave_the_window_up(window: Window, root: Path) -> None:
    window.workspace.model.choose_event("fail")
    failed = await window.invoke()
    assert (failed.status, failed.error()["errorMessage"]) == ("error", "on purpose")
    good = root / "events" / "good.json"
    sound = good.read_text()
    good.write_text("{broken")
    window.workspace.model.choose_event("good")
    told: list[WorkbenchError] = []
    window.workspace.invocations.failed.connect(lambda _id, error: told.append(error))
    window.window.actions_by_id["invoke"].trigger()
    assert "Could not parse request body into json" in told[0].message
    assert window.workspace.page.regions.area.group_front("result") == "result"
    good.write_text(sound)


async def a_line_of_a_stack_trace_leads_to_the_line_in_the_editor(window: Window, root: Path) -> None:
    panels, documents = window.workspace.panels, window.workspace.documents
    window.workspace.model.choose_event("fail")
    await window.invoke()
    documents.open(root / "template.yaml")
    text = panels.result.panel.text
    await until(lambda: "alpha/app.py" in text.toPlainText())
    text.setTextCursor(text.document().find("alpha/app.py"))
    QTest.keyClick(text, Qt.Key.Key_Return)
    editor = documents.tabs.current_editor()
    assert documents.tabs.current_path() == str(root / "alpha" / "app.py")
    assert editor is not None
    assert editor.caret() == (6, 1)  # raise ValueError("on purpose")


async def what_is_typed_is_what_runs(window: Window, _: Path) -> None:
    window.workspace.model.choose_event("good")
    await window.invoke()
    editor = window.workspace.documents.tabs.current_editor()
    assert editor is not None
    editor.view.selectAll()
    editor.view.insertPlainText("def handler(event, context):\n    return 'edited'\n")
    again = await window.invoke()
    assert (again.start, again.payload) == ("cold", '"edited"')
    assert window.workspace.documents.tabs.unsaved_paths() == []
    rows = window.workspace.configuration.panel.controls.environment.rows
    rows.setData(rows.index(0, 1), "two")
    assert (await window.invoke()).start == "cold"
    assert window.workspace.model.workspace.function("Alpha").environment["STAGE"] == "two"


SLOW = {"app.py": """
    import time
    def handler(event, context):
        if event.get("fail"):
            raise ValueError("on purpose")
        time.sleep(event.get("sleep", 0))
        return "awake"
"""}


def test_environments(play: Callable[[Scenario], None], root: Path) -> None:
    builder = WorkspaceBuilder(root).function("Alpha", CODE, environment={"STAGE": "one"})
    builder.function("Beta", CODE, environment={"STAGE": "two"}).function("Slow", SLOW, timeout_s=1).write()
    (root / "events" / "sleep.json").write_text('{"sleep": 30}')
    play(parts(root, one_environment_is_stopped_from_its_row, a_live_view_on_hold_shows_everything_afterwards,
               after_a_timeout_its_environment_is_not_warm,
               a_sandbox_is_kept_ready_for_the_function_that_is_chosen,
               a_killed_engine_is_started_again_and_the_stream_goes_on, what_concerns_all_environments_is_told_in_the_window))


async def one_environment_is_stopped_from_its_row(window: Window, _: Path) -> None:
    window.workspace.model.choose_event("good")
    first = await window.invoke()
    window.workspace.focus.go_to("environments")
    panel, environments = window.workspace.panels.environments.panel, window.workspace.session.environments
    await until(lambda: panel.model.position(first.environment_id) == 0 and panel.is_ticking)
    assert "idle, reclaimed in 1" in str(panel.model.index(0, STATE).data())
    panel.table.selectRow(0)
    await until(lambda: panel.vitals.figures.text() and bool(environments.by_id[first.environment_id].shell_command))
    assert "follower" in panel.vitals.figures.text()
    panel.actions_row.shell_button.click()
    assert QGuiApplication.clipboard().text() == environments.by_id[first.environment_id].shell_command
    panel.actions_row.log_button.click()
    await until(lambda: window.workspace.panels.logs.panel.isVisible())
    window.workspace.focus.go_to("environments")
    panel.actions_row.stop_button.click()
    await until(lambda: environments.by_id[first.environment_id].state == "stopped")
    await until(lambda: panel.model.position(first.environment_id) == -1)
    again = await window.invoke()
    assert (again.start, again.status) == ("cold", "success")
    window.workspace.engine.stop_environment("none-such")
    await until(lambda: "There is no environment" in window.workspace.page.notice.text)


async def a_live_view_on_hold_shows_everything_afterwards(window: Window, _: Path) -> None:
    live, workspace = window.window.status_line.live, window.workspace
    workspace.focus.go_to("history")
    history, session = workspace.panels.history.panel, workspace.session.history
    await until(lambda: history.model.rowCount() == len(session))
    shown = history.model.rowCount()
    assert not live.isVisible()
    following = workspace.panels.timeline.panel.live_button
    assert following.text() == "live ●"
    window.window.actions_by_id["live.pause"].trigger()
    assert live.isVisible()
    assert (following.text(), following.isEnabled()) == ("on hold", False)
    await workspace.link.client.events(limit=1)  # what the history had asked before is answered before this
    await workspace.link.client.invoke("Alpha", b"{}")  # by another program
    await until(lambda: len(session) == shown + 1)
    newest = session.newest()
    await until(lambda: newest is not None and newest.metrics is not None)
    assert history.model.rowCount() == shown
    live.click()
    assert not live.isVisible()
    assert (following.text(), following.isEnabled()) == ("live ●", True)
    await until(lambda: history.model.rowCount() == shown + 1)


async def after_a_timeout_its_environment_is_not_warm(window: Window, _: Path) -> None:
    environments = window.workspace.session.environments
    window.workspace.model.choose_function("Slow")
    window.workspace.model.choose_event("fail")
    first = await window.invoke()
    assert environments.by_id[first.environment_id].state == "idle"  # what the handler raised leaves it warm
    window.workspace.model.choose_event("sleep")
    assert (await window.invoke()).status == "timeout"
    await until(lambda: environments.by_id[first.environment_id].state == "reset")
    assert environments.warm_of("Slow") == 0
    assert [each for each, environment in environments.by_id.items()
            if environment.function_name == "Slow" and not environment.startup.is_ahead] == [first.environment_id]
    window.workspace.model.choose_event("good")
    again = await window.invoke()
    assert (again.environment_id, again.payload, start_word(again)) == (first.environment_id, '"awake"', "init again")
    assert environments.warm_of("Slow") == 1


async def a_sandbox_is_kept_ready_for_the_function_that_is_chosen(window: Window, _: Path) -> None:
    model, environments = window.workspace.model, window.workspace.session.environments

    def prepared() -> list[str]:
        return [each.function_name for each in environments.by_id.values() if each.state == "prepared"]

    for name in ("Beta", "Alpha"):
        model.choose_function(name)
        await window.invoke()
    model.choose_function("Beta")
    await until(lambda: prepared() == ["Beta"])
    cold = await window.invoke("invoke.cold")
    assert (cold.start, cold.startup.is_ahead) == ("cold", True)
    window.workspace.focus.go_to("timeline")
    card, words = window.workspace.panels.timeline.panel.card, "The sandbox was prepared ahead: no request waited for the "
    await until(lambda: any(label.text().startswith(words) for label in card.findChildren(QLabel)))


async def a_killed_engine_is_started_again_and_the_stream_goes_on(window: Window, _: Path) -> None:
    window.workspace.model.choose_function("Alpha")
    window.workspace.model.choose_event("good")
    await window.invoke()
    before = window.workspace.session.totals.invocations
    link = window.workspace.link
    first = link.client.connection
    phases: list[str] = []
    link.state_changed.connect(lambda state: phases.append(state.phase))
    psutil.Process(first.pid).kill()
    await until(lambda: link.is_running and link.client.connection.pid != first.pid and link.state.phase == "running")
    assert phases[0] == "lost"
    again = await window.invoke()
    assert (again.start, again.status) == ("cold", "success")
    assert window.workspace.session.totals.invocations == before + 1
    assert window.workspace.session.sequence.gaps == []


async def what_concerns_all_environments_is_told_in_the_window(window: Window, root: Path) -> None:
    text = (root / "template.yaml").read_text()
    (root / "template.yaml").write_text(text.replace("MemorySize: 256", "MemorySize: 10240", 1))
    total_mb = psutil.virtual_memory().total / 2**20
    link = window.workspace.link
    await link.client.refresh()
    # Its own memory would have them wait: a person who grants more is warned.
    await link.change_settings(lambda settings: msgspec.structs.replace(settings, machine_memory_mb=int(3 * total_mb)))
    await link.client.provision("Alpha", int(total_mb / 10_240) + 1)
    await until(lambda: f"this machine has {total_mb:,.0f} MB" in window.workspace.page.notice.text)


def test_dialogs(play: Callable[[Scenario], None], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with Store(tmp_path / "cache" / "lambda-workbench" / "packages").making() as made:
        Store(made.parents[2]).keep("zip", "old", made, Note(size_bytes=3 * 2**30))
    (root / "alpha" / "app.py").write_text("import os\ndef handler(event, context):\n    return os.environ['AWS_REGION']\n")
    play(parts(root, the_cache_of_packages_is_cleared, the_region_of_the_settings_sets_variables_and_prices))


async def the_cache_of_packages_is_cleared(window: Window, _: Path) -> None:
    dialog = await window.dialog("doctor", DoctorDialog)
    await until(lambda: "Cache - 3.0 GB of 5.0 GB in 1 package," in dialog.text)
    dialog.clear.click()
    await until(lambda: "Cache - 0.0 MB of 5.0 GB in 0 packages," in dialog.text)
    dialog.reject()


async def the_region_of_the_settings_sets_variables_and_prices(window: Window, root: Path) -> None:
    dialog = await window.dialog("settings", SettingsDialog)
    dialog.region.setCurrentText("af-south-1")
    dialog.images[PYTHON_RUNTIME].setText("mine:latest")
    dialog.accept()
    invocation = await window.invoke()
    assert json.loads(invocation.payload) == "af-south-1"
    assert invocation.cost.usd == Decimal("0.00000027") + invocation.cost.gb_seconds * Decimal("0.0000221")
    assert json.loads((state_directory(root) / "settings.json").read_text())["images"] == {PYTHON_RUNTIME: "mine:latest"}


def test_a_workspace_opened_again_and_another(play: Callable[[Scenario], None], root: Path, tmp_path: Path) -> None:
    """The session is what was done since the window opened it; opening another leaves the first, and nothing of it remains."""
    other = WorkspaceBuilder(tmp_path / "other").function("Gamma", CODE).write()

    async def scenario(window: Window) -> None:
        await window.open(root)
        await window.invoke()
        assert window.workspace.session.totals.invocations == 1
        assert await window.window.open_workspace(root)
        await until(lambda: len(list(window.workspace.session.history)) == 1)
        assert window.workspace.session.totals.invocations == 0
        first = window.workspace.link
        assert await window.window.open_workspace(other)
        await until(lambda: first.state.phase == "closed")
        await window.workspace.link.ready()
        assert [function.name for function in window.workspace.model.functions] == ["Gamma"]
        parts = (WorkspacePage, WorkspaceController, EngineController, TrustController, FunctionCommands, EventCommands,
                 SettingsCommands, TrashCommands, FileCommands)
        await until(lambda: [len(window.window.findChildren(part)) for part in parts] == [1] * len(parts))
        for choice in ("light", "dark"):  # paints nothing of what is gone
            window.appearance.choose(choice)
            await until(lambda: not window.appearance.is_changing)

    play(scenario)


def test_what_is_open_is_there_until_another_workspace_is_ready_and_the_one_chosen_last_stays(
    play: Callable[[Scenario], None], root: Path, tmp_path: Path
) -> None:
    others = [WorkspaceBuilder(tmp_path / name).function(name, CODE).write() for name in ("Gamma", "Delta")]

    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        before, seen = window.workspace, []
        for other in others:  # two clicks, the second while the first is being carried out
            window.window.pages.recent_chosen.emit(str(other))
            await asyncio.sleep(0)
        while window.window.workspace is before:
            assert window.window.pages.currentWidget() is before.page
            assert window.window.can("function.new")
            seen.append(before.model.function)
            await asyncio.sleep(0)
        assert len(seen) >= 2
        await until(lambda: [function.name for function in window.workspace.model.functions] == ["Delta"])
        await until(lambda: len(window.window.findChildren(WorkspacePage)) == 1)
        assert window.window.pages.currentWidget() is window.workspace.page

    play(scenario)


def test_one_can_type_before_the_panels_are_made_and_nothing_is_lost_by_it(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        page, panels, configuration = window.workspace.page, window.workspace.panels, window.workspace.configuration
        editor = window.workspace.documents.tabs.current_editor()
        lazy = (panels.result, panels.timeline, panels.logs)
        assert [each.made for each in (*lazy, panels.cost)] == [None] * 4
        assert editor is not None
        assert window.window.focusWidget() is editor.view
        assert window.window.actions_by_id["invoke"].isEnabled()
        editor.view.insertPlainText("import sys\n")
        window.window.start_workspace()
        await until(lambda: all(each.made is not None for each in lazy))
        assert editor.text().startswith("import sys\n\nimport os\n")
        assert editor.view.document().firstBlock().layout().formats()
        assert window.window.focusWidget() is editor.view
        assert panels.cost.made is None  # nobody looks at it
        page.regions.open_drawer(is_open=True)
        assert configuration.panel.controls.fields["handler"].isVisible()
        assert configuration.panel.controls.environment.rows.variables == {"STAGE": "one"}
        window.workspace.documents.save_all()

    play(scenario)


def test_going_to_a_panel_that_is_not_there_yet_makes_it(play: Callable[[Scenario], None], root: Path) -> None:
    """And one that is made late shows the invocation that was chosen before."""
    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        window.workspace.focus.go_to("logs")
        panels = window.workspace.panels
        assert window.workspace.page.regions.area.group_front("logs") == "logs"
        panels.select_invocation("chosen")
        window.window.start_workspace()
        await until(lambda: panels.logs.made is not None and panels.result.made is not None)
        assert panels.logs.panel.isVisible()
        assert "Press Invoke" not in panels.result.panel.text.toPlainText()

    play(scenario)


def test_a_command_pressed_while_the_workspace_opens_runs_once(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        for _ in range(3):  # a key that is held down
            window.window.run("invoke")
        assert await window.window.open_workspace(root)
        await until(lambda: window.workspace.session.totals.invocations == 1)
        await until(lambda: not window.workspace.invocations.running)
        assert window.workspace.session.totals.invocations == 1

    play(scenario)

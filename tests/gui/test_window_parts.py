"""The small parts of the window: actions, pump, refresher, toolbar, status line, notices, errors."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QMenu, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from workbench.editor.sheet import MessageSheet
from workbench.gui.application.error_reporter import ErrorReporter
from workbench.gui.application.preferences import Preferences
from workbench.gui.commands.actions import Actions
from workbench.gui.commands.command import Submenu
from workbench.gui.commands.menu_bar import MENUS, fill_menu_bar
from workbench.gui.link.engine_link import LinkState
from workbench.gui.link.pump import AT_ONCE, SLICE, Pump
from workbench.gui.look.theme import DARK
from workbench.gui.shell.status_line import StatusLine
from workbench.gui.shell.window_commands import ENTRIES, register
from workbench.gui.widgets.field import Field
from workbench.gui.workspace.invocation_controller import Request, refuse_unusable
from workbench.gui.workspace.notice_bar import NoticeBar
from workbench.gui.workspace.panel_refresher import PanelRefresher
from workbench.gui.workspace.panel_turns import PanelTurns
from workbench.gui.workspace.sandbox_chip import SANDBOX_TITLES, SandboxChip
from workbench.model.engine_api import Health, SandboxStatus, Settings
from workbench.model.events import StreamEvent
from workbench.model.failures import ServiceError, WorkspaceError
from workbench.model.function import FunctionConfiguration
from workbench.model.limits import Violation
from workbench.model.quotas import REQUEST_LIMIT_BYTES
from workbench.state.session import Topic


class Commands:
    """A window without anything open: remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.possible = False

    def run(self, command: str) -> None:
        self.asked.append(command)

    def can(self, _command: str) -> bool:
        return self.possible

    def can_edit(self, _deed: str) -> bool:
        return self.possible

    @property
    def has_workspace(self) -> bool:
        return self.possible

    def __getattr__(self, name: str) -> object:
        return lambda *arguments: self.asked.append(" ".join((name, *map(str, arguments))))


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
    return window


def test_no_two_actions_share_a_key(window: QMainWindow) -> None:
    actions = Actions(window)
    register(actions, Commands())
    keys = [key.toString() for name in actions for key in actions[name].shortcuts()]
    assert len(keys) == len(set(keys))


def test_every_menu_entry_is_an_action(window: QMainWindow) -> None:
    actions = Actions(window)
    register(actions, Commands())
    bar = window.menuBar()
    fill_menu_bar(bar, actions, ENTRIES)
    shown = {action.objectName() or action.menu().objectName() for menu in bar.findChildren(QMenu) for action in menu.actions()
             if not action.isSeparator()}
    assert shown == {entry.identifier for entry in ENTRIES if entry.menus}
    within = {entry.identifier for entry in ENTRIES if isinstance(entry, Submenu)} - {"recent", "theme"}  # the window fills these
    assert {place.partition("/")[0] for entry in ENTRIES for place in entry.menus} == MENUS.keys() | within


def test_entries_of_a_menu_have_letters_of_their_own(window: QMainWindow) -> None:
    """Two with the same one take two presses each."""
    actions = Actions(window)
    register(actions, Commands())
    fill_menu_bar(window.menuBar(), actions, ENTRIES)
    for menu in window.menuBar().findChildren(QMenu):
        letters = [re.search("&(.)", action.text()) for action in menu.actions()]
        found = [letter[1].lower() for letter in letters if letter]
        assert len(found) == len(set(found)), (menu.title(), found)


def test_an_action_runs_its_command_once_it_may(window: QMainWindow) -> None:
    actions, commands = Actions(window), Commands()
    register(actions, commands)
    actions.refresh()
    assert not actions["invoke"].isEnabled()
    commands.possible = True
    actions.refresh()
    actions["invoke"].trigger()
    actions["focus.timeline"].trigger()
    actions["about"].trigger()
    assert commands.asked == ["invoke", "focus.timeline", "show_about"]


def test_an_identifier_is_given_once(window: QMainWindow) -> None:
    actions = Actions(window)
    actions.add("one", "One", window.close)
    with pytest.raises(ValueError, match="one"):
        actions.add("one", "One", window.close)


def events(first: int, count: int) -> list[StreamEvent]:
    return [StreamEvent(seq=seq, time_ms=0.0, type="function") for seq in range(first, first + count)]


def test_the_pump_takes_events_in_order_and_in_slices(qtbot: QtBot) -> None:
    batches: list[list[StreamEvent]] = []
    topics: list[object] = []

    def apply(batch: list[StreamEvent]) -> set[object]:
        batches.append(batch)
        return {Topic.LOGS}

    pump = Pump(apply)
    pump.drained.connect(topics.append)
    pump.put(events(1, 5 * SLICE + 10))
    pump.put(events(5 * SLICE + 11, 5))
    qtbot.waitUntil(lambda: sum(map(len, batches)) == 5 * SLICE + 15)
    assert [event.seq for batch in batches for event in batch] == list(range(1, 5 * SLICE + 16))
    assert max(map(len, batches)) == SLICE
    assert topics[0] == {Topic.LOGS}


def test_the_pump_always_tells_of_the_last_change(qtbot: QtBot) -> None:
    topics: list[object] = []
    pump = Pump(lambda batch: {batch[-1].seq})
    pump.drained.connect(topics.append)
    pump.put(events(1, 1))
    qtbot.waitUntil(lambda: topics == [{1}])
    pump.put(events(2, 1))  # within the same frame: told when that is over
    qtbot.waitUntil(lambda: topics == [{1}, {2}])


def test_the_pump_tells_a_few_times_at_once_and_a_flood_in_a_rhythm(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.gui.link.pump.FRAME_S", 60.0)
    told: list[object] = []
    pump = Pump(lambda batch: {batch[-1].seq})
    pump.drained.connect(told.append)
    for number in range(AT_ONCE + 1):
        pump.put(events(number + 1, 1))
        pump._on_timeout()
    assert told == [{number + 1} for number in range(AT_ONCE)]
    pump.hurry()  # somebody waits
    qtbot.waitUntil(lambda: told[-1] == {AT_ONCE + 1})


def test_panels_wait_for_an_answer_that_somebody_awaits(qtbot: QtBot) -> None:
    panel, refreshed = QWidget(), []
    qtbot.addWidget(panel)
    panel.show()
    refresher = PanelRefresher()
    refresher.add(panel, lambda: refreshed.append(1), Topic.LOGS, Topic.COSTS)
    refresher.give_way()
    refresher.take({Topic.LOGS})
    refresher.take({Topic.COSTS})
    assert refresher.is_giving_way
    assert not refreshed
    refresher.go_on()
    assert not refreshed, "what was shown is painted first"
    qtbot.waitUntil(lambda: len(refreshed) == 1)
    refresher.give_way()
    refresher.take({Topic.LOGS})
    qtbot.waitUntil(lambda: len(refreshed) == 2)  # the answer takes long, so they go on without it


def test_a_hidden_panel_is_refreshed_when_it_is_shown(qtbot: QtBot) -> None:
    panel, refreshed = QWidget(), []
    qtbot.addWidget(panel)
    refresher = PanelRefresher()
    refresher.add(panel, lambda: refreshed.append(1), Topic.LOGS)
    refresher.take({Topic.LOGS})
    assert not refreshed
    panel.show()
    qtbot.waitUntil(lambda: len(refreshed) == 1)
    refresher.take({Topic.COSTS})
    assert len(refreshed) == 1
    refresher.take({Topic.LOGS})
    assert len(refreshed) == 2


def test_a_live_view_on_hold_loses_nothing(qtbot: QtBot) -> None:
    panel, refreshed = QWidget(), []
    qtbot.addWidget(panel)
    panel.show()
    refresher = PanelRefresher()
    refresher.add(panel, lambda: refreshed.append(1), Topic.LOGS)
    with qtbot.waitSignal(refresher.paused) as told:
        refresher.pause(True)
    assert told.args == [True]
    refresher.take({Topic.LOGS})
    refresher.take({Topic.COSTS})
    assert not refreshed
    refresher.pause(False)
    assert len(refreshed) == 1
    assert not refresher.is_paused
    refresher.pause(True)
    refresher.pause(False)
    assert len(refreshed) == 1, "nothing happened meanwhile"
    slow = PanelRefresher()
    slow.add(panel, lambda: refreshed.append(2), Topic.LOGS, at_most_every_ms=1)
    slow.take({Topic.LOGS})
    slow.take({Topic.LOGS})
    slow.pause(True)  # while a panel pauses that is outdated
    qtbot.waitUntil(lambda: not any(timer.isActive() for timer in slow.findChildren(QTimer)))
    assert refreshed == [1, 2]
    slow.pause(False)
    assert refreshed == [1, 2, 2]


def test_panels_that_fall_due_together_take_turns(qtbot: QtBot) -> None:
    panel, refreshed = QWidget(), []
    qtbot.addWidget(panel)
    panel.show()
    refresher = PanelRefresher()
    for name in ("one", "two", "three"):
        refresher.add(panel, lambda name=name: refreshed.append(name), Topic.LOGS, at_most_every_ms=20)
    refresher.take({Topic.LOGS})
    assert refreshed == ["one"]
    qtbot.waitUntil(lambda: refreshed == ["one", "two", "three"])


def test_a_late_loop_still_has_one_turn_at_a_time(qtbot: QtBot) -> None:
    """Timers that are due all run when it comes round: what they ask for must not."""
    turns, done = PanelTurns(), []
    works = [lambda name=name: done.append(name) for name in ("one", "two", "three")]
    for work in (*works, *works):
        turns.take(work)
    assert done == ["one"]
    time.sleep(0.1)  # nothing to wait for: the loop is what is late
    QCoreApplication.processEvents()
    assert len(done) <= 2
    qtbot.waitUntil(lambda: done == ["one", "two", "three", "one"])


def test_a_throttled_panel_gets_the_last_change_too(qtbot: QtBot) -> None:
    panel, refreshed = QWidget(), []
    qtbot.addWidget(panel)
    panel.show()
    refresher = PanelRefresher()
    refresher.add(panel, lambda: refreshed.append(1), Topic.LOGS, at_most_every_ms=20)
    for _ in range(10):
        refresher.take({Topic.LOGS})
    assert len(refreshed) == 1
    qtbot.waitUntil(lambda: len(refreshed) == 2)
    refresher.take({Topic.LOGS})
    qtbot.waitUntil(lambda: len(refreshed) == 3)


HEALTH = Health(
    engine_id="e", version="1", pid=1, workspace="/w", workspace_problem="", seq=0, sandbox="process",
    sandboxes=(SandboxStatus(kind="process", available=True, detail="processes of this machine"),
               SandboxStatus(kind="docker", available=False, detail="no Docker engine answers", hint="Start Docker.")),
    settings=Settings(), loop_lag_ms=0.1,
)


def test_the_sandbox_chip_says_what_can_not_be_chosen_and_why(qtbot: QtBot) -> None:
    chip = SandboxChip()
    qtbot.addWidget(chip)
    chip.set_theme(DARK)
    chip.show_function("python3.12", "x86_64")
    chip.show_health(HEALTH)
    assert chip.text() == "Process · python3.12 · x86_64 ⌄"
    docker = next(action for action in chip.menu().actions() if action.data() == "docker")
    assert not docker.isEnabled()
    assert "no Docker engine answers" in docker.text()
    process = next(action for action in chip.menu().actions() if action.data() == "process")
    with qtbot.waitSignal(chip.chosen) as chosen:
        process.trigger()
    assert chosen.args == ["process"]


def test_the_sandbox_chip_tells_of_another_sandbox_used_only_while_that_is_here(qtbot: QtBot) -> None:
    chip = SandboxChip()
    qtbot.addWidget(chip)
    chip.show_health(HEALTH)
    chip.show_used("docker")
    assert chip.text().startswith("Process")
    both = tuple(msgspec.structs.replace(status, available=True) for status in HEALTH.sandboxes)
    chip.show_health(msgspec.structs.replace(HEALTH, sandboxes=both))
    assert chip.text().startswith("Docker")
    assert "not in Process" in chip.toolTip()


def test_the_choices_of_the_sandbox_chip_do_not_pile_up(qtbot: QtBot) -> None:
    chip = SandboxChip()
    qtbot.addWidget(chip)
    for _ in range(5):
        chip.show_health(HEALTH)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert sorted(action.data() for action in chip.findChildren(QAction) if action.data()) == sorted(SANDBOX_TITLES)


def test_the_words_below_a_field_can_always_be_wrapped(qtbot: QtBot) -> None:
    field = Field("Variables", QWidget())
    qtbot.addWidget(field)
    field.show_violation(Violation("environment", "Code", "String measured: {" + "x" * 5_000 + "}", "Remove some."))
    assert field.minimumSizeHint().width() < field.fontMetrics().horizontalAdvance("x" * 40)
    assert field.problem.startswith("String measured: {xxx")
    assert "\u200b" not in field.problem


def test_the_status_line_tells_how_the_engine_stands(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    line.set_theme(DARK)
    line.show_link(LinkState("lost", "The engine ended."), "")
    assert line.engine_text == "engine lost, starting again…"
    line.show_link(LinkState("running"), "http://127.0.0.1:9001")
    assert line.engine_text == "engine 127.0.0.1:9001"


def test_the_status_line_names_the_sandbox_that_was_used(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    docker = SandboxStatus(kind="docker", available=True, detail="Docker Engine 20.10.")
    line.show_health(msgspec.structs.replace(HEALTH, sandbox="docker", sandboxes=(docker, HEALTH.sandboxes[0])))
    assert "Docker Engine 20.10." in [label.text() for label in line.findChildren(QLabel)]
    line.show_used("process")
    assert "processes of this machine" in [label.text() for label in line.findChildren(QLabel)]
    line.show_used("")
    assert "Docker Engine 20.10." in [label.text() for label in line.findChildren(QLabel)]


def test_a_sandbox_that_can_not_be_used_is_not_taken_for_the_engine(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    docker = SandboxStatus(kind="docker", available=False, detail="The engine does not answer.")
    line.show_health(Health(engine_id="e", version="1", pid=1, workspace="/w", workspace_problem="", seq=0, sandbox="docker",
                            sandboxes=(docker,), settings=Settings(), loop_lag_ms=0.0))
    assert "Docker: The engine does not answer." in [label.text() for label in line.findChildren(QLabel)]


def test_long_words_in_the_status_line_widen_no_window(qtbot: QtBot) -> None:
    window, line = QMainWindow(), StatusLine()
    qtbot.addWidget(window)
    window.setStatusBar(line)
    window.resize(1000, 200)
    window.show()
    line.show_link(LinkState("running"), "http://127.0.0.1:9001")
    process = msgspec.structs.replace(HEALTH.sandboxes[0], detail="Word " * 60)
    line.show_health(msgspec.structs.replace(HEALTH, sandboxes=(process,), notice="Notice " * 60))
    line.show_session(120, "$0.00000012")
    QApplication.processEvents()
    assert window.width() == 1000
    window.grab()


def told(line: StatusLine) -> set[str]:
    """The words that the line shows; each of them has the room that it needs."""
    words = {part: part.text() for part in line.findChildren(QLabel) + line.findChildren(QToolButton) if part.isVisible()}
    assert [text for part, text in words.items() if part.width() < part.sizeHint().width()] == []
    return set(words.values())


def test_what_the_status_line_shows_is_whole_at_any_width_and_size(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    line.show_link(LinkState("running"), "http://127.0.0.1:33677")
    detail = "Local processes in namespaces of their own (bubblewrap 0.8.0)"
    isolated = SandboxStatus(kind="isolated", available=True, detail=detail)
    line.show_health(msgspec.structs.replace(HEALTH, sandbox="isolated", sandboxes=(isolated,), notice=""))
    line.show_environments(12, 11)
    line.show_session(1_234, "$0.00001234")
    line.show_cursor(123, 45)
    line.resize(1920, 30)
    line.show()
    shown: list[set[str]] = []
    for width in range(1920, 560, -20):
        line.resize(width, 30)
        QApplication.processEvents()
        shown.append(told(line))
    first, last = shown[0], shown[-1]
    assert {detail, "session 1234 invocations · $0.00001234", "Ln 123, Col 45", "engine 127.0.0.1:33677"} < first
    assert "engine" in last
    assert not {detail, "Isolated sandbox", "Ln 123, Col 45"} & last
    assert any("Isolated sandbox" in words for words in shown)
    assert line.engine_text == "engine 127.0.0.1:33677"
    line.resize(1280, 30)
    QApplication.processEvents()
    before = told(line)
    line.setStyleSheet("* { font-size: 20px; }")  # as while presenting
    QApplication.processEvents()
    assert len("".join(told(line))) < len("".join(before))
    assert [label for label in line.findChildren(QLabel) if label.toolTip() == detail]


def test_what_the_template_has_without_effect_is_told(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    line.show_health(msgspec.structs.replace(HEALTH, notice="", workspace_warnings=("One.", "Two.")))
    assert [label.toolTip() for label in line.findChildren(QLabel) if label.text() == "One."] == ["One.\nTwo."]


def test_a_notice_shows_an_error_until_closed_and_progress_until_done(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.set_theme(DARK)
    bar.show_error(WorkspaceError("It broke.", "Mend it."))
    assert bar.text == "It broke.\nMend it."
    bar.end_progress()
    assert not bar.isHidden()
    bar.show_progress("Pulling the image", 0.5)
    bar.end_progress()
    assert bar.isHidden()


@pytest.fixture
def reporter(qtbot: QtBot) -> Iterator[ErrorReporter]:
    reporter = ErrorReporter()
    yield reporter
    for box in reporter.findChildren(MessageSheet):
        box.close()


@pytest.mark.expects_log
def test_an_error_saves_first_and_shows_one_dialog(qtbot: QtBot, reporter: ErrorReporter) -> None:
    order: list[str] = []
    reporter.save_recovery = lambda: order.append("saved")
    reporter.report(WorkspaceError("It broke.", "Mend it."))
    reporter.report(ValueError("again"))
    assert order == ["saved", "saved"]
    box = reporter.dialog
    assert box is not None
    assert (box.text(), box.informativeText()) == ("It broke.", "Mend it.")
    box.close()
    qtbot.waitUntil(lambda: reporter.dialog is None)


FUNCTION = FunctionConfiguration(name="f", logical_id="F", runtime="python3.12", handler="a.b", code_path="/f")


def test_an_event_over_six_megabytes_gets_lambdas_words() -> None:
    with pytest.raises(ServiceError, match="Request must be smaller than 6291456 bytes for the InvokeFunction operation") as told:
        refuse_unusable(Request(FUNCTION, b'"' + b"x" * REQUEST_LIMIT_BYTES + b'"', "big"))
    assert told.value.hint.startswith("On Lambda this fails because the event has 6,291,458 bytes")


def test_variables_over_four_kilobytes_get_lambdas_words_and_their_size() -> None:
    function = msgspec.structs.replace(FUNCTION, environment={"BIG": "x" * 5_000})
    with pytest.raises(ServiceError, match="exceeded the 4KB limit") as told:
        refuse_unusable(Request(function, b"{}", "good"))
    assert "have 5,010 bytes together, and 4,096 are allowed" in told.value.hint
    assert "Remove 914 bytes" in told.value.hint
    refuse_unusable(Request(FUNCTION, b"{}", "good"))


def test_an_event_that_is_not_json_gets_lambdas_words() -> None:
    with pytest.raises(ServiceError, match="Could not parse request body into json"):
        refuse_unusable(Request(FUNCTION, b"{'a': 1}", "bad"))


def test_preferences_survive_nonsense(tmp_path: Path) -> None:
    path = tmp_path / "window.ini"
    path.write_text("[appearance]\ntheme=purple\ncode_size_pt=much\n")
    preferences = Preferences(path)
    assert (preferences.theme, preferences.code_size_pt) == ("auto", 0)
    preferences.theme = "dark"
    preferences.sync()
    assert Preferences(path).theme == "dark"



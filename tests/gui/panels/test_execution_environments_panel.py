"""The table of execution environments: states in words, the countdown to their end, and stopping one."""

from __future__ import annotations

import time

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EPOCH_MS, EventStream
from workbench.gui.look.theme import LIGHT
from workbench.gui.panels.environments.execution_environment_model import (
    AGE,
    ENVIRONMENT,
    FUNCTION,
    INVOCATIONS,
    MEMORY,
    PLACE,
    STATE,
    VERSION,
)
from workbench.gui.panels.environments.execution_environments_panel import ExecutionEnvironmentsPanel
from workbench.model.engine_api import EnvironmentInfo
from workbench.model.function import SandboxKind
from workbench.model.function_version import LATEST
from workbench.model.vitals import LongWorkInfo, Vitals
from workbench.state.environment_words import shell_hint, state_text
from workbench.state.session import Session
from workbench.state.vitals_words import work_detail

SANDBOX = {"sandbox": "process", "runtime": "python3.12", "runsOn": "Python 3.12.7", "memorySizeMB": 512, "notEnforced": []}


@pytest.fixture
def stream() -> EventStream:
    stream = EventStream()
    stream.now_ms = time.time() * 1_000 - 1_000
    return stream


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> ExecutionEnvironmentsPanel:
    panel = ExecutionEnvironmentsPanel(session)
    qtbot.addWidget(panel)
    panel.resize(480, 260)
    panel.show_idle_limit(900)
    return panel


def shown(qtbot: QtBot, panel: ExecutionEnvironmentsPanel) -> None:
    with qtbot.waitExposed(panel):
        panel.show()


def states(panel: ExecutionEnvironmentsPanel) -> list[str]:
    return [str(panel.model.index(row, STATE).data()) for row in range(panel.model.rowCount())]


def test_an_idle_one_says_when_it_is_reclaimed(stream: EventStream):
    session = Session()
    session.apply(stream.cold_success())
    environment = session.environments.by_id["a81f00"]

    assert state_text(environment, stream.now_ms + 28_000, 900) == "idle, reclaimed in 14:32"
    assert state_text(environment, stream.now_ms + 1_000, 7_205) == "idle, reclaimed in 2:00:04"
    assert state_text(environment, stream.now_ms + 901_000, 900) == "idle, about to be reclaimed"
    assert state_text(environment, stream.now_ms, None) == "idle"


def test_prepared_and_provisioned_ones_are_named(panel: ExecutionEnvironmentsPanel, session: Session, stream: EventStream):
    stream.emit("sandbox.creating", {**SANDBOX, "initializationType": "on-demand", "ahead": True}, "aaaa")
    session.apply(stream.events)
    panel.refresh()
    assert states(panel) == ["being created ahead"]

    stream.emit("sandbox.created", {"durationMs": 1.0}, "aaaa")
    stream.emit("sandbox.ready", {"durationMs": 1.0}, "aaaa")
    stream.emit("sandbox.creating", {**SANDBOX, "initializationType": "provisioned-concurrency", "ahead": True}, "bbbb")
    stream.emit("sandbox.created", {"durationMs": 1.0}, "bbbb")
    stream.init("bbbb")
    session.apply(stream.events)
    panel.refresh()
    assert states(panel) == ["prepared, init to come", "provisioned, idle"]
    assert not panel.is_ticking


def test_rows_come_go_and_stay_in_place(panel: ExecutionEnvironmentsPanel, session: Session, stream: EventStream):
    QAbstractItemModelTester(panel.model, QAbstractItemModelTester.FailureReportingMode.Fatal, panel)
    assert "cold start" in panel.note.text()
    stream.cold_success("r-1", "a81f00")
    stream.cold_success("r-2", "9be222")
    session.apply(stream.events)
    panel.refresh()
    first = [str(panel.model.index(0, column).data()) for column in range(panel.model.columnCount())]
    assert [first[ENVIRONMENT], first[FUNCTION], first[INVOCATIONS], first[MEMORY]] == ["a81f", "thumbnail", "1", "61 MB"]
    panel.table.selectRow(1)
    stream.stop("a81f00", "idle")
    session.apply(stream.events)
    panel.refresh()

    assert panel.model.rowCount() == 1
    assert [index.row() for index in panel.table.selectionModel().selectedRows()] == [0]
    stream.cold_success("r-3", "c0ffee")
    stream.stop("9be222", "cold")
    session.apply(stream.events)
    panel.refresh()
    assert panel.model.rowCount() == 1
    assert not panel.table.selectionModel().hasSelection()


def test_a_chosen_one_is_stopped_by_button_key_and_menu(
    qtbot: QtBot, panel: ExecutionEnvironmentsPanel, session: Session, stream: EventStream
):
    session.apply(stream.cold_success())
    shown(qtbot, panel)
    assert not panel.actions_row.stop_button.isEnabled()
    panel.table.selectRow(0)
    with qtbot.waitSignal(panel.stop_requested) as stopped:
        qtbot.mouseClick(panel.actions_row.stop_button, Qt.MouseButton.LeftButton)
    assert stopped.args == ["a81f00"]
    (action,) = panel.table.actions()
    with qtbot.waitSignal(panel.stop_requested):
        action.trigger()
    assert action.shortcut().toString() == "Del"


def test_it_ticks_only_while_it_is_seen_and_something_counts(
    qtbot: QtBot, panel: ExecutionEnvironmentsPanel, session: Session, stream: EventStream
):
    session.apply(stream.cold_success())
    panel.refresh()
    assert not panel.is_ticking
    shown(qtbot, panel)
    assert panel.is_ticking
    panel.hide()
    assert not panel.is_ticking
    shown(qtbot, panel)
    assert panel.is_ticking
    stream.stop("a81f00", "cold")
    session.apply(stream.events)
    panel.refresh()
    assert not panel.is_ticking


def test_a_tick_repaints_states_and_ages_alone(
    qtbot: QtBot, panel: ExecutionEnvironmentsPanel, session: Session, stream: EventStream
):
    session.apply(stream.cold_success())
    panel.refresh()
    with qtbot.waitSignal(panel.model.dataChanged) as changed:
        panel.model.tick()
    assert [index.column() for index in changed.args[:2]] == [STATE, AGE]


def test_the_environment_of_the_chosen_invocation_is_marked(
    panel: ExecutionEnvironmentsPanel, session: Session, stream: EventStream
):
    stream.cold_success("r-1", "a81f00")
    session.apply(stream.cold_success("r-2", "9be222"))
    panel.refresh()
    panel.select("r-2")
    assert [index.row() for index in panel.table.selectionModel().selectedRows()] == [1]
    panel.set_theme(LIGHT)
    assert panel.model.theme is LIGHT


def test_the_note_says_what_a_reset_one_means(stream: EventStream, session: Session, panel: ExecutionEnvironmentsPanel):
    stream.cold_success()
    session.apply(stream.events)
    panel.refresh()
    assert "serves the next invocation warm" in panel.note.text()
    stream.emit("sandbox.reset", {"reason": "timeout"}, "a81f00")
    session.apply(stream.events)
    panel.refresh()
    assert states(panel) == ["reset, next invocation initializes again"]
    assert "initializes again inside its next invocation" in panel.note.text()


INFO = EnvironmentInfo(
    environment_id="0ld000", function_name="thumbnail", sandbox="isolated", state="idle", runs_on="Python 3.11.7",
    not_enforced=(), invocations=7, memory_peak_mb=61.4, idle_since_ms=EPOCH_MS, version="3", created_ms=EPOCH_MS,
    shell_command="nsenter --target 7")


def test_a_version_has_its_name_of_everywhere_else(panel: ExecutionEnvironmentsPanel, session: Session):
    session.environments.take_list([msgspec.structs.replace(INFO, version=LATEST)], frozenset())
    panel.refresh()
    assert panel.model.index(0, VERSION).data() == "$LATEST"


def test_one_that_the_stream_never_told_of_is_listed_as_the_engine_says(panel: ExecutionEnvironmentsPanel, session: Session):
    session.environments.take_list([INFO], frozenset())
    panel.refresh()
    texts = {column: panel.model.index(0, column).data() for column in range(panel.model.columnCount())}
    assert texts[ENVIRONMENT] == "0ld0"
    assert (texts[FUNCTION], texts[VERSION], texts[INVOCATIONS], texts[MEMORY]) == ("thumbnail", "3", "7", "61 MB")
    assert texts[PLACE] == "isolated · Python 3.11.7"
    session.environments.take_list([INFO, msgspec.structs.replace(INFO, environment_id="1ld0", version="$LATEST")], frozenset())
    panel.refresh()
    assert {panel.model.index(row, VERSION).data() for row in range(2)} == {"3", "$LATEST"}, "the one word for it everywhere"
    assert texts[STATE].startswith("idle")


def test_one_that_the_engine_no_longer_names_has_ended(panel: ExecutionEnvironmentsPanel, session: Session, stream: EventStream):
    session.apply(stream.cold_success())
    known = frozenset(session.environments.by_id)
    session.apply(stream.cold_success("r-2", "9be222"))  # after the question, so the answer could not name it
    session.environments.take_list([], known)
    panel.refresh()
    assert [panel.model.environment(row).environment_id for row in range(panel.model.rowCount())] == ["9be222"]


def test_a_state_of_the_stream_is_newer_than_the_engines_list(session: Session, stream: EventStream):
    session.apply(stream.cold_success())
    session.environments.take_list([msgspec.structs.replace(INFO, environment_id="a81f00", state="busy")], frozenset(("a81f00",)))
    environment = session.environments.by_id["a81f00"]
    assert (environment.state, environment.invocations, environment.shell_command) == ("idle", 1, "nsenter --target 7")


def test_the_log_and_a_shell_of_the_chosen_one(
    qtbot: QtBot, panel: ExecutionEnvironmentsPanel, session: Session, stream: EventStream
):
    session.apply(stream.cold_success("r-1"))
    session.environments.take_list([msgspec.structs.replace(INFO, environment_id="a81f00")], frozenset(("a81f00",)))
    shown(qtbot, panel)
    row = panel.actions_row
    assert not row.log_button.isEnabled()
    assert not row.shell_button.isEnabled()
    panel.table.selectRow(0)
    with qtbot.waitSignal(panel.log_requested) as opened:
        qtbot.mouseClick(row.log_button, Qt.MouseButton.LeftButton)
    assert opened.args == ["r-1"]
    with qtbot.waitSignal(panel.copied) as copied:
        qtbot.mouseClick(row.shell_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "nsenter --target 7"
    assert copied.args == ["Paste this into a terminal: nsenter --target 7"]


@pytest.mark.parametrize(("sandbox", "command", "hint"), [
    ("docker", "docker exec -it 3a08 /bin/sh", "frozen between two invocations"),
    ("process", "cd /home/ann/app", "goes to its code"),
    ("isolated", "", "no sandbox now"),
])
def test_what_may_be_in_the_way_of_a_shell_is_said(session: Session, sandbox: SandboxKind, command: str, hint: str):
    session.environments.take_list([msgspec.structs.replace(INFO, sandbox=sandbox, shell_command=command)], frozenset())
    assert hint in shell_hint(session.environments.by_id["0ld000"])


def test_the_engines_health_and_what_it_prepares(qtbot: QtBot, panel: ExecutionEnvironmentsPanel):
    work = LongWorkInfo(number=4, function_name="thumbnail", request_id="", stage="pull", text="Fetching python:3.12",
                        began_ms=EPOCH_MS - 12_000, fraction=0.42, bytes_per_s=3_100_000.0)
    vitals = Vitals(started_ms=EPOCH_MS - 125_000, loop_lag_ms=0.4, memory_mb=83.4, journal_mb=34.0, journal_limit_mb=1_024.0,
                    followers=1, long_work=(work,))
    shown(qtbot, panel)
    panel.show_vitals(vitals, EPOCH_MS)
    figures = panel.vitals.figures
    assert figures.text() == "up 2 min 5 s · figures to ±0.4 ms · 83 MB memory · journal 34.0 MB of 1.0 GB · 1 follower"
    assert "No duration that is shown is more exact" in figures.toolTip()
    panel.show_vitals(msgspec.structs.replace(vitals, loop_lag_ms=58.3), EPOCH_MS)
    assert "figures to ±58 ms" in figures.text(), "no tenth of what is that inexact"
    assert panel.vitals.work_texts == ["thumbnail: Fetching python:3.12"]
    assert work_detail(work, EPOCH_MS) == "42 % · 3.1 MB/s · for 12 s"
    with qtbot.waitSignal(panel.work_unwanted) as unwanted:
        qtbot.mouseClick(panel.vitals.cancel_button(4), Qt.MouseButton.LeftButton)
    assert unwanted.args == [4]
    panel.hold(True)
    assert not panel._asking.isActive()
    panel.show_vitals(msgspec.structs.replace(vitals, long_work=()), EPOCH_MS)
    assert panel.vitals.work_texts != []  # nothing changes while the view is on hold
    panel.hold(False)
    assert panel._asking.isActive()
    panel.show_vitals(msgspec.structs.replace(vitals, long_work=()), EPOCH_MS)
    assert panel.vitals.work_texts == []


def test_a_narrow_panel_leaves_out_what_says_least(
    qtbot: QtBot, panel: ExecutionEnvironmentsPanel, session: Session, stream: EventStream
):
    session.apply(stream.cold_success())
    shown(qtbot, panel)
    panel.resize(1_400, 260)
    assert not any(panel.table.isColumnHidden(column) for column in range(panel.model.columnCount()))
    for column, usual in ((VERSION, "$LATEST"), (PLACE, "isolated · Node.js 20.20.2")):
        assert panel.table.columnWidth(column) >= panel.fontMetrics().horizontalAdvance(usual) + 24, "it is seen whole"
    panel.resize(480, 260)
    hidden = {column for column in range(panel.model.columnCount()) if panel.table.isColumnHidden(column)}
    assert {PLACE, VERSION} <= hidden
    assert not {ENVIRONMENT, FUNCTION, STATE} & hidden
    assert panel.table.columnWidth(STATE) > panel.fontMetrics().horizontalAdvance("idle, reclaimed in 14:32")
    panel.resize(1_400, 260)
    qtbot.waitUntil(lambda: panel.table.columnWidth(FUNCTION) >= 0.19 * panel.table.width())
    assert not any(panel.table.isColumnHidden(column) for column in range(panel.model.columnCount()))
    qtbot.waitUntil(lambda: panel.table.horizontalScrollBar().maximum() == 0)


def test_the_engine_is_asked_only_while_somebody_can_look(qtbot: QtBot, panel: ExecutionEnvironmentsPanel):
    with qtbot.waitSignal(panel.vitals_wanted):
        shown(qtbot, panel)
    assert panel.is_asking
    panel.hide()
    assert not panel.is_asking

"""The table of execution environments: states in words, the countdown to their end, and stopping one."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream
from workbench.gui.look.theme import LIGHT
from workbench.gui.panels.environments.execution_environment_model import STATE
from workbench.gui.panels.environments.execution_environments_panel import ExecutionEnvironmentsPanel
from workbench.state.environment_words import state_text
from workbench.state.session import Session

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
    assert [first[0], first[1], first[3], first[4]] == ["a81f", "thumbnail", "1", "61 MB"]
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
    assert not panel.stop_button.isEnabled()
    panel.table.selectRow(0)
    with qtbot.waitSignal(panel.stop_requested) as stopped:
        qtbot.mouseClick(panel.stop_button, Qt.MouseButton.LeftButton)
    assert stopped.args == ["a81f00"]
    (action,) = panel.table.actions()
    with qtbot.waitSignal(panel.stop_requested):
        action.trigger()
    assert action.shortcut().toString() == "Del"


def test_it_ticks_only_while_it_is_seen_and_something_counts_down(
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
    stream.assign("r", "a81f00", "warm")
    stream.emit("platform.start", {"requestId": "r", "version": "$LATEST"}, "a81f00", "r")
    session.apply(stream.events)
    panel.refresh()
    assert states(panel) == ["busy"]
    assert not panel.is_ticking


def test_a_tick_repaints_the_state_alone(qtbot: QtBot, panel: ExecutionEnvironmentsPanel, session: Session, stream: EventStream):
    session.apply(stream.cold_success())
    panel.refresh()
    with qtbot.waitSignal(panel.model.dataChanged) as changed:
        panel.model.tick()
    assert [index.column() for index in changed.args[:2]] == [STATE, STATE]


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
    assert not panel.model.counts_down

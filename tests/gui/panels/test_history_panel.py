from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream, busy_session
from workbench.gui.panels.history.history_panel import HistoryModel, HistoryPanel
from workbench.gui.widgets.row import ROW_ROLE
from workbench.state.history import History
from workbench.state.session import Session


@pytest.fixture
def session() -> Session:
    session = Session()
    session.apply(busy_session())
    return session


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> HistoryPanel:
    panel = HistoryPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def rows(panel: HistoryPanel) -> list[tuple[str, str]]:
    values = [panel.model.index(row).data(ROW_ROLE) for row in range(panel.model.rowCount())]
    return [(row.badge, row.detail) for row in values]


def test_the_newest_is_on_top_with_mark_and_figures(panel: HistoryPanel):
    assert rows(panel) == [
        ("◌", "running…"), ("●", "9.4 ms · warm"), ("✕", "7.2 ms · cold"), ("✕", "12.0 ms · warm"), ("●", "14.2 ms · warm"),
        ("●", "41.2 ms · cold"),
    ]


def test_rows_name_their_function_where_there_are_several(panel: HistoryPanel):
    one_line = panel.list.sizeHintForRow(0)
    panel.name_functions(named=True)
    row = panel.model.index(1).data(ROW_ROLE)
    assert (row.text, row.detail) == ("thumbnail", "9.4 ms · warm")
    assert row.note.count(":") == 2
    assert panel.list.sizeHintForRow(0) > one_line
    panel.grab()
    panel.name_functions(named=False)
    assert panel.model.index(1).data(ROW_ROLE).text == row.note
    assert panel.list.sizeHintForRow(0) == one_line


def test_choosing_a_row_selects_its_invocation(qtbot: QtBot, panel: HistoryPanel):
    with qtbot.waitSignal(panel.invocation_selected) as chosen:
        panel.list.setCurrentIndex(panel.model.index(5))

    assert chosen.args == ["7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0001"]


def test_the_keyboard_reaches_every_row(qtbot: QtBot, panel: HistoryPanel):
    panel.list.setCurrentIndex(panel.model.index(0))
    with qtbot.waitSignal(panel.invocation_selected):
        qtbot.keyClick(panel.list, Qt.Key.Key_Down)


def test_a_selection_stays_on_its_invocation_when_new_ones_come(qtbot: QtBot, panel: HistoryPanel, session: Session):
    panel.select("7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0005")
    stream = EventStream()
    stream.events = list(busy_session())
    before = len(stream.events)
    stream.warm_success("new")
    with qtbot.assertNotEmitted(panel.invocation_selected):
        session.apply(stream.events[before:])
        panel.refresh()

    assert panel.model.request_id(0) == "new"
    assert panel.model.request_id(panel.list.currentIndex().row()) == "7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0005"


def test_one_whose_answer_came_before_its_events_is_selected_when_they_come(panel: HistoryPanel, session: Session):
    panel.select("r-late")
    assert not panel.list.selectionModel().hasSelection()
    session.apply(msgspec.structs.replace(event, seq=900 + event.seq) for event in EventStream().warm_success("r-late"))
    panel.refresh()
    assert panel.model.request_id(panel.list.currentIndex().row()) == "r-late"


def test_a_full_history_forgets_the_oldest(qtmodeltester: ModelTester):
    session = Session()
    session.history = History(capacity=10)
    model = HistoryModel(session.history)
    qtmodeltester.check(model)
    stream = EventStream()
    for number in range(25):
        first = len(stream.events)
        stream.warm_success(f"r-{number}")
        session.apply(stream.events[first:])
        if number % 4 == 0:
            model.update()
    model.update()

    assert [model.request_id(row) for row in range(model.rowCount())] == [f"r-{number}" for number in range(24, 14, -1)]

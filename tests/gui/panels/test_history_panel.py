from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from workbench.gui.panels.history.history_actions import ACTIONS
from workbench.gui.panels.history.history_panel import HistoryPanel
from workbench.gui.panels.history.past_model import MOST_LOADED, PastModel, Place
from workbench.gui.widgets.row import ROW_ROLE
from workbench.model.past_invocations import PastInvocation
from workbench.state.expectations import Verdict
from workbench.workspace.events import EMPTY_EVENT

NOW_MS = time.time() * 1_000


def past(number: int, **given: Any) -> PastInvocation:
    """An invocation whose first event has ten times this number."""
    usual: dict[str, Any] = {
        "seq": 10 * number, "request_id": str(uuid.UUID(int=number)), "environment_id": "e", "function_name": "thumbnail",
        "version": "$LATEST", "sandbox": "process", "is_cold": False, "received_ms": NOW_MS - 1_000 + number, "status": "success",
        "duration_ms": 9.4}
    return PastInvocation(**usual | given)


def pasts(newest: int, count: int) -> list[PastInvocation]:
    return [past(number) for number in range(newest, newest - count, -1)]


def numbers(model: PastModel, count: int = 10) -> list[int]:
    shown = (model.request_id(row) for row in range(min(count, model.rowCount())))
    return [uuid.UUID(each).int if each else 0 for each in shown]


@pytest.fixture
def panel(qtbot: QtBot) -> HistoryPanel:
    panel = HistoryPanel()
    qtbot.addWidget(panel)
    panel.resize(240, 400)
    panel.model.replace([
        past(6, status="", duration_ms=None), past(5), past(4, status="error", is_cold=True, duration_ms=7.2),
        past(3, status="timeout", duration_ms=3020.0, version="3"), past(2, is_starred=True, name="the slow one"),
        past(1, received_ms=86_400_000.0 * 365)], 6)
    panel.show()
    return panel


def test_the_newest_is_on_top_with_mark_and_figures(panel: HistoryPanel):
    rows = [panel.model.index(row, 0).data(ROW_ROLE) for row in range(6)]
    assert [(row.badge, row.detail) for row in rows] == [
        ("◌", "unfinished"), ("●", "9.4 ms · warm"), ("✕", "7.2 ms · cold"), ("✕", "timed out 3.02 s"), ("●", "9.4 ms · warm"),
        ("●", "9.4 ms · warm")]
    assert rows[3].text.endswith(" · version 3")
    assert rows[4].text == "★ the slow one"
    assert rows[5].text.startswith("1971-01-01 ")  # another day comes with its date
    spoken = panel.model.index(4, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("Succeeded ")
    assert spoken.endswith(" 9.4 ms · warm thumbnail starred the slow one")


def test_what_never_began_is_told_from_what_goes_on(qtbot: QtBot) -> None:
    panel = HistoryPanel()
    qtbot.addWidget(panel)
    panel.model.replace([past(1, status="failure", is_cold=True, duration_ms=None)], 1)
    index = panel.model.index(0, 0)
    assert (index.data(ROW_ROLE).badge, index.data(ROW_ROLE).detail) == ("✕", "never began")
    assert "cold · never began" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_what_runs_is_called_as_in_the_strip_and_what_an_engine_left_is_not(panel: HistoryPanel) -> None:
    index = panel.model.index(0, 0)
    assert (index.data(ROW_ROLE).badge_token, index.data(ROW_ROLE).detail) == ("muted", "unfinished")
    panel.model.runs = frozenset([str(uuid.UUID(int=6))]).__contains__
    assert (index.data(ROW_ROLE).badge, index.data(ROW_ROLE).badge_token, index.data(ROW_ROLE).detail) == ("◌", "info", "running")
    assert str(index.data(Qt.ItemDataRole.AccessibleTextRole)).startswith("Running… ")


def test_rows_name_their_function_where_there_are_several(panel: HistoryPanel):
    one_line = panel.list.rowHeight(0)
    panel.name_functions(named=True)
    row = panel.model.index(4, 0).data(ROW_ROLE)
    assert (row.text, row.tag, row.detail) == ("★ thumbnail", "the slow one", "9.4 ms · warm")
    assert row.note.count(":") == 2
    assert panel.list.rowHeight(0) > one_line
    panel.grab()
    panel.name_functions(named=False)
    assert panel.list.rowHeight(0) == one_line


def test_rows_name_the_events_that_are_known(panel: HistoryPanel):
    known = {str(uuid.UUID(int=5)): "order", str(uuid.UUID(int=3)): EMPTY_EVENT, str(uuid.UUID(int=2)): "order"}
    panel.show_events(lambda request_id: known.get(request_id, ""))
    texts = [panel.model.index(row, 0).data(ROW_ROLE).text for row in range(5)]
    assert [text.split(" · ")[1:] for text in texts] == [[], ["order"], [], ["version 3", "empty event"], []]
    assert texts[4] == "★ the slow one"  # the person's own name for it says more
    panel.name_functions(named=True)
    texts = [panel.model.index(row, 0).data(ROW_ROLE).text for row in range(5)]
    assert texts == ["thumbnail", "thumbnail · order", "thumbnail", "thumbnail:3 · empty event", "★ thumbnail · order"]
    index = panel.model.index(1, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole).endswith(" thumbnail order")
    assert index.data(Qt.ItemDataRole.ToolTipRole).startswith("thumbnail:$LATEST · order\n")


def test_choosing_a_row_selects_its_invocation_by_keyboard_too(qtbot: QtBot, panel: HistoryPanel):
    with qtbot.waitSignal(panel.invocation_selected) as chosen:
        panel.list.setCurrentIndex(panel.model.index(2, 0))
    assert chosen.args == [str(uuid.UUID(int=4))]
    with qtbot.waitSignal(panel.invocation_selected) as chosen:
        qtbot.keyClick(panel.list, Qt.Key.Key_Down)
    assert chosen.args == [str(uuid.UUID(int=3))]


def test_a_selection_stays_on_its_invocation_when_new_ones_come(qtbot: QtBot, panel: HistoryPanel):
    panel.select(str(uuid.UUID(int=5)))
    with qtbot.assertNotEmitted(panel.invocation_selected):
        panel.model.take_newest([past(8), past(7), past(6), past(5), *(past(each) for each in (4, 3, 2, 1))], 8)
    assert panel.model.request_id(panel.list.currentIndex().row()) == str(uuid.UUID(int=5))
    assert panel.model.index(2, 0).data(ROW_ROLE).badge == "●"  # it has a report by now


def test_what_is_beside_is_chosen_when_some_are_forgotten(panel: HistoryPanel):
    ids = [panel.model.request_id(row) for row in range(6)]
    chosen: list[str] = []
    panel.invocation_selected.connect(chosen.append)
    for row, beside in ((1, 2), (5, 4)):
        panel.list.setCurrentIndex(panel.model.index(row, 0))
        panel.actions_of_list.by_name["forget"].trigger()
        assert panel.step_aside({ids[row]})
        assert chosen[-1] == ids[beside] == panel.chosen()[0].request_id
        assert not panel.step_aside({ids[row]})  # what another window forgets moves nothing
    panel.list.selectAll()
    panel.actions_of_list.by_name["forget"].trigger()
    assert not panel.step_aside(set(ids))


def test_one_whose_answer_came_before_its_events_is_selected_when_they_come(panel: HistoryPanel):
    panel.select(str(uuid.UUID(int=7)))
    assert not panel.list.selectionModel().hasSelection()
    panel.model.take_newest(pasts(7, 7), 7)
    panel.settle()
    assert panel.model.request_id(panel.list.currentIndex().row()) == str(uuid.UUID(int=7))


def test_what_is_chosen_stays_so_in_another_list(panel: HistoryPanel):
    panel.select(str(uuid.UUID(int=4)))
    panel.model.replace([past(4)], None)
    panel.settle()
    assert [each.seq for each in panel.chosen()] == [40]


def test_actions_are_possible_for_as_many_as_are_chosen(qtbot: QtBot, panel: HistoryPanel):
    actions = panel.actions_of_list.by_name

    def possible() -> set[str]:
        return {name for name, action in actions.items() if action.isEnabled()}

    assert possible() == {"open", "retention"}
    panel.list.selectRow(1)
    assert possible() == set(actions) - {"compare"}
    QTest.keyClick(panel.list, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert possible() == {"compare", "replay", "star", "forget", "open", "retention"}
    assert actions["forget"].text() == "&Forget 2"
    with qtbot.waitSignal(panel.action_requested) as asked:
        actions["star"].trigger()
    assert (asked.args[0], [each.seq for each in asked.args[1]]) == ("star", [50, 40])
    panel.list.selectionModel().setCurrentIndex(panel.model.index(4, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect)
    assert actions["star"].text() == "Take the &star away"
    keys = [key.toString() for each in actions.values() for key in each.shortcuts()]
    assert len(keys) == len(set(keys)) == sum(bool(each.key) for each in ACTIONS) + 1


def test_a_query_is_asked_shortly_after_typing_and_buttons_are_parts_of_it(qtbot: QtBot, panel: HistoryPanel):
    with qtbot.waitSignal(panel.query_changed) as asked:
        QTest.keyClicks(panel.filter.field, "duration>5")
    assert asked.args == ["duration>5"]
    with qtbot.waitSignal(panel.query_changed) as asked:
        panel.filter.chips["is:cold"].click()
    assert asked.args == ["duration>5 is:cold"]
    panel.filter.field.setText("is:failed")
    assert [part for part, chip in panel.filter.chips.items() if chip.isChecked()] == ["is:failed"]
    panel.filter.field.clear()
    qtbot.waitSignal(panel.query_changed)
    names = [panel.filter.field, panel.filter.more, panel.list, *panel.filter.chips.values()]
    assert all(widget.accessibleName() for widget in names)


def test_a_million_rows_are_there_and_few_in_memory(qtmodeltester: ModelTester, panel: HistoryPanel):
    model = panel.model
    model.replace(pasts(1_000_000, 100), 1_000_000)
    assert model.rowCount() == 1_000_000
    assert model.missing(0, 99) == -1
    assert model.missing(50, 150) == 100
    assert model.place_of(100) == Place(10 * 999_901, 0)
    assert model.place_of(500_000) == Place(10_000_001, 500_000)
    for row in range(100, 20_000, 100):
        model.put(row, pasts(1_000_000 - row, 100))
    assert model.request_id(19_999) == str(uuid.UUID(int=1_000_000 - 19_999))
    in_memory = sum(model.past(row) is not None for row in range(20_000))
    assert in_memory <= MOST_LOADED + 200
    panel.list.scrollToBottom()
    assert panel.visible_rows()[1] == 999_999
    assert model.index(999_999, 0).data() == "Loading…"
    panel.grab()


def test_the_model_is_one_of_qts(qtmodeltester: ModelTester):
    model = PastModel()
    qtmodeltester.check(model)
    model.replace(pasts(20, 5), 20)
    model.take_newest(pasts(23, 8), 23)
    assert numbers(model) == [23, 22, 21, 20, 19, 18, 17, 16, 0, 0]
    assert model.rowCount() == 23
    model.put(8, pasts(15, 4))
    model.take_newest(pasts(500, 8), 500)  # too many came meanwhile to know where the others are
    assert (numbers(model)[:2], model.rowCount(), model.past(9)) == ([500, 499], 500, None)
    model.take_newest([each for each in pasts(500, 9) if each.seq != 4990], 499)  # one was forgotten
    assert (numbers(model)[:2], model.rowCount()) == ([500, 498], 499)
    model.replace(pasts(9, 2), None)
    model.append(pasts(7, 2))
    model.take_newest(pasts(10, 3), None)
    assert numbers(model) == [10, 9, 8, 7, 6]
    model.replace([], 0)
    model.take_newest([], 0)
    model.take_newest(pasts(1, 1), 1)
    assert numbers(model) == [1]


def test_rows_tell_how_answers_compare_with_what_is_expected(panel: HistoryPanel, qtbot: QtBot):
    model, (met, unmet) = panel.model, (panel.model.request_id(row) for row in (1, 2))
    model.verdicts.note(met, Verdict())
    model.verdicts.note(unmet, Verdict(("a", "b")))
    for request_id, row in ((met, 1), (unmet, 2)):
        with qtbot.waitSignal(model.dataChanged) as changed:
            model.repaint(request_id)
        assert changed.args[0].row() == changed.args[1].row() == row
    with qtbot.assertNotEmitted(model.dataChanged):
        model.repaint("unknown")
    rows = [model.index(row, 0).data(ROW_ROLE) for row in range(4)]
    assert [(row.tag, row.alert) for row in rows] == [("", ""), ("expected", ""), ("", "unexpected"), ("", "")]
    assert "not as expected: 2 differences" in model.index(2, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert model.index(1, 0).data(Qt.ItemDataRole.ToolTipRole).endswith("result as expected")

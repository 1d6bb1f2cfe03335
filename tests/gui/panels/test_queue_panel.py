"""The panels of queue and inbox, each alone: rows that are not here, selections that stay, the line, what can be pressed."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QPushButton, QTableView
from pytestqt.qtbot import QtBot

from tests.unit.state.test_queue_views import NOON_MS, clocks, ended, info, life_of_a_dead_letter, message, waiting
from workbench.gui.look.theme import DARK, LIGHT
from workbench.gui.panels.inbox.inbox_model import CONDITION, FUNCTION, KIND, TARGET, TIME, InboxModel
from workbench.gui.panels.inbox.inbox_panel import EMPTY, InboxPanel
from workbench.gui.panels.queue.life_line import LifeLine
from workbench.gui.panels.queue.queue_model import ACTIONS, AGE, ATTEMPT, EVENT, NEXT, STATE, WHY, QueueModel
from workbench.gui.panels.queue.queue_panel import QueuePanel
from workbench.gui.panels.queue.queue_table import QueueTable
from workbench.model.inbox import MessageAttribute
from workbench.model.overrides import MASK
from workbench.model.queue import QueueInfo
from workbench.state.hidden_values import HiddenValues
from workbench.state.inbox_rows import InboxRows
from workbench.state.life_moments import Moment, life_moments
from workbench.state.queue_rows import QueueRows
from workbench.state.queue_words import QUEUE_ACTIONS, QueueAction
from workbench.state.queued_life import fold_life


@pytest.fixture
def rows() -> QueueRows:
    return QueueRows()


@pytest.fixture
def panel(qtbot: QtBot, rows: QueueRows) -> QueuePanel:
    panel = QueuePanel(rows)
    qtbot.addWidget(panel)
    panel.resize(1040, 290)
    return panel


@pytest.fixture
def inbox(qtbot: QtBot) -> InboxPanel:
    panel = InboxPanel(InboxRows())
    qtbot.addWidget(panel)
    panel.resize(1040, 290)
    return panel


def show(panel: QueuePanel, rows: QueueRows, told: QueueInfo) -> None:
    rows.take(told, 0, 0.0)
    panel.refresh()


def numbers(panel: QueuePanel) -> list[str]:
    return [str(panel.table.lines.index(row, EVENT).data()) for row in range(panel.table.lines.rowCount())]


def test_an_empty_queue_says_what_to_do(panel: QueuePanel, rows: QueueRows) -> None:
    assert panel.empty.text().startswith("No asynchronous invocation waits. Send one with Invoke asynchronously (Ctrl+Alt+Enter)")
    assert panel.text.toPlainText() == ""
    show(panel, rows, QueueInfo(waiting=0, asked=0, clocks=(), problem="Another engine serves this workspace."))
    assert panel.empty.text() == "Another engine serves this workspace."
    assert [button.text() for button in panel.toolbar.findChildren(QAbstractButton) if button.isEnabled()] == ["Hold clock"]


def test_the_selection_stays_on_its_event(panel: QueuePanel, rows: QueueRows) -> None:
    QAbstractItemModelTester(panel.table.lines)
    show(panel, rows, QueueInfo(waiting=3, asked=0, clocks=clocks(), events=(waiting(1), waiting(2), waiting(3))))
    chosen: list[int] = []
    panel.table.event_chosen.connect(lambda event_id, _request: chosen.append(event_id))
    panel.table.selectRow(1)
    panel.choose(2)
    assert chosen == [2]
    assert panel.table.retry_action.isEnabled()
    show(panel, rows, QueueInfo(waiting=2, asked=0, clocks=clocks(), events=(waiting(2, state="running"), waiting(3))))
    assert (numbers(panel), panel.table.currentIndex().row()) == (["2", "3"], 0)
    assert not panel.table.retry_action.isEnabled(), "it is being tried"
    show(panel, rows, QueueInfo(waiting=1, asked=0, clocks=clocks(), events=(waiting(3),), ended=(ended(2), ended(1))))
    assert (numbers(panel), panel.table.currentIndex().row()) == (["3", "2", "1"], 1)
    assert panel.table.edit_action.isEnabled()
    assert not panel.table.drop_action.isEnabled(), "it has ended"
    show(panel, rows, QueueInfo(waiting=1, asked=0, clocks=clocks(), events=(waiting(3),)))
    assert not panel.table.selectionModel().hasSelection()
    assert chosen == [2], "only a person's choice is told"


def test_rows_that_are_not_here_are_asked_for(qtbot: QtBot, panel: QueuePanel, rows: QueueRows) -> None:
    asked: list[tuple[int, int]] = []
    panel.table.part_needed.connect(lambda first, last: asked.append((first, last)))
    show(panel, rows, info(100_000, 0))
    with qtbot.waitExposed(panel):
        panel.show()
    assert asked == []
    panel.table.verticalScrollBar().setValue(50_000)
    first, last = asked[-1]
    assert first == 50_000 < last < 50_030
    assert panel.table.lines.index(50_000, EVENT).data() == "…"
    offset = rows.part_for(first, last)
    rows.take(info(100_000, offset), offset, 0.0)
    panel.refresh()
    assert panel.table.lines.index(50_000, EVENT).data() == "50001"


def test_a_held_clock_and_older_events(panel: QueuePanel, rows: QueueRows) -> None:
    show(panel, rows, QueueInfo(waiting=2, asked=1, clocks=clocks(""), events=(waiting(1), waiting(2, state="asked"))))
    assert panel.toolbar.hold.text() == "Let it run"
    assert panel.clock.text().startswith("Clock held at ")
    assert panel.toolbar.step.isEnabled()
    assert panel.older.text().startswith("1 event was older than an hour")
    panel.show_moving(is_moving=True)
    panel.choose(1)
    assert (panel.toolbar.to_end.text(), panel.toolbar.step.isEnabled()) == ("Stop", False)
    panel.show_moving(is_moving=False)
    show(panel, rows, QueueInfo(waiting=1, asked=0, clocks=clocks(), events=(waiting(1),)))
    assert panel.clock.text() == ""
    assert not panel.toolbar.step.isEnabled()
    assert panel.toolbar.minute.isEnabled()


def test_everything_has_a_name_for_screen_readers(panel: QueuePanel, inbox: InboxPanel) -> None:
    for part in (panel, inbox):
        assert all(button.text() for button in part.findChildren(QPushButton))
        assert all(combo.accessibleName() for combo in part.findChildren(QComboBox))
    assert panel.table.accessibleName() == "Asynchronous invocations"
    assert panel.line.accessibleName() == "Life of the chosen event"


def test_the_life_is_drawn_and_told(qtbot: QtBot, panel: QueuePanel, rows: QueueRows) -> None:
    show(panel, rows, QueueInfo(waiting=0, asked=0, clocks=clocks(""), ended=(ended(7, "RetriesExhausted"),)))
    panel.choose(7)
    panel.show_life(fold_life(life_of_a_dead_letter().events, 7), '{"a": 1.50}')
    with qtbot.waitExposed(panel):
        panel.show()
    assert panel.line.accessibleDescription().startswith("accepted 202, attempt 1 failed, after 1 min: attempt 2 failed")
    text = panel.text.toPlainText()
    assert '"a": 1.50' in text, "numbers as they were written"
    assert "3  failed  no 3" in text
    assert "RetriesExhausted  The function failed in every attempt." in text
    assert "Dead letter → arn:aws:sqs:us-east-1:123456789012:q is in the inbox." in text
    panel.set_theme(LIGHT)
    assert panel.text.toPlainText() == text


def test_what_nobody_is_to_see_is_masked_in_queue_and_inbox(qtbot: QtBot, rows: QueueRows) -> None:
    hidden = HiddenValues()
    panel = QueuePanel(rows, seen=hidden.text)
    inbox = InboxPanel(InboxRows(), seen=hidden.text)
    for each in (panel, inbox):
        qtbot.addWidget(each)
    show(panel, rows, QueueInfo(waiting=0, asked=0, clocks=clocks(""), ended=(ended(7, "RetriesExhausted"),)))
    panel.choose(7)
    panel.show_life(fold_life(life_of_a_dead_letter().events, 7), '{"a": "s3cret"}')
    inbox.lines._rows.take_newest([message(1, "dead-letter", "{}", attributes={
        "ErrorMessage": MessageAttribute("String", "s3cret was refused")})])
    inbox.refresh()
    inbox.show_message(message(1, body='{"b": "s3cret"}'))
    hidden.hide(["s3cret", "no 3"])
    for each in (panel, inbox):
        each.set_theme(LIGHT)  # whoever hides something has everything drawn anew
    shown = [panel.text.toPlainText(), inbox.text.toPlainText(), str(inbox.lines.index(0, CONDITION).data()),
             " ".join(moment.tip for moment in panel.line.moments)]
    assert [("s3cret" in text or "no 3" in text, MASK in text) for text in shown] == [(False, True)] * 4


def test_a_low_and_narrow_queue_shows_rows_before_all_else(qtbot: QtBot, panel: QueuePanel, rows: QueueRows) -> None:
    show(panel, rows, QueueInfo(waiting=4, asked=0, clocks=clocks(), events=tuple(map(waiting, (1, 2, 3, 4)))))
    panel.choose(1)
    panel.show_life(fold_life(life_of_a_dead_letter().events, 7), "{}")
    panel.show()
    assert panel.text.isVisible()  # it is beside the table
    drawn_px = panel.line.height()
    panel.resize(426, 276)
    qtbot.waitUntil(lambda: not panel.text.isVisible() and panel.line.height() < drawn_px / 2)
    qtbot.waitUntil(lambda: panel.table.viewport().height() >= 3 * panel.table.rowHeight(0))
    first, last = panel.table.seen()
    assert last - first >= 2
    tip = panel.line.tip_at(10)
    assert "accepted" in tip  # all that the line would show
    assert panel.line.accessibleDescription() == tip
    panel.resize(426, 600)
    qtbot.waitUntil(lambda: panel.text.isVisible() and panel.line.height() == drawn_px)


def test_the_line_shows_the_latest_moments_where_there_is_little_room(qtbot: QtBot) -> None:
    line = LifeLine()
    qtbot.addWidget(line)
    moments = life_moments(fold_life(life_of_a_dead_letter().events, 7))
    for width, count in ((900, 6), (260, 2)):
        line.resize(width, line.sizeHint().height())
        line.show_moments(moments)
        line.grab()
        places = line._places
        assert len(places) >= count if width == 900 else 0 < len(places) < 6
        assert places[-1][1] == moments[-1]
        assert all(0 < x < width for x, _ in places)
        assert [x for x, _ in places] == sorted(x for x, _ in places)
    spans = [after - before for (before, _), (after, _) in pairwise(line._places)]
    assert all(span > 20 for span in spans)
    assert "arn:aws:sqs" in line.tip_at(255)
    line.show_moments([Moment(label="x" * 200, note="", token="muted", at_ms=NOON_MS)])
    line.grab()
    line.show_moments([])
    line.grab()


def test_messages_of_the_inbox(inbox: InboxPanel) -> None:
    QAbstractItemModelTester(inbox.lines)
    assert inbox.empty.text() == EMPTY
    rows = inbox.lines._rows
    rows.take_newest([message(2), message(1, "dead-letter", "{}", attributes={"ErrorMessage": MessageAttribute("String", "no")})])
    inbox.refresh()
    assert [[str(inbox.lines.index(row, column).data()) for column in (KIND, CONDITION, TARGET)] for row in (0, 1)] == [
        ["OnFailure", "RetriesExhausted", "sqs q"], ["Dead letter", "no", "sqs q"]]
    chosen: list[int] = []
    inbox.message_chosen.connect(chosen.append)
    inbox.table.selectRow(1)
    rows.take_newest([message(3), message(2)])
    inbox.refresh()
    assert (chosen, inbox.table.currentIndex().row(), inbox.note.text()) == ([1], 2, "3 messages, the newest first")
    inbox.show_message(message(1, body='{"b":2.0}', why="The queue does not exist."))
    assert inbox.text.toPlainText().startswith('The queue does not exist.\n\n{\n  "b": 2.0\n}')
    opened: list[str] = []
    inbox.invocation_requested.connect(opened.append)
    QTest.mouseClick(inbox.open, Qt.MouseButton.LeftButton)
    assert opened == ["r"]
    rows.take_newest([])
    inbox.refresh()
    assert not inbox.open.isEnabled()


def columns_of(table: QTableView) -> list[int]:
    """The columns that are shown; the table has room for them."""
    assert table.horizontalHeader().length() <= table.viewport().width()
    assert not table.horizontalScrollBar().maximum()
    return [column for column in range(table.model().columnCount()) if not table.isColumnHidden(column)]


def test_a_narrow_inbox_leaves_columns_out_instead_of_scrolling_sideways(qtbot: QtBot, inbox: InboxPanel) -> None:
    inbox.lines._rows.take_newest([message(1)])
    inbox.refresh()
    seen = []
    inbox.show()
    for width in (1040, 480, 350, 270, 480, 1040):
        inbox.resize(width, 600)
        QApplication.processEvents()
        seen.append(columns_of(inbox.table))
    assert (seen[0], seen[3]) == ([TIME, KIND, FUNCTION, CONDITION, TARGET], [KIND, CONDITION])
    assert seen[1:3] == [[TIME, KIND, FUNCTION, CONDITION], [TIME, KIND, CONDITION]]
    assert seen[4:] == [seen[1], seen[0]]
    inbox.resize(480, 600)
    inbox.setStyleSheet("* { font-size: 20px; }")  # as while presenting
    QApplication.processEvents()
    assert columns_of(inbox.table) != seen[1]


def test_a_narrow_queue_leaves_columns_out_too(qtbot: QtBot, rows: QueueRows) -> None:
    table, seen = QueueTable(rows), {}
    qtbot.addWidget(table)
    table.show()
    for width in (1040, 560, 400, 300, 1041):
        table.resize(width, 300)
        QApplication.processEvents()
        seen[width] = columns_of(table)
    assert seen[1040] == seen[1041] == list(range(ACTIONS + 1))
    assert AGE not in seen[560]
    assert {EVENT, STATE, NEXT, WHY, ACTIONS} < set(seen[560])
    assert seen[300] == [EVENT, STATE, WHY, ACTIONS]
    assert table.columnWidth(WHY) >= table.fontMetrics().horizontalAdvance("ValueError: total")


def test_earlier_messages_are_asked_for_until_there_are_none() -> None:
    rows = InboxRows()
    model = InboxModel(rows)
    QAbstractItemModelTester(model)
    asked: list[bool] = []
    model.more_needed.connect(lambda: asked.append(True))
    rows.take_newest([message(9)])
    model.update()
    assert model.canFetchMore(model.index(-1, TIME))
    model.fetchMore(model.index(-1, TIME))
    assert asked[0]
    rows.take_older([message(8)])
    model.update()
    rows.take_older([])
    model.update()
    assert (model.rowCount(), model.canFetchMore(model.index(-1, TIME))) == (2, False)


def test_the_table_of_a_queue_that_shrinks_and_grows(rows: QueueRows) -> None:
    model = QueueModel(rows)
    QAbstractItemModelTester(model)
    for total in (5, 900, 0, 3):
        rows.take(info(total, 0), 0, 0.0)
        model.update()
        assert model.rowCount() == total + 2


def click(panel: QueuePanel, row: int, name: QueueAction) -> None:
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=panel.table.action_place(row, name).center())


@pytest.mark.parametrize("width_px", [420, 1040])
def test_what_can_be_done_with_an_event_is_in_its_row(qtbot: QtBot, panel: QueuePanel, rows: QueueRows, width_px: int) -> None:
    panel.resize(width_px, 290)
    with qtbot.waitExposed(panel):
        panel.show()
    QAbstractItemModelTester(panel.table.lines)
    events = (waiting(1), waiting(2), waiting(3, state="running"))
    show(panel, rows, QueueInfo(waiting=3, asked=0, clocks=clocks(), events=events, ended=(ended(4, "RetriesExhausted"),)))
    table, done = panel.table, []
    texts = [str(table.lines.index(row, ACTIONS).data()) for row in range(4)]
    assert texts == ["retry · edit · drop", "retry · edit · drop", "", "edit"]
    table.event_chosen.connect(lambda event_id, _request: (done.append(event_id), panel.choose(event_id)))
    for name, asked in (("retry", table.retry_requested), ("edit", table.edit_requested), ("drop", table.drop_requested)):
        asked.connect(partial(done.append, name))
    for name in QUEUE_ACTIONS:
        for row in range(4):
            click(panel, row, name)
    assert [each for each in done if isinstance(each, str)] == [*["retry"] * 2, *["edit"] * 3, *["drop"] * 2]
    assert done[:4] == [1, "retry", 2, "retry"], "of the row that was clicked, which is chosen first"
    done.clear()
    place = table.action_place(1, "drop").center()
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert "edit" not in done, "two clicks on an action are no double click on the event"
    QTest.mousePress(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseRelease(table.viewport(), Qt.MouseButton.LeftButton, pos=table.action_place(1, "retry").center())
    assert done.count("retry") == 0, "a button that is left before it is released does nothing"
    assert place.x() < table.viewport().width()
    assert table.tip_at(place) == "Remove it from the queue: it goes nowhere (Delete)"
    assert not table.horizontalScrollBar().isVisible()
    assert panel.filter.drop_all.isEnabled()


def test_a_narrow_queue_has_the_attempt_behind_the_state(qtbot: QtBot, panel: QueuePanel, rows: QueueRows) -> None:
    panel.resize(420, 290)
    with qtbot.waitExposed(panel):
        panel.show()
    seen = []
    for attempts in (1, 2):
        show(panel, rows, QueueInfo(waiting=1, asked=0, clocks=clocks(), events=(waiting(1, attempts=attempts),)))
        assert panel.table.isColumnHidden(ATTEMPT)
        seen.append(panel.table.viewport().grab(panel.table.visualRect(panel.table.lines.index(0, STATE))).toImage())
    assert seen[0] != seen[1], "2 of 3, then 3 of 3: retrying both times"


def test_the_state_has_its_color_in_a_chosen_row_too(qtbot: QtBot, panel: QueuePanel, rows: QueueRows) -> None:
    with qtbot.waitExposed(panel):
        panel.show()
    show(panel, rows, QueueInfo(waiting=1, asked=0, clocks=clocks(), events=(waiting(1, attempts=1),),
                                ended=(ended(4, "RetriesExhausted"),)))
    for row, color in ((0, DARK.warning), (1, DARK.error)):
        panel.table.selectRow(row)
        place = panel.table.visualRect(panel.table.lines.index(row, STATE))
        image = panel.table.viewport().grab(place).toImage()
        colors = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
        assert color.lower() in colors

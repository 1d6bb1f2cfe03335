from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.support.event_builders import busy_session
from workbench.gui.look.theme import DARK
from workbench.gui.panels.log.log_model import LogModel
from workbench.gui.panels.log.log_panel import LogPanel
from workbench.gui.panels.log.metrics_model import MetricsModel
from workbench.model.events import StreamEvent
from workbench.model.log_entries import LogEntry
from workbench.model.log_queries import LogExtent, LogFilter, Sample, SearchStep
from workbench.state.log_metrics import LogMetrics
from workbench.state.logs import LogTail
from workbench.state.session import Session


def lines(count: int, first: int = 1, text: str = "line {}") -> list[StreamEvent]:
    return [
        StreamEvent(seq=seq, time_ms=1_792_000_000_000 + seq, type="function", function_name="f", environment_id="e",
                    request_id="r", record=text.format(seq))
        for seq in range(first, first + count)
    ]


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> LogPanel:
    panel = LogPanel(session)
    qtbot.addWidget(panel)
    panel.resize(600, 300)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def entry(seq: int) -> LogEntry:
    return LogEntry(seq=seq, time_ms=1_792_000_000_000.0 + seq, text=f"line {seq}")


def shown(panel: LogPanel) -> list[str]:
    return [panel.lines.row_at(row).text for row in range(panel.lines.rowCount())]


def test_new_lines_appear_and_the_view_follows(panel: LogPanel, session: Session):
    session.apply(lines(500))
    panel.refresh()

    assert len(shown(panel)) == 500
    assert panel.view.is_following
    assert panel.view.placed()[-1].row == 499


def test_lines_within_a_tenth_of_a_second_come_together(qtbot: QtBot, panel: LogPanel, session: Session):
    session.apply(lines(1))
    panel.refresh()
    session.apply(lines(1, first=2))
    panel.refresh()
    assert len(shown(panel)) == 1

    qtbot.waitUntil(lambda: len(shown(panel)) == 2)


def test_a_reader_further_up_is_left_where_he_is(qtbot: QtBot, panel: LogPanel, session: Session):
    session.apply(lines(500))
    panel.refresh()
    panel.view.verticalScrollBar().setValue(100)
    session.apply(lines(50, first=501))
    panel._drain_now()

    assert panel.view.verticalScrollBar().value() == 100
    qtbot.keyClick(panel.view, Qt.Key.Key_End)
    assert panel.view.is_following


def test_a_held_scroll_bar_stops_following(panel: LogPanel, session: Session):
    session.apply(lines(500))
    panel.refresh()
    panel.view.verticalScrollBar().setSliderDown(True)

    assert not panel.view.is_following


def test_the_lines_in_view_stay_when_old_ones_are_dropped(panel: LogPanel, session: Session):
    session.logs.capacity = 1_000
    session.apply(lines(1_000))
    panel.refresh()
    panel.view.verticalScrollBar().setValue(600)
    session.apply(lines(1, first=1_001))
    panel._drain_now()
    top = panel.view.verticalScrollBar().value()

    assert panel.lines.row_at(top).text == "line 601"


def test_an_activated_line_selects_its_invocation(qtbot: QtBot, panel: LogPanel, session: Session):
    session.apply(busy_session())
    panel.refresh()
    with qtbot.waitSignal(panel.invocation_selected) as chosen:
        panel.view.activated.emit(panel.view.lines.index(2, 0))

    assert chosen.args == ["7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0001"]


def test_copying_takes_selected_lines_or_all(qtbot: QtBot, panel: LogPanel, session: Session):
    session.apply(lines(3))
    panel.refresh()
    panel.copy()
    assert QGuiApplication.clipboard().text() == "line 1\nline 2\nline 3"
    panel.view.setCurrentIndex(panel.lines.index(1))
    qtbot.keyClick(panel.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "line 2"


def test_clearing_empties_the_view(panel: LogPanel, session: Session):
    session.apply(lines(10))
    panel.refresh()
    panel.bar.clear_action.trigger()
    assert shown(panel) == []
    panel.bar.clear_action.trigger()
    assert len(shown(panel)) == 10


def test_a_hidden_panel_catches_up_when_shown(qtbot: QtBot, panel: LogPanel, session: Session):
    panel.hide()
    session.apply(lines(10))
    panel.refresh()
    assert shown(panel) == []
    panel.show()
    assert len(shown(panel)) == 10


def test_errors_and_ansi_colors_are_painted(panel: LogPanel, session: Session):
    session.apply([*lines(1, text="[ERROR] boom"), *lines(1, first=2, text="a \x1b[32mgreen\x1b[0m word")])
    panel.refresh()
    image = panel.view.viewport().grab().toImage()
    colors = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(40)}

    assert DARK.error in colors
    assert DARK.success in colors


def test_the_model_keeps_qts_rules(qtmodeltester: ModelTester):
    tail = LogTail(50)
    model = LogModel(tail)
    qtmodeltester.check(model)
    for number in range(1, 121):
        tail.append(entry(number))
        if number % 9 == 0:
            model.drain()
    model.drain()
    qtmodeltester.check(model)
    model.take_extent(LogExtent(first=0, end=130, seq=130))
    model.take_page(0, [entry(number) for number in range(1, 131)])
    qtmodeltester.check(model)
    hits = model.show_hits()
    for found in ([50, 60], [1, 2, 55, 90], [3]):
        model.take_step(SearchStep(found=found))
    model.take_picked([entry(50)])
    assert len(hits) == 7
    qtmodeltester.check(model)


def test_rows_that_are_not_here_are_asked_for_and_shown(qtbot: QtBot, panel: LogPanel):
    panel.lines.take_extent(LogExtent(first=0, end=1_000_000, seq=1_000_000))
    assert panel.view.is_following
    assert panel.lines.missing() == [999_750 - 250, 999_750]
    with qtbot.waitSignal(panel.lines.wanted):
        panel.view.verticalScrollBar().setValue(500_000)
    assert not panel.view.is_following
    places = panel.lines.missing()
    assert 500_000 in places
    for place in places:
        panel.lines.take_page(place, [entry(place + number + 1) for number in range(250)])
    assert panel.lines.missing() == []
    assert panel.lines.row_at(500_000).text == "line 500001"
    assert panel.view.grab().width() > 0


def test_older_entries_that_are_counted_later_move_nothing(panel: LogPanel):
    panel.lines.take_extent(LogExtent(first=0, end=1_000, seq=1_000, is_whole=False))
    panel.view.verticalScrollBar().setValue(500)
    panel.lines.take_extent(LogExtent(first=-300, end=1_000, seq=1_000))
    assert panel.view.top().row == 800


def test_found_entries_come_in_front_without_moving_those_in_view(panel: LogPanel):
    panel.lines.show_hits()
    panel.lines.take_step(SearchStep(found=list(range(1_000, 1_200))))
    panel.view.verticalScrollBar().setValue(100)
    panel.lines.take_step(SearchStep(found=list(range(500, 700))))
    assert panel.view.top().row == 300


def test_follow_lets_go_and_takes_up_again(qtbot: QtBot, panel: LogPanel, session: Session):
    session.apply(lines(500))
    panel.refresh()
    assert panel.bar.follow.isChecked()
    panel.view.scroll_lines(-5)
    assert not panel.bar.follow.isChecked()
    panel.bar.follow.click()
    assert panel.view.is_following
    assert panel.bar.follow.isChecked()
    qtbot.keyClick(panel.view, Qt.Key.Key_PageUp)
    qtbot.keyClick(panel.view, Qt.Key.Key_PageUp)
    assert not panel.view.is_following


def test_an_empty_log_says_why(panel: LogPanel, session: Session):
    assert panel.view.empty_text.startswith("Nothing has been logged yet.")
    panel.lines.show_hits()
    panel.take_step(SearchStep(searched=0.5))
    shown = panel.view.empty_text, panel.bar.count.text(), panel.bar.stop.isVisible()
    assert shown == ("Searching…", "0 · 50%", True)
    panel.resize(1_100, 300)
    panel.take_step(SearchStep(searched=0.6, looked=600, whole=1_000))
    assert panel.bar.count.text() == "0 · looked at 600 of 1,000"
    panel.resize(panel.minimumSizeHint().width(), 300)
    panel.take_step(SearchStep(searched=0.7, looked=600, whole=1_000))
    assert panel.bar.count.text() == "0 · 70%", "nothing is cut off"
    assert panel.bar.count.toolTip() == "Entries found so far: 0 · looked at 600 of 1,000"
    assert panel.view.empty_text.startswith("Searching…\nLooked at 600 of 1,000 lines so far.")
    panel.take_step(SearchStep(searched=1.0))
    assert (panel.view.empty_text, panel.bar.count.text(), panel.bar.stop.isVisible()) == ("No line matches.", "0 lines", False)
    panel.view.grab()


def test_a_search_that_is_stopped_says_how_far_it_was(panel: LogPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    """It said that it went on searching, or that no line matches."""
    painted: list[str] = []
    paint = panel.view.painter.paint_nothing
    monkeypatch.setattr(panel.view.painter, "paint_nothing", lambda *told: (painted.append(told[-1]), paint(*told)))
    panel.resize(1_100, 300)
    panel.lines.show_hits()
    panel.take_step(SearchStep(searched=0.4, looked=400_000, whole=1_000_000))
    with qtbot.waitSignal(panel.search_wanted) as ended:
        qtbot.keyClick(panel.bar.filter_box, Qt.Key.Key_Escape)
    assert ended.args == [None]
    assert panel.view.empty_text.endswith("it had looked at 400,000 of 1,000,000 lines.")
    qtbot.waitUntil(lambda: painted[-1:] == [panel.view.empty_text])
    assert (panel.bar.count.text(), panel.bar.stop.isVisible()) == ("0 · stopped at 400,000 of 1,000,000", False)
    panel.view.grab()


def test_a_touch_pad_moves_by_less_than_a_line(panel: LogPanel, session: Session):
    session.apply(lines(500))
    panel.refresh()
    panel.view.verticalScrollBar().setValue(100)
    for _ in range(8):
        turn = QWheelEvent(QPointF(10, 10), QPointF(10, 10), QPoint(), QPoint(0, -10), Qt.MouseButton.NoButton,
                           Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
        QApplication.sendEvent(panel.view.viewport(), turn)
    assert panel.view.top().row == 102


def test_hiding_what_there_is_hides_it_from_searches_too(qtbot: QtBot, panel: LogPanel, session: Session):
    session.apply(lines(10))
    panel.refresh()
    panel.bar.clear_action.trigger()
    with qtbot.waitSignal(panel.search_wanted) as searched:
        panel.bar.filter_box.setText("line")
        panel.bar.apply()
    assert searched.args == [LogFilter(text="line", since=10)]


def test_keys_move_select_open_and_close(qtbot: QtBot, panel: LogPanel, session: Session):
    session.apply([*lines(20), *lines(1, first=21, text='{{"order": {{"id": {}}}}}'), *lines(1, first=22)])
    panel.refresh()
    view = panel.view
    qtbot.keyClick(view, Qt.Key.Key_End)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.currentIndex().row() == 20
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert [line.text for line in view.row_lines.shown(20)] == ["{", '  "order": {', '    "id": 21', "  }", "}"]
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert len(view.row_lines.shown(20)) == 1
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert sorted(index.row() for index in view.selectionModel().selectedRows()) == [18, 19, 20]
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert (view.currentIndex().row(), view.top().row) == (0, 0)


def test_wrapping_shows_all_of_a_long_line_and_can_be_scrolled_through(panel: LogPanel, session: Session):
    session.apply([*lines(3), *lines(1, first=4, text="word " * 2_000)])
    panel.refresh()
    panel.bar.wrap_action.setChecked(True)
    view = panel.view
    shown_text = "".join(line.text for line in view.row_lines.shown(3))
    assert shown_text == "word " * 2_000
    assert view.top().row == 3
    assert view.top().line > 0
    at_the_end = view.top()
    view.scroll_lines(-7)
    assert view.top() == (3, at_the_end.line - 7)
    assert view.grab().width() > 0


def test_screen_readers_hear_the_row_that_the_keyboard_is_at(qtbot: QtBot, panel: LogPanel, session: Session):
    session.apply(lines(3))
    panel.refresh()
    interface = QAccessible.queryAccessibleInterface(panel.view)
    assert interface.text(QAccessible.Text.Name) == "Log lines"
    qtbot.keyClick(panel.view, Qt.Key.Key_Home)
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    assert panel.view.accessibleDescription().endswith(" OUT line 2")
    buttons = [button for button in panel.bar.findChildren(QToolButton) if panel.bar._buttons.isAncestorOf(button)]
    assert len(buttons) == 6
    assert all(button.accessibleName() for button in buttons)


def test_a_faulty_filter_is_told_below_the_field(qtbot: QtBot, panel: LogPanel):
    qtbot.keyClicks(panel.bar.filter_box, "level:loud")
    qtbot.keyClick(panel.bar.filter_box, Qt.Key.Key_Return)
    assert panel.bar.problem.isVisible()
    assert "There is no level loud" in panel.bar.problem.text()
    qtbot.keyClick(panel.bar.filter_box, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not panel.bar.problem.isVisible())


def test_metrics_are_charted(qtbot: QtBot, panel: LogPanel):
    panel.bar.metrics.setChecked(True)
    assert panel.metrics is not None
    series = ("Shop", "Latency", "Milliseconds", "Service=checkout")
    panel.metrics.take([Sample(1_792_000_000_000.0 + number, *series, (float(number),)) for number in range(1, 101)])
    qtbot.waitUntil(lambda: panel.metrics.model.rowCount() == 1)
    cells = [panel.metrics.model.data(panel.metrics.model.index(0, column)) for column in range(7)]
    assert cells == ["Latency (ms)", "Service=checkout", "100", "1", "100", "50.5", "99.01"]
    assert panel.metrics.grab().width() > 0
    panel.bar.metrics.setChecked(False)


def test_the_metrics_model_keeps_qts_rules(qtmodeltester: ModelTester):
    metrics = LogMetrics()
    model = MetricsModel(metrics)
    qtmodeltester.check(model)
    metrics.take([Sample(1.0, "N", name, "None", "", (1.0, 2.0)) for name in ("A", "B")])
    model.update()
    qtmodeltester.check(model)

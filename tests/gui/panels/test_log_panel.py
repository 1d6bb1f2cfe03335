from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream, busy_session
from workbench.gui.look.theme import DARK
from workbench.gui.panels.log.log_model import LogModel
from workbench.gui.panels.log.log_panel import LogPanel
from workbench.model.events import StreamEvent
from workbench.state.logs import LogFilter, LogRing, append_event
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


def shown(panel: LogPanel) -> list[str]:
    return [panel.view.lines.row_at(row).text for row in range(panel.view.lines.rowCount())]


def test_new_lines_appear_and_the_view_follows(panel: LogPanel, session: Session):
    session.apply(lines(500))
    panel.refresh()

    assert len(shown(panel)) == 500
    assert panel.view.is_following
    assert panel.view.rowAt(panel.view.viewport().height() - 2) in (499, -1)


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
    panel.view.drain()

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
    panel.view.drain()
    top = panel.view.verticalScrollBar().value()

    assert panel.view.lines.row_at(top).text == "line 601"


def test_typing_filters(qtbot: QtBot, panel: LogPanel, session: Session):
    session.apply(lines(100))
    panel.refresh()
    qtbot.keyClicks(panel.filter_box, "LINE 9")

    qtbot.waitUntil(lambda: len(shown(panel)) == 11)
    assert panel._count.text() == "11 of 100"


def test_the_lines_of_one_invocation(panel: LogPanel, session: Session):
    session.apply(busy_session())
    panel.refresh()
    panel.select("7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0003")
    panel._only.click()

    assert shown(panel)[0].startswith("START RequestId: 7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0003")
    assert "[ERROR] ValueError: boom" in shown(panel)
    panel.select("")
    assert len(shown(panel)) == len(session.logs)


def test_an_activated_line_selects_its_invocation(qtbot: QtBot, panel: LogPanel, session: Session):
    session.apply(busy_session())
    panel.refresh()
    with qtbot.waitSignal(panel.invocation_selected) as chosen:
        panel.view.activated.emit(panel.view.lines.index(2, 0))

    assert chosen.args == ["7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0001"]


def test_copying_takes_selected_lines_or_all(qtbot: QtBot, panel: LogPanel, session: Session):
    session.apply(lines(3))
    panel.refresh()
    panel.view.copy_selected()
    assert QGuiApplication.clipboard().text() == "line 1\nline 2\nline 3"
    panel.view.selectRow(1)
    qtbot.keyClick(panel.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "line 2"


def test_clearing_empties_the_view(panel: LogPanel, session: Session):
    session.apply(lines(10))
    panel.refresh()
    panel._clear.click()

    assert shown(panel) == []


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
    ring = LogRing(50)
    model = LogModel(ring)
    qtmodeltester.check(model)
    stream = EventStream()
    for number in range(120):
        stream.emit("function", f"line {number}", "e", "r")
        append_event(ring, stream.events[-1], ())
        if number % 9 == 0:
            model.drain()
    model.drain()
    model.set_filter(LogFilter(text="1"))
    qtmodeltester.check(model)

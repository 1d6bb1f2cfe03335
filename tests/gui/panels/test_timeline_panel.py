from __future__ import annotations

import re
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QFileDialog, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from tests.support.event_builders import BOTO_IMPORTS, EPOCH_MS, EventStream, busy_session
from workbench.editor.colors import contrast
from workbench.editor.sheet import MessageSheet
from workbench.gui.look.theme import DARK, LIGHT
from workbench.gui.panels.timeline import arrangements
from workbench.gui.panels.timeline.bar_painter import paint_bars, placed_label
from workbench.gui.panels.timeline.bar_places import bars
from workbench.gui.panels.timeline.column_image import codes
from workbench.gui.panels.timeline.durations import clock_words, idle_words
from workbench.gui.panels.timeline.edge_marks import edge_marks
from workbench.gui.panels.timeline.lane_titles import name_words
from workbench.gui.panels.timeline.rest_lines import rest_words
from workbench.gui.panels.timeline.ruler_painter import stretches, ticks
from workbench.gui.panels.timeline.start_comparison import start_title
from workbench.gui.panels.timeline.timeline_kinds import LEGEND, bar_labels, fill_color, text_color
from workbench.gui.panels.timeline.timeline_panel import TimelinePanel
from workbench.state.ending_words import ending_word
from workbench.state.invocation import fold_invocation
from workbench.state.session import Session
from workbench.state.span_kinds import SpanKind
from workbench.state.start_parts import start_parts

FIRST, LAST = "7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0001", "7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0005"


@pytest.fixture
def session() -> Session:
    session = Session()
    stream = EventStream()
    stream.cold_success(FIRST)
    stream.wait(50)
    stream.warm_success(LAST, duration_ms=30)
    session.apply(stream.events)
    return session


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> TimelinePanel:
    panel = TimelinePanel(session)
    qtbot.addWidget(panel)
    panel.resize(700, 400)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def point(panel: TimelinePanel, lane: int, at_ms: float) -> QPointF:
    plot = panel.plot
    top = plot.lanes.layout.bar_top(lane) + plot.lanes.layout.heights.bar / 2 - plot.scrolled
    return QPointF(plot.area.left() + plot.viewport.x_of(at_ms), plot.area.top() + top)


def click(qtbot: QtBot, panel: TimelinePanel, lane: int, at_ms: float) -> None:
    qtbot.mouseClick(panel.plot, Qt.MouseButton.LeftButton, pos=point(panel, lane, at_ms).toPoint())


def titles(panel: TimelinePanel) -> list[tuple[str, str]]:
    return [("" if lane.repeats else lane.title, name_words(lane)) for lane in panel.plot.lanes.layout.lanes]


def apply_more(session: Session, stream: EventStream) -> None:
    """Take in events of a second stream, whose numbers begin anew."""
    last = session.sequence.last
    session.apply(msgspec.structs.replace(event, seq=event.seq + last) for event in stream.events)
    stream.events.clear()


def test_lanes_are_titled_by_function_and_environment_and_extensions_by_name(panel: TimelinePanel, session: Session):
    stream = EventStream("NightlyReportOfOrders")
    stream.create("b2")
    stream.emit("sandbox.extension", {"name": "telemetry-collector", "external": True, "phase": "init", "status": "success",
                                      "durationMs": 10.0}, "b2")
    apply_more(session, stream)
    panel.refresh()
    assert titles(panel) == [("thumbnail", "a81f"), ("NightlyReportOfOrders", "b2"), ("", "↳ telemetry-collector")]


def test_environments_of_the_past_are_one_line_until_it_is_clicked(qtbot: QtBot, panel: TimelinePanel, session: Session):
    stream = EventStream()
    for number in range(3):
        stream.cold_success(f"r-{number}", f"e-{number}")
        stream.stop(f"e-{number}", "idle")
    stream.cold_success("r-new", "live")
    apply_more(session, stream)
    panel.select("r-new")
    assert titles(panel) == [("thumbnail", "a81f"), ("", "live"), ("", "▸ 3 past")]
    (past,) = [lane for lane in panel.plot.lanes.layout.lanes if lane.key]
    assert len(past.rows) == 3

    place = point(panel, 2, 0.0)
    qtbot.mouseClick(panel.plot, Qt.MouseButton.LeftButton, pos=QPointF(panel.plot.area.left() - 20, place.y()).toPoint())
    assert titles(panel)[2:] == [("", "▾ 3 past"), ("", "e-0 †"), ("", "e-1 †"), ("", "e-2 †")]
    qtbot.keyClick(panel.plot, Qt.Key.Key_P)
    assert titles(panel)[2:] == [("", "▸ 3 past")]


def test_the_chosen_invocation_has_a_lane_of_its_own_in_the_past(panel: TimelinePanel, session: Session):
    stream = EventStream()
    for number in range(3):
        stream.cold_success(f"r-{number}", f"e-{number}")
        stream.stop(f"e-{number}", "idle")
    apply_more(session, stream)
    panel.select("r-1")
    assert ("", "e-1 †") in titles(panel)
    assert ("", "▸ 2 past") in titles(panel)


def test_idle_time_is_a_labeled_break_so_that_cold_and_warm_stand_side_by_side(panel: TimelinePanel, session: Session):
    stream = EventStream()
    stream.now_ms += 150_000
    stream.warm_success("r-later", duration_ms=30)
    apply_more(session, stream)
    panel.refresh()
    viewport = panel.plot.viewport
    (broken,) = viewport.breaks()
    assert idle_words(broken.end_ms - broken.start_ms).startswith("idle 2 min 29")
    assert 0 <= viewport.x_of(0.0) < viewport.x_of(486.0) <= broken.left
    assert viewport.x_of(150_030.0) - viewport.x_of(150_000.0) > 10
    first, second = stretches(panel.plot.drawing())
    assert [tick.words for tick in ticks(panel.plot.drawing(), first)][:2] == ["0 ms", "100 ms"]
    assert ticks(panel.plot.drawing(), second)[0].words == "0 ms"
    assert second.zero_ms == pytest.approx(150_000.0)


def test_following_shows_all_extensions_of_the_newest_environment(panel: TimelinePanel, session: Session):
    stream = EventStream()
    for number in range(12):
        stream.cold_success(f"r-{number}", f"e-{number:04}")
    for name in ("otel", "cache", "secrets"):
        record = {"name": name, "external": True, "phase": "invoke", "status": "success", "durationMs": 10.0}
        stream.emit("sandbox.extension", record, "e-0011")
    stream.warm_success("r-last", "e-0011")
    apply_more(session, stream)
    panel.resize(700, 520)
    panel.refresh()
    plot = panel.plot
    top, bottom = plot.lanes.extent_of(int(session.timeline.spans.row[-1]))
    assert bottom - top >= 4 * plot.lanes.layout.heights.lane
    assert plot.scrolled <= top
    assert plot.scrolled + plot.area.height() >= bottom - 1e-6


def test_it_follows_the_newest_activity(panel: TimelinePanel):
    x0, x1 = panel.plot.viewport.span()

    assert x0 < 0 < 560 < x1
    assert panel.live_button.isChecked()


def test_a_click_selects_the_invocation_under_it(qtbot: QtBot, panel: TimelinePanel):
    with qtbot.waitSignal(panel.invocation_selected) as chosen:
        click(qtbot, panel, 0, 460)

    assert chosen.args == [FIRST]


def test_a_click_on_an_empty_place_selects_nothing(qtbot: QtBot, panel: TimelinePanel):
    with qtbot.assertNotEmitted(panel.invocation_selected):
        click(qtbot, panel, 0, 700)


def test_a_point_outside_the_chart_hits_nothing(panel: TimelinePanel):
    assert panel.plot.hints.hit_at(QPointF(-5, -5)) is None


def test_the_tip_tells_all(panel: TimelinePanel):
    clock = clock_words(EPOCH_MS + 445.1, 1)
    assert panel.plot.hints.at(point(panel, 0, 460)).splitlines() == [
        "invoke: 40.8 ms", "thumbnail · version $LATEST · env a81f", f"from {clock}, 445.1 ms after its stretch began",
        f"request {FIRST} · cold · succeeded", "duration 41.20 ms · billed 246 ms · memory 61 of 512 MB",
    ]
    assert panel.plot.hints.at(QPointF(5, point(panel, 0, 0).y())) == "thumbnail, version $LATEST\nenvironment a81f00, alive"


def test_init_is_an_icicle_below_the_chosen_environment(panel: TimelinePanel):
    panel.select(FIRST)
    layout, plot = panel.plot.lanes.layout, panel.plot
    assert [bar.label for bar in layout.icicle] == [
        "import boto3", "import botocore", "import urllib3", "import json", "module code"]
    y = plot.area.top() + layout.tops[0] + layout.heights.lane + layout.heights.icicle * 1.5
    assert plot.hints.at(QPointF(plot.area.left() + plot.viewport.x_of(300.0), y)) == "import botocore: 96.0 ms"


def test_a_measure_snaps_to_bars_and_says_how_much_of_it_was_idle(qtbot: QtBot, panel: TimelinePanel):
    plot = panel.plot
    begin, end = point(panel, 0, 277.0).toPoint(), point(panel, 0, 445.1).toPoint()
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, shift, begin)
    qtbot.mouseMove(plot, end)
    QApplication.sendEvent(plot, QMouseEvent(QEvent.Type.MouseMove, QPointF(end), QPointF(plot.mapToGlobal(end)),
                                             Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, shift))
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, shift, end)
    assert plot.measure == pytest.approx((277.0, 445.1))
    assert panel._measured.text() == "168.10 ms"
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert (plot.measure, panel._measured.text()) == (None, "")


def test_a_drag_of_which_only_the_end_arrives_pans_and_chooses_nothing(qtbot: QtBot, panel: TimelinePanel):
    plot, begin = panel.plot, point(panel, 0, 460).toPoint()
    end, before = begin - QPoint(60, 0), plot.viewport.span()
    with qtbot.assertNotEmitted(panel.invocation_selected):
        qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=begin)
        qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=end)
    assert plot.viewport.span()[0] - before[0] == pytest.approx(60 / plot.viewport.scale)


def test_the_keyboard_measures_from_one_invocation_to_another(qtbot: QtBot, panel: TimelinePanel):
    panel.select(FIRST)
    qtbot.keyClick(panel.plot, Qt.Key.Key_M)
    assert panel._measured.text() == "41.20 ms"
    panel.select(LAST)
    qtbot.keyClick(panel.plot, Qt.Key.Key_M)
    assert panel._measured.text() == "121.20 ms, of which nothing worked for 50 ms"


def test_menus_group_and_filter_and_say_so(panel: TimelinePanel, session: Session):
    stream = EventStream("refunds")
    stream.now_ms += 10_000
    stream.timeout("r-late", "dead00")
    apply_more(session, stream)
    panel.refresh()
    choose(panel.filter.show_button, "refunds")
    assert titles(panel) == [("refunds", "dead †")]
    choose(panel.filter.show_button, "All functions")
    choose(panel.filter.show_button, "Warm only")
    assert titles(panel) == [("thumbnail", "a81f")]
    assert panel.filter.show_button.text() == "warm"
    choose(panel.filter.show_button, "Cold and warm")
    choose(panel.filter.show_button, "Failed only")
    assert titles(panel) == [("refunds", "dead †")]
    choose(panel.filter.show_button, "Failed only")
    choose(panel.filter.group_button, "By what failed")
    assert titles(panel) == [
        ("Nothing failed", ""), ("thumbnail", "a81f"), ("Something failed", ""), ("refunds", "dead †")]


def choose(button: QToolButton, words: str) -> None:
    menu = button.menu()
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text() == words).trigger()


def test_the_minimap_moves_what_is_shown(qtbot: QtBot, panel: TimelinePanel, session: Session):
    stream = EventStream()
    stream.now_ms += 600_000
    stream.warm_success("r-later")
    apply_more(session, stream)
    panel.refresh()
    panel.minimap.grab()
    panel.plot.show_span(0, 100)
    left = int(panel.plot.area.left())
    qtbot.mouseClick(panel.minimap, Qt.MouseButton.LeftButton, pos=QPoint(panel.minimap.width() - 70, 8))
    assert panel.plot.viewport.span()[1] > 599_000
    assert panel.minimap.frame().left() > left + 100
    panel.plot.show_all()
    assert panel.minimap.frame().width() > panel.plot.area.width() * 0.9


def test_cold_starts_are_compared_as_aligned_stacks(panel: TimelinePanel, session: Session):
    stream = EventStream(memory_mb=1_024)
    stream.now_ms += 10_000
    slower = [("boto3", -1, 200.0, 12.0), *BOTO_IMPORTS[1:]]
    stream.assign("r-other", "b00000", "cold")
    stream.create("b00000")
    init_ms = stream.init("b00000", function_ms=220.0, imports=slower)
    stream.invoke("r-other", "b00000", init_ms=init_ms)
    apply_more(session, stream)
    panel.select("r-other")
    choose(panel.card.compare_button, panel_title(panel, FIRST))
    comparison = panel.card.comparison
    shown = [row for row in comparison.rows if row[0].isVisible()]
    assert [title.text().split(" · ")[1:] for title, *_ in shown] == [["512 MB", "a81f"], ["1,024 MB", "b000"]]
    first, second = (bar for _, bar, *_ in shown)
    assert first.full_ms == second.full_ms == pytest.approx(497.0)
    assert first.rects()[0][1] == second.rects()[0][1], "aligned"
    assert shown[1][3].text() == "52 ms longer: import boto3 grew by 57 ms, rest of init shrank by 5 ms"
    panel.card.compare(set())
    assert panel.card.bar.isVisible()
    assert not comparison.isVisible()


def test_cold_starts_of_different_days_have_dates(panel: TimelinePanel, session: Session):
    first = session.history.get(FIRST)
    assert first is not None
    later = msgspec.structs.replace(first, request_id="later", received_ms=first.received_ms + 3 * 86_400_000)
    panel.card.comparison.show_starts([later, first])
    titles = [title.text() for title, *_ in panel.card.comparison.rows[:2]]
    assert [len(title.split()[0]) for title in titles] == [len("2026-11-05")] * 2
    assert titles[0] < titles[1]


def panel_title(panel: TimelinePanel, request_id: str) -> str:
    invocation = panel._session.history.get(request_id)
    return f"{invocation.function_name} · {start_title(invocation)}"


def test_the_keyboard_steps_through_invocations_zooms_and_goes_live(qtbot: QtBot, panel: TimelinePanel):
    with qtbot.waitSignal(panel.invocation_selected) as chosen:
        qtbot.keyClick(panel.plot, Qt.Key.Key_Up)
    assert chosen.args == [LAST]
    with qtbot.waitSignal(panel.invocation_selected) as chosen:
        qtbot.keyClick(panel.plot, Qt.Key.Key_Up)
    assert chosen.args == [FIRST]
    before = panel.plot.viewport.scale
    qtbot.keyClick(panel.plot, Qt.Key.Key_Plus)
    assert panel.plot.viewport.scale == pytest.approx(before / 0.7)
    assert not panel.live_button.isChecked()
    qtbot.keyClick(panel.plot, Qt.Key.Key_End)
    assert panel.live_button.isChecked()


def test_home_shows_everything(qtbot: QtBot, panel: TimelinePanel, session: Session):
    qtbot.keyClick(panel.plot, Qt.Key.Key_Home)
    x0, x1 = panel.plot.viewport.span()

    assert x0 < 0
    assert x1 > session.timeline.extent(0)[1]


def test_a_selection_made_elsewhere_is_brought_into_view(qtbot: QtBot, panel: TimelinePanel):
    panel.plot.set_live(False)
    panel.plot.show_span(10_000, 10_100)
    with qtbot.assertNotEmitted(panel.invocation_selected):
        panel.select(LAST)
    x0, x1 = panel.plot.viewport.span()

    assert x0 < 540 < x1


def test_a_new_invocation_is_followed_after_an_old_one_was_looked_at(session: Session, panel: TimelinePanel):
    stream = EventStream()
    for number in range(8):
        stream.wait(60_000)
        stream.warm_success(f"r-later-{number}")
    apply_more(session, stream)
    panel.refresh()
    panel.select(FIRST)
    assert not panel.plot.is_live
    panel.refresh()
    assert not panel.plot.is_live, "nothing is new"
    stream.warm_success("r-new")
    apply_more(session, stream)
    panel.refresh()
    assert panel.plot.is_live


def test_a_view_moved_by_hand_stays_where_it_is(session: Session, panel: TimelinePanel):
    panel.plot.show_all()
    session.apply(msgspec.structs.replace(event, seq=200 + event.seq) for event in EventStream().warm_success("r-new"))
    panel.refresh()
    assert not panel.plot.is_live


def test_what_follows_an_answer_is_named(panel: TimelinePanel):
    assert bar_labels(SpanKind.OVERHEAD, 1.2, is_open=False) == ("overhead 1.2", "1.2")
    assert "overhead" in [token for token, _ in panel._legend]


def test_the_newest_invocation_is_in_view_at_once_and_the_view_stays_live(session: Session, panel: TimelinePanel):
    stream = EventStream()
    newest = "7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0009"
    for event in stream.cold_success(newest):
        later = msgspec.structs.replace(event, seq=event.seq + 1_000, time_ms=event.time_ms + 60_000, environment_id="b92f00")
        session.apply([later])

    panel.select(newest)

    x0, x1 = panel.plot.viewport.span()
    start = float(session.timeline.spans.start_ms[session.timeline.spans_of_request(newest)].min())
    assert x0 <= start <= x1
    assert panel.live_button.isChecked()


def test_the_card_tells_of_the_latest_cold_start(panel: TimelinePanel):
    assert panel.card.isVisible()
    assert [(part.name, round(part.duration_ms)) for part in panel.card.bar.parts] == [
        ("sandbox", 241), ("runtime", 36), ("import boto3", 143), ("rest of init", 25),
    ]
    assert "boto3 is 70 % of init (143 of 204 ms)" in panel.card._advice.text()
    assert panel.card._imports.text() == "import boto3 143 ms ▸ botocore 96 ms ▸ urllib3 66 ms"
    assert panel.card._figures.text() == "445 ms to the handler · 246 ms billed"


def test_the_card_has_the_cold_start_of_the_chosen_invocations_environment(panel: TimelinePanel, session: Session):
    stream = EventStream("refunds")
    stream.now_ms += 10_000
    stream.cold_success("r-other", "b00000")
    apply_more(session, stream)
    panel.refresh()
    assert panel.card._title.text() == "Cold start · refunds · env b000"
    panel.select(LAST)
    assert panel.card._title.text() == "Cold start · thumbnail · env a81f"
    panel.select("")
    stream.function_name = "thumbnail"
    stream.warm_success("r-newest", "a81f00")
    apply_more(session, stream)
    panel.refresh()
    assert panel.card._title.text() == "Cold start · thumbnail · env a81f"


def test_a_low_panel_keeps_its_room_for_whole_lanes(qtbot: QtBot, panel: TimelinePanel, session: Session):
    stream = EventStream()
    stream.cold_success("r-other", "b00000")
    apply_more(session, stream)
    panel.select(FIRST)
    assert panel.card.bar.isVisible()
    line = panel.fontMetrics().height()
    plot, card = panel.plot, panel.card
    panel.resize(580, 20 * line)
    qtbot.waitUntil(lambda: not card.bar.isVisible() and card.height() < 3 * line and panel.minimumHeight() <= 14 * line)
    panel.resize(580, 14 * line)
    qtbot.waitUntil(lambda: panel.height() == 14 * line and not panel.minimap.isVisible())
    heights, area = plot.lanes.layout.heights, plot.area
    for place in range(2):
        assert plot.drawing().top(place) + heights.lane <= area.bottom() + 1
    levels = {bar.depth for bar in plot.lanes.layout.icicle}
    panel.resize(580, 40 * line)
    qtbot.waitUntil(lambda: card.bar.isVisible())
    assert {bar.depth for bar in plot.lanes.layout.icicle} > levels
    panel.resize(580, 20 * line)
    qtbot.waitUntil(lambda: card.open_button.isVisible())
    qtbot.keyClick(card.open_button, Qt.Key.Key_Space)
    assert [part.isVisible() for part in (card.bar, card._advice, card.limits_button)] == [True] * 3
    qtbot.keyClick(card.open_button, Qt.Key.Key_Space)
    assert not card.bar.isVisible()


def test_a_narrow_card_says_less_and_that_whole(panel: TimelinePanel):
    panel.select(FIRST)
    card, character_px = panel.card, panel.fontMetrics().averageCharWidth()
    card.resize(40 * character_px, card.height())
    assert (card._title.text(), card._figures.text()) == ("Cold start · a81f", "445 ms to the handler")
    card.resize(100 * character_px, card.height())
    assert card._title.text() == "Cold start · thumbnail · env a81f"


def test_one_lane_is_seen_whole_however_low_the_panel_is(qtbot: QtBot, panel: TimelinePanel):
    panel.select(FIRST)
    panel.resize(580, 1)
    qtbot.waitUntil(lambda: panel.plot.height() < 150)
    assert panel.plot.area.height() >= panel.plot.lanes.layout.heights.lane


def test_the_card_tells_what_is_not_enforced(qtbot: QtBot, panel: TimelinePanel):
    assert panel.card.limits_button.text() == "Not enforced here: 1"
    qtbot.keyClick(panel.card.limits_button, Qt.Key.Key_Space)
    (dialog,) = panel.findChildren(MessageSheet)
    assert dialog.informativeText() == "CPU share"
    dialog.close()


def test_an_empty_session_says_what_to_do(qtbot: QtBot):
    panel = TimelinePanel(Session())
    qtbot.addWidget(panel)
    panel.show()

    assert panel._empty.isVisible()
    assert not panel.card.isVisible()


def test_the_clock_runs_only_while_something_is_at_work(qtbot: QtBot):
    session = Session()
    panel = TimelinePanel(session)
    qtbot.addWidget(panel)
    panel.show()
    session.apply(busy_session())
    panel.refresh()
    assert panel.plot._clock.isActive()
    panel.hide()
    qtbot.waitUntil(lambda: not panel.plot._clock.isActive())


def test_more_rows_than_fit_get_a_scroll_bar(qtbot: QtBot, panel: TimelinePanel, session: Session):
    stream = EventStream()
    for number in range(60):
        stream.cold_success(f"r-{number}", f"{number:04d}")
    session.apply([event for event in stream.events if event.seq > session.sequence.last])
    panel.refresh()

    assert panel._bar.isVisible()
    assert panel.plot.scrolled + panel.plot.area.height() >= panel.plot.lanes.layout.height
    assert panel.plot.scrolled in panel.plot.lanes.layout.tops
    places = panel.plot.drawing().lanes
    assert places[-1] == len(panel.plot.lanes.layout.lanes) - 1
    assert all(panel.plot.drawing().top(place) >= panel.plot.area.top() for place in places)
    panel._bar.setValue(0)
    assert panel.plot.scrolled == 0
    assert not panel.live_button.isChecked()


def test_thousands_of_spans_are_drawn_as_columns(qtbot: QtBot, panel: TimelinePanel, session: Session):
    stream = EventStream()
    stream.cold_success()
    for number in range(1_000):
        stream.warm_success(f"r-{number}")
    session.apply([event for event in stream.events if event.seq > session.sequence.last])
    panel.refresh()
    panel.plot.show_all()
    image = panel.plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    colors = {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}

    assert DARK.invoke in colors
    assert re.search(r"one of [\d,]+ that merge here, of 0.8 to 0.8 ms", panel.plot.hints.at(point(panel, 0, 700.0)))


def test_the_focus_is_a_frame_around_what_can_still_be_read(qtbot: QtBot, panel: TimelinePanel, session: Session):
    stream = EventStream()
    stream.fail("r-bad", "a81f00", "{}", error_type="KeyError", duration_ms=200.0)
    apply_more(session, stream)
    panel.refresh()
    panel.activateWindow()
    panel.plot.setFocus()
    qtbot.waitUntil(panel.plot.hasFocus)
    image = panel.plot.grab().toImage()
    assert image.pixelColor(0, image.height() // 2).name() == DARK.accent
    empty = QPointF(panel.plot.area.right() - 4, panel.plot.area.bottom() - 6).toPoint()
    around = {image.pixelColor(empty.x() - x, empty.y() - y).name() for x in range(12) for y in range(12)}
    assert around <= {DARK.window, DARK.border, DARK.panel}


def test_a_spare_sandbox_made_afterwards_takes_nothing_out_of_view(panel: TimelinePanel, session: Session):
    stream = EventStream()
    for number in range(20):
        stream.cold_success(f"r-{number}", f"e-{number:04}")
    stream.warm_success("r-new", "e-0000")
    stream.emit("sandbox.creating", {"ahead": True}, "spare")
    apply_more(session, stream)
    panel.refresh()
    top, bottom = panel.plot.lanes.extent_of(session.timeline.rows.of_environment("e-0000")[0])
    assert panel.plot.scrolled <= top < bottom <= panel.plot.scrolled + panel.plot.area.height()


def test_a_failure_among_thousands_is_red_at_every_zoom(qtbot: QtBot, panel: TimelinePanel, session: Session):
    stream = EventStream()
    for number in range(700):
        stream.warm_success(f"r-{number}")
    stream.fail("r-bad", "a81f00", "{}", error_type="Runtime.KeyError", duration_ms=0.05)
    for number in range(700, 1_400):
        stream.warm_success(f"r-{number}")
    stream.wait(3_600_000)
    stream.warm_success("r-last")
    apply_more(session, stream)
    panel.refresh()
    panel.plot.show_all()
    failed_ms = float(session.timeline.spans.start_ms[session.timeline.spans_of_request("r-bad")[0]])
    for _ in range(8):
        assert panel.plot.is_crowded or panel.plot.viewport.scale > 0.1
        panel.plot.center(failed_ms)
        assert red(panel.plot), panel.plot.viewport.scale
        qtbot.waitUntil(lambda: red(panel.minimap))  # it rests between two pictures
        panel.plot.zoom(5.0)


def red(widget: QWidget) -> bool:
    image = widget.grab().toImage()
    wanted = {DARK.error, QColor(DARK.error).darker(125).name()}
    return any(image.pixelColor(x, y).name() in wanted for x in range(image.width()) for y in range(0, image.height(), 3))


def test_columns_show_what_touches_as_one_and_a_failure_above_all():
    left, right = np.array([10.0, 10.2, 11.0, 20.0, 12.0, 12.4]), np.array([11.0, 11.2, 14.6, 22.0, 13.0, 12.41])
    kinds = np.array([SpanKind.INVOKE] * 4 + [SpanKind.IDLE, SpanKind.FAILED], dtype=np.uint8)
    seen = codes(left, right, kinds, np.array([0, 0, 0, 0, 1, 0]), (2, 30))

    assert np.flatnonzero(seen.work[0] == SpanKind.INVOKE + 1).tolist() == [10, 11, 14, 20, 21]
    assert np.flatnonzero(seen.work[0] == SpanKind.FAILED + 1).tolist() == [12, 13]
    assert np.flatnonzero(seen.rest[1]).tolist() == [12]
    assert not seen.work[1].any()


def test_themes_change_colors(panel: TimelinePanel):
    panel.set_theme(LIGHT)

    assert panel.plot.grab().toImage().pixelColor(300, 3).name() == LIGHT.window


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_text_on_bars_is_readable(theme):
    fills = {kind: fill_color(kind, theme) for kind in SpanKind}

    assert not [kind for kind, fill in fills.items() if contrast(text_color(fill), fill) < 4.5]


@pytest.mark.parametrize(("kind", "duration_ms", "is_open", "labels"), [
    (SpanKind.CREATE, 241.4, False, ("sandbox 241", "241")),
    (SpanKind.INVOKE, 0.93, False, ("0.9 ms", "0.9")),
    (SpanKind.INVOKE, 3_016.0, False, ("3.02 s",)),
    (SpanKind.CREATE, 5.0, True, ("sandbox…",)),
    (SpanKind.TIMED_OUT, 3_000.0, False, ("✕ timed out", "✕")),
    (SpanKind.IDLE, 100.0, False, ()),
    (SpanKind.AHEAD, 81.0, False, ("sandbox 81", "81")),
    (SpanKind.PREPARED, 100.0, True, ("prepared ahead", "prepared")),
])
def test_labels(kind: SpanKind, duration_ms: float, is_open: bool, labels: tuple[str, ...]):
    assert bar_labels(kind, duration_ms, is_open) == labels


def test_narrow_bars_have_only_their_figure_and_the_narrowest_nothing():
    def label(width_px: float, shortest: str = "241") -> tuple[str, float]:
        bar = QRectF(100, 0, width_px, 20)
        text, room, _ = placed_label(lambda text: 6.0 * len(text), ("sandbox 241", "241"), bar, shortest)
        return text, room.left()

    assert label(74) == ("sandbox 241", 105)
    assert label(73) == ("241", 105)
    assert label(26) == ("241", 105)
    assert label(25) == ("241", 100)  # in the middle of the whole bar
    assert label(22) == ("241", 100)
    assert label(21)[0] == ""
    assert label(25, shortest="")[0] == ""


def test_one_word_for_the_sandbox_in_lanes_legend_and_card():
    cold = fold_invocation(EventStream().cold_success(FIRST))
    words = {bar_labels(kind, 20.0, False)[0].split()[0] for kind in (SpanKind.CREATE, SpanKind.START)}
    assert words == {dict(LEGEND)["create"]} == {start_parts(cold)[0].name} == {"sandbox"}


class Recorder(QPainter):
    """Notes the order in which bars and words are painted."""

    def __init__(self, device: QImage) -> None:
        super().__init__(device)
        self.steps: list[object] = []

    def drawRoundedRect(self, rect: QRectF, x_radius: float, y_radius: float) -> None:
        self.steps.append(rect.height())
        super().drawRoundedRect(rect, x_radius, y_radius)

    def drawText(self, rect: QRectF, flags: int, text: str) -> None:
        self.steps.append(text)
        super().drawText(rect, flags, text)


def test_no_rest_in_the_line_of_the_past_strikes_the_label_of_another_through(panel: TimelinePanel, session: Session):
    stream = EventStream()
    stream.emit("sandbox.creating", {"sandbox": "docker", "runtime": "python3.12", "runsOn": "Python 3.12.7", "memorySizeMB": 512,
                                     "notEnforced": [], "initializationType": "on-demand", "ahead": True}, "spare")
    stream.emit("sandbox.created", {"durationMs": 30.0}, "spare")
    stream.emit("sandbox.ready", {"durationMs": 110.0}, "spare")
    stream.cold_success("r-1", "used")
    stream.wait(5_000)
    stream.stop("used", "idle")
    stream.stop("spare", "idle")
    apply_more(session, stream)
    panel.resize(1_400, 400)
    panel.refresh()
    panel.plot.show_all()
    image = QImage(panel.plot.size(), QImage.Format.Format_RGB32)
    painter = Recorder(image)
    paint_bars(painter, panel.plot.drawing())
    painter.end()
    thin = min(step for step in painter.steps if isinstance(step, float))
    label = next(place for place, step in enumerate(painter.steps) if isinstance(step, str) and "prepared" in step)
    rests = [place for place, step in enumerate(painter.steps) if step == thin]
    assert len(rests) > 1
    assert label > max(rests)


@pytest.mark.parametrize(("suffix", "beginning"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("json", b'{"traceEvents"')])
def test_it_is_saved_as_a_picture_a_drawing_or_a_trace(
    qtbot: QtBot, panel: TimelinePanel, tmp_path: Path, suffix: str, beginning: bytes
):
    path = tmp_path / f"timeline.{suffix}"
    with qtbot.waitSignal(panel.export.told):
        panel.export.save(path)
    assert path.read_bytes().startswith(beginning)
    if suffix == "svg":
        assert b"a81f" in path.read_bytes(), "texts are texts"


def test_a_folder_that_is_not_there_is_told(qtbot: QtBot, panel: TimelinePanel, tmp_path: Path):
    for suffix in ("png", "svg", "json"):
        with qtbot.waitSignal(panel.export.failed) as failed:
            panel.export.save(tmp_path / "nowhere" / f"timeline.{suffix}")
        assert "could not be written" in str(failed.args[0])


def test_the_menu_opens_a_dialog_for_the_file(qtbot: QtBot, panel: TimelinePanel):
    panel.export.button.menu().actions()[2].trigger()
    [dialog] = panel.findChildren(QFileDialog)
    assert (dialog.defaultSuffix(), dialog.acceptMode()) == ("json", QFileDialog.AcceptMode.AcceptSave)
    dialog.close()


def test_a_label_beside_a_bar_begins_after_the_overhead_that_follows_it(panel: TimelinePanel) -> None:
    panel.plot.zoom(0.2)
    found = bars(panel.plot.drawing())
    overheads = [bar.rect for bar in found if bar.kind is SpanKind.OVERHEAD]
    followed = [(bar, over) for bar in found for over in overheads
                if bar.kind is SpanKind.INVOKE and abs(bar.rect.right() - over.left()) < 1.5 and over.top() == bar.rect.top()]
    assert len(followed) == 2
    for bar, over in followed:
        assert bar.rect.right() < bar.covered == over.right()


def test_a_figure_beside_a_bar_is_the_duration_that_lambda_reports(panel: TimelinePanel, session: Session) -> None:
    panel.plot.zoom(0.2)
    told_ms = [bar.whole_ms for bar in bars(panel.plot.drawing()) if bar.kind is SpanKind.INVOKE]
    reported_ms = [each.metrics.duration_ms for each in session.history.newest_first() if each.metrics is not None]
    assert told_ms
    assert all(any(abs(told - reported) < 0.1 for reported in reported_ms) for told in told_ms), (told_ms, reported_ms)


@pytest.mark.parametrize(("kind", "status"), [(SpanKind.FAILED, "error"), (SpanKind.TIMED_OUT, "timeout")])
def test_bars_say_how_an_invocation_ended_in_the_words_of_all_views(kind: SpanKind, status: str) -> None:
    assert bar_labels(kind, 3.0, is_open=False)[0] == f"✕ {ending_word(status)}"


@pytest.fixture
def aligned(panel: TimelinePanel) -> TimelinePanel:
    panel.filter.group("aligned")
    return panel


def row_of(panel: TimelinePanel, request_id: str) -> int:
    return panel.plot.lanes.layout.place_of(panel.plot.lanes.aligned.starts.number_of(request_id))


def test_aligned_rows_begin_at_0_ms_and_say_how_much_less_a_warm_one_took(aligned: TimelinePanel):
    drawing = aligned.plot.drawing()
    assert titles(aligned) == [("thumbnail", "a81f"), ("", "a81f")]
    assert [lane.start for lane in drawing.layout.lanes] == ["cold", "warm"]
    zero = drawing.area.left() + drawing.viewport.x_of(0.0)
    found = bars(drawing)
    assert min(bar.rect.left() for bar in found) == pytest.approx(zero)
    warm = next(bar for bar in found if bar.rect.top() > drawing.bar_top(1) - 1 and bar.kind is SpanKind.INVOKE)
    assert warm.rect.left() == pytest.approx(zero)
    assert bar_labels(warm.kind, warm.whole_ms, False, warm.note)[0] == "30 ms, 16x less"
    [stretch] = stretches(drawing)
    assert {tick.clock for tick in ticks(drawing, stretch)} == {""}
    assert not drawing.viewport.breaks()


def test_a_rest_between_aligned_rows_is_a_line_with_words(aligned: TimelinePanel, session: Session):
    stream = EventStream()
    stream.now_ms += 60_000
    stream.warm_success("r-later", duration_ms=3.0)
    apply_more(session, stream)
    aligned.refresh()
    [rest] = [place for place, lane in enumerate(aligned.plot.lanes.layout.lanes) if lane.idle_ms]
    assert rest_words(12_400.0) == "idle 12.4 s, frozen"
    area, drawing = aligned.plot.area, aligned.plot.drawing()
    middle = QPointF(area.center().x(), drawing.top(rest) + 4)
    assert aligned.plot.hints.at(middle) == "idle 59.4 s: the environment was frozen between these two invocations"
    assert aligned.plot.hints.lane_at(middle) is drawing.layout.lanes[rest]


def test_a_click_a_tip_and_keys_find_an_aligned_invocation(qtbot: QtBot, aligned: TimelinePanel):
    with qtbot.waitSignal(aligned.invocation_selected) as chosen:
        click(qtbot, aligned, 0, 300.0)  # INIT, which belongs to the invocation that waited for it
    assert chosen.args == [FIRST]
    tip = aligned.plot.hints.at(point(aligned, 0, 300.0))
    assert "function init: 168.1 ms" in tip
    assert "277.0 ms after it all began" in tip
    assert FIRST in tip
    assert aligned.plot.lanes.chosen_lane == 0
    with qtbot.waitSignal(aligned.invocation_selected) as chosen:
        qtbot.keyClick(aligned.plot, Qt.Key.Key_Down)
    assert chosen.args == [LAST]
    assert aligned.plot.lanes.chosen_lane == 1
    assert aligned.plot.lanes.layout.icicle_lane == 0  # where its environment's INIT is
    qtbot.keyClick(aligned.plot, Qt.Key.Key_M)
    assert aligned._measured.text() == "30.00 ms"
    assert aligned.plot.hints.at(point(aligned, 1, 200.0)) == ""
    bar = next(bar for bar in aligned.plot.lanes.layout.icicle if bar.label == "import boto3")
    inside = QPointF(point(aligned, 0, 300.0).x(),
                     aligned.plot.area.top() + aligned.plot.lanes.layout.tops[0] + aligned.plot.lanes.layout.heights.lane + 4)
    assert aligned.plot.hints.at(inside) == f"import boto3: {bar.duration_ms:,.1f} ms"


def test_the_newest_aligned_row_is_followed_until_somebody_looks_back(qtbot: QtBot, aligned: TimelinePanel, session: Session):
    stream = EventStream()
    for number in range(60):
        stream.warm_success(f"r-{number}")
    apply_more(session, stream)
    aligned.plot.refresh()
    assert row_of(aligned, "r-59") in aligned.plot.visible_lanes()
    aligned.select("r-3")
    assert not aligned.plot.is_live
    assert row_of(aligned, "r-3") in aligned.plot.visible_lanes()
    stream.warm_success("r-new")
    apply_more(session, stream)
    aligned.plot.refresh()
    assert aligned.plot.is_live
    assert row_of(aligned, "r-new") in aligned.plot.visible_lanes()
    qtbot.keyClick(aligned.plot, Qt.Key.Key_PageUp)
    assert not aligned.plot.is_live
    scrolled = aligned.plot.scrolled
    stream.warm_success("r-newer")
    apply_more(session, stream)
    aligned.plot.refresh()
    assert aligned.plot.scrolled == scrolled
    qtbot.keyClick(aligned.plot, Qt.Key.Key_End)
    assert row_of(aligned, "r-newer") in aligned.plot.visible_lanes()
    first_ms, last_ms = aligned.plot.viewport.span()
    assert (first_ms < 0 < last_ms, last_ms > 486) == (True, True)  # the cold start is not in view, but its length is
    frame = aligned.minimap.frame()
    assert frame.right() == pytest.approx(aligned.plot.area.left() + aligned.minimap._viewport.x_of(
        aligned.plot.arrangement.seen_ms()[1]), abs=6.0)
    aligned.plot.center(0.0)
    assert row_of(aligned, FIRST) in aligned.plot.visible_lanes()


def test_home_shows_the_longest_aligned_row(qtbot: QtBot, aligned: TimelinePanel, session: Session):
    qtbot.keyClick(aligned.plot, Qt.Key.Key_Home)
    first_ms, last_ms = aligned.plot.viewport.span()
    assert first_ms < 0
    assert 486.3 <= last_ms < 600
    assert not aligned.plot.is_live


def test_many_rows_wait_for_each_other_and_all_are_shown(
    qtbot: QtBot, aligned: TimelinePanel, session: Session, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(arrangements, "_REST_S", 1.5)  # longer than a slow machine takes for this
    stream = EventStream()
    for number in range(100):
        stream.warm_success(f"r-{number}")
    apply_more(session, stream)
    aligned.refresh()
    assert aligned.plot.arrangement.is_resting
    stream.warm_success("r-last")
    apply_more(session, stream)
    aligned.refresh()
    qtbot.waitUntil(lambda: row_of(aligned, "r-last") in aligned.plot.visible_lanes(), timeout=30_000)


def test_a_failure_says_why_in_its_bar_or_beside_it(aligned: TimelinePanel, session: Session):
    stream = EventStream()
    stream.raised("r-bad", "a81f00")
    apply_more(session, stream)
    aligned.plot.refresh()
    failed = next(bar for bar in bars(aligned.plot.drawing()) if bar.kind is SpanKind.FAILED)
    assert failed.note == "ValueError: boom"
    assert bar_labels(failed.kind, 12.0, False, failed.note) == (
        "✕ failed: ValueError: boom", "✕ failed: ValueError", "✕ failed", "✕")
    session.hidden.hide(["boom"])
    failed = next(bar for bar in bars(aligned.plot.drawing()) if bar.kind is SpanKind.FAILED)
    assert "boom" not in failed.note


def test_an_init_that_was_repeated_is_part_of_the_duration(aligned: TimelinePanel, session: Session):
    stream = EventStream()
    stream.init_again("r-again", "a81f00")
    apply_more(session, stream)
    aligned.plot.refresh()
    metrics = session.history.get("r-again").metrics
    own = [bar for bar in bars(aligned.plot.drawing()) if bar.kind is SpanKind.INVOKE][-1]
    assert own.whole_ms == metrics.duration_ms > own.duration_ms + 100


def test_a_lane_with_nothing_in_view_says_where_its_bars_are(qtbot: QtBot, panel: TimelinePanel):
    assert not edge_marks(panel.plot.drawing())
    panel.plot.show_span(10_000.0, 10_100.0)
    panel.plot.now_ms = EPOCH_MS + 1_000.0  # the environment's rest reaches up to here
    [mark] = edge_marks(panel.plot.drawing())
    assert mark.words.startswith("◂ ")
    assert mark.words.endswith(" earlier")
    qtbot.mouseClick(panel.plot, Qt.MouseButton.LeftButton, pos=mark.rect.center().toPoint())
    assert not edge_marks(panel.plot.drawing())
    panel.plot.show_span(-9_100.0, -9_000.0)
    [mark] = edge_marks(panel.plot.drawing())
    assert mark.words in ("8.9 s later ▸", "9.0 s later ▸")  # there is a margin beside what is shown


def test_a_wide_bar_has_its_label_among_any_number_of_others(panel: TimelinePanel, session: Session):
    stream = EventStream()
    stream.warm_success("r-long", "a81f00", 4_000.0)
    for number in range(500):
        stream.warm_success(f"r-{number}", duration_ms=2.0)
    apply_more(session, stream)
    panel.refresh()
    panel.plot.show_all()
    image = panel.plot.grab().toImage()
    assert panel.plot.is_crowded
    start_ms = float(session.timeline.spans.start_ms[session.timeline.spans_of_request("r-long")[0]])
    middle = point(panel, 0, start_ms + 2_000)
    inside = {image.pixelColor(x, y).name() for x in range(round(point(panel, 0, start_ms + 50).x()), round(middle.x()))
              for y in range(round(middle.y()) - 6, round(middle.y()) + 6)}
    assert len(inside) > 3  # letters, and what is between them and the bar


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_aligned_rows_are_painted_in_every_theme_and_saved(theme, aligned: TimelinePanel, tmp_path: Path):
    aligned.set_theme(theme)
    image = aligned.plot.grab().toImage()
    colors = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(0, image.height(), 3)}
    assert {theme.create, theme.runtime_init, theme.function_init, theme.invoke, theme.window} <= colors
    for suffix in ("png", "svg", "json"):
        aligned.export.save(tmp_path / f"timeline.{suffix}")
    assert "cold" in (tmp_path / "timeline.svg").read_text()
    times = [int(each) for each in re.findall(r'"ts": ?(\d+)', (tmp_path / "timeline.json").read_text())]
    assert max(times) - min(times) > 486_000  # the clock's: the warm one began after the cold one

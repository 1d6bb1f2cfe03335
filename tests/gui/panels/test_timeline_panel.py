from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream, busy_session
from workbench.editor.colors import contrast
from workbench.editor.sheet import MessageSheet
from workbench.gui.look.theme import DARK, LIGHT
from workbench.gui.panels.timeline.timeline_axes import EnvironmentAxis
from workbench.gui.panels.timeline.timeline_item import Bars, touching
from workbench.gui.panels.timeline.timeline_kinds import bar_labels, fill_color, text_color
from workbench.gui.panels.timeline.timeline_panel import TimelinePanel
from workbench.state.session import Session
from workbench.state.span_kinds import SpanKind
from workbench.state.timeline import Timeline

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


def scene_point(panel: TimelinePanel, row: float, at_ms: float) -> QPointF:
    return panel.plot.box.mapViewToScene(QPointF(at_ms, row + 0.5))


def click(qtbot: QtBot, panel: TimelinePanel, row: int, at_ms: float) -> None:
    position = panel.plot.mapFromScene(scene_point(panel, row, at_ms))
    qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=position)


def test_the_row_of_an_extension_carries_its_name(qtbot: QtBot):
    stream = EventStream()
    events = stream.cold_success(FIRST)
    record = {"name": "telemetry-collector", "external": True, "phase": "init", "status": "success", "durationMs": 10.0}
    stream.emit("sandbox.extension", record, events[-1].environment_id)
    timeline = Timeline()
    for event in stream.events:
        timeline.apply(event)
    assert EnvironmentAxis(timeline).tickStrings([0.5, 1.5], 1.0, 1.0) == ["env a81f", "↳ telemetr…"]


def test_rows_of_several_functions_say_which(qtbot: QtBot):
    stream, session = EventStream(), Session()
    stream.cold_success(FIRST)
    stream.function_name = "NightlyReportOfOrders"
    stream.create("b2")
    session.apply(stream.events)
    panel = TimelinePanel(session)
    qtbot.addWidget(panel)
    for width, labels in ((1_000, ["thumbnail a81f", "NightlyReportOf… b2"]), (400, ["env a81f", "env b2"])):
        panel.resize(width, 300)
        with qtbot.waitExposed(panel):
            panel.show()
        panel.refresh()
        assert panel.plot._rows_axis.tickStrings([0.5, 1.5], 1.0, 1.0) == labels


def test_following_shows_all_extensions_of_the_newest_environment(qtbot: QtBot, panel: TimelinePanel, session: Session):
    stream = EventStream()
    for number in range(12):
        stream.cold_success(f"r-{number}", f"e-{number:04}")
    for name in ("otel", "cache", "secrets"):
        record = {"name": name, "external": True, "phase": "invoke", "status": "success", "durationMs": 10.0}
        stream.emit("sandbox.extension", record, "e-0011")
    stream.warm_success("r-last", "e-0011")
    newest = [msgspec.structs.replace(event, seq=event.seq + 1_000) for event in stream.events]
    session.apply(newest)
    panel.refresh()
    rows, plot = session.timeline.rows, panel.plot
    first, last = session.timeline.environment_rows(len(rows) - 4)
    assert [row.extension for row in rows[first:last + 1]] == ["", "otel", "cache", "secrets"]
    assert plot.first_row <= first
    assert plot.first_row + plot.rows_in_view >= last + 1 - 1e-6
    plot.resize(plot.width(), plot.height() - round(plot.row_height * 1.5))
    assert plot.first_row + plot.rows_in_view >= last + 1 - 1e-6 or plot.first_row == first
    plot.resize(plot.width(), round(plot.row_height * 3))
    assert plot.first_row == pytest.approx(first)


def test_it_follows_the_newest_activity(panel: TimelinePanel):
    x0, x1 = panel.plot.box.viewRange()[0]

    assert x0 < 0 < 560 < x1
    assert panel.live_button.isChecked()


def test_a_click_selects_the_invocation_under_it(qtbot: QtBot, panel: TimelinePanel):
    with qtbot.waitSignal(panel.invocation_selected) as chosen:
        click(qtbot, panel, 0, 460)

    assert chosen.args == [FIRST]


def test_a_click_on_an_empty_place_selects_nothing(qtbot: QtBot, panel: TimelinePanel):
    with qtbot.assertNotEmitted(panel.invocation_selected):
        click(qtbot, panel, 3, 460)


def test_a_point_outside_the_chart_hits_nothing(panel: TimelinePanel):
    assert panel.plot.hit_at(QPointF(-5, -5)) is None


def test_the_tip_names_phase_environment_and_request(panel: TimelinePanel):
    hit = panel.plot.hit_at(scene_point(panel, 0, 460))

    assert panel.plot._tip(hit).splitlines() == [
        "invoke: 40.8 ms", "thumbnail · env a81f", f"request {FIRST} · cold · success",
    ]


def test_the_keyboard_steps_through_invocations_zooms_and_goes_live(qtbot: QtBot, panel: TimelinePanel):
    with qtbot.waitSignal(panel.invocation_selected) as chosen:
        qtbot.keyClick(panel.plot, Qt.Key.Key_Up)
    assert chosen.args == [LAST]
    with qtbot.waitSignal(panel.invocation_selected) as chosen:
        qtbot.keyClick(panel.plot, Qt.Key.Key_Up)
    assert chosen.args == [FIRST]
    before = panel.plot.box.viewRange()[0]
    qtbot.keyClick(panel.plot, Qt.Key.Key_Plus)
    after = panel.plot.box.viewRange()[0]
    assert after[1] - after[0] == pytest.approx((before[1] - before[0]) * 0.7)
    assert not panel.live_button.isChecked()
    qtbot.keyClick(panel.plot, Qt.Key.Key_End)
    assert panel.live_button.isChecked()


def test_home_shows_everything(qtbot: QtBot, panel: TimelinePanel, session: Session):
    qtbot.keyClick(panel.plot, Qt.Key.Key_Home)
    x0, x1 = panel.plot.box.viewRange()[0]

    assert x0 < 0
    assert x1 > session.timeline.extent(0)[1]


def test_a_selection_made_elsewhere_is_brought_into_view(qtbot: QtBot, panel: TimelinePanel):
    panel.plot.set_live(False)
    panel.plot.box.setXRange(10_000, 10_100, padding=0)
    with qtbot.assertNotEmitted(panel.invocation_selected):
        panel.select(LAST)
    x0, x1 = panel.plot.box.viewRange()[0]

    assert x0 < 540 < x1


def test_a_new_invocation_is_followed_after_an_old_one_was_looked_at(session: Session, panel: TimelinePanel):
    stream = EventStream()
    stream.wait(60_000)
    stream.events.clear()
    session.apply(msgspec.structs.replace(event, seq=100 + event.seq) for event in stream.warm_success("r-later"))
    panel.refresh()
    panel.select(FIRST)
    assert not panel.plot.is_live
    panel.refresh()
    assert not panel.plot.is_live, "nothing is new"
    session.apply(msgspec.structs.replace(event, seq=200 + event.seq) for event in stream.warm_success("r-new"))
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

    x0, x1 = panel.plot.box.viewRange()[0]
    start = float(session.timeline.spans.start_ms[session.timeline.spans_of_request(newest)].min())
    assert x0 <= start <= x1
    assert panel.live_button.isChecked()


def test_the_card_tells_of_the_latest_cold_start(panel: TimelinePanel):
    assert panel.card.isVisible()
    assert [(segment.word, round(segment.duration_ms)) for segment in panel.card.bar.segments] == [
        ("sandbox", 241), ("runtime", 36), ("import boto3", 143), ("rest of init", 25),
    ]
    assert "boto3 is 70 % of init (143 of 204 ms)" in panel.card._advice.text()
    assert panel.card._imports.text() == "import boto3 143 ms ▸ botocore 96 ms ▸ urllib3 66 ms"
    assert panel.card._figures.text() == "445 ms to the handler · 246 ms billed"


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
    assert panel.plot.first_row + panel.plot.rows_in_view == pytest.approx(len(session.timeline.rows))
    panel._bar.setValue(0)
    assert panel.plot.first_row == 0
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


def test_bars_that_touch_in_a_row_become_one():
    left = np.array([10.0, 10.2, 11.0, 20.0, 12.0])
    right = np.array([11.0, 11.2, 14.6, 22.0, 13.0])
    bars = Bars(np.arange(5), left, right, np.array([0.0, 0.0, 0.0, 0.0, 24.0]))

    assert touching(bars, np.arange(5)) == [(10, 0.0, 5), (20, 0.0, 2), (12, 24.0, 1)]
    assert touching(bars, np.array([], dtype=np.int64)) == []


def test_themes_change_colors(panel: TimelinePanel):
    panel.set_theme(LIGHT)

    assert panel.plot.grab().toImage().pixelColor(300, 5).name() == LIGHT.window


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_text_on_bars_is_readable(theme):
    fills = {kind: fill_color(kind, theme) for kind in SpanKind}

    assert not [kind for kind, fill in fills.items() if contrast(text_color(fill), fill) < 4.5]


@pytest.mark.parametrize(("kind", "duration_ms", "is_open", "labels"), [
    (SpanKind.CREATE, 241.4, False, ("create 241", "241")),
    (SpanKind.INVOKE, 0.93, False, ("0.9 ms",)),
    (SpanKind.INVOKE, 3_016.0, False, ("3.02 s",)),
    (SpanKind.CREATE, 5.0, True, ("create…",)),
    (SpanKind.TIMED_OUT, 3_000.0, False, ("✕ timeout", "✕")),
    (SpanKind.IDLE, 100.0, False, ()),
    (SpanKind.PREPARED, 100.0, True, ("sandbox prepared ahead", "prepared")),
])
def test_labels(kind: SpanKind, duration_ms: float, is_open: bool, labels: tuple[str, ...]):
    assert bar_labels(kind, duration_ms, is_open) == labels


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

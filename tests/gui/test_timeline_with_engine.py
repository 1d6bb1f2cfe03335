"""The timeline of a window with a real engine: by keys and mouse, from a cold start to an exported trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from tests.gui.test_window_with_engine import Scenario, Window, parts, play, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.panels.timeline.bar_places import bars
from workbench.gui.panels.timeline.timeline_panel import TimelinePanel
from workbench.state.folding import union
from workbench.state.span_kinds import SpanKind

__all__ = ["play"]  # a fixture

ALPHA = {"app.py": """
    import decimal, json, logging.handlers
    ready = sum(range(400_000))
    def handler(event, context):
        if event.get("fail"):
            raise ValueError("on purpose")
        return ready
"""}
BETA = {"app.py": "def handler(event, context):\n    return event\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    builder = WorkspaceBuilder(tmp_path / "app").function("AlphaWithAVeryLongNameThatNobodyCanRead", ALPHA)
    root = builder.function("Beta", BETA).write()
    (root / "events").mkdir()
    (root / "events" / "good.json").write_text("{}")
    (root / "events" / "fail.json").write_text('{"fail": true}')
    return root


def test_the_timeline_is_used_by_keys_and_mouse(play: Callable[[Scenario], None], root: Path) -> None:
    play(parts(root, a_cold_and_a_warm_start_stand_side_by_side, a_key_and_a_button_go_to_the_clock_and_back,
               keys_choose_measure_and_zoom_everywhere,
               menus_show_what_failed_and_a_click_chooses_it, two_cold_starts_are_compared_and_the_trace_has_their_figures))


def panel_of(window: Window) -> TimelinePanel:
    window.workspace.focus.go_to("timeline")
    return window.workspace.panels.timeline.panel


async def a_cold_and_a_warm_start_stand_side_by_side(window: Window, _: Path) -> None:
    window.workspace.model.choose_event("good")
    cold, warm = await window.invoke(), await window.invoke()
    panel = panel_of(window)
    await until(lambda: panel.plot.selected == warm.request_id)
    lane = next(each for each in panel.plot.lanes.layout.lanes if each.environment_id == cold.environment_id)
    assert (lane.name, lane.is_live) == (cold.environment_id[:4], True)
    assert "AlphaWithAVeryLongNameThatNobodyCanRead" in {each.title for each in panel.plot.lanes.layout.lanes}
    timeline = window.workspace.session.timeline

    def in_view(request_id: str) -> bool:
        first_ms, last_ms = panel.plot.viewport.span()
        bars = panel.plot.arrangement.view.columns(timeline.spans_of_request(request_id), panel.plot.now_ms)
        place = panel.plot.lanes.layout.place_of(int(bars.row[0]))
        return place in panel.plot.visible_lanes() and bool(first_ms <= bars.start_ms.min() <= bars.end_ms.max() <= last_ms)

    await until(lambda: in_view(warm.request_id))  # panels are refreshed ten times a second
    assert in_view(cold.request_id)
    for each in (cold, warm):
        await until(lambda each=each: tells(panel, each.metrics.duration_ms))
    labels = {bar.label for bar in panel.plot.lanes.layout.icicle}
    assert {"import app", "import decimal", "module code"} <= labels


def tells(panel: TimelinePanel, duration_ms: float) -> bool:
    """Whether a lane says of an invocation what the strip says."""
    told = [bar.whole_ms for bar in bars(panel.plot.drawing()) if bar.kind is SpanKind.INVOKE]
    return any(abs(whole_ms - duration_ms) < 0.002 for whole_ms in told)


async def a_key_and_a_button_go_to_the_clock_and_back(window: Window, _: Path) -> None:
    cold, warm = await window.invoke("invoke.cold"), await window.invoke()
    panel = panel_of(window)
    plot, memory = panel.plot, window.workspace.model._memory
    await until(lambda: plot.selected == warm.request_id)
    assert plot.lanes.is_aligned  # the window's default

    def starts() -> list[str]:
        return [lane.start for lane in plot.lanes.layout.lanes if lane.rows and lane.environment_id == cold.environment_id]

    await until(lambda: starts() == ["cold", "warm"])
    for invocation in (cold, warm):
        row = plot.lanes.aligned.starts.number_of(invocation.request_id)
        assert plot.lanes.aligned.columns(plot.lanes.aligned.of_rows([row]), plot.now_ms).start_ms.min() == 0.0
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_A)
    assert (plot.lanes.is_aligned, panel.filter.align_button.isChecked(), memory.text("timeline")) == (False, False, "function")
    assert plot.accessibleName() == "Timeline of execution environments"
    QTest.mouseClick(panel.filter.align_button, Qt.MouseButton.LeftButton)
    assert (plot.lanes.is_aligned, panel.filter.group_button.text(), memory.text("timeline")) == (True, "Aligned", "aligned")
    assert plot.accessibleName() == "Timeline of invocations, aligned at their start"
    assert plot.is_live


async def keys_choose_measure_and_zoom_everywhere(window: Window, _: Path) -> None:
    cold, warm = await window.invoke(), await window.invoke()
    panel = panel_of(window)
    plot = panel.plot
    await until(lambda: plot.selected == warm.request_id)
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Up)
    assert plot.selected == cold.request_id
    assert window.workspace.panels.result.panel.invocation is cold
    assert "cold · succeeded" in plot.accessibleDescription()
    QTest.keyClick(plot, Qt.Key.Key_M)
    assert float(panel._measured.text().split(" ms")[0]) == pytest.approx(cold.metrics.duration_ms, abs=2.0)
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    scale = plot.viewport.scale
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_Plus, Qt.Key.Key_Right, Qt.Key.Key_Left):
        QTest.keyClick(plot, key)
    assert plot.viewport.scale == pytest.approx(scale / 0.49)
    assert not plot.is_live
    QTest.keyClick(plot, Qt.Key.Key_End)
    assert plot.is_live


async def menus_show_what_failed_and_a_click_chooses_it(window: Window, _: Path) -> None:
    window.workspace.model.choose_event("fail")
    failed = await window.invoke()
    window.workspace.model.choose_event("good")
    good = await window.invoke()
    panel = panel_of(window)
    await until(lambda: panel.plot.selected == good.request_id)
    choose(panel.filter.show_button, "Failed only")
    panel.plot.show_all()
    assert {lane.environment_id for lane in panel.plot.lanes.layout.lanes} == {failed.environment_id}
    assert failed.function_name in {lane.title for lane in panel.plot.lanes.layout.lanes}
    timeline, plot = window.workspace.session.timeline, panel.plot
    [index] = [each for each in timeline.spans_of_request(failed.request_id) if timeline.spans.kind[each] == SpanKind.FAILED]
    bar = plot.arrangement.view.columns(np.array([index]), plot.now_ms)
    x = plot.area.left() + plot.viewport.x_of(float(bar.start_ms[0])) + 1
    y = plot.area.top() + plot.lanes.layout.bar_top(0) + plot.lanes.layout.heights.bar / 2
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    assert window.workspace.panels.result.panel.invocation is failed
    choose(panel.filter.show_button, "Failed only")
    assert panel.filter.show_button.text() == "All"


async def two_cold_starts_are_compared_and_the_trace_has_their_figures(window: Window, root: Path) -> None:
    first, second = await window.invoke("invoke.cold"), await window.invoke("invoke.cold")
    panel = panel_of(window)
    await until(lambda: panel.plot.selected == second.request_id)
    panel.card.compare({first.request_id})

    def shown() -> list[Any]:
        return [row for row in panel.card.comparison.rows if row[0].isVisibleTo(panel.card.comparison)]

    await until(lambda: len(shown()) == 2)  # the answer comes first, then the card
    one, other = shown()
    assert one[1].full_ms == other[1].full_ms
    assert "ms" in other[3].text() or other[3].text().startswith("as long")
    panel.card.compare(set())

    panel.export.save(root.parent / "timeline.json")
    events = [each for each in json.loads((root.parent / "timeline.json").read_text())["traceEvents"] if each["ph"] == "X"]
    for invocation in (first, second):
        mine = [each for each in events if each["args"].get("requestId") == invocation.request_id]
        assert sum(each["dur"] for each in mine) / 1_000 == pytest.approx(invocation.metrics.duration_ms, abs=1.0)
        assert {each["args"]["initDurationMs"] for each in mine} == {invocation.metrics.init_duration_ms}
    for suffix in ("png", "svg"):
        panel.export.save(root.parent / f"timeline.{suffix}")
    picture = QImage(str(root.parent / "timeline.png"))
    assert len({picture.pixel(column, row) for column in range(picture.width()) for row in range(picture.height())}) > 3
    drawing = (root.parent / "timeline.svg").read_text()
    assert sum(drawing.count(f"<{shape}") for shape in ("path", "rect", "polyline", "text")) > 3  # how many depends on the room
    starts, _ = union(*panel.plot.view.stretches(panel.plot.now_ms))
    assert starts.size


def choose(button: QToolButton, words: str) -> None:
    menu = button.menu()
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text() == words).trigger()

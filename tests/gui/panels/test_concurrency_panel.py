"""The grid of concurrency: what a person sees, points at and chooses, with one environment and with a thousand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream
from tests.support.obedient_runtime import obey
from tests.support.simulated_engine import SimulatedEngine
from workbench.gui.look.theme import DARK, LIGHT
from workbench.gui.panels.concurrency.concurrency_panel import EMPTY, ConcurrencyPanel
from workbench.gui.panels.concurrency.grid_layout import GridLayout, Measures, flow_of
from workbench.model.concurrency import (
    AccountConcurrency,
    ConcurrencyReport,
    FunctionConcurrency,
    MachineConcurrency,
    ProvisionedUse,
)
from workbench.model.events import StreamEvent
from workbench.state.concurrency import GONE_MS, SPARK_MS
from workbench.state.concurrency_rows import Cell
from workbench.state.session import Session
from workbench.storage.open_files import allow_many_files

RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"


@pytest.fixture
def stream() -> EventStream:
    stream = EventStream()
    stream.now_ms = time.time() * 1_000 - 60_000
    return stream


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[ConcurrencyPanel]:
    panel = ConcurrencyPanel(session)
    qtbot.addWidget(panel)
    panel.resize(900, 300)
    with qtbot.waitExposed(panel):
        panel.show()
    yield panel
    panel.hide()


def took(panel: ConcurrencyPanel, session: Session, stream: EventStream) -> None:
    session.apply(stream.events)
    panel.refresh()


def report(*functions: FunctionConcurrency, environments: int = 1) -> ConcurrencyReport:
    account = AccountConcurrency(region="us-east-1", account="123456789012", limit=1_000, running=0, unreserved=990,
                                 unreserved_running=0, functions=functions)
    return ConcurrencyReport(
        accounts=(account,), machine=MachineConcurrency(limit=100, environments=environments, waiting=0))


def center(panel: ConcurrencyPanel, environment_id: str) -> QPoint:
    """Where a cell is in the view."""
    layout = panel.grid.layout_of_rows
    for place in layout.rows:
        for index, spot in enumerate(place.flow().spots):
            if isinstance(spot, Cell) and spot.environment.environment_id == environment_id:
                left, top = layout.corner(place, index)
                return QPoint(left + layout.size // 2, top + layout.size // 2 - panel.grid.verticalScrollBar().value())
    raise AssertionError(f"{environment_id} is not in the grid")


def color(panel: ConcurrencyPanel, position: QPoint) -> str:
    return panel.grid.viewport().grab().toImage().pixelColor(position).name()


def test_without_environments_it_says_how_they_come(panel: ConcurrencyPanel) -> None:
    assert panel.empty.text() == EMPTY
    assert panel.empty.isVisible()
    assert not panel.is_animated


def test_a_cell_has_its_color_and_tells_all(
    panel: ConcurrencyPanel, session: Session, stream: EventStream, qtbot: QtBot
) -> None:
    stream.cold_success()
    stream.assign("r-2", "a81f00", "warm")
    stream._start("r-2", "a81f00")
    took(panel, session, stream)
    assert not panel.empty.isVisible()
    assert color(panel, center(panel, "a81f00")) == DARK.invoke
    qtbot.mouseMove(panel.grid.viewport(), QPoint(1, 1))
    qtbot.mouseMove(panel.grid.viewport(), center(panel, "a81f00"))
    qtbot.waitUntil(panel.told.isVisible, timeout=30_000)
    assert panel.told.text().startswith("a81f · thumbnail $LATEST · busy for ")
    tip = panel.grid.accessibleDescription().splitlines()
    assert tip[0] == "thumbnail, $LATEST"
    assert tip[2:] == ["Environment a81f00", "Python 3.12.7", "Init 204 ms", "2 invocations", "61 of 512 MB used", "Request r-2"]
    panel.set_theme(LIGHT)
    assert color(panel, center(panel, "a81f00")) == LIGHT.invoke


def test_click_and_double_click(panel: ConcurrencyPanel, session: Session, stream: EventStream, qtbot: QtBot) -> None:
    stream.cold_success("r-cold")
    took(panel, session, stream)
    with qtbot.waitSignal(panel.environment_chosen) as chosen:
        qtbot.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=center(panel, "a81f00"))
    assert chosen.args == ["a81f00", "r-cold"]
    assert panel.grid.selected_id == "a81f00"
    with qtbot.waitSignal(panel.invocation_opened):
        qtbot.mouseDClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=center(panel, "a81f00"))
    panel.select("")
    assert panel.grid.selected_id == ""
    panel.select("r-cold")
    assert panel.grid.selected_id == "a81f00"


def test_by_keyboard(panel: ConcurrencyPanel, session: Session, stream: EventStream, qtbot: QtBot) -> None:
    """Along a line, to the next function and back, to the ends; Return chooses and opens."""
    for name in ("a1", "a2", "a3"):
        stream.create(name)
    stream.function_name = "upload"
    for name in ("b1", "b2"):
        stream.create(name)
    took(panel, session, stream)
    key, seen = Qt.Key, []
    for pressed in (key.Key_Home, key.Key_Right, key.Key_Down, key.Key_Down, key.Key_Left, key.Key_Up, key.Key_End,
                    key.Key_Right):
        qtbot.keyClick(panel.grid, pressed)
        assert panel.grid.current is not None
        seen.append(panel.grid.current.environment.environment_id)
    assert seen == ["a1", "a2", "b2", "b2", "b1", "a1", "b2", "b2"]
    with qtbot.waitSignal(panel.environment_chosen) as chosen, qtbot.assertNotEmitted(panel.invocation_opened):
        qtbot.keyClick(panel.grid, key.Key_Return)
    assert chosen.args == ["b2", ""]


def test_the_mark_of_a_cell_that_is_gone_goes_too(
    panel: ConcurrencyPanel, session: Session, stream: EventStream, qtbot: QtBot
) -> None:
    stream.create("a1")
    took(panel, session, stream)
    qtbot.keyClick(panel.grid, Qt.Key.Key_Home)
    stream.stop("a1", "idle")
    stream.wait(GONE_MS)
    took(panel, session, stream)
    assert panel.grid.current is None
    assert panel.legend.isVisible()


def test_ceilings_stand_after_their_places(panel: ConcurrencyPanel, session: Session, stream: EventStream) -> None:
    stream.create("a1")
    session.apply(stream.events)
    use = ProvisionedUse(version="3", requested=4, allocated=0, in_use=0, status="IN_PROGRESS", status_reason="No room.")
    session.concurrency.take_report(
        report(FunctionConcurrency(function_name="thumbnail", reserved=3),
               FunctionConcurrency(function_name="upload", provisioned=(use,))), 0.0)
    panel.show_report()
    first, second = panel.grid.layout_of_rows.rows
    assert [len(first.flow().spots), first.flow().ceilings] == [3, ((3, "reserved"),)]
    assert [len(second.flow().spots), second.flow().ceilings] == [4, ((4, "provisioned"),)]
    layout = panel.grid.layout_of_rows
    for place, token in ((first, "text"), (second, "runtime_init")):
        left, top = layout.corner(place, len(place.flow().spots) - 1)
        assert color(panel, QPoint(left + layout.size + 1, top + layout.size // 2)) == getattr(DARK, token)
    assert panel.header.figures.text() == "0 of 1,000 running · 990 unreserved · this machine: 1 of 100"
    assert "0 of 4 provisioned, IN_PROGRESS (No room.)" in panel._tip(second.function)


def test_prepared_sandboxes_are_named_beside_the_environments(panel: ConcurrencyPanel, session: Session) -> None:
    stream = EventStream("thumbnail")
    stream.cold_success("r", "e")
    stream.emit("sandbox.creating", {"sandbox": "docker", "runtime": "python3.12", "runsOn": "Python 3.12.7", "memorySizeMB": 512,
                                     "notEnforced": [], "initializationType": "on-demand", "ahead": True}, "spare")
    stream.emit("sandbox.created", {"durationMs": 30.0}, "spare")
    stream.emit("sandbox.ready", {"durationMs": 110.0}, "spare")
    took(panel, session, stream)
    assert panel.header.figures.text() == "0 running · this machine: 1 · 1 prepared"


def test_use_of_provisioned_concurrency_stands_above_the_grid(
    panel: ConcurrencyPanel, session: Session, stream: EventStream
) -> None:
    assert not panel.header.provisioned.isVisible()
    stream.create("a1")
    session.apply(stream.events)
    uses = [ProvisionedUse(version=version, requested=4, allocated=4, in_use=in_use, status="READY", invocations=12,
                           spillover_invocations=spilled, utilization=in_use / 4, most_utilization=most)
            for version, in_use, spilled, most in (("3", 1, 2, 0.75), ("4", 0, 0, 0.5))]
    latest = ProvisionedUse(version="$LATEST", requested=1, allocated=1, in_use=0, status="READY")
    session.concurrency.take_report(report(
        FunctionConcurrency(function_name="upload", provisioned=tuple(uses)),
        FunctionConcurrency(function_name="thumbnail", provisioned=(latest,))), 0.0)
    panel.show_report()
    line = panel.header.provisioned
    assert line.isVisible()
    assert line.text() == "Provisioned: 1 of 8 in use, at most 75% of a version's · 24 invocations · 2 spilled over"
    assert line.toolTip().splitlines()[:3] == [
        "upload, version 3", "ProvisionedConcurrencyUtilization 0.25, at most 0.75",
        "ProvisionedConcurrencyInvocations 12, ProvisionedConcurrencySpilloverInvocations 2"]
    assert "thumbnail" not in line.toolTip()
    session.concurrency.take_report(report(), 0.0)
    panel.show_report()
    assert not line.isVisible()


def test_a_reservation_of_nothing_has_its_line_as_well() -> None:
    assert flow_of(None, 0) == ([], ((0, "reserved"),))


def test_throttles_are_frames_that_end(panel: ConcurrencyPanel, session: Session, stream: EventStream, qtbot: QtBot) -> None:
    stream.now_ms = time.time() * 1_000 + 60_000  # by an engine whose clock is ahead
    stream.emit("sandbox.throttled", {"reason": RESERVED, "count": 212})
    session.apply(stream.events, time.time() * 1_000)
    session._clock_offset_ms = -60_000.0
    panel.refresh()
    assert panel.is_animated
    session._clock_offset_ms = -60_000.0 - SPARK_MS
    qtbot.waitUntil(lambda: not panel.is_animated, timeout=30_000)
    [function] = session.concurrency.ordered()
    assert "212 throttled: ReservedFunctionConcurrentInvocationLimitExceeded" in panel._tip(function)


def test_a_hidden_panel_does_nothing(panel: ConcurrencyPanel, session: Session, stream: EventStream, qtbot: QtBot) -> None:
    panel.hide()
    stream.now_ms = time.time() * 1_000 + 60_000
    stream.emit("sandbox.throttled", {"reason": RESERVED, "count": 1})
    with qtbot.assertNotEmitted(panel.report_wanted):
        took(panel, session, stream)
    assert not panel.is_animated
    with qtbot.waitSignal(panel.report_wanted):
        panel.show()
    assert panel.is_animated


def test_the_sentence_of_a_wait(panel: ConcurrencyPanel, session: Session, stream: EventStream) -> None:
    sentence = "Waits for this machine: 3 execution environments run, as many as may, 1 request waits."
    stream.emit("sandbox.progress", {"stage": "wait", "text": sentence, "fraction": None}, "", "r1")
    took(panel, session, stream)
    assert panel.header.waits.text() == f"◷ {sentence}"
    assert "That is no throttle" in panel._tip(session.concurrency.functions["thumbnail"])
    stream.assign("r1", "a81f00", "cold")
    took(panel, session, stream)
    assert not panel.header.waits.isVisible()


@pytest.mark.parametrize(("width", "size", "scrolls"), [(2_000, 18, False), (900, 9, False), (320, 6, True)])
def test_cells_are_as_large_as_there_is_room(stream: EventStream, width: int, size: int, scrolls: bool) -> None:
    session = Session()
    for number in range(1_000):
        stream.create(f"e{number}")
    session.apply(stream.events)
    layout = GridLayout(session.concurrency.ordered(), Measures(width=width, height=260, names=100, sides=150, line=16))
    assert (layout.size, layout.height > 260) == (size, scrolls)
    [place] = layout.rows
    for index in (0, 17, 999):
        left, top = layout.corner(place, index)
        spot = layout.spot_at(left, top)
        assert isinstance(spot, Cell)
        assert spot.environment.environment_id == f"e{index}"
    assert layout.spot_at(5, 5) is None
    assert layout.row_at(layout.height) is None


def test_a_thousand_simulated_environments(panel: ConcurrencyPanel, session: Session, tmp_path: Path) -> None:
    """All of them run; ten requests more than the account's concurrency are throttled. Each cell is seen."""
    session.apply(asyncio.run(thousand(tmp_path)), time.time() * 1_000)
    panel.resize(1_056, 300)
    panel.refresh()
    [function] = session.concurrency.ordered()
    assert (function.running, function.throttles.total()) == (1_000, 10)
    assert panel.grid.verticalScrollBar().maximum() == 0
    layout, image = panel.grid.layout_of_rows, panel.grid.viewport().grab().toImage()
    [place] = layout.rows
    corners = [layout.corner(place, index) for index in range(len(place.flow().spots))]
    seen = [image.pixelColor(left + layout.size // 2, top + layout.size // 2) for left, top in corners]
    assert seen == [QColor(DARK.invoke)] * 1_000
    assert panel.header.figures.text().startswith("1,000 running")


async def thousand(folder: Path) -> list[StreamEvent]:
    """What an engine tells of 1,010 requests at a time."""
    allow_many_files()
    engine = SimulatedEngine(folder, obey)
    engine.limit(account=1_000, machine=1_000)
    calls = [engine.invoke({"sleep": 2}, f"00000000-0000-4000-8000-{number:012d}") for number in range(1_010)]
    await engine.clock.forward(1)
    told = engine.events()
    await engine.clock.forward(2)
    await asyncio.gather(*calls, return_exceptions=True)
    await engine.close()
    return told

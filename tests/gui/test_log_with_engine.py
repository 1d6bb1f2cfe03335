"""The log in a real window with a real engine: paging, searching, folding, saving, following, metrics."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from tests.gui.test_window_with_engine import Scenario, Window, play, until  # noqa: F401  (`play` is a fixture)
from tests.support.workspaces import WorkspaceBuilder
from workbench.editor.invalid_mark import INVALID
from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.journal.journal import Journal
from workbench.gui.panels.log.log_panel import LogPanel
from workbench.workspace.state_directory import data_directory

LINES, AT_ONCE = 30_000, 100
"""More than the window's stream brings along when it opens (20,000 events)."""
METRIC = {"_aws": {"Timestamp": 1, "CloudWatchMetrics": [
    {"Namespace": "Shop", "Dimensions": [["Service"]], "Metrics": [{"Name": "Latency", "Unit": "Milliseconds"}]}]}}
CODE = {"app.py": f"""
    import json
    METRIC = {METRIC!r}
    def handler(event, context):
        print("paid", event.get("n"))
        print(json.dumps({{"order": {{"id": 17}}, "level": "ERROR"}}))
        for value in event.get("latencies", []):
            print(json.dumps({{**METRIC, "Service": "checkout", "Latency": value}}))
        for number in range(event.get("lines", 0)):
            print("burst", number)
"""}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = WorkspaceBuilder(tmp_path / "app").function("Alpha", CODE).write()
    (root / "events").mkdir()
    (root / "events" / "good.json").write_text('{"n": 1}')
    return root


async def log_before(root: Path) -> None:
    """Have a journal with many lines, written as an engine writes them."""
    journal = Journal(data_directory(root) / "journal.sqlite")
    stream = Stream(journal, Clock())
    await stream.open()
    for begin in range(0, LINES, AT_ONCE):
        texts = [f"order {number} of yesterday" for number in range(begin, begin + AT_ONCE)]
        request_id = str(uuid.UUID(int=begin + 1))
        stream.publish_lines("function", texts, function_name="Alpha", environment_id="old", request_id=request_id)
    await journal.close()


async def panel_of(window: Window) -> LogPanel:
    panels = window.workspace.panels
    panels.bring_to_front("logs")
    panel: LogPanel = panels.logs.panel
    await until(lambda: panel.lines.book._first is not None)
    return panel


def text_at(panel: LogPanel, row: int) -> str:
    found = panel.lines.row_at(row)
    return found.text if found is not None else ""


def texts(panel: LogPanel) -> list[str]:
    return [text_at(panel, row) for row in range(panel.lines.rowCount())]


async def typed(panel: LogPanel, text: str) -> None:
    """Type a filter and wait until the whole log was looked through."""
    panel.bar.filter_box.setText(text)
    QTest.keyClick(panel.bar.filter_box, Qt.Key.Key_Return)
    await until(lambda: panel.lines.hits is not None and (panel.lines.hits.searched == 1 or bool(panel.lines.hits.problem)))


def with_log(root: Path, *of_a_day: Callable[[Window, Path], Any]) -> Scenario:
    async def scenario(window: Window) -> None:
        await log_before(root)
        await window.open(root)
        for part in of_a_day:
            await part(window, root)

    return scenario


def test_the_log_of_yesterday(play: Callable[[Scenario], None], root: Path) -> None:  # noqa: F811
    play(with_log(root, every_line_is_reachable, new_lines_join_without_gap, searches_find_what_is_asked_for,
                  new_lines_are_found_too, a_catastrophic_expression_holds_nothing, invoking_leaves_the_log_in_front,
                  the_log_is_folded_by_invocation, the_log_is_saved_and_copied, metrics_become_charts))


async def every_line_is_reachable(window: Window, _: Path) -> None:
    panel = await panel_of(window)
    assert panel.lines.rowCount() >= LINES
    for row in (0, LINES // 3, LINES - 1):
        panel.view.verticalScrollBar().setValue(row)
        await until(lambda row=row: text_at(panel, row) == f"order {row} of yesterday")


async def new_lines_join_without_gap(window: Window, _: Path) -> None:
    panel = await panel_of(window)
    panel.view.follow()
    before = panel.lines.rowCount()
    await window.workspace.link.client.invoke("Alpha", b'{"lines": 3000}')
    await until(lambda: panel.lines.rowCount() >= before + 3_004)
    extent = await window.workspace.link.client.log.extent()
    await until(lambda: panel.lines.rowCount() == extent.end - extent.first)
    burst = await window.workspace.link.client.log.page(before, 1_000)
    first = next(at for at, entry in enumerate(burst) if entry.text == "burst 0")
    panel.view.verticalScrollBar().setValue(before + first)
    await until(lambda: text_at(panel, before + first) == "burst 0")
    panel.view.verticalScrollBar().setValue(before + first + 2_990)
    await until(lambda: text_at(panel, before + first + 2_999) == "burst 2999")


async def searches_find_what_is_asked_for(window: Window, _: Path) -> None:
    panel = await panel_of(window)
    await typed(panel, "ORDER 17 of")
    assert texts(panel) == ["order 17 of yesterday"]
    await typed(panel, r"/order 2\d{4} of/")
    assert panel.lines.rowCount() == 10_000
    panel.view.verticalScrollBar().setValue(0)
    await until(lambda: text_at(panel, 0) == "order 20000 of yesterday")
    await typed(panel, "$.order.id=17 level:error")
    assert [json.loads(text)["order"]["id"] for text in texts(panel)] == [17]
    await typed(panel, f"request:{uuid.UUID(int=101)}")
    assert texts(panel) == [f"order {number} of yesterday" for number in range(100, 200)]
    await typed(panel, "env:old function:Alpha 29999")
    assert texts(panel) == ["order 29999 of yesterday"]
    await typed(panel, "/(/")
    assert panel.bar.problem.text() == "The regular expression is invalid at character 1: missing ), unterminated subpattern."
    assert panel.bar.problem.isVisible()
    assert panel.bar.filter_box.objectName() == INVALID
    assert (panel.lines.rowCount(), panel.view.empty_text) == (0, "No line is shown, for the reason above.")
    await typed(panel, "/(order) 17 of/")
    assert texts(panel) == ["order 17 of yesterday"]
    assert (panel.bar.problem.isVisible(), panel.bar.filter_box.objectName()) == (False, "")


async def new_lines_are_found_too(window: Window, _: Path) -> None:
    panel = await panel_of(window)
    await typed(panel, "paid 77")
    assert texts(panel) == []
    await window.workspace.link.client.invoke("Alpha", b'{"n": 77}')
    await until(lambda: texts(panel) == ["paid 77"])


async def a_catastrophic_expression_holds_nothing(window: Window, _: Path) -> None:
    panel, client = await panel_of(window), window.workspace.link.client
    await client.invoke("Alpha", json.dumps({"n": "a" * 60}).encode())
    panel.bar.filter_box.setText("/(a+)+$ /")
    QTest.keyClick(panel.bar.filter_box, Qt.Key.Key_Return)
    async with asyncio.timeout(30):
        await client.health()
    QTest.keyClick(panel.bar.filter_box, Qt.Key.Key_Escape)
    if panel.bar.filter_box.text():
        QTest.keyClick(panel.bar.filter_box, Qt.Key.Key_Escape)
    panel.bar.apply()
    assert panel.lines.hits is None
    assert panel.lines.rowCount() > LINES


async def invoking_leaves_the_log_in_front(window: Window, _: Path) -> None:
    panel = await panel_of(window)
    panel.view.verticalScrollBar().setValue(1_000)
    await until(lambda: text_at(panel, 1_000) != "")
    await window.invoke()
    await until(lambda: panel.lines.rowCount() > 0)
    assert window.workspace.page.regions.area.group_front("logs") == "logs"
    assert panel.view.top().row == 1_000
    assert not panel.view.is_following


async def the_log_is_folded_by_invocation(window: Window, _: Path) -> None:
    panel = await panel_of(window)
    panel.bar.fold.click()
    await until(lambda: panel.lines.rowCount() >= 4)
    last = panel.lines.rowCount() - 1
    assert text_at(panel, last).startswith("● ")
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_End)
    QTest.keyClick(panel.view, Qt.Key.Key_Right)
    await until(lambda: any(text.startswith("paid") for text in texts(panel)))
    QTest.keyClick(panel.view, Qt.Key.Key_Left)
    assert panel.lines.rowCount() == last + 1
    panel.bar.fold.click()
    assert panel.lines.rowCount() > LINES


async def the_log_is_saved_and_copied(window: Window, root: Path) -> None:
    panel = await panel_of(window)
    await typed(panel, "order yesterday")
    await typed(panel, "yesterday")
    (root / "log.ndjson").write_text("an older one")
    (root / "log.ndjson.part").write_text("the person's own")
    panel.bar.ndjson_action.trigger()
    dialog = panel.findChild(QFileDialog)
    dialog.fileSelected.emit(str(root / "log.ndjson"))
    dialog.close()
    await until(lambda: (root / "log.ndjson").read_text() != "an older one")
    assert (root / "log.ndjson.part").read_text() == "the person's own"
    text = await asyncio.to_thread((root / "log.ndjson").read_text)
    entries = await asyncio.to_thread(lambda: [json.loads(line) for line in text.splitlines()])
    assert [entry["text"] for entry in entries] == [f"order {number} of yesterday" for number in range(LINES)]
    await until(lambda: "The log was saved as" in window.workspace.page.notice.text)

    panel.bar.filter_box.clear()
    panel.bar.apply()
    panel.view.select_rows(100, 5_099, panel.view.selectionModel().SelectionFlag.ClearAndSelect)
    panel.copy()
    await until(lambda: QGuiApplication.clipboard().text().count("\n") == 4_999)
    assert QGuiApplication.clipboard().text().startswith("order 100 of yesterday\n")
    panel.view.clearSelection()


async def metrics_become_charts(window: Window, _: Path) -> None:
    panel = await panel_of(window)
    client = window.workspace.link.client
    await client.invoke("Alpha", json.dumps({"latencies": list(range(1, 101))}).encode())
    panel.bar.metrics.click()
    metrics = panel.metrics
    assert metrics is not None

    def cells() -> list[str]:
        return [metrics.model.data(metrics.model.index(0, column)) for column in range(7)] if metrics.model.rowCount() else []

    await until(lambda: cells()[:3] == ["Latency (ms)", "Service=checkout", "100"])
    assert cells()[3:] == ["1", "100", "50.5", "99.01"]
    await client.invoke("Alpha", b'{"latencies": [500]}')
    await until(lambda: cells()[2:5] == ["101", "1", "500"])
    panel.bar.metrics.click()

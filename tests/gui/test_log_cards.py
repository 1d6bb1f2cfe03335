"""The log of a real engine says of an invocation that failed why it did: below its last line, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from tests.gui.test_log_with_engine import panel_of, texts, typed
from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.look.theme import DARK, HIGH_CONTRAST, LIGHT, blend
from workbench.gui.panels.log.log_panel import LogPanel

__all__ = ["play"]  # a fixture

CODE = {"app.py": """
import os
def handler(event, context):
    print("looks for", event.get("name"))
    return os.environ[event["name"]]
"""}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = WorkspaceBuilder(tmp_path / "app").function("Alpha", CODE).function("Beta", CODE).write()
    (root / "events").mkdir()
    (root / "events" / "bad.json").write_text('{"name": "TABLE"}')
    (root / "events" / "good.json").write_text('{"name": "PATH"}')
    return root


def cards(panel: LogPanel) -> dict[int, str]:
    """The sentences below rows."""
    rows = [(row, panel.lines.row_at(row)) for row in range(panel.lines.rowCount())]
    found = {row: panel.lines.card_of(row, each) for row, each in rows if each is not None}
    return {row: card.sentence for row, card in found.items() if card is not None}


def place_of(panel: LogPanel, text: str) -> QPoint:
    """Where a link of the card is, which is in view."""
    (row,) = cards(panel)
    card, height = panel.view.row_lines.card(row), panel.view.painter.line_px
    top = panel.view.visualRect(panel.lines.index(row)).bottom() + 1 - (len(card) + 1) * height
    run, at = next((run, at) for at, line in enumerate(card) for run in line if run.text == text)
    return QPoint(round(run.left_px + run.width_px / 2), top + (at + 1) * height)


def test_a_failure_is_explained_in_the_log(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        model = window.workspace.model
        model.choose_event("good")
        await window.invoke()
        model.choose_event("bad")
        failed = await window.invoke()
        panel = await panel_of(window)
        await until(lambda: any(text.startswith("END ") for text in texts(panel)) and bool(cards(panel)))
        await it_is_what_result_says(window, panel, failed.request_id)
        await it_is_below_the_lines(panel)
        await asyncio.sleep(0)  # what one turn of the loop takes is watched
        its_links_are_followed_by_mouse_and_keyboard(window, panel, root)
        await no_copy_or_search_has_it(panel)
        await the_fold_has_it_at_its_end(panel)

    play(scenario)


async def it_is_what_result_says(window: Window, panel: LogPanel, request_id: str) -> None:
    (row,) = cards(panel)
    found = panel.lines.row_at(row)
    assert found is not None
    assert (found.entry.type, found.entry.request_id) == ("platform.report", request_id)
    sentence = cards(panel)[row]
    assert sentence.startswith("The environment variable TABLE is not set.")
    result = window.workspace.panels.result.panel
    await until(lambda: result.explanation.text() == sentence)
    assert sentence in panel.lines.data(panel.lines.index(row), Qt.ItemDataRole.AccessibleTextRole)


async def it_is_below_the_lines(panel: LogPanel) -> None:
    (row,) = cards(panel)
    view = panel.view
    view.follow()
    placed = next(each for each in view.placed() if each.row == row)
    lines, card = len(view.row_lines.shown(row)), view.row_lines.card(row)
    assert placed.lines == lines + len(card) + 1
    assert view.placed()[-1] == placed, "the log's end is the card's"
    for theme in (LIGHT, HIGH_CONTRAST, DARK):
        await asyncio.sleep(0)
        panel.set_theme(theme)
        image = view.viewport().grab().toImage()
        y = round((placed.top + lines + 1) * view.painter.line_px * image.devicePixelRatio())
        colors = {image.pixelColor(x, y).name() for x in range(image.width())}
        assert {theme.error.lower(), blend(theme.error, theme.panel, 0.12).lower()} <= colors
    width, before = view.viewport().width(), len(view.row_lines.card(row))
    panel.bar.wrap_action.setChecked(True)
    assert len(view.row_lines.card(row)) == before, "it is as wide as the view, wrapped or not"
    panel.bar.wrap_action.setChecked(False)
    assert all(run.left_px + run.width_px <= width for line in view.row_lines.card(row) for run in line)


def its_links_are_followed_by_mouse_and_keyboard(window: Window, panel: LogPanel, root: Path) -> None:
    regions, view = window.workspace.page.regions, panel.view
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place_of(panel, "app.py:5"))
    editor = window.workspace.documents.tabs.current_editor()
    assert window.workspace.documents.tabs.current_path() == str(root / "alpha" / "app.py")
    assert editor is not None
    assert editor.caret()[0] == 5
    window.workspace.model.choose_function("Beta")
    regions.open_drawer(is_open=False)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place_of(panel, "Open Configuration"))
    assert regions.is_drawer_open
    assert window.workspace.model.function is not None
    assert window.workspace.model.function.name == "Alpha"
    regions.open_drawer(is_open=False)
    (row,) = cards(panel)
    view.setFocus()
    view.setCurrentIndex(panel.lines.index(row))
    chosen: list[int] = []
    panel.place_chosen.connect(lambda _path, line, _column: chosen.append(line))
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert chosen == [5]
    menu = view.menu()
    action = next(action for action in menu.actions() if action.text() == "Open the configuration of Alpha")
    action.trigger()
    menu.deleteLater()
    assert regions.is_drawer_open
    regions.open_drawer(is_open=False)


async def no_copy_or_search_has_it(panel: LogPanel) -> None:
    panel.view.clearSelection()
    panel.copy()
    await until(lambda: "looks for TABLE" in QGuiApplication.clipboard().text())
    assert "is not set" not in QGuiApplication.clipboard().text()
    await typed(panel, "is not set")
    assert panel.lines.rowCount() == 0
    panel.bar.filter_box.clear()
    panel.bar.apply()
    assert panel.lines.hits is None


async def the_fold_has_it_at_its_end(panel: LogPanel) -> None:
    panel.bar.fold.click()
    await until(lambda: panel.lines.rowCount() == 2)
    assert cards(panel) == {}
    assert panel.bar.count.text() == "2 invocations"
    panel.view.set_open(1, True)
    await until(lambda: panel.lines.rowCount() > 2)
    assert list(cards(panel)) == [panel.lines.rowCount() - 1]
    heads = ("START ", "END ", "REPORT ")
    assert panel.bar.count.text() == "2 invocations"
    assert not [text for text in texts(panel) if text.startswith(heads)], "the invocation's own row has said it"
    panel.view.selectAll()
    panel.copy()
    copied = [line for line in QGuiApplication.clipboard().text().splitlines() if line.startswith(heads)]
    assert [line.split()[0] for line in copied] == ["START", "END", "REPORT"], "a copy has all"
    rows = panel.lines.rowCount()
    panel.bar.all_action.trigger()
    assert panel.lines.rowCount() == rows + 2
    assert [text.split()[0] for text in texts(panel) if text.startswith(heads)] == ["START", "END"], "REPORT is below END"
    assert list(cards(panel)) == [panel.lines.rowCount() - 1]
    panel.bar.all_action.trigger()
    assert panel.lines.rowCount() == rows
    panel.bar.fold.click()

"""On a screen of 1280x720 nothing is cut off, however large the text is: rows of tools wrap, and nothing scrolls sideways."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.gui.test_window_with_engine import Scenario, Window, play, root, until
from workbench.editor.sheet import Sheet
from workbench.gui.panels.order import MORE_PANELS, PANELS
from workbench.gui.widgets.lazy_panel import PanelPlace

__all__ = ["play", "root"]

VIEWS = (*PANELS, *MORE_PANELS, "concurrency")
LARGER_PT = 4.0


@pytest.fixture(params=[0.0, LARGER_PT], ids=["usual", "larger"])
def text_size(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[float]:
    """The size of text that the person has chosen in the system."""
    before = qapp.font()
    chosen = qapp.font()
    chosen.setPointSizeF(before.pointSizeF() + request.param)
    qapp.setFont(chosen)
    yield request.param
    qapp.setFont(before)


def test_no_view_scrolls_sideways_or_has_a_button_out_of_reach(
    play: Callable[[Scenario], None], root: Path, text_size: float
) -> None:
    is_larger = text_size > 0

    async def scenario(window: Window) -> None:
        window.window.resize(1280, 720)
        await window.open(root)
        for action in ("invoke", "invoke", "invoke.cold"):
            await window.invoke(action)
        for is_drawer_open in (False, True):
            for view in VIEWS:
                window.window.run(f"focus.{view}")
                window.workspace.page.regions.open_drawer(is_open=is_drawer_open or view in ("configuration", "versions"))
                for _ in range(3):  # turns of the loop, in which rows are wrapped anew
                    await asyncio.sleep(0)
                await until(lambda: not window.appearance.is_changing)
                assert list(out_of_reach(window.window)) == [], (view, is_drawer_open)
                assert list(needless_bars(window.window)) == [], (view, is_drawer_open)
                if not is_larger:  # there, a third line above an answer still finds no room beside the open drawer
                    assert list(outside(window.window)) == [], (view, is_drawer_open)
        assert (window.window.width(), window.window.height()) == (1280, 720)

    play(scenario)


@pytest.mark.usefixtures("text_size")
def test_every_menu_of_the_bar_fits_the_screen(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        bar = window.window.menuBar()
        menus = [menu for menu in bar.findChildren(QMenu) if menu.actions()]
        assert {"go", "move", "layout", "zoom", "theme"} < {menu.objectName() for menu in menus}
        for menu in menus:
            # The window is at the top of the screen at best, and one menu within another begins beside its entry.
            assert bar.height() + menu.sizeHint().height() <= 720, menu.title()

    play(scenario)


def test_a_list_in_which_nothing_is_found_has_no_scroll_bar(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        window.window.resize(1280, 720)
        await window.open(root)
        for _ in range(3):
            await window.invoke("invoke.cold")
        panels = window.workspace.panels
        for name, filters in (("logs", lambda text: panels.logs.panel.bar.filter_box.setText(text)),
                              ("history", lambda text: panels.history.panel.filter.set_query(text))):
            window.window.run(f"focus.{name}")
            panel = panels.lazy[name].panel
            lines = panel.lines if name == "logs" else panel.model
            bar = (panel.view if name == "logs" else panel.list).verticalScrollBar()
            window.window.resize(1280, 480)
            await until(lambda bar=bar, lines=lines: lines.rowCount() > 0 and bar.isVisible())
            filters("nothing-like-this")
            await until(lambda bar=bar, lines=lines: lines.rowCount() == 0 and not bar.isVisible())
            filters("")
            await until(lambda bar=bar, lines=lines: lines.rowCount() > 0 and bar.isVisible())

    play(scenario)


def test_a_panel_gets_along_with_its_least_height(qtbot: QtBot) -> None:
    """Whatever it likes best: what can scroll in it does so, and not all of it."""
    place, panel = PanelPlace(), QWidget()
    qtbot.addWidget(place)
    column, text, words = QVBoxLayout(panel), QPlainTextEdit(), QLabel("words that are wrapped " * 5)
    words.setWordWrap(True)
    column.addWidget(words)
    column.addWidget(text)
    least_px = text.minimumSizeHint().height()
    place.resize(500, 150)
    place.put(panel)
    place.show()
    assert text.sizeHint().height() > 150 > 3 * least_px / 2
    qtbot.waitUntil(lambda: panel.size() == place.size())
    place.resize(40, 150)
    qtbot.waitUntil(lambda: panel.height() == column.minimumHeightForWidth(panel.width()) > 150)


@pytest.mark.usefixtures("text_size")
def test_no_sheet_is_cut_off(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        window.window.resize(1280, 720)
        await window.open(root)
        for command in ("settings", "values", "credentials", "event.template", "function.new", "version.publish"):
            window.window.run(command)
            await until(lambda: isinstance(QApplication.activeModalWidget(), Sheet))
            sheet = QApplication.activeModalWidget()
            assert isinstance(sheet, Sheet)
            await asyncio.sleep(0)
            assert list(out_of_reach(sheet)) == [], command
            assert (sheet.width() <= 1280, sheet.height() <= 720) == (True, True), command
            sheet.close()
            await until(lambda: QApplication.activeModalWidget() is None)

    play(scenario)


@pytest.mark.parametrize(("scale", "screen"), [("1", (1280, 720)), ("1.5", (1920, 1080)), ("2", (2560, 1440))])
def test_the_window_opens_within_its_screen_at_every_scale(
    tmp_path: Path, root: Path, scale: str, screen: tuple[int, int]
) -> None:
    (tmp_path / "screen.json").write_text(json.dumps({"screens": [{"name": "one", "width": screen[0], "height": screen[1]}]}))
    script = """
import asyncio, sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from workbench.gui.application.error_reporter import ErrorReporter
from workbench.gui.application.preferences import Preferences
from workbench.gui.look.appearance import Appearance
from workbench.gui.shell import window_size
from workbench.gui.shell.app import make_application
from workbench.gui.shell.main_window import MainWindow
from workbench.workspace.recent import RecentWorkspaces
person, root = map(Path, sys.argv[1:])
application = make_application(["workbench"])
preferences = Preferences(person / "window.ini")
appearance = Appearance(application, preferences)
window = MainWindow(appearance, preferences, RecentWorkspaces(person), ErrorReporter())
appearance.apply()
window_size.show(window)
assert asyncio.run(window.show_workspace(root))
window.new_workspace()
application.processEvents()
screen = window.screen().availableGeometry()
shown = [each for each in QApplication.topLevelWidgets() if each.isVisible()]
outside = [each.frameGeometry() for each in shown if not screen.contains(each.frameGeometry())]
print(screen.width(), screen.height(), len(shown), outside)
"""
    environment = {**os.environ, "QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": f"offscreen:configfile={tmp_path / 'screen.json'}"}
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path), str(root)], capture_output=True, text=True, check=False,
                          env=environment)
    assert done.stdout == "1280 720 2 []\n", done.stderr


def out_of_reach(window: QWidget) -> Iterator[str]:
    """What is wider than its place (lines of code and of a log may be), and controls of which only a part can be seen."""
    for area in window.findChildren(QScrollArea):
        if area.isVisible() and area.widget() is not None and area.widget().width() > area.viewport().width():
            yield f"{_place(area)} has {area.widget().width()} px in {area.viewport().width()}"
    for kind in (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox):
        for part in window.findChildren(kind):
            seen = part.visibleRegion().boundingRect()
            if part.isVisible() and not seen.isEmpty() and seen.width() < part.width():
                yield f"{_place(part)} is cut: {seen.width()} of {part.width()} px"


def outside(window: QWidget) -> Iterator[str]:
    """Controls that lie where nothing of them is seen: in a line for which their row has no room."""
    for kind in (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox):
        for part in window.findChildren(kind):
            row = part.parentWidget()
            scrolls = row is None or isinstance(row, QTabBar)
            if part.isVisible() and not scrolls and not row.rect().contains(part.geometry().center()):
                yield f"{_place(part)} is outside: {part.geometry()} of {row.rect()}"


def needless_bars(window: QWidget) -> Iterator[str]:
    """Scroll bars of lists that are empty, and such as cannot be moved."""
    for area in window.findChildren(QAbstractItemView):
        is_empty = area.isVisible() and area.model() is not None and area.model().rowCount() == 0
        if is_empty and (area.verticalScrollBar().isVisible() or area.horizontalScrollBar().isVisible()):
            yield f"{_place(area)} is empty and has a scroll bar"
    for bar in window.findChildren(QScrollBar):
        if bar.isVisible() and bar.maximum() == bar.minimum():
            yield f"{_place(bar)} cannot be moved"


def _place(part: QWidget) -> str:
    names = []
    within: QWidget | None = part
    while within is not None and len(names) < 5:
        names.append(within.objectName() or type(within).__name__)
        within = within.parentWidget()
    return " in ".join(names)

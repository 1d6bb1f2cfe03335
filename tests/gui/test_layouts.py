"""The page's layouts in the real window: views are dragged, moved by keys, split and maximized, and all is as it was left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QMenuBar,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.gui.test_window_with_engine import Scenario, Window, play, root, until
from workbench.gui.application.preferences import Preferences, WorkspaceMemory
from workbench.gui.dialogs.about_dialog import AboutDialog
from workbench.gui.dialogs.function_dialogs import NewFunctionDialog
from workbench.gui.dialogs.queue_dialogs import ConfirmDialog
from workbench.gui.dialogs.settings_dialog import SettingsDialog
from workbench.gui.layout.arrangement import Group, Side, Split, groups_of
from workbench.gui.layout.drop_marker import DropMarker
from workbench.gui.layout.view_area import ViewArea
from workbench.gui.panels.configuration.variables_model import MASK, VALUE
from workbench.gui.shell.window_size import fills, inside, show, unsized
from workbench.gui.workspace.layout_memory import read_layouts
from workbench.gui.workspace.page_regions import VIEW_TITLES
from workbench.gui.workspace.toast import Toast
from workbench.gui.workspace.workspace_page import WorkspacePage

__all__ = ["play", "root"]


def area_of(window: Window) -> ViewArea:
    return window.workspace.page.regions.area


def groups(window: Window) -> list[tuple[str, ...]]:
    return [group.views for group in groups_of(area_of(window).arrangement())]


def tabs_with(window: Window, name: str) -> tuple[QTabBar, int]:
    group = next(group for group in area_of(window).groups if name in group.names)
    return group.tabBar(), group.names.index(name)


def drag(window: Window, name: str, to: QWidget, point: QPoint, *, give_up: bool = False, is_jerky: bool = False) -> bool:
    """Drag a view's tab to a point of a widget and let it go. Returns whether a mark was seen on the way.

    `is_jerky`: no move arrives in between, as when the window was busy and the mouse has moved on since.
    """
    tabs, index = tabs_with(window, name)
    QTest.mousePress(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(index).center())
    goal = tabs.mapFromGlobal(to.mapToGlobal(point))
    for step in () if is_jerky else (tabs.tabRect(index).center() + QPoint(20, 0), goal - QPoint(1, 1), goal):
        _move(tabs, step)
    was_marked = _is_marked(window)
    if give_up:
        QTest.keyClick(tabs, Qt.Key.Key_Escape)
    QTest.mouseRelease(tabs, Qt.MouseButton.LeftButton, pos=goal)
    assert not _is_marked(window)
    return was_marked


def _is_marked(window: Window) -> bool:
    return any(marker.isVisible() for marker in area_of(window).findChildren(DropMarker))


def _tab(window: Window, number: int) -> tuple[QTabBar, QPoint]:
    tabs, _ = tabs_with(window, "timeline")
    return tabs, tabs.tabRect(number).center()


def _move(tabs: QTabBar, point: QPoint) -> None:
    """A move with the button down: `QTest.mouseMove` has no buttons."""
    QApplication.sendEvent(tabs, QMouseEvent(
        QEvent.Type.MouseMove, QPointF(point), QPointF(tabs.mapToGlobal(point)), Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))


def test_a_view_is_dragged_beside_among_and_back(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        window.window.resize(1280, 800)
        await asyncio.sleep(0)
        area = area_of(window)
        assert groups(window) == [("timeline", "environments", "cost", "concurrency"),
                                  ("logs", "result", "history", "queue", "inbox")]
        right = area.view("result").parentWidget()
        assert isinstance(right, QWidget)
        assert drag(window, "cost", right, QPoint(right.width() // 2, right.height() - 5))
        assert groups(window) == [("timeline", "environments", "concurrency"), ("logs", "result", "history", "queue", "inbox"),
                                  ("cost",)]
        arranged = area.arrangement()
        assert isinstance(arranged, Split)
        assert isinstance(arranged.parts[1], Split)
        assert arranged.parts[1].is_vertical
        assert area.view("cost").isVisible()
        assert drag(window, "cost", *_tab(window, 1))
        assert groups(window)[0] == ("timeline", "cost", "environments", "concurrency")
        assert not drag(window, "cost", *_tab(window, 3), is_jerky=True)
        assert groups(window)[0] == ("timeline", "environments", "concurrency", "cost")
        before = groups(window)
        result = area.view("result").parentWidget()
        assert isinstance(result, QWidget)
        assert drag(window, "timeline", result, QPoint(4, 100), give_up=True)
        assert not drag(window, "timeline", window.workspace.page.toolbar, QPoint(5, 5))
        assert groups(window) == before

    play(scenario)


def test_a_view_is_moved_and_maximized_by_keys_and_keeps_the_focus(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        window.window.start_workspace()
        await until(lambda: window.workspace.panels.lazy["logs"].made is not None)  # the last of those that are made anyway
        area, regions, run = area_of(window), window.workspace.page.regions, window.window.run
        editors = window.workspace.documents.tabs
        run("focus.logs")
        log = area.view("logs")
        assert area.current == "logs"
        for command, group in (("view.below", ("logs",)),
                               ("view.left", ("timeline", "environments", "cost", "concurrency", "logs")),
                               ("view.right", ("result", "history", "queue", "inbox", "logs"))):
            run(command)
            assert group in groups(window)
            assert log.isAncestorOf(window.window.focusWidget())
            assert log.isVisible()
            await asyncio.sleep(0)  # a command each turn, as from a person
        run("view.maximize")
        assert area.maximized == "logs"
        assert [part.isVisible() for part in (log, editors, regions.side, area.view("timeline"))] == [True, False, False, False]
        notice = window.workspace.page.notice
        notice.show_message("The log was saved.")
        assert notice.isVisible(), "what is told is told wherever a person is"
        await until(lambda: window.workspace.panels.timeline.made is not None)
        run("focus.timeline")
        assert (area.maximized, log.isVisible(), area.view("timeline").isVisible()) == ("timeline", False, True)
        run("focus.editor")
        assert (area.maximized, editors.isVisible(), area.view("timeline").isVisible()) == ("", True, True)
        await until(notice.isVisible)
        assert regions.watched.isVisible()
        assert not regions.watched.isAncestorOf(notice)
        run("view.maximize")
        assert [part.isVisible() for part in (editors, area)] == [True, False]
        assert editors.isAncestorOf(window.window.focusWidget())
        run("focus.result")
        assert [part.isVisible() for part in (editors, area.view("result"))] == [True, True]

    play(scenario)


def test_layouts_are_remembered_for_each_workspace(play: Callable[[Scenario], None], root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for file in (root / "template.yaml",):
        (other / file.name).write_text(file.read_text())

    async def scenario(window: Window) -> None:
        assert await window.window.open_workspace(root)
        await asyncio.sleep(0)
        run, actions = window.window.run, window.window.actions_by_id
        run("layout.teach")
        assert actions["layout.teach"].isChecked()
        assert not window.workspace.page.regions.side.isVisible()
        area_of(window).move_view("timeline", Side.RIGHT)
        taught = area_of(window).arrangement()
        memory = WorkspaceMemory(Preferences(window.preferences.path), root)
        await until(lambda: read_layouts(memory).name == "teach")  # on the disk at once: the window may be killed
        assert read_layouts(memory).layout.views == taught
        run("layout.write")
        await asyncio.sleep(0)
        assert [group[:3] for group in groups(window)] == [("result", "logs", "timeline")]
        run("focus.configuration")
        await asyncio.sleep(0)
        run("layout.teach")
        await asyncio.sleep(0)
        assert area_of(window).arrangement() == taught
        assert await window.window.open_workspace(other)
        await until(lambda: len(window.window.findChildren(WorkspacePage)) == 1)
        assert (window.workspace.page.layouts.name, len(groups(window))) == ("watch", 2)
        assert not window.workspace.page.regions.drawer.isVisible()
        assert await window.window.open_workspace(root)
        await until(lambda: len(window.window.findChildren(WorkspacePage)) == 1)
        assert (window.workspace.page.layouts.name, area_of(window).arrangement()) == ("teach", taught)
        assert window.workspace.page.regions.drawer.isVisible()
        run("layout.reset")
        assert len(groups(window)) == 2

    play(scenario)


def test_another_layout_makes_no_panels_that_nobody_sees(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        assert await window.window.open_workspace(root)
        panels = window.workspace.panels.lazy
        await until(lambda: panels["logs"].made is not None and panels["result"].made is not None)
        made = {name for name, panel in panels.items() if panel.made is not None}
        for layout in ("write", "teach", "watch"):
            window.window.run(f"layout.{layout}")
            await asyncio.sleep(0)
            assert {name for name, panel in panels.items() if panel.made is not None} == made

    play(scenario)


def test_a_layout_that_was_spoiled_by_hand_is_shown_as_it_comes(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        WorkspaceMemory(window.preferences, root).save_text("layout", '{"name": "purple", "own": 7}')
        assert await window.window.show_workspace(root)
        assert (window.workspace.page.layouts.name, len(groups(window))) == ("watch", 2)

    play(scenario)


def test_invoke_never_takes_the_log_away(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.run("focus.logs")
        await window.invoke()
        assert area_of(window).group_front("result") == "logs"
        window.window.run("focus.queue")
        await window.invoke()
        assert area_of(window).group_front("result") == "result"

    play(scenario)


def test_a_view_in_an_active_window_keeps_the_focus_while_views_are_arranged_anew(qtbot: QtBot) -> None:
    area, field = ViewArea(), QLineEdit()
    qtbot.addWidget(area)
    area.add("a", field, "A")
    area.add("b", QWidget(), "B")
    area.show_arrangement(Group(("a", "b")))
    area.resize(600, 400)
    area.show()
    area.activateWindow()
    qtbot.waitUntil(area.isActiveWindow)
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    for side in (Side.RIGHT, Side.BELOW, Side.LEFT):
        area.move_view("a", side)
        area.show_arrangement(Split((Group(("b",)), Group(("a",)))))
        assert field.hasFocus()
        assert area.current == "a"


def test_the_rail_opens_and_closes_what_it_names(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        window.window.start_workspace()
        page, regions = window.workspace.page, window.workspace.page.regions
        buttons = regions.rail.buttons
        assert all(button.toolTip() and button.accessibleName() for button in buttons.values())
        assert buttons["functions"].isChecked()
        buttons["files"].setFocus()
        QTest.keyClick(buttons["files"], Qt.Key.Key_Down)
        assert window.window.focusWidget() is buttons["functions"]
        QTest.keyClick(buttons["functions"], Qt.Key.Key_Down)
        QTest.keyClick(buttons["events"], Qt.Key.Key_Space)
        assert (page.functions.isVisible(), page.events.isVisible(), buttons["events"].isChecked()) == (False, True, True)
        assert window.window.focusWidget() is page.events.list
        buttons["events"].click()
        assert not regions.side.isVisible()
        assert not buttons["events"].isChecked()
        buttons["history"].click()
        assert regions.area.group_front("history") == "history"
        buttons["drawer"].click()
        assert regions.drawer.isVisible()
        assert regions.drawer.isAncestorOf(window.window.focusWidget())
        QTest.keyClick(window.window.focusWidget(), Qt.Key.Key_Escape)
        assert not regions.drawer.isVisible()
        assert page.documents.tabs.isAncestorOf(window.window.focusWidget())

    play(scenario)


def test_the_side_bar_does_not_jump_when_the_drawer_is_opened(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        window.window.resize(1280, 800)
        await window.open(root)
        regions = window.workspace.page.regions
        widths = [regions.side.width()]
        for is_open in (True, False):
            regions.open_drawer(is_open=is_open)
            await until(lambda is_open=is_open: regions.drawer.isVisible() is is_open)
            widths.append(regions.side.width())
        assert widths == [regions.widths_px[0]] * 3

    play(scenario)


def test_files_are_a_tree_without_what_belongs_to_tools(play: Callable[[Scenario], None], root: Path) -> None:
    (root / "__pycache__").mkdir()

    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        window.window.start_workspace()
        window.window.run("focus.files")
        panel = window.workspace.files_display.panel
        await until(lambda: panel.index_of(root / "template.yaml").isValid() and panel.index_of(root / "events").isValid())
        assert not panel.index_of(root / "__pycache__").isValid()
        await until(lambda: window.window.focusWidget() is panel.tree)
        panel.tree.setCurrentIndex(panel.index_of(root / "template.yaml"))
        QTest.keyClick(panel.tree, Qt.Key.Key_Return)
        assert window.workspace.documents.tabs.current_path() == str(root / "template.yaml")

    play(scenario)


def test_f6_goes_through_what_can_be_seen_and_comes_back(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        window.window.start_workspace()
        await until(lambda: all(window.workspace.panels.lazy[name].made for name in ("timeline", "result")))
        window.window.run("focus.functions")
        regions, seen = window.workspace.page.regions, []
        for _ in range(5):
            window.window.run("focus.next")
            focused = window.window.focusWidget()
            seen.append(next(name for name, part in (
                ("events", window.workspace.page.events), ("editor", window.workspace.documents.tabs),
                ("timeline", regions.area.view("timeline")), ("result", regions.area.view("result")),
                ("functions", window.workspace.page.functions)) if part.isAncestorOf(focused)))
        assert seen == ["events", "editor", "timeline", "result", "functions"]

    play(scenario)


def test_one_group_alone_can_be_arranged_without_a_window(qtbot: QtBot) -> None:
    area = ViewArea()
    area.add("a", QWidget(), "A")
    area.show_arrangement(Group(("a",)))
    area.move_view("a", Side.LEFT)
    assert area.arrangement() == Group(("a",), "a")
    area.deleteLater()


def _not_presented(window: Window) -> tuple[QWidget, ...]:
    page = window.workspace.page
    return (window.window.menuBar(), page.regions.rail, page.toolbar.qualifiers, page.toolbar.debug, page.toolbar.sandbox,
            page.toolbar.send)


def test_escape_and_its_button_leave_a_presentation(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        await until(lambda: all(window.workspace.panels.lazy[name].made for name in ("timeline", "logs")))
        presentation, run, leave = window.workspace.presentation, window.window.run, window.workspace.page.toolbar.leave
        for view, key in (("timeline", Qt.Key.Key_Escape), ("logs", Qt.Key.Key_Escape), ("", Qt.Key.Key_Space)):
            run("presentation")
            await until(lambda: not window.appearance.is_changing)
            run(f"focus.{view}") if view else leave.setFocus()
            await asyncio.sleep(0)
            QTest.keyClick(window.window.focusWidget(), key)
            await until(lambda: not window.appearance.is_changing)
            assert (presentation.is_on, window.window.menuBar().isVisible(), leave.isVisible()) == (False, True, False)

    play(scenario)


def test_a_presentation_shows_timeline_and_log_large_and_no_value_of_a_variable(
    play: Callable[[Scenario], None], root: Path
) -> None:
    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        window.window.start_workspace()
        await until(lambda: all(window.workspace.panels.lazy[name].made for name in ("timeline", "logs")))
        window.appearance.apply()  # the style sheet too, as in the program
        await asyncio.sleep(0)
        run, regions, page = window.window.run, window.workspace.page.regions, window.workspace.page
        run("focus.configuration")
        await asyncio.sleep(0)
        rows = window.workspace.configuration.panel.controls.environment.rows
        value = rows.index(0, VALUE)
        editor = page.documents.tabs.current_editor()
        assert editor is not None
        sizes = {part: part.font().pointSizeF() for part in (page.toolbar.invoke, page.toolbar._workspace, editor.view)}
        before, size_pt = regions.area.arrangement(), QApplication.font().pointSizeF()
        assert value.data() == "one"
        await present(window)
        assert QApplication.font().pointSizeF() == size_pt * 1.5
        for part, was_pt in sizes.items():
            assert abs(part.font().pointSizeF() - was_pt * 1.5) < 0.1, part
        assert [regions.area.view(name).isVisible() for name in ("timeline", "logs")] == [True, True]
        assert [part.isVisible() for part in (editor.view, regions.side, regions.drawer)] == [False] * 3
        assert window.window.actions_by_id["presentation"].isChecked()
        assert [part.isVisible() for part in (page.toolbar.leave, page.toolbar.invoke, page.toolbar.events)] == [True] * 3
        assert [part.isVisible() for part in _not_presented(window)] == [False] * 6
        run("focus.configuration")
        rows.toggle_reveal(0)
        assert value.data() == MASK
        assert not rows.flags(value) & Qt.ItemFlag.ItemIsEditable
        await present(window)
        assert [part.isVisible() for part in (page.toolbar.leave, *_not_presented(window))] == [False, *[True] * 6]
        assert {part: part.font().pointSizeF() for part in sizes} == sizes
        assert (value.data(), QApplication.font().pointSizeF(), regions.area.arrangement()) == ("one", size_pt, before)
        assert [part.isVisible() for part in (editor.view, regions.side, regions.drawer)] == [True] * 3
        await present(window)
        run("layout.teach")
        await until(lambda: not window.appearance.is_changing)
        assert QApplication.font().pointSizeF() == size_pt
        await present(window)

    size_pt = QApplication.font().pointSizeF()
    play(scenario)
    assert QApplication.font().pointSizeF() == size_pt  # closed in the middle of it


async def present(window: Window) -> None:
    """Begin or end a presentation."""
    window.window.run("presentation")
    await until(lambda: not window.appearance.is_changing)


def test_a_sheet_is_never_higher_than_its_window(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.resize(1280, 720)
        dialog = await window.dialog("settings", SettingsDialog)
        assert dialog.height() <= 720 * 5 // 6
        assert dialog.rect().contains(dialog.confirm.mapTo(dialog, dialog.confirm.rect().bottomRight()))
        dialog.reject()

    play(scenario)


def test_a_sheet_has_its_field_focused_on_the_screen_and_dims_the_window(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        dialog = await window.dialog("function.new", NewFunctionDialog)
        assert dialog.focusWidget() is dialog.name
        assert dialog.name.selectedText() == dialog.name.text() == "MyFunction"
        assert dialog.screen().availableGeometry().contains(dialog.frameGeometry())
        assert [label.text() for label in dialog.findChildren(QLabel, "sheetTitle")] == ["New function"]
        shades = [child for child in window.window.children() if type(child).__name__ == "_Shade"]
        assert [shade.size() for shade in shades] == [window.window.size()]
        window.window.resize(900, 600)
        assert [shade.size() for shade in shades] == [window.window.size()]
        dialog.reject()
        await until(lambda: not any(type(child).__name__ == "_Shade" for child in window.window.children()))
        about = await window.dialog("about", AboutDialog)
        assert about.button(QDialogButtonBox.StandardButton.Close) is about.focusWidget()
        QTest.keyClick(about, Qt.Key.Key_Escape)

    play(scenario)


def test_what_cannot_be_undone_is_asked_in_red(qtbot: QtBot) -> None:
    dialog = ConfirmDialog("Clear the inbox", "All messages will be deleted.", "Clear")
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.confirm.objectName() == "danger"
    assert dialog.confirm.text() == "Clear"


def test_a_toast_says_once_that_its_undo_is_offered_no_more(qtbot: QtBot) -> None:
    page, told = QWidget(), list[str]()
    qtbot.addWidget(page)
    toast = Toast(page)
    page.show()

    def show(name: str) -> None:
        toast.show_undo(name, lambda: told.append(f"undo {name}"), lambda: told.append(f"settle {name}"))

    show("first")
    page.hide()
    page.show()
    assert told == []  # the page comes back with it
    show("second")
    assert told == ["settle first"]
    toast.undo.click()
    show("third")
    toast._close.click()
    show("fourth")
    page.hide()
    toast._on_time()
    toast.show_undo("fifth", lambda: told.append("undo fifth"))
    toast.hide()
    assert told == ["settle first", "undo second", "settle third", "settle fourth"]


def test_a_toast_stays_as_long_as_it_has_the_focus_and_undoes_once(qtbot: QtBot) -> None:
    page, undone = QWidget(), []
    qtbot.addWidget(page)
    page.resize(800, 600)
    page.show()
    toast = Toast(page)
    toast.show_undo("Alpha was deleted.", lambda: undone.append(1))
    assert page.rect().contains(toast.geometry())
    page.resize(500, 300)
    assert page.rect().contains(toast.geometry())
    toast.undo.setFocus()
    toast._on_time()
    assert toast.isVisible()
    QTest.keyClick(toast.undo, Qt.Key.Key_Space)
    toast.undo.click()
    assert undone == [1]
    assert not toast.isVisible()
    toast.show_undo("Beta was deleted.", lambda: None)
    page.setFocus()
    toast.undo.clearFocus()
    toast._on_time()
    assert not toast.isVisible()
    toast._timer.stop()


@pytest.mark.parametrize(("screen", "expected"), [
    (QRect(0, 0, 1280, 720), QRect(0, 0, 1280, 720)),
    (QRect(0, 0, 1920, 1040), QRect(134, 70, 1651, 900)),
    (QRect(0, 0, 3840, 2100), QRect(820, 350, 2200, 1400)),
    (QRect(1920, 0, 800, 600), QRect(1920, 0, 800, 600)),
])
def test_a_window_that_nobody_has_sized_makes_use_of_its_screen(screen: QRect, expected: QRect) -> None:
    assert unsized(screen) == expected
    assert screen.contains(unsized(screen))


@pytest.mark.parametrize(("size", "is_maximized"), [
    ((800, 800), True), ((800, 760), True), ((800, 700), False), ((600, 800), False)])
def test_a_window_that_fills_its_screen_is_maximized(qtbot: QtBot, size: tuple[int, int], is_maximized: bool) -> None:
    """Its title would be outside of the screen."""
    window = QWidget()
    qtbot.addWidget(window)
    available = window.screen().availableGeometry()
    assert (available.width(), available.height()) == (800, 800)
    window.resize(*size)
    show(window)
    assert (window.isMaximized(), window.isVisible()) == (is_maximized, True)
    window.showNormal()
    assert not fills(window.size(), available.size())


@given(st.tuples(*[st.integers(-5_000, 5_000)] * 2), st.tuples(*[st.integers(1, 6_000)] * 2))
def test_a_window_is_never_larger_than_the_screen_nor_outside(corner: tuple[int, int], size: tuple[int, int]) -> None:
    screen = QRect(-100, 50, 1280, 720)
    place = inside(QRect(*corner, *size), screen)
    assert screen.contains(place)
    assert (place.width(), place.height()) == (min(size[0], 1280), min(size[1], 720))


@pytest.mark.parametrize("more_pt", [0, 4])
def test_everything_has_room_at_1280_by_720(play: Callable[[Scenario], None], root: Path, more_pt: int) -> None:
    """Also with type four points larger: the window gets that small, and every button of the toolbar is inside of it."""
    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        await asyncio.sleep(0)
        size_pt = QApplication.font().pointSizeF()
        window.appearance.enlarge((size_pt + more_pt) / size_pt)
        await until(lambda: not window.appearance.is_changing)
        window.window.start_workspace()
        for command in ("focus.configuration", "layout.write", "layout.watch"):
            window.window.run(command)
            window.window.resize(1280, 720)
            await asyncio.sleep(0)
            assert (window.window.width(), window.window.height()) == (1280, 720)
        toolbar = window.workspace.page.toolbar
        for part in (toolbar.functions, toolbar.events, toolbar.invoke, toolbar.debug, toolbar.sandbox):
            assert part.isVisible()
            assert toolbar.rect().contains(part.geometry()), part
        assert toolbar.invoke.width() >= toolbar.invoke.minimumSizeHint().width()
        toolbar.show_functions([("a", "ThumbnailsOfAllPicturesThatWereUploadedToTheArchiveByAnyone")], "a")
        toolbar.show_events([("b", "an event with a rather long name that nobody would type twice")], "b")
        await asyncio.sleep(0)
        window.window.resize(1280, 720)
        assert window.window.width() == 1280, "long names do not widen the window"

        window.appearance.enlarge(1.0)
        await until(lambda: not window.appearance.is_changing)

    play(scenario)


async def completed(window: Window) -> None:
    window.window.start_workspace()
    await until(lambda: all(window.workspace.panels.lazy[name].made is not None for name in ("timeline", "result")))


def test_what_has_an_icon_alone_has_a_name_and_a_tool_tip(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        await completed(window)
        for command in ("focus.files", "focus.configuration", *(f"focus.{name}" for name in VIEW_TITLES)):
            window.window.run(command)
        of_qt = (QMenuBar, QAbstractItemView, QTabBar, QLineEdit)
        with_icon_alone = [
            button for button in window.window.findChildren(QAbstractButton)
            if not (button.text() or button.isHidden() or button.icon().isNull() or isinstance(button.parent(), of_qt))]
        assert len(with_icon_alone) > 10
        for button in with_icon_alone:
            assert button.toolTip(), (button, button.parent())
            assert button.accessibleName(), (button, button.toolTip())

    play(scenario)


def test_tab_goes_through_the_page_in_the_order_in_which_it_is_read(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        await completed(window)
        assert tab_order(window) == ["toolbar", "rail", "side", "editor", "timeline", "result"]

    play(scenario)


def tab_order(window: Window) -> list[str]:
    """The parts of the page in the order in which Tab reaches something in them."""
    page, regions = window.workspace.page, window.workspace.page.regions
    parts = {"toolbar": page.toolbar, "rail": regions.rail, "side": regions.side, "editor": page.documents.tabs,
             "timeline": regions.area.view("timeline"), "result": regions.area.view("result")}
    page.toolbar.functions.setFocus()
    order: list[str] = []
    for _ in range(300):
        focused = window.window.focusWidget()
        order += [name for name, part in parts.items() if part.isAncestorOf(focused) and name not in order]
        window.window.focusNextChild()
        if window.window.focusWidget() is page.toolbar.functions:
            return order
    raise AssertionError("Tab does not come back")


def test_the_button_at_the_end_of_tabs_is_as_high_as_they_are_and_asks_for_no_more(qtbot: QtBot) -> None:
    area = ViewArea()
    qtbot.addWidget(area)
    area.add("a", QWidget(), "A")
    area.show_arrangement(Group(("a",)))
    area.resize(600, 400)
    area.show()
    group = area.groups[0]
    assert abs(group.maximize.height() - group.tabBar().height()) <= 2
    assert group.minimumSizeHint().height() < 3 * group.tabBar().height()

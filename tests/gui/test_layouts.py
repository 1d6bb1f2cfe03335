"""The page's layouts in the real window: views are dragged, moved by keys, split and maximized, and all is as it was left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTabBar, QWidget

from tests.gui.test_window_with_engine import Scenario, Window, play, root, until
from workbench.gui.layout.arrangement import Group, Side, Split, groups_of
from workbench.gui.layout.drop_marker import DropMarker
from workbench.gui.layout.view_area import ViewArea
from workbench.gui.layout.view_group import ViewGroup
from workbench.gui.panels.configuration.variables_model import MASK, VALUE

__all__ = ["play", "root"]


def area_of(window: Window) -> ViewArea:
    return window.workspace.page.regions.area


def groups(window: Window) -> list[tuple[str, ...]]:
    return [group.views for group in groups_of(area_of(window).arrangement())]


def tabs_with(window: Window, name: str) -> tuple[QTabBar, int]:
    group = next(group for group in area_of(window).findChildren(ViewGroup) if name in group.names)
    return group.tabBar(), group.names.index(name)


def drag(window: Window, name: str, to: QWidget, point: QPoint, *, give_up: bool = False) -> bool:
    """Drag a view's tab to a point of a widget and let it go. Returns whether a mark was seen on the way."""
    tabs, index = tabs_with(window, name)
    QTest.mousePress(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(index).center())
    marker = area_of(window).findChild(DropMarker)
    assert isinstance(marker, DropMarker)
    goal = tabs.mapFromGlobal(to.mapToGlobal(point))
    for step in (tabs.tabRect(index).center() + QPoint(20, 0), goal - QPoint(1, 1), goal):
        _move(tabs, step)
    was_marked = marker.isVisible()
    if give_up:
        QTest.keyClick(tabs, Qt.Key.Key_Escape)
    QTest.mouseRelease(tabs, Qt.MouseButton.LeftButton, pos=goal)
    assert not marker.isVisible()
    return was_marked


def _tab(window: Window, number: int) -> tuple[QTabBar, QPoint]:
    tabs, _ = tabs_with(window, "timeline")
    return tabs, tabs.tabRect(number).center()


def _move(tabs: QTabBar, point: QPoint) -> None:
    """A move with the button down: `QTest.mouseMove` has no buttons."""
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent

    QApplication.sendEvent(tabs, QMouseEvent(
        QEvent.Type.MouseMove, QPointF(point), QPointF(tabs.mapToGlobal(point)), Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))


def test_a_view_is_dragged_beside_among_and_back(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        assert window.window.show_workspace(root)
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
        assert drag(window, "cost", *_tab(window, 3))
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
        assert window.window.show_workspace(root)
        window.window.start_workspace()
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
        run("view.maximize")
        assert area.maximized == "logs"
        assert [part.isVisible() for part in (log, editors, regions.side, area.view("timeline"))] == [True, False, False, False]
        run("focus.timeline")
        await until(lambda: window.workspace.panels.timeline.made is not None)
        assert (area.maximized, log.isVisible(), area.view("timeline").isVisible()) == ("timeline", False, True)
        run("focus.editor")
        assert (area.maximized, editors.isVisible(), area.view("timeline").isVisible()) == ("", True, True)
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
        assert window.window.open_workspace(root)
        run, actions = window.window.run, window.window.actions_by_id
        run("layout.teach")
        assert actions["layout.teach"].isChecked()
        assert not window.workspace.page.regions.side.isVisible()
        area_of(window).move_view("timeline", Side.RIGHT)
        taught = area_of(window).arrangement()
        run("layout.write")
        assert [group[:3] for group in groups(window)] == [("result", "logs", "timeline")]
        run("focus.configuration")
        run("layout.teach")
        assert area_of(window).arrangement() == taught
        assert window.window.open_workspace(other)
        assert (window.workspace.page.layouts.name, len(groups(window))) == ("watch", 2)
        assert not window.workspace.page.regions.drawer.isVisible()
        assert window.window.open_workspace(root)
        assert (window.workspace.page.layouts.name, area_of(window).arrangement()) == ("teach", taught)
        assert window.workspace.page.regions.drawer.isVisible()
        run("layout.reset")
        assert len(groups(window)) == 2

    play(scenario)


def test_a_layout_that_was_spoiled_by_hand_is_shown_as_it_comes(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        from workbench.gui.application.preferences import WorkspaceMemory

        WorkspaceMemory(window.preferences, root).save_text("layout", '{"name": "purple", "own": 7}')
        assert window.window.show_workspace(root)
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


def test_the_rail_opens_and_closes_what_it_names(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        assert window.window.show_workspace(root)
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


def test_files_are_a_tree_without_what_belongs_to_tools(play: Callable[[Scenario], None], root: Path) -> None:
    (root / "__pycache__").mkdir()

    async def scenario(window: Window) -> None:
        assert window.window.show_workspace(root)
        window.window.start_workspace()
        window.window.run("focus.files")
        panel = window.workspace.files_display.panel
        await until(lambda: panel.index_of(root / "template.yaml").isValid() and panel.index_of(root / "events").isValid())
        assert not panel.index_of(root / "__pycache__").isValid()
        assert window.window.focusWidget() is panel.tree
        panel.tree.setCurrentIndex(panel.index_of(root / "template.yaml"))
        QTest.keyClick(panel.tree, Qt.Key.Key_Return)
        assert window.workspace.documents.tabs.current_path() == str(root / "template.yaml")

    play(scenario)


def test_f6_goes_through_what_can_be_seen_and_comes_back(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        assert window.window.show_workspace(root)
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


def test_one_group_alone_can_be_arranged_without_a_window(qtbot: object) -> None:
    area = ViewArea()
    area.add("a", QWidget(), "A")
    area.show_arrangement(Group(("a",)))
    area.move_view("a", Side.LEFT)
    assert area.arrangement() == Group(("a",), "a")
    area.deleteLater()


def test_a_presentation_shows_timeline_and_log_large_and_no_value_of_a_variable(
    play: Callable[[Scenario], None], root: Path
) -> None:
    async def scenario(window: Window) -> None:
        assert window.window.show_workspace(root)
        window.window.start_workspace()
        await until(lambda: all(window.workspace.panels.lazy[name].made for name in ("timeline", "logs")))
        window.appearance.apply()  # the style sheet too, as in the program
        run, regions, page = window.window.run, window.workspace.page.regions, window.workspace.page
        run("focus.configuration")
        rows = window.workspace.configuration.panel.controls.environment.rows
        value = rows.index(0, VALUE)
        editor = page.documents.tabs.current_editor()
        assert editor is not None
        sizes = {part: part.font().pointSizeF() for part in (page.toolbar.invoke, page.toolbar._workspace, editor.view)}
        before, size_pt = regions.area.arrangement(), QApplication.font().pointSizeF()
        assert value.data() == "one"
        run("presentation")
        assert QApplication.font().pointSizeF() == size_pt * 1.5
        for part, was_pt in sizes.items():
            assert abs(part.font().pointSizeF() - was_pt * 1.5) < 0.1, part
        assert [regions.area.view(name).isVisible() for name in ("timeline", "logs")] == [True, True]
        assert [part.isVisible() for part in (editor.view, regions.side, regions.drawer)] == [False] * 3
        assert window.window.actions_by_id["presentation"].isChecked()
        run("focus.configuration")
        rows.toggle_reveal(0)
        assert value.data() == MASK
        assert not rows.flags(value) & Qt.ItemFlag.ItemIsEditable
        run("presentation")
        assert {part: part.font().pointSizeF() for part in sizes} == sizes
        assert (value.data(), QApplication.font().pointSizeF(), regions.area.arrangement()) == ("one", size_pt, before)
        assert [part.isVisible() for part in (editor.view, regions.side, regions.drawer)] == [True] * 3
        run("presentation")
        run("layout.teach")
        assert QApplication.font().pointSizeF() == size_pt
        run("presentation")

    size_pt = QApplication.font().pointSizeF()
    play(scenario)
    assert QApplication.font().pointSizeF() == size_pt  # closed in the middle of it

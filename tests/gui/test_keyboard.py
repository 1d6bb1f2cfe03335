"""The keyboard alone: Tab goes through all that can be used, in the order of the screen; each has a name and shows its focus."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QImage, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.gui.test_window_with_engine import Scenario, Window, play, root, until
from workbench.editor.code_view import CodeView
from workbench.gui.application.preferences import Preferences
from workbench.gui.layout.reading_order import enter, step, tab_stops
from workbench.gui.look.appearance import Appearance

__all__ = ["play", "root"]

_USED = (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractSlider, QAbstractItemView, QPlainTextEdit, QTabBar)
_WHOLE = (QLineEdit, QAbstractSpinBox, QComboBox, QTabBar, QMenuBar, QAbstractItemView)
"""What is inside these is theirs: a cross that clears, arrows, headers."""
_VIEWS = (("timeline", "result"), ("environments", "logs"), ("cost", "history"), ("concurrency", "queue"), ("timeline", "inbox"))


class ShownWindows(QObject):
    """Which windows appear, for however short a time: each takes the keyboard away."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]  # there is one

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.found.append(type(watched).__name__)
        return False


class Walk:
    """Once around a window by Tab. `problems` says what is wrong, in words."""

    def __init__(self, window: QWidget, where: str, told: set[QWidget]) -> None:
        """`told` are the widgets that have shown their focus by now."""
        self._window, self._where, self._told = window, where, told
        self.visited: list[QWidget] = []
        self.problems: list[str] = []

    async def go(self) -> None:
        """Press Tab until all was visited."""
        tab_stops(self._window)[0].setFocus()
        while (here := self._focused()) not in self.visited:
            self.visited.append(here)
            if isinstance(here, CodeView) and not here.isReadOnly():
                await self._leave_code(here)
            else:
                self._look(here)
                QTest.keyClick(here, Qt.Key.Key_Tab)
            await asyncio.sleep(0)
        self.problems += self._names() + self._order() + self._left_out()

    async def back(self) -> list[QWidget]:
        """Press Shift+Tab from the last one, until the code, and return what was visited."""
        found = [self.visited[-1]]
        self.visited[-1].setFocus()
        while not isinstance(here := self._focused(), CodeView):
            QTest.keyClick(here, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
            found.append(self._focused())
            await asyncio.sleep(0)
        return found

    def _focused(self) -> QWidget:
        focused = self._window.focusWidget()
        assert focused is not None, self._where
        return focused

    async def _leave_code(self, code: QWidget) -> None:
        """Tab writes a tab there; F6 leads out, into the next panel. What lies between is found from there, backwards."""
        QTest.keyClick(code, Qt.Key.Key_F6)
        landed, between = self._focused(), []
        while (here := self._focused()) is not code:
            await asyncio.sleep(0)
            between.append(here)
            QTest.keyClick(here, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        self.visited += between[:0:-1]
        landed.setFocus()

    def _picture(self, part: QWidget) -> QImage:
        return self._window.grab(_place(part, self._window)).toImage()

    def _look(self, part: QWidget) -> None:
        """Once for each: it looks different without the focus."""
        if part in self._told:
            return
        self._told.add(part)
        focused = self._picture(part)
        part.clearFocus()
        if self._picture(part) == focused:
            self.problems.append(f"{self._where}: {_name(part)} does not show its focus")
        part.setFocus()

    def _names(self) -> list[str]:
        return [f"{self._where}: {_name(part)} has no name" for part in self.visited if not _spoken(part)]

    def _order(self) -> list[str]:
        """Nothing comes before what is left of it in its row, or above it in its column."""
        found = []
        for before, after in zip(self.visited, self.visited[1:], strict=False):
            first, second = _place(before, self._window), _place(after, self._window)
            is_above = second.bottom() <= first.top() and second.left() < first.right() and first.left() < second.right()
            is_left = second.right() <= first.left() and second.top() < first.center().y() < second.bottom()
            if is_above or is_left:
                found.append(f"{self._where}: {_name(after)} comes after {_name(before)}")
        return found

    def _left_out(self) -> list[str]:
        used = [part for part in self._window.findChildren(QWidget) if _is_used(part, self._window)]
        return [f"{self._where}: {_name(part)} cannot be reached" for part in used if not self._is_reached(part)]

    def _is_reached(self, part: QWidget) -> bool:
        """Of buttons that exclude each other, arrow keys lead from one to the next."""
        group = part.group() if isinstance(part, QAbstractButton) else None
        others = group.buttons() if group is not None and group.exclusive() else []
        return any(each in self.visited for each in (part, *others))


def _is_used(part: QWidget, window: QWidget) -> bool:
    is_seen = part.isVisible() and part.isEnabled() and part.window() is window and not part.visibleRegion().isEmpty()
    is_one = isinstance(part, _USED) or part.focusPolicy() & Qt.FocusPolicy.TabFocus
    return bool(is_seen and is_one and part.focusProxy() is None and not isinstance(part, (QScrollBar, QHeaderView))
                and not isinstance(part.parentWidget(), _WHOLE))


def _place(part: QWidget, window: QWidget) -> QRect:
    """Where it is in the window, as far as it is not cut off."""
    place, around = QRect(part.mapTo(window, QPoint(0, 0)), part.size()), part
    while around is not window:
        around = around.parentWidget()
        place &= QRect(around.mapTo(window, QPoint(0, 0)), around.size())
    return place


def _spoken(part: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(part)
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


def _name(part: QWidget) -> str:
    return f"{type(part).__name__} {_spoken(part) or part.objectName()!r}"


async def open_in_front(window: Window, root: Path) -> None:
    """With a caret that does not blink: pictures are compared."""
    window.window.resize(1280, 800)
    await window.open(root)
    QApplication.setCursorFlashTime(0)
    window.window.activateWindow()
    await until(window.window.isActiveWindow)


def test_all_is_reached_by_tab_in_the_order_of_the_screen_has_a_name_and_shows_its_focus(
    play: Callable[[Scenario], None], root: Path, qapp: QApplication, tmp_path: Path
) -> None:
    Appearance(qapp, Preferences(tmp_path / "appearance.ini")).apply()  # with its style sheet, as in the program

    async def scenario(window: Window) -> None:
        await open_in_front(window, root)
        shown = ShownWindows()
        await window.invoke()
        window.workspace.model.choose_event("fail")
        await window.invoke()
        run, panels, told = window.window.run, window.workspace._lazy, set[QWidget]()
        problems: list[str] = []

        async def walk(where: str) -> Walk:
            await until(lambda: all(panels[name].made for name in window.workspace.page.regions.area.fronts))
            for _ in range(5):
                await asyncio.sleep(0)  # what is new is laid out
            walk = Walk(window.window, where, told)
            await walk.go()
            problems.extend(walk.problems)
            return walk

        for left, right in _VIEWS:
            run(f"focus.{left}")
            await asyncio.sleep(0)
            run(f"focus.{right}")
            await walk(f"{left} and {right}")
        for drawer in ("configuration", "versions"):
            run(f"focus.{drawer}")
            await walk(drawer)
        QTest.keyClick(window.window.focusWidget(), Qt.Key.Key_Escape)
        await asyncio.sleep(0)
        run("focus.files")
        await asyncio.sleep(0)
        for layout in ("write", "teach"):
            await asyncio.sleep(0)  # a person does one after the other
            run(f"layout.{layout}")
            walked = await walk(layout)
            behind = walked.visited[next(n for n, each in enumerate(walked.visited) if isinstance(each, CodeView)):]
            assert await walked.back() == behind[::-1]
        assert shown.found == []
        assert not problems, "\n".join(problems)

    play(scenario)


def test_the_same_holds_before_an_audience(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await open_in_front(window, root)
        await window.invoke()
        window.window.run("presentation")
        await until(lambda: not window.appearance.is_changing)
        panels, regions = window.workspace._lazy, window.workspace.page.regions
        await until(lambda: all(panels[name].made for name in regions.area.fronts))
        for _ in range(5):
            await asyncio.sleep(0)  # what is new is laid out
        walk = Walk(window.window, "presentation", set())
        await walk.go()
        assert not walk.problems, "\n".join(walk.problems)
        assert len(walk.visited) > 20

    play(scenario)


def test_f6_goes_from_panel_to_panel_and_shift_f6_the_same_way_back(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        page, run = window.workspace.page, window.window.run
        window.window.activateWindow()
        await until(window.window.isActiveWindow)
        run("focus.configuration")
        run("focus.functions")

        def walk(key: Qt.KeyboardModifier) -> list[QWidget]:
            found = [window.window.focusWidget()]
            while len(found) < 2 or found[-1] is not found[0]:
                QTest.keyClick(found[-1], Qt.Key.Key_F6, key)
                found.append(window.window.focusWidget())
            return found

        there = walk(Qt.KeyboardModifier.NoModifier)
        parts = (page.functions, page.events, page.documents.tabs, *map(page.regions.area.view, page.regions.area.fronts),
                 page.regions.drawer)
        assert [part.isAncestorOf(each) for part, each in zip(parts, there, strict=False)] == [True] * len(parts)
        assert len(there) == len(parts) + 1
        assert walk(Qt.KeyboardModifier.ShiftModifier) == there[::-1]

    play(scenario)


def test_a_click_on_a_tab_of_the_drawer_takes_the_keyboard_there(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        drawer, tabs = window.workspace.page.regions.drawer, window.workspace.page.regions.drawer.tabBar()
        for name, place in (("versions", drawer.versions), ("configuration", drawer.configuration)):
            window.window.run(f"focus.{name}")
            await until(lambda place=place: bool(tab_stops(place)))  # what is in it is made a moment later
        for number, place in ((1, drawer.versions), (1, drawer.versions), (0, drawer.configuration)):
            window.window.run("focus.editor")
            QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(number).center())
            assert drawer.currentWidget() is place
            assert place.isAncestorOf(window.window.focusWidget())

    play(scenario)


def put(parent: QWidget, *place: int) -> QPushButton:
    button = QPushButton(parent)
    button.setGeometry(QRect(*place))
    return button


def test_tab_reads_rows_and_columns_wherever_things_were_put(qtbot: QtBot) -> None:
    window, column = QWidget(), QWidget()
    qtbot.addWidget(window)
    column.setParent(window)
    column.setGeometry(200, 0, 90, 200)
    lower, upper = put(column, 0, 100, 80, 20), put(column, 0, 0, 80, 20)
    below, right, left = put(window, 0, 60, 180, 20), put(window, 100, 3, 80, 26), put(window, 0, 6, 80, 20)
    gone, off = put(window, 0, 30, 80, 20), put(window, 90, 30, 80, 20)
    gone.hide()
    off.setEnabled(False)
    window.show()
    assert tab_stops(window) == [left, right, below, upper, lower]
    window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert tab_stops(window) == [upper, lower, right, left, below]


def test_tab_goes_round_brings_into_view_and_goes_on_from_what_was_clicked(qtbot: QtBot) -> None:
    window, scroller, content = QWidget(), QScrollArea(), QWidget()
    qtbot.addWidget(window)
    scroller.setParent(window)
    scroller.setGeometry(0, 40, 200, 100)
    scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    content.resize(180, 1_000)
    first, last = put(window, 0, 0, 80, 20), put(content, 0, 900, 80, 20)
    clicked = put(content, 0, 10, 80, 20)
    clicked.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    scroller.setWidget(content)
    window.show()
    for focused, forward, then in ((None, True, first), (None, False, last), (first, True, last), (last, True, first),
                                   (clicked, True, last), (clicked, False, first)):
        (focused or window).setFocus()
        assert step(window, forward=forward)
        assert window.focusWidget() is then
        assert not then.visibleRegion().isEmpty()
    assert not step(first, forward=True)


def test_a_large_one_that_is_seen_in_part_leaves_in_view_what_heads_it(qtbot: QtBot) -> None:
    window, scroller, content = QWidget(), QScrollArea(), QWidget()
    qtbot.addWidget(window)
    scroller.setParent(window)
    scroller.setGeometry(0, 0, 200, 100)
    content.resize(180, 400)
    large, small = put(content, 0, 60, 80, 200), put(content, 0, 280, 80, 20)
    scroller.setWidget(content)
    window.show()
    assert enter(large, Qt.FocusReason.ShortcutFocusReason)
    assert scroller.verticalScrollBar().value() == 0
    assert enter(small, Qt.FocusReason.ShortcutFocusReason)
    assert scroller.verticalScrollBar().value() > 0


def test_the_keyboard_goes_into_a_panel_whose_own_place_is_hidden(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    panel, empty = QWidget(window), QWidget(window)
    table, button = put(panel, 0, 0, 80, 20), put(panel, 0, 40, 80, 20)
    panel.setFocusProxy(table)
    window.show()
    assert enter(panel, Qt.FocusReason.ShortcutFocusReason)
    assert window.focusWidget() is table
    table.hide()
    assert enter(panel, Qt.FocusReason.ShortcutFocusReason)
    assert window.focusWidget() is button
    assert not enter(empty, Qt.FocusReason.ShortcutFocusReason)
    assert window.focusWidget() is button


def test_toast_presentation_and_side_bar_give_the_keyboard_back(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        page, events = window.workspace.page, window.workspace.page.events.list
        window.window.run("focus.events")
        page.toast.show_undo("Something was done.", lambda: None)
        page.toast.undo.setFocus()
        page.toast.undo.click()
        assert window.window.focusWidget() is events
        for _ in range(2):
            window.window.run("presentation")
        assert window.window.focusWidget() is events
        window.window.run("side")
        assert page.documents.tabs.isAncestorOf(window.window.focusWidget())

    play(scenario)


def test_no_key_of_a_part_is_one_of_the_windows_unless_the_part_takes_it_first(
    play: Callable[[Scenario], None], root: Path,
) -> None:
    """Of two shortcuts for one key Qt does neither."""
    async def scenario(window: Window) -> None:
        await window.open(root)
        commands = window.window.actions_by_id
        for name in ("timeline", "logs", "result", "history", "cost", "environments", "concurrency", "queue", "inbox"):
            window.window.run(f"focus.{name}")
        await until(lambda: window.workspace.panels.history.made is not None)
        keys = {key.toString() for each in commands for key in commands[each].shortcuts()}
        assert "Ctrl+S" in keys
        parts = [part for part in window.window.findChildren(QWidget) if not isinstance(part, QMenu)]
        assert [both for part in parts for both in untaken(part, keys)] == []

    play(scenario)


def untaken(part: QWidget, keys: set[str]) -> list[tuple[str, str]]:
    """The keys of a part's own actions that the window has, too, and that the part does not take for itself."""
    own = [key for action in part.actions() if action.shortcutContext() is not Qt.ShortcutContext.WindowShortcut
           for key in action.shortcuts() if key.toString() in keys]
    found = []
    for key in own:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key[0].key(), key[0].keyboardModifiers())
        event.ignore()
        QApplication.sendEvent(part, event)
        if not event.isAccepted():
            found.append((part.accessibleName() or type(part).__name__, key.toString()))
    return found

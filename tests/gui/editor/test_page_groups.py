"""Two groups of tabs beside each other: what is put there, what follows the focus, and what is left when a group is empty."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QMenu, QRubberBand
from pytestqt.qtbot import QtBot

from tests.gui.editor.conftest import kinds
from tests.gui.editor.test_tabs import answer, page_of
from workbench.editor.colors import LIGHT_COLORS
from workbench.editor.find_bar import FindBar
from workbench.editor.recovery_timer import RecoveryTimer
from workbench.editor.tabs import EditorTabs

Key, Modifier = Qt.Key, Qt.KeyboardModifier
CODE, UTIL, EVENT, OTHER = "/w/app.py", "/w/util.py", "/w/events/app.json", "/w/other/app.json"


@pytest.fixture
def tabs(qtbot: QtBot) -> EditorTabs:
    made = EditorTabs()
    qtbot.addWidget(made)
    made.resize(1_000, 500)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    for path in (UTIL, CODE):
        made.open_file(path, "a = 1\n")
    return made


def grouped(tabs: EditorTabs) -> list[list[str]]:
    assert tabs.groups.count() == len(tabs.groups.groups), "a splitter takes any child for a part"
    return [[page.file.path for page in group.pages()] for group in tabs.groups.groups]


def beside(tabs: EditorTabs, path: str = EVENT) -> None:
    tabs.open_file(path, '{"n": 1}\n', is_beside=True)


def has_focus(tabs: EditorTabs, path: str) -> bool:
    return page_of(tabs, path).isAncestorOf(tabs.window().focusWidget())


def test_a_file_is_shown_beside_the_others_and_the_keyboard_stays(tabs: EditorTabs) -> None:
    assert len(tabs.groups.groups) == 1
    beside(tabs)
    assert grouped(tabs) == [[UTIL, CODE], [EVENT]]
    assert page_of(tabs, EVENT).isVisible()
    assert page_of(tabs, CODE).isVisible()
    assert has_focus(tabs, CODE)
    assert tabs.current_path() == CODE
    first, second = tabs.groups.sizes()
    assert first > second > 200


def test_what_the_person_does_is_about_the_group_they_are_in(tabs: EditorTabs, qtbot: QtBot) -> None:
    beside(tabs, OTHER)
    beside(tabs)
    told: list[str] = []
    tabs.current_changed.connect(told.append)
    page_of(tabs, EVENT).editor.view.setFocus()
    assert (tabs.current_path(), told) == (EVENT, [EVENT])
    QTest.keyClick(tabs.window().focusWidget(), Key.Key_Tab, Modifier.ControlModifier)
    assert tabs.current_path() == OTHER
    QTest.keyClick(tabs.window().focusWidget(), Key.Key_Tab, Modifier.ControlModifier)
    assert tabs.current_path() == EVENT
    tabs.open_file(UTIL, "")
    assert tabs.current_path() == UTIL
    assert page_of(tabs, EVENT).isVisible()


def test_titles_tell_files_apart_across_the_groups(tabs: EditorTabs) -> None:
    beside(tabs)
    tabs.open_file(OTHER, "")
    bars = [group.tabBar() for group in tabs.groups.groups]
    assert [bars[0].tabText(2), bars[1].tabText(0)] == ["other/app.json", "events/app.json"]
    page_of(tabs, EVENT).editor.view.insertPlainText("x")
    assert bars[1].tabText(0) == "events/app.json ●"


def test_a_tab_is_moved_there_and_back_with_all_that_it_has(tabs: EditorTabs) -> None:
    page, moved = page_of(tabs, CODE), list[tuple[str, bool]]()
    tabs.groups.moved.connect(lambda path, is_beside: moved.append((path, is_beside)))
    page.editor.view.insertPlainText("typed ")
    tabs.groups.move_current()
    assert grouped(tabs) == [[UTIL], [CODE]]
    assert has_focus(tabs, CODE)
    assert page.editor.text() == "typed a = 1\n"
    assert tabs.unsaved_paths() == [CODE]
    page.editor.view.undo()
    assert tabs.unsaved_paths() == []
    tabs.groups.move_current()
    assert grouped(tabs) == [[UTIL, CODE]]
    assert has_focus(tabs, CODE)
    assert moved == [(CODE, True), (CODE, False)]


def test_a_page_that_is_alone_stays(tabs: EditorTabs) -> None:
    tabs.request_close(UTIL)
    assert not tabs.groups.can_move
    tabs.groups.move_current()
    tabs.open_file(CODE, "", is_beside=True)
    assert grouped(tabs) == [[CODE]]


@pytest.mark.parametrize(("closed", "left"), [((EVENT,), CODE), ((UTIL, CODE), EVENT)])
def test_a_group_goes_with_its_last_tab_and_the_other_has_the_keyboard(
    tabs: EditorTabs, closed: tuple[str, ...], left: str
) -> None:
    beside(tabs)
    for path in closed:
        tabs.open_file(path, "")
        QTest.keyClick(tabs.window().focusWidget(), Key.Key_W, Modifier.ControlModifier)
    assert len(tabs.groups.groups) == 1
    assert has_focus(tabs, left)
    assert tabs.current_path() == left
    beside(tabs, OTHER)
    assert grouped(tabs)[1] == [OTHER]


def test_unsaved_text_beside_is_asked_about_saved_and_kept_like_any_other(
    tabs: EditorTabs, qtbot: QtBot, tmp_path: Path
) -> None:
    timer = RecoveryTimer(tabs, tmp_path)
    beside(tabs)
    page_of(tabs, EVENT).editor.view.insertPlainText("typed")
    timer.write()
    assert any(b"typed" in path.read_bytes() for path in tmp_path.rglob("*.json"))
    with qtbot.waitSignal(tabs.save_requested) as asked:
        tabs.save_all()
    assert asked.args[0].file.path == EVENT
    with qtbot.waitSignal(tabs.all_closed):
        tabs.request_close_all()
        assert tabs.is_closing_all
        answer(tabs, QDialogButtonBox.StandardButton.Discard)
    assert tabs.paths() == []
    timer.copies.close()


def test_the_look_reaches_the_second_group(qtbot: QtBot) -> None:
    tabs = EditorTabs(is_plain=True)
    qtbot.addWidget(tabs)
    tabs.open_file(CODE, "import os\n")
    beside(tabs)
    tabs.look.set_colors(LIGHT_COLORS)
    tabs.look.set_font_size(17)
    assert page_of(tabs, EVENT).editor.code_font.size_pt == 17
    assert kinds(page_of(tabs, EVENT).editor, 1) == []
    tabs.look.color()
    assert kinds(page_of(tabs, EVENT).editor, 1) != []
    bar = tabs.groups.groups[1].tabBar()
    assert bar.grab().toImage().pixelColor(3, 6).name() == LIGHT_COLORS.background


def test_the_border_is_the_persons(tabs: EditorTabs) -> None:
    told: list[float] = []
    tabs.groups.share_changed.connect(told.append)
    beside(tabs)
    tabs.groups.moveSplitter(500, 1)
    assert told == [pytest.approx(0.5, abs=0.01)]
    tabs.open_file(OTHER, "{}\n")
    first, second = tabs.groups.sizes()
    assert first == pytest.approx(second, abs=20)
    tabs.request_close(EVENT)
    beside(tabs, OTHER)
    first, second = tabs.groups.sizes()
    assert first == pytest.approx(second, abs=20)


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)")
def test_the_menu_of_a_tab_is_about_that_tab(tabs: EditorTabs) -> None:
    tabs.groups.menu_actions.append(tabs.actions_by_id["editor.close_tab"])
    bar = tabs.groups.groups[0].tabBar()
    place = bar.tabRect(0).center()
    QApplication.sendEvent(bar, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, bar.mapToGlobal(place)))
    menu = tabs.findChild(QMenu)
    assert menu is not None
    menu.actions()[0].trigger()
    menu.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert tabs.paths() == [CODE]


def drag(tabs: EditorTabs, group: int, tab: int, to: QPoint) -> bool:
    """Drag a tab to a point of the editor. Returns whether a mark was seen on the way."""
    bar = tabs.groups.groups[group].tabBar()
    goal = bar.mapFromGlobal(tabs.mapToGlobal(to))
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(tab).center())
    for point in (bar.tabRect(tab).center() + QPoint(12, 0), goal):
        QApplication.sendEvent(bar, QMouseEvent(
            QEvent.Type.MouseMove, QPointF(point), QPointF(bar.mapToGlobal(point)), Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))
    assert tabs.groups.count() == len(tabs.groups.groups)
    mark = tabs.findChild(QRubberBand)
    was_marked = mark is not None and mark.isVisible()
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=goal)
    assert mark is None or not mark.isVisible()
    return was_marked


def test_a_tab_is_dragged_to_the_end_of_the_editor_and_back(tabs: EditorTabs) -> None:
    assert not drag(tabs, 0, 1, QPoint(300, 200))
    assert not drag(tabs, 0, 1, QPoint(990, 8))
    assert grouped(tabs) == [[UTIL, CODE]]
    assert drag(tabs, 0, 0, QPoint(990, 200))
    assert grouped(tabs) == [[CODE], [UTIL]]
    assert has_focus(tabs, UTIL)
    assert not drag(tabs, 1, 0, QPoint(900, 200))
    assert drag(tabs, 1, 0, QPoint(200, 200))
    assert grouped(tabs) == [[CODE, UTIL]]
    tabs.request_close(UTIL)
    assert not drag(tabs, 0, 0, QPoint(990, 200))
    assert grouped(tabs) == [[CODE]]


def test_what_is_moved_keeps_the_colors_of_the_theme(tabs: EditorTabs, qapp: QApplication) -> None:
    """Under a style sheet, Qt puts the palette back that a part had first."""
    before = qapp.styleSheet()
    qapp.setStyleSheet("QFrame { border: none; }")
    try:
        page = page_of(tabs, CODE)
        page.editor.bars.open_find()
        QApplication.processEvents()
        tabs.look.set_colors(LIGHT_COLORS)
        tabs.groups.put_beside(page)
        grounds = {part.palette().base().color().name() for part in (page.editor.view, page.editor.view.viewport())}
        assert grounds == {LIGHT_COLORS.background}
        bar = page.editor.findChild(FindBar)
        assert bar is not None
        assert bar.palette().window().color().name() == LIGHT_COLORS.bar
    finally:
        qapp.setStyleSheet(before)

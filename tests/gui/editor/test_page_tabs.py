from __future__ import annotations

import pytest
from PySide6.QtWidgets import QTabBar
from pytestqt.qtbot import QtBot

from workbench.editor.editor_page import EditorPage, OpenFile
from workbench.editor.page_groups import PageGroups


@pytest.fixture
def tabs(qtbot: QtBot) -> PageGroups:
    tabs = PageGroups()
    qtbot.addWidget(tabs)
    for path in ("/w/a/app.py", "/w/util.py", "/w/b/app.py"):
        tabs.add(EditorPage(OpenFile(path=path), "x = 1\n", tabs))
    return tabs


def titles(tabs: PageGroups, group: int = 0) -> list[str]:
    bar = tabs.groups[group].tabBar()
    return [bar.tabText(index) for index in range(bar.count())]


def page_of(tabs: PageGroups, path: str) -> EditorPage:
    page = tabs.page_of(path)
    assert page is not None
    return page


def test_titles_tell_files_apart_and_a_dot_marks_unsaved_text(tabs: PageGroups) -> None:
    assert titles(tabs) == ["a/app.py", "util.py", "b/app.py"]
    page_of(tabs, "/w/util.py").editor.view.insertPlainText("y")
    assert titles(tabs) == ["a/app.py", "util.py ●", "b/app.py"]
    assert tabs.title_of(page_of(tabs, "/w/util.py")) == "util.py"
    assert tabs.current.tabToolTip(1) == "/w/util.py"


def test_a_title_becomes_short_when_nothing_else_has_that_name(tabs: PageGroups) -> None:
    tabs.remove(page_of(tabs, "/w/a/app.py"))
    tabs.name_tabs()
    assert titles(tabs) == ["util.py", "app.py"]


def test_pages_are_found_by_path(tabs: PageGroups) -> None:
    assert tabs.paths() == ["/w/a/app.py", "/w/util.py", "/w/b/app.py"]
    assert tabs.page_of("/w/app.py") is None
    assert tabs.current_page() is page_of(tabs, "/w/a/app.py")


@pytest.mark.parametrize(("path", "free"), [("/w/util.py", "/w/util-2.py"), ("/w/new.py", "/w/new-2.py")])
def test_a_free_path_is_numbered(tabs: PageGroups, path: str, free: str) -> None:
    assert tabs.free_path(path) == free
    tabs.add(EditorPage(OpenFile(path=free), "", tabs))
    assert tabs.free_path(path) == free.replace("-2", "-3")


def test_turning_goes_round_both_ways(tabs: PageGroups) -> None:
    tabs.previous_tab()
    assert tabs.current.currentIndex() == 2
    tabs.next_tab()
    assert tabs.current.currentIndex() == 0
    tabs.next_tab()
    assert tabs.current.currentIndex() == 1


def test_without_pages_there_is_none_to_turn_to(qtbot: QtBot) -> None:
    tabs = PageGroups()
    qtbot.addWidget(tabs)
    tabs.next_tab()
    assert tabs.current_page() is None


def test_the_close_button_belongs_to_its_page_wherever_that_is_dragged(qtbot: QtBot, tabs: PageGroups) -> None:
    page = page_of(tabs, "/w/util.py")
    tabs.current.tabBar().moveTab(1, 2)
    button = tabs.current.tabBar().tabButton(2, QTabBar.ButtonPosition.RightSide)
    with qtbot.waitSignal(page.close_chosen) as chosen:
        button.click()  # type: ignore[attr-defined]
    assert chosen.args == [page]

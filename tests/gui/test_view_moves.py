"""Another arrangement of views is seen at once, and no turn of the loop moves more than it has to."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.layout.arrangement import Group, Part, Side, Split, groups_of
from workbench.gui.layout.view_area import ViewArea
from workbench.gui.layout.view_group import ViewGroup

NAMES = ("a", "b", "c", "d", "e")
TOGETHER = Group(NAMES)
APART = Split((Group(("c", "d", "a"), "a"), Group(("e", "b"), "e")))
STACKED = Split((Group(("c", "d", "a"), "a"), Group(("e", "b"), "e")), is_vertical=True)


class Moved(QObject):
    """Notes which views have got another parent."""

    def __init__(self, views: dict[str, QWidget]) -> None:
        super().__init__()
        self.names: list[str] = []
        self._names = {id(view): name for name, view in views.items()}
        for view in views.values():
            view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ParentChange:
            self.names.append(self._names[id(watched)])
        return super().eventFilter(watched, event)


@pytest.fixture
def views() -> dict[str, QWidget]:
    return {name: QLineEdit() for name in NAMES}


@pytest.fixture
def area(qtbot: QtBot, views: dict[str, QWidget]) -> ViewArea:
    area = ViewArea()
    qtbot.addWidget(area)
    for name, view in views.items():
        area.add(name, view, name.upper())
    area.show_arrangement(TOGETHER)
    area.resize(600, 400)
    area.show()
    return area


def seen(views: dict[str, QWidget]) -> set[str]:
    return {name for name, view in views.items() if view.isVisible()}


def is_settled(area: ViewArea) -> bool:
    """Whether nothing is left of former arrangements."""
    return len(area.findChildren(ViewGroup)) == len(area.groups)


def homes(area: ViewArea) -> dict[str, tuple[str, ...]]:
    """The views of the group in which each view is."""
    found = {}
    for name in NAMES:
        group = next((group for group in area.groups if group.isAncestorOf(area.view(name))), None)
        found[name] = group.names if group is not None else ()
    return found


def test_what_is_seen_moves_at_once_and_the_rest_one_a_turn(area: ViewArea, views: dict[str, QWidget], qtbot: QtBot) -> None:
    moved = Moved(views)
    area.show_arrangement(APART)
    assert moved.names == ["a", "e"]
    assert seen(views) == {"a", "e"}
    assert [*groups_of(area.arrangement())] == [*groups_of(APART)]
    turns = []
    while not is_settled(area):
        before = len(moved.names)
        QApplication.processEvents()
        turns.append(len(moved.names) - before)
        assert len(turns) < 100
    assert max(turns) == 1
    assert sorted(moved.names) == sorted(NAMES)
    assert homes(area) == {name: group.views for group in groups_of(APART) for name in group.views}


def test_where_the_same_views_are_together_nothing_moves(area: ViewArea, views: dict[str, QWidget], qtbot: QtBot) -> None:
    area.show_arrangement(APART)
    qtbot.waitUntil(lambda: is_settled(area))
    moved = Moved(views)
    other = Split((Group(("c", "d", "a"), "d"), Group(("e", "b"), "b")), (3.0, 1.0), is_vertical=True)
    area.show_arrangement(other)
    assert (moved.names, area.arrangement(), seen(views)) == ([], other, {"d", "b"})
    qtbot.waitUntil(lambda: views["d"].mapTo(area, QPoint()).y() < views["b"].mapTo(area, QPoint()).y())


def test_a_view_that_is_turned_to_before_its_turn_is_there(area: ViewArea, views: dict[str, QWidget], qtbot: QtBot) -> None:
    area.show_arrangement(APART)
    tabs = area.tabs_of("d")
    QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(1).center())
    assert seen(views) == {"d", "e"}
    assert area.focusWidget() is views["d"]
    area.bring_to_front("b")
    assert seen(views) == {"d", "b"}
    area.toggle_maximized("c")
    assert seen(views) == {"c"}
    qtbot.waitUntil(lambda: views["c"].width() > 500)
    area.toggle_maximized("c")
    assert seen(views) == {"c", "b"}


def test_the_keyboard_stays_where_it_is(area: ViewArea, views: dict[str, QWidget]) -> None:
    views["a"].setFocus()
    for arrangement in (APART, STACKED, TOGETHER):
        area.show_arrangement(arrangement)
        assert area.focusWidget() is views["a"]
        assert area.current == "a"


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_asked_for_while_views_are_moving_all_are_in_their_places_at_the_end(
    area: ViewArea, views: dict[str, QWidget], qtbot: QtBot, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(12):
        what = chance.randrange(4)
        if what == 0:
            area.maximized = ""
            area.show_arrangement(chance.choice([TOGETHER, APART, STACKED]))
        elif what == 1:
            area.bring_to_front(chance.choice(NAMES))
        elif what == 2:
            area.move_view(area.current, chance.choice([*Side]))
        else:
            area.toggle_maximized(chance.choice(NAMES))
        assert seen(views) == ({area.maximized} if area.maximized else set(area.fronts))
        for _ in range(chance.randrange(3)):
            QApplication.processEvents()
    qtbot.waitUntil(lambda: is_settled(area))
    now: Part = area.arrangement()
    assert homes(area) == {name: group.views for group in groups_of(now) for name in group.views}
    assert seen(views) == ({area.maximized} if area.maximized else set(area.fronts))


def test_an_area_that_goes_while_views_are_moving_takes_them_along(qtbot: QtBot, views: dict[str, QWidget]) -> None:
    area, gone = ViewArea(), list[str]()
    for name, view in views.items():
        area.add(name, view, name)
        view.destroyed.connect(lambda _=None, name=name: gone.append(name))
    area.show_arrangement(TOGETHER)
    area.show()
    area.show_arrangement(APART)
    area.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()
    assert sorted(gone) == sorted(NAMES)


def test_a_view_keeps_the_focus_when_the_arrangement_is_deleted_that_it_was_in(
    area: ViewArea, views: dict[str, QWidget], qtbot: QtBot,
) -> None:
    area.show_arrangement(APART)
    qtbot.waitUntil(lambda: is_settled(area))  # all views have been in these pages
    area.show_arrangement(TOGETHER)
    area.bring_to_front("b")
    views["b"].setFocus()
    qtbot.waitUntil(lambda: is_settled(area))
    assert QApplication.focusWidget() is views["b"]

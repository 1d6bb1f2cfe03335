"""Poses with an open menu, or the open list of a box."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QComboBox, QMenu, QToolButton

from tests.gallery.poses import Pose, nothing
from tests.gallery.sitter import Sitter, until


async def _open(sitter: Sitter, menu: QMenu, at: QPoint) -> None:
    """Open a menu at a place of the screen, within the window: the screen of the gallery is larger."""
    menu.popup(at)
    await until(menu.isVisible)
    corner = sitter.window.mapToGlobal(sitter.window.rect().bottomRight())
    menu.move(min(at.x(), corner.x() - menu.width()), max(0, min(at.y(), corner.y() - menu.height())))


def _of_bar(title: str) -> Pose:
    async def take(sitter: Sitter) -> None:
        bar = sitter.window.menuBar()
        action = next(each for each in bar.actions() if each.text().replace("&", "") == title)
        await _open(sitter, cast("QMenu", action.menu()), bar.mapToGlobal(bar.actionGeometry(action).bottomLeft()))

    return Pose(f"menu{title.lower()}", take, nothing)


def _of_button(name: str, find: Callable[[Sitter], QToolButton]) -> Pose:
    async def take(sitter: Sitter) -> None:
        button = find(sitter)
        await sitter.settle()  # a view that comes to the front takes the focus, and that closes menus
        await _open(sitter, button.menu(), button.mapToGlobal(button.rect().bottomLeft()))

    return Pose(f"menu{name}", take, nothing)


def _of_box(name: str, find: Callable[[Sitter], QComboBox]) -> Pose:
    async def take(sitter: Sitter) -> None:
        box = find(sitter)
        box.showPopup()
        await until(box.view().isVisible)

    async def leave(sitter: Sitter) -> None:
        find(sitter).hidePopup()

    return Pose(f"list{name}", take, leave)


async def _of_tab(sitter: Sitter) -> None:
    area = sitter.workspace.page.regions.area
    area.tabs_of("timeline").customContextMenuRequested.emit(QPoint(20, 20))
    await until(lambda: bool(sitter.others()))


def _timeline(sitter: Sitter, button: str) -> QToolButton:
    sitter.window.run("focus.timeline")
    panel = sitter.workspace.panels.timeline.panel
    buttons = {"group": panel.filter.group_button, "show": panel.filter.show_button, "save": panel.export.button,
               "compare": panel.card.compare_button}
    return buttons[button]


def _log(sitter: Sitter) -> QToolButton:
    sitter.window.run("focus.logs")
    return sitter.workspace.panels.logs.panel.bar.more


def _history(sitter: Sitter) -> QToolButton:
    sitter.window.run("focus.history")
    return sitter.workspace.panels.history.panel.filter.more


MENUS = (
    *(_of_bar(title) for title in ("File", "Edit", "Function", "Event", "Invoke", "View", "Engine", "Help")),
    _of_button("sandbox", lambda sitter: sitter.workspace.page.toolbar.sandbox),
    _of_button("group", lambda sitter: _timeline(sitter, "group")),
    _of_button("show", lambda sitter: _timeline(sitter, "show")),
    _of_button("save", lambda sitter: _timeline(sitter, "save")),
    _of_button("compare", lambda sitter: _timeline(sitter, "compare")),
    _of_button("log", _log),
    _of_button("history", _history),
    Pose("menutab", _of_tab, nothing),
    _of_box("function", lambda sitter: sitter.workspace.page.toolbar.functions),
    _of_box("event", lambda sitter: sitter.workspace.page.toolbar.events),
)

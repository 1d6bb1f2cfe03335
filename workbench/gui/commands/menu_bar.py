"""Builds the menu bar from the records of commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QMenu, QMenuBar

from workbench.gui.commands.actions import Actions
from workbench.gui.commands.command import Command, Submenu

MENUS = {"file": "&File", "edit": "E&dit", "function": "F&unction", "event": "&Event", "invoke": "&Invoke", "view": "&View",
         "engine": "E&ngine", "help": "&Help"}

Entry = Command[Any] | Submenu
Groups = dict[str, dict[int, list[Entry]]]
"""The entries by menu, or menu within one, and number of their group."""


def fill_menu_bar(bar: QMenuBar, actions: Actions, entries: Sequence[Entry]) -> None:
    """Add all menus and those within them, with separators between their groups.

    What can be done depends on what has the focus too: each menu looks when it is opened.
    """
    groups = _groups(entries)
    for name, title in MENUS.items():
        menu = bar.addMenu(title)
        menu.aboutToShow.connect(actions.refresh)
        _fill(menu, actions, groups, name)


def _groups(entries: Sequence[Entry]) -> Groups:
    groups: Groups = {}
    for entry in entries:
        for place in entry.menus:
            name, _, group = place.partition("/")
            groups.setdefault(name, {}).setdefault(int(group), []).append(entry)
    return groups


def _fill(menu: QMenu, actions: Actions, groups: Groups, name: str) -> None:
    own = groups.get(name, {})
    for number, group in sorted(own.items()):
        if number > min(own):
            menu.addSeparator()
        for entry in group:
            if isinstance(entry, Submenu):
                submenu = menu.addMenu(entry.text)
                submenu.setObjectName(entry.identifier)
                _fill(submenu, actions, groups, entry.identifier)
            else:
                menu.addAction(actions[entry.identifier])

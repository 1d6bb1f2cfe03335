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


def fill_menu_bar(bar: QMenuBar, actions: Actions, entries: Sequence[Entry]) -> None:
    """Add all menus, with separators between their groups."""
    groups = _groups(entries)
    for name, title in MENUS.items():
        menu = bar.addMenu(title)
        for number, group in sorted(groups[name].items()):
            if number > min(groups[name]):
                menu.addSeparator()
            for entry in group:
                _add(menu, actions, entry)


def _groups(entries: Sequence[Entry]) -> dict[str, dict[int, list[Entry]]]:
    """The entries by menu and number of their group."""
    groups: dict[str, dict[int, list[Entry]]] = {menu: {} for menu in MENUS}
    for entry in entries:
        for place in entry.menus:
            name, _, group = place.partition("/")
            groups[name].setdefault(int(group), []).append(entry)
    return groups


def _add(menu: QMenu, actions: Actions, entry: Entry) -> None:
    if isinstance(entry, Submenu):
        menu.addMenu(entry.text).setObjectName(entry.identifier)
    else:
        menu.addAction(actions[entry.identifier])

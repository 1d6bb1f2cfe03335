"""What the tabs of views say. It outlives the tabs, which are made anew whenever views are arranged anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtGui import QIcon

from workbench.gui.layout.view_group import ViewGroup


class _Title(NamedTuple):
    text: str
    icon: QIcon
    tip: str


class ViewTitles:
    """By the names of the views."""

    def __init__(self, group_of: Callable[[str], ViewGroup | None]) -> None:
        """`group_of` finds the group of a view; None as long as it is in none."""
        self._group_of = group_of
        self._titles: dict[str, _Title] = {}

    def of(self, name: str) -> str:
        """What a view's tab says."""
        return self._titles[name].text

    def name(self, name: str, text: str) -> None:
        """Set what a view's tab says."""
        known = self._titles.get(name)
        self._titles[name] = _Title(text, known.icon, known.tip) if known else _Title(text, QIcon(), "")
        self.show(name)

    def mark(self, name: str, icon: QIcon, tip: str) -> None:
        """Set a tab's icon and tool tip."""
        self._titles[name] = _Title(self._titles[name].text, icon, tip)
        self.show(name)

    def show(self, name: str) -> None:
        """Show all of it in the tab, if there is one."""
        group = self._group_of(name)
        if group is None:
            return
        title, index = self._titles[name], group.names.index(name)
        group.setTabText(index, title.text)
        group.setTabIcon(index, title.icon)
        group.setTabToolTip(index, title.tip)

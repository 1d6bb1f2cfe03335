"""A titled list of the side bar. The list is made when there is something to show in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from workbench.gui.look.theme import DARK, Theme
from workbench.gui.widgets.section import Section

if TYPE_CHECKING:
    from workbench.gui.widgets.row import Row
    from workbench.gui.widgets.row_list import RowList


class ListSection(Section):
    """Has the signals of `RowList`: `row_selected(str key)`, `row_activated(str key)`, `action_chosen(str key)`."""

    row_selected = Signal(str)
    row_activated = Signal(str)
    action_chosen = Signal(str)

    def __init__(self, title: str, add: QAction, menu: Sequence[QAction], parent: QWidget | None = None) -> None:
        """`add` is what the plus does, `menu` what can be done with a row."""
        super().__init__(title, add=add, parent=parent)
        self._name = title
        self._menu = menu
        self._theme = DARK
        self._list: RowList | None = None

    @property
    def list(self) -> RowList:
        """The list, made now if it is not there yet: the classes of Qt's lists take a while, and the code is shown before."""
        if self._list is None:
            self._list = self._make()
            self.put(self._list)
        return self._list

    def show_rows(self, rows: tuple[Row, ...], current: str) -> None:
        """Show these rows and select the one with the key `current`, or none. Emits nothing."""
        self.list.show_rows(rows, current)

    def set_theme(self, theme: Theme) -> None:
        """Paint in the theme's colors."""
        super().set_theme(theme)
        self._theme = theme
        if self._list is not None:
            self._list.set_theme(theme)

    def _make(self) -> RowList:
        from workbench.gui.widgets.row_list import RowList

        made = RowList(self._name)
        made.set_theme(self._theme)
        made.addActions(self._menu)
        made.row_selected.connect(self.row_selected)
        made.row_activated.connect(self.row_activated)
        made.action_chosen.connect(self.action_chosen)
        return made

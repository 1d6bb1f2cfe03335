"""The workspace's events, and the entry that opens the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.panels.navigation.list_section import ListSection

if TYPE_CHECKING:
    from workbench.gui.widgets.row_list import RowList

BROWSE = "action:browse"


class EventsPanel(QWidget):
    """Signals: `event_selected(str name)`, `event_opened(str name)` for a double click or Return, `browse_requested()`."""

    event_selected = Signal(str)
    event_opened = Signal(str)
    browse_requested = Signal()

    def __init__(self, template_count: int, add: QAction, menu: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._template_count = template_count
        self._section = ListSection("Events", add, menu)
        self._section.row_selected.connect(self.event_selected)
        self._section.row_activated.connect(self.event_opened)
        self._section.action_chosen.connect(self._on_action)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._section)

    @property
    def list(self) -> RowList:
        """The list of events, made now if it is not there yet."""
        return self._section.list

    def show_events(self, names: Sequence[str], current: str, failed: Mapping[str, str]) -> None:
        """Show these events with `current` selected. `failed` has a word for those with which the last invocation failed."""
        from workbench.gui.widgets.row import Row

        rows = [Row(name, name, alert=failed.get(name, "")) for name in names]
        rows.append(Row(key=BROWSE, text=f"Browse {self._template_count} templates…", is_action=True))
        self._section.show_rows(tuple(rows), current)

    def set_theme(self, theme: Theme) -> None:
        """Paint in the theme's colors."""
        self._section.set_theme(theme)

    def _on_action(self, key: str) -> None:
        if key == BROWSE:
            self.browse_requested.emit()

"""One workspace on screen. The code is shown at once; the panels of a session come when the workspace has been read."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.application.file_places import FilePlaces
from workbench.gui.application.preferences import Preferences, WorkspaceMemory
from workbench.gui.commands.actions import Actions
from workbench.gui.look.appearance import Appearance
from workbench.gui.panels.navigation.events_panel import EventsPanel
from workbench.gui.panels.navigation.functions_panel import FunctionsPanel
from workbench.gui.widgets.column import column
from workbench.gui.workspace.documents import Documents
from workbench.gui.workspace.layout_keeper import LayoutKeeper
from workbench.gui.workspace.notice_bar import NoticeBar
from workbench.gui.workspace.page_regions import PageRegions
from workbench.gui.workspace.toolbar import Toolbar
from workbench.resource_files import resource_path

if TYPE_CHECKING:
    from workbench.gui.workspace.toast import Toast

FUNCTION_MENU = ("debug", "function.new", "function.rename", "function.duplicate", "function.delete", "function.remove")
VIEW_MENU = ("view.maximize", "view.left", "view.right", "view.above", "view.below", "layout.reset")
EDITOR_MENU = ("save", "close.tab", "editor.beside")
EVENT_MENU = ("event.template", "event.new", "event.expect", "event.rename", "event.delete")


class WorkspacePage(QWidget):
    """The part of the window below the menu bar. It owns everything that belongs to the workspace, and is deleted with it.

    Emits `escape_pressed()` where nothing else had a use for that key.
    """

    escape_pressed = Signal()

    def __init__(
        self, documents: Documents, actions: Actions, preferences: Preferences, appearance: Appearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences, self._appearance = preferences, appearance
        self.documents = documents
        documents.setParent(self)
        self.toolbar = Toolbar(actions["invoke"], actions["invoke.send"], actions["debug"], actions["focus.cost"])
        self.notice = NoticeBar()
        self.functions = FunctionsPanel(actions["function.new"], [actions[name] for name in FUNCTION_MENU])
        self.events = EventsPanel(_template_count(), actions["event.template"], [actions[name] for name in EVENT_MENU])
        documents.tabs.groups.menu_actions.extend(actions[name] for name in EDITOR_MENU)
        self._editors = column(self.notice, documents.tabs)
        self._editors.setFocusProxy(documents.tabs)
        self.above_code: QWidget | None = None
        self.regions = PageRegions(self.functions, self.events, self._editors,
                                   [actions[name] for name in VIEW_MENU])
        self.regions.maximized_changed.connect(self._place_notice)
        self.regions.area.arranged.connect(appearance.enlarge_lost)
        self.layouts = LayoutKeeper(self.regions, self)
        self.file_places = FilePlaces(Path.home())
        """Where dialogs for files begin."""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.toolbar)
        self._column.addWidget(self.regions, 1)
        for part in (self.toolbar, self.notice, self.functions, self.events, self.regions, documents):
            appearance.dress(part)
        if preferences.code_size_pt:
            documents.tabs.look.set_font_size(preferences.code_size_pt)
        documents.tabs.current_changed.connect(self._on_current_changed)
        documents.tabs.font_size_changed.connect(self._on_font_size_changed)

    def restore(self, root: Path, memory: WorkspaceMemory) -> None:
        """Show the page of this workspace as the person left it, and remember changes from now on. Comes before all else."""
        self.file_places = FilePlaces(root, memory)
        self.layouts.restore(memory)

    @cached_property
    def toast(self) -> Toast:
        """Made when something can be undone first."""
        from workbench.gui.workspace.toast import Toast

        return self._appearance.dress(Toast(self))

    def add_above_code(self, part: QWidget) -> None:
        """Add a part above the code, of its width: the one that `above_code` is."""
        self.above_code = part
        parts = self._editors.layout()
        if isinstance(parts, QVBoxLayout):
            parts.insertWidget(parts.indexOf(self.documents.tabs), part)

    def add_below_toolbar(self, bar: QWidget) -> None:
        """Add a bar of the whole width between the toolbar and everything else."""
        self._column.insertWidget(1, bar)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell of Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.escape_pressed.emit()
        else:
            super().keyPressEvent(event)

    def _place_notice(self) -> None:
        """Show notices above the code, or above the views where these have the code's room."""
        place = self._editors if self.regions.has_editor else self.regions.watched
        parts = place.layout()
        if self.notice.parentWidget() is not place and isinstance(parts, QVBoxLayout):
            parts.insertWidget(0, self.notice)

    def _on_current_changed(self, _path: str) -> None:
        """Let who goes to the editor be able to type: the tabs themselves take no text."""
        editor = self.documents.tabs.current_editor()
        if editor is not None:
            self.documents.tabs.setFocusProxy(editor.view)

    def _on_font_size_changed(self, size_pt: float) -> None:
        self._preferences.code_size_pt = size_pt


def _template_count() -> int:
    """Count the files only; the templates are parsed when somebody opens the dialog."""
    return sum(name.endswith(".json") for name in os.listdir(resource_path("event_templates")))  # a glob takes 1 ms

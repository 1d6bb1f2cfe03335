"""Shows in menus and status line which layout the page has, and whether something is maximized."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.gui.commands.actions import Actions
from workbench.gui.panels.order import LAYOUT_NAMES
from workbench.gui.shell.status_line import StatusLine

if TYPE_CHECKING:  # the page imports the editor, so only once there is code
    from workbench.gui.workspace.workspace_page import WorkspacePage


class LayoutMarks(QObject):
    """Belongs to a workspace's page, and marks as long as it exists. A click toggles an action before anything has happened,
    so the marks are set to the actual state whenever something may have.
    """

    def __init__(self, actions: Actions, line: StatusLine, page: WorkspacePage) -> None:
        super().__init__(page)
        self._actions = actions
        self._line = line
        self._page = page
        page.layouts.chosen.connect(self._show)
        page.layouts.presenting_changed.connect(self._show)
        page.regions.maximized_changed.connect(self._show)
        self._show()

    def _show(self, *_: object) -> None:
        if not self._page.isVisible():  # a page that is being left
            return
        layouts = self._page.layouts
        for name in LAYOUT_NAMES:
            self._actions[f"layout.{name}"].setChecked(name == layouts.name and not layouts.is_presenting)
        self._actions["presentation"].setChecked(layouts.is_presenting)
        self._actions["view.maximize"].setChecked(self._page.regions.is_maximized)
        self._line.layouts.show_layout("presentation" if layouts.is_presenting else layouts.name)

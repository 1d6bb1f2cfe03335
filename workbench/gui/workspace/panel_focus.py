"""Moves the focus between the panels of a workspace: to one by its name, or on to the next."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from workbench.gui.layout.reading_order import enter
from workbench.gui.widgets.lazy_panel import LazyPanel
from workbench.gui.workspace.page_regions import VIEW_TITLES
from workbench.gui.workspace.side_panel import SHOWN
from workbench.gui.workspace.workspace_page import WorkspacePage


class PanelFocus:
    """Creates panels that do not exist yet: a person who goes to one wants to see it."""

    def __init__(self, page: WorkspacePage, panels: Mapping[str, LazyPanel[Any]]) -> None:
        """`panels` are all that are made late, by name."""
        self._page = page
        self._panels = panels

    def go_to(self, name: str) -> None:
        """Move the focus to a panel, given its name, and let it be seen wherever it is."""
        regions = self._page.regions
        if name in VIEW_TITLES:
            regions.reveal_view(name)
        elif name in SHOWN:
            regions.show_activity(name)
        elif name == "editor":
            regions.reveal_editor()
        else:
            regions.open_drawer(is_open=True)
        self._want(name)
        self._enter(name)
        if name in self._panels and self._panels[name].made is None:
            # It is made a moment later. Whoever has gone elsewhere by then stays there.
            self._panels[name].want(partial(self._enter_from, self._page.window().focusWidget(), name))

    def go_to_next(self, *, is_back: bool = False) -> None:
        """Move the focus to the next panel that can be seen, from the last to the first; or to the one before."""
        panels, focused = self._seen(), self._page.window().focusWidget()
        if is_back:
            panels.reverse()
        here = next((i for i, panel in enumerate(panels) if focused and (panel is focused or panel.isAncestorOf(focused))), -1)
        any(enter(panel, Qt.FocusReason.TabFocusReason) for panel in (*panels[here + 1:], *panels[:here + 1]))

    def choose(self, name: str) -> None:
        """Do what a button of the rail stands for: one that is open already is closed."""
        regions = self._page.regions
        if name == "drawer" and regions.is_drawer_open:
            regions.open_drawer(is_open=False)
        elif name == regions.side.activity:
            regions.show_activity("")
        else:
            self.go_to("configuration" if name == "drawer" else name)

    def toggle_side(self) -> None:
        """Hide the side bar, or show the functions in it."""
        regions = self._page.regions
        regions.show_activity("" if regions.side.activity else "functions")

    def _seen(self) -> list[QWidget]:
        """What can be seen, from left to right and from top to bottom."""
        page, regions = self._page, self._page.regions
        lists: list[QWidget] = [regions.side.files, page.functions.list, page.events.list]
        views = [regions.area.view(name) for name in regions.area.fronts]
        above = [page.above_code] if page.above_code is not None else []
        panels = [*lists, *above, *page.documents.tabs.groups.groups, *views, regions.drawer.currentWidget(), page.toast.undo]
        return [panel for panel in panels if panel.isVisible()]

    def _want(self, name: str) -> None:
        """Have a panel made, now if possible, that does not exist yet."""
        if name in ("configuration", "versions"):
            self._page.regions.drawer.setCurrentWidget(self._panels[name].place)
        if name in self._panels:
            self._panels[name].want()

    def _enter(self, name: str) -> None:
        regions = self._page.regions
        if enter(self._place(name), Qt.FocusReason.ShortcutFocusReason):
            return
        if name in VIEW_TITLES:  # nothing in it can be used as yet
            regions.area.tabs_of(name).setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif name in SHOWN:
            regions.rail.buttons[name].setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif regions.drawer.isAncestorOf(self._place(name)):
            regions.drawer.tabBar().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _enter_from(self, focused: QWidget | None, name: str) -> None:
        if self._page.window().focusWidget() is focused:
            self._enter(name)

    def _place(self, name: str) -> QWidget:
        page = self._page
        here: dict[str, QWidget] = {
            "functions": page.functions.list, "events": page.events.list, "editor": page.documents.tabs,
        }
        return self._panels[name].place if name in self._panels else here[name]

"""Moves the focus between the panels of a workspace: to one by its name, or on to the next."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from workbench.gui.panels.order import PANELS
from workbench.gui.workspace.asynchronous_views import AsynchronousViews
from workbench.gui.workspace.configuration_controller import ConfigurationController
from workbench.gui.workspace.session_panels import SessionPanels
from workbench.gui.workspace.versions_display import VersionsDisplay
from workbench.gui.workspace.workspace_page import WorkspacePage


class PanelFocus:
    """Creates panels that do not exist yet: a person who goes to one wants to see it."""

    def __init__(
        self, page: WorkspacePage, configuration: ConfigurationController, versions: VersionsDisplay, panels: SessionPanels,
        asynchronous: AsynchronousViews,
    ) -> None:
        self._page = page
        self._configuration = configuration
        self._versions = versions
        self._panels = panels
        self._asynchronous = asynchronous

    def go_to(self, name: str) -> None:
        """Move the focus to a panel, given its name in `PANELS` or `MORE_PANELS`."""
        if name in ("result", "logs", "cost", "environments"):
            self._panels.bring_to_front(name)
            self._page.regions.results.currentWidget().setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif name == "concurrency":
            self._go(self._panels.concurrency.panel, Qt.FocusReason.ShortcutFocusReason)
        else:
            self._go(self._order()[PANELS.index(name)], Qt.FocusReason.ShortcutFocusReason)

    def go_to_next(self) -> None:
        """Move the focus to the next panel, from the last to the first."""
        panels, focused = self._order(), self._page.window().focusWidget()
        here = next((i for i, panel in enumerate(panels) if focused and (panel is focused or panel.isAncestorOf(focused))), -1)
        self._go(panels[(here + 1) % len(panels)], Qt.FocusReason.TabFocusReason)

    def _go(self, panel: QWidget, reason: Qt.FocusReason) -> None:
        for tabs in (self._page.regions.sides, self._page.regions.views):  # panels that share a place
            for page in map(tabs.widget, range(tabs.count())):
                if page is not None and page.isAncestorOf(panel):
                    tabs.setCurrentWidget(page)
        panel.setFocus(reason)

    def _order(self) -> tuple[QWidget, ...]:
        """The panels in the order of `PANELS`, in which F6 visits them, and after them concurrency."""
        page = self._page
        configuration, timeline, history = self._configuration.panel, self._panels.timeline.panel, self._panels.history.panel
        versions = self._versions.panel
        return (page.functions.list, page.documents.tabs, configuration, timeline, page.regions.results, history, versions,
                self._asynchronous.queue.panel, self._asynchronous.inbox.panel, self._panels.concurrency.panel)

"""Shows versions and aliases of the chosen function: in their panel, and in the toolbar's box for what Invoke runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from workbench.gui.look.appearance import Appearance
from workbench.gui.widgets.lazy_panel import LazyPanel
from workbench.gui.workspace.function_versions import FunctionVersions
from workbench.gui.workspace.version_commands import VersionCommands
from workbench.gui.workspace.version_comparisons import VersionComparisons
from workbench.gui.workspace.workspace_page import WorkspacePage

if TYPE_CHECKING:  # created after the code has been painted, and imported only then
    from workbench.gui.panels.versions.versions_panel import VersionsPanel


class VersionsDisplay(QObject):
    """Keeps panel and box in step with `versions`, and passes on what is asked for there.

    Emits `panel_made(VersionsPanel)` when the panel is needed first.
    """

    panel_made = Signal(object)

    def __init__(
        self, versions: FunctionVersions, commands: VersionCommands, comparisons: VersionComparisons, page: WorkspacePage,
        appearance: Appearance,
    ) -> None:
        super().__init__(page)
        self._versions = versions
        self._commands = commands
        self._comparisons = comparisons
        self._toolbar = page.toolbar
        self._appearance = appearance
        self.lazy_panel = LazyPanel(page.regions.drawer.versions, self._make_panel)
        page.toolbar.qualifier_chosen.connect(versions.choose_qualifier)
        page.toolbar.tenant.textChanged.connect(versions.choose_tenant)
        versions.changed.connect(self._show)
        self._show()

    @property
    def panel(self) -> VersionsPanel:
        """The panel, created now if it does not exist yet."""
        return self.lazy_panel.panel

    def _make_panel(self) -> VersionsPanel:
        from workbench.gui.panels.versions.versions_panel import VersionsPanel

        panel = self._appearance.dress(VersionsPanel())
        panel.publish_requested.connect(self._commands.publish)
        panel.comparison_requested.connect(self._comparisons.compare)
        panel.qualifier_chosen.connect(self._versions.choose_qualifier)
        panel.alias_requested.connect(self._commands.ask_alias)
        panel.alias_deleted.connect(self._commands.delete_alias)
        panel.urls.open_requested.connect(_open_in_browser)
        self._fill(panel)
        self.panel_made.emit(panel)
        return panel

    def _show(self) -> None:
        self._toolbar.show_qualifiers(self._versions.qualifiers, self._versions.qualifier)
        if self.lazy_panel.made is not None:
            self._fill(self.lazy_panel.made)

    def _fill(self, panel: VersionsPanel) -> None:
        versions = self._versions
        if versions.problem or not versions.function_name:
            panel.show_nothing(versions.function_name, versions.problem or "There is no function.")
        elif not versions.versions:
            panel.show_waiting(versions.function_name)
        else:
            panel.show_versions(versions.function_name, versions.versions, versions.aliases)
            panel.show_urls(versions.urls)


def _open_in_browser(address: str) -> None:
    QDesktopServices.openUrl(QUrl(address))

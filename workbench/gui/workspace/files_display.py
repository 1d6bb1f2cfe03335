"""Shows the workspace's files in the side bar once somebody wants to see them, and opens what is chosen there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.gui.widgets.lazy_panel import LazyPanel
from workbench.gui.workspace.workspace_page import WorkspacePage

if TYPE_CHECKING:  # Qt's model of the file system begins a thread: only when it is needed
    from workbench.gui.panels.navigation.files_panel import FilesPanel


class FilesDisplay(QObject):
    """Belongs to the workspace's page."""

    def __init__(self, root: Path, page: WorkspacePage) -> None:
        super().__init__(page)
        self._root = root
        self._page = page
        self.lazy_panel = LazyPanel(page.regions.side.files, self._make_panel)

    @property
    def panel(self) -> FilesPanel:
        """The panel, created now if it does not exist yet."""
        return self.lazy_panel.panel

    def _make_panel(self) -> FilesPanel:
        from workbench.gui.panels.navigation.files_panel import FilesPanel

        panel = FilesPanel(self._root)
        panel.file_opened.connect(self._on_opened)
        return panel

    def _on_opened(self, path: str) -> None:
        self._page.documents.open(Path(path))

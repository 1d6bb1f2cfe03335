"""Shows a page that a function returned in the person's browser, without scripts and without access to any network."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from workbench.gui.workspace.notice_bar import NoticeBar
from workbench.model.failures import WorkspaceError
from workbench.state.page_wrapping import wrapped_page

_NONE = "The browser could not be opened."


class PagesInBrowser(QObject):
    """Writes pages into a folder that only this person can read, and removes it with `close`."""

    def __init__(self, bar: NoticeBar, parent: QObject) -> None:
        super().__init__(parent)
        self._bar = bar
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._written = 0

    def open(self, html: str) -> None:
        """Show a page."""
        try:
            path = self._write(html)
        except OSError as error:
            self._bar.show_error(WorkspaceError(f"The page cannot be written: {error.strerror}", "Make room on the disk."))
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._bar.show_error(WorkspaceError(_NONE, f"Open {path} in one; it is removed when the workspace is closed."))

    async def close(self) -> None:
        """Remove what was written."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _write(self, html: str) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="lambda-workbench-page-")
        self._written += 1
        path = Path(self._folder.name, f"answer-{self._written}.html")
        path.write_text(wrapped_page(html), encoding="utf-8", errors="replace")
        return path

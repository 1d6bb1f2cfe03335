"""Shows a page that a function returned in the person's browser, without scripts and without access to any network."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from workbench.gui.workspace.notice_bar import NoticeBar
from workbench.model.failures import WorkspaceError
from workbench.state.page_wrapping import wrapped_page
from workbench.storage.safe_files import is_own, is_plain_folder

_PREFIX = "lambda-workbench-page-"
_FOLDER = re.compile(rf"{_PREFIX}([0-9]{{1,9}})-([0-9]{{1,12}})-[a-z0-9_]{{8}}")
"""Its name has the window's process ID and when that began, so that another one can tell whether it still runs."""
_NONE = "The browser could not be opened."


class PagesInBrowser(QObject):
    """Writes pages into a folder that only this person can read, and removes it with `close`, and those of killed windows."""

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
        """Remove what was written, and what others left: this window may have been too short to do so before."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        await asyncio.to_thread(self.prune)

    def prune(self) -> None:
        """Remove what windows left that were killed: answers may hold secrets. Call it on a thread."""
        from workbench.storage.processes import RunningProcess

        for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            named = _FOLDER.fullmatch(folder.name)
            if (named and not RunningProcess(int(named[1]), float(named[2])).runs
                    and is_plain_folder(folder) and is_own(folder.lstat())):
                shutil.rmtree(folder, ignore_errors=True)

    def _write(self, html: str) -> Path:
        if self._folder is None:
            from workbench.storage.processes import begun_s

            own = os.getpid()
            self._folder = tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{own}-{round(begun_s(own))}-")
        self._written += 1
        path = Path(self._folder.name, f"answer-{self._written}.html")
        path.write_text(wrapped_page(html), encoding="utf-8", errors="replace")
        return path

"""Exports one invocation as a file for a colleague, and opens such a file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from workbench.gui.link.engine_link import EngineLink
from workbench.gui.look.appearance import Appearance
from workbench.gui.widgets.file_dialog import FileDialog
from workbench.gui.workspace.history_recall import recalled
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.model.failures import InvalidInput
from workbench.model.past_invocations import PastInvocation
from workbench.state.invocation_file import LARGEST_BYTES, SUFFIX, exported, opened
from workbench.state.session import Session
from workbench.workspace.atomic_file import write_atomically

_KIND, _PLACE = f"Invocations (*{SUFFIX})", "invocation"


class HistoryFiles(QObject):
    """Emits `told(str)` when a file was written."""

    told = Signal(str)

    def __init__(self, link: EngineLink, session: Session, page: WorkspacePage, appearance: Appearance) -> None:
        super().__init__(page)
        self._link, self._session, self._page, self._appearance = link, session, page, appearance

    def ask_export(self, past: PastInvocation, write: Callable[[Path], object]) -> None:
        """Ask for the file to write an invocation into."""
        dialog = FileDialog("Export an invocation", _PLACE, self._page.file_places, self._page)
        dialog.setNameFilter(_KIND)
        dialog.save_as(f"{past.function_name}-{past.request_id[:8]}{SUFFIX}", "")
        self._ask(dialog, write)

    def ask_open(self, read: Callable[[Path], object]) -> None:
        """Ask for the file to read."""
        dialog = FileDialog("Open an exported invocation", _PLACE, self._page.file_places, self._page)
        dialog.setNameFilters([_KIND, "All files (*)"])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._ask(dialog, read)

    async def export(self, past: PastInvocation, path: Path) -> None:
        """Write an invocation into a file. Raises WorkbenchError."""
        from workbench.package_version import package_version  # takes 12 ms, before anything is exported

        found = await recalled(self._link, self._session, past)
        deployed = await self._link.client.history.deployed(past.seq)
        program = f"Lambda Workbench {package_version()}"
        content = await asyncio.to_thread(exported, program, past, deployed, found.events)  # it may have 6 MB
        await asyncio.to_thread(write_atomically, path, content)
        self.told.emit(f"The invocation was exported as {path}. Event, result and log are in it as they were; values of "
                       "environment variables are masked.")

    async def open(self, path: Path) -> None:
        """Show what a file has, in a window of its own. Raises WorkbenchError."""
        from workbench.gui.panels.history.details_window import DetailsWindow
        from workbench.gui.panels.history.readable import texts_of

        document = await asyncio.to_thread(lambda: opened(_read(path)))
        invocation = document.folded()
        self._session.price(invocation)
        seen = self._session.hidden.invocation
        window = self._appearance.dress(DetailsWindow(document.invocation, self._page, source=path.name, seen=seen))
        window.show_invocation(invocation, await asyncio.to_thread(texts_of, seen(invocation)), document.deployed)
        window.show()

    def _ask(self, dialog: FileDialog, chosen: Callable[[Path], object]) -> None:
        self._chosen = chosen
        dialog.fileSelected.connect(self._on_file)
        dialog.open()

    def _on_file(self, name: str) -> None:
        self._chosen(Path(name))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror or error}.") from error

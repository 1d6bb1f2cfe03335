"""Files that a window writes for a person where they want them: the log, an invocation. Neither is ever there by half."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from tests.gallery.sitter import until
from tests.support.killed_window_found import INVOCATION_FILE, LOG_FILE, SAVED, digest_of
from tests.support.killed_window_teller import Flow, Teller
from workbench.model.log_queries import LogFilter


class SavedFileFlows(Teller):
    """Each replaces the file of the time before."""

    @property
    def flows(self) -> tuple[Flow, ...]:
        """What can be done."""
        return self.save_log, self.save_log, self.export

    async def save_log(self) -> None:
        """Save the log up to now as text."""
        files, client = self.window.workspace._feeds.log.files, self.window.client
        wanted = LogFilter(until=(await client.log.extent()).seq)
        digest = digest_of(b"".join([part async for part in client.log.file(wanted, "text")]))
        told: list[str] = []
        files.told.connect(told.append)
        self.tried(**{"log file": digest})
        files.save(self._place(LOG_FILE), "text", wanted)
        await until(lambda: bool(told))
        self.kept(**{"log file": digest})

    async def export(self) -> None:
        """Export an invocation as a file."""
        past, history = await self.any_past(), self.window.workspace.past
        if past is None:
            return
        told: list[str] = []
        history.files.told.connect(told.append)
        history.carry_out("export", [past])
        dialog = await self.window.dialog(QFileDialog)
        self.tried(**{"invocation file": past.request_id})
        dialog.fileSelected.emit(str(self._place(INVOCATION_FILE)))
        dialog.reject()
        await until(lambda: bool(told))
        self.kept(**{"invocation file": past.request_id})

    def _place(self, name: str) -> Path:
        folder = self.file(SAVED)
        folder.mkdir(exist_ok=True)
        return folder / name

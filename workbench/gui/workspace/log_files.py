"""Saves the log as a file: all entries that pass a filter, as the engine streams them. Runs on the window's loop."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from PySide6.QtCore import QObject, Signal

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.model.failures import WorkbenchError, WorkspaceError
from workbench.model.log_queries import LogFileForm, LogFilter
from workbench.workspace.atomic_file import write_atomically


class LogFiles(QObject):
    """Signals: `told(str sentence)` when a file is there, `failed(WorkbenchError)` if there will be none."""

    told = Signal(str)
    failed = Signal(object)

    def __init__(self, link: EngineLink, report: Callable[[BaseException], None], parent: QObject) -> None:
        super().__init__(parent)
        self._link = link
        self._tasks = Tasks(report)

    def save(self, path: Path, form: LogFileForm, wanted: LogFilter) -> None:
        """Begin to save. A file that is there already is replaced at the end."""
        self._tasks.spawn("saving the log", self._save(path, form, wanted))

    async def close(self) -> None:
        """Give up what is being saved."""
        await self._tasks.cancel()

    async def _save(self, path: Path, form: LogFileForm, wanted: LogFilter) -> None:
        try:
            # Without a name until all is there, so that nothing of it stays if we are killed.
            with await asyncio.to_thread(_nameless, path.parent) as file:
                await self._write(file, form, wanted)
                await asyncio.to_thread(write_atomically, path, file)
            self.told.emit(self.tr("The log was saved as {0}.").format(path))
        except OSError as error:
            self.failed.emit(WorkspaceError(f"{path} cannot be written: {error.strerror or error}.", "Choose another place."))
        except WorkbenchError as error:
            self.failed.emit(error)

    async def _write(self, file: BinaryIO, form: LogFileForm, wanted: LogFilter) -> None:
        async with contextlib.aclosing(self._link.client.log.file(wanted, form)) as pieces:
            async for piece in pieces:
                await asyncio.to_thread(file.write, piece)


def _nameless(folder: Path) -> BinaryIO:
    return tempfile.TemporaryFile(dir=folder)

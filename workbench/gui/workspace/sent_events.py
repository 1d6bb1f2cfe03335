"""With which event which request was sent, kept from one window to the next: the engine is sent an event, not its name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.gui.application.tasks import Tasks
from workbench.gui.workspace.invocation_controller import Request
from workbench.storage.state_file import StateFile

FILE = "sent-events.json"
MOST = 200
"""As many requests are kept, the newest ones."""
_PAUSE_MS = 1_000
"""After a request, so that many of them are written at once. Whoever kills the window loses no more than these names."""

Sent = Mapping[str, tuple[str, str]]
"""The names of function and event by request, the newest last."""


class SentEvents(QObject):
    """One file in a workspace's state folder. Failures to read or write it are ignored: it is only a convenience.

    Emits `recalled(Sent)` with what the windows before have sent.
    """

    recalled = Signal(object)

    def __init__(self, state_directory: Path, report: Callable[[BaseException], None], parent: QObject) -> None:
        super().__init__(parent)
        self._file = StateFile(state_directory / FILE, dict[str, tuple[str, str]])
        self._tasks = Tasks(report)
        self._sent: dict[str, tuple[str, str]] = {}
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._keep)

    def note(self, request_id: str, request: Request) -> None:
        """Keep with which event a function is invoked."""
        self._sent[request_id] = request.function.name, request.event_name
        self._pause.start()

    async def recall(self) -> None:
        """Read what was sent before. Call it when the page is complete: nobody waits for it."""
        before = await asyncio.to_thread(self._file.read) or {}
        self._sent = {**before, **self._sent}
        self.recalled.emit(before)

    async def close(self) -> None:
        """Write what is not written yet."""
        await self._tasks.cancel()
        if self._pause.isActive():
            self._pause.stop()
            await asyncio.to_thread(self._write, self._newest())

    def _keep(self) -> None:
        self._tasks.spawn("keep the names of sent events", asyncio.to_thread(self._write, self._newest()))

    def _newest(self) -> dict[str, tuple[str, str]]:
        """Forget all but the newest, and return these; further requests are noted while a thread writes them."""
        self._sent = dict(list(self._sent.items())[-MOST:])
        return self._sent.copy()

    def _write(self, sent: dict[str, tuple[str, str]]) -> None:
        with suppress(OSError):
            self._file.write(sent, durable=False)

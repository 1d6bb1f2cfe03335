"""The inbox of the engine: read when something arrives, and counted until somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from workbench.gui.application.preferences import WorkspaceMemory
from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.link_state import LinkState
from workbench.gui.link.repeated_question import RepeatedQuestion
from workbench.model.failures import WorkbenchError
from workbench.model.inbox import InboxMessage
from workbench.state.inbox_rows import PAGE, InboxRows
from workbench.state.session import Topic

if TYPE_CHECKING:
    from workbench.gui.dialogs.engine_dialog import EngineDialog

PAUSE_MS = 200
"""How long to wait for further messages before the inbox is read."""
_SEEN = "inbox"


class InboxController(QObject):
    """Runs on the window's loop. `memory` keeps up to which message somebody has looked.

    Signals: `changed()` with `rows` and `unread`; `message_changed()` with `message`, the chosen one; `failed(WorkbenchError)`.
    """

    changed = Signal()
    message_changed = Signal()
    failed = Signal(object)

    def __init__(
        self, link: EngineLink, memory: WorkspaceMemory, report: Callable[[BaseException], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._link = link
        self._memory = memory
        self._tasks = Tasks(report)
        self._question = RepeatedQuestion("inbox", link, self._ask, report)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._question.ask)
        self._is_seen = self._is_reading = False
        self._chosen = 0
        self.rows = InboxRows()
        self.message: InboxMessage | None = None
        link.state_changed.connect(self._on_link_state)
        link.topics_changed.connect(self._on_topics)

    @property
    def unread(self) -> int:
        """How many messages arrived since somebody looked, of those that were read."""
        return self.rows.count_above(self._seen_up_to)

    def look(self, is_seen: bool) -> None:
        """Somebody looks at the inbox, or nobody does."""
        self._is_seen = is_seen
        if is_seen:
            self._take_note()
            self._question.ask()

    def read_more(self) -> None:
        """Read earlier messages."""
        if not self._is_reading and not self.rows.is_whole:
            self._is_reading = True
            self._tasks.spawn("earlier messages", self._read_more())

    def choose(self, number: int) -> None:
        """Read one message in full."""
        self._chosen = number
        self._tasks.spawn("message of the inbox", self._read_message(number))

    def clear(self, dialog: EngineDialog) -> None:
        """Delete all messages, as `dialog` was answered."""
        self._tasks.spawn("clear the inbox", self._clear(dialog))

    async def close(self) -> None:
        """Cancel the requests in progress, and begin no others."""
        self._pause.stop()
        await self._question.close()
        await self._tasks.cancel()

    @property
    def _seen_up_to(self) -> int:
        text = self._memory.text(_SEEN)
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0

    def _take_note(self) -> None:
        """What is listed now was seen."""
        if self.rows.newest > self._seen_up_to:
            self._memory.save_text(_SEEN, str(self.rows.newest))
        self.changed.emit()

    async def _ask(self) -> None:
        try:
            self.rows.take_newest(await self._link.client.inbox.page(limit=PAGE))
        except WorkbenchError:  # the engine is gone, which the status line says; it is asked again once there is one
            return
        if self._is_seen:
            self._take_note()
        self.changed.emit()

    async def _read_more(self) -> None:
        try:
            oldest = self.rows.oldest
            page = await self._link.client.inbox.page(limit=PAGE, before=oldest)
            if oldest == self.rows.oldest:  # else the list was begun anew meanwhile
                self.rows.take_older(page)
        except WorkbenchError as error:
            self.failed.emit(error)
        finally:
            self._is_reading = False
        self.changed.emit()

    async def _read_message(self, number: int) -> None:
        try:
            message = await self._link.client.inbox.message(number)
        except WorkbenchError as error:
            self.failed.emit(error)
            return
        if number == self._chosen:
            self.message = message
            self.message_changed.emit()

    async def _clear(self, dialog: EngineDialog) -> None:
        try:
            await self._link.client.inbox.clear()
        except WorkbenchError as error:
            if isValid(dialog):
                dialog.show_refusal(f"{error.message}\n{error.hint}".strip())
            return
        if isValid(dialog):  # a person may close it meanwhile
            dialog.close_done()
        self.message, self._chosen = None, 0
        self.message_changed.emit()
        self._question.ask()

    def _on_link_state(self, state: LinkState) -> None:
        if state.phase == "running":
            self._question.ask()

    def _on_topics(self, topics: set[Topic]) -> None:
        if Topic.INBOX in topics and not self._pause.isActive():
            self._pause.start()

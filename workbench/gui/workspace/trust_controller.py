"""Asks whether the open folder is trusted: decides when to ask, and sends the answer to the engine.

The engine alone decides what an untrusted folder may run. This is only the question; without an answer nothing is allowed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.model.engine_api import TrustAnswer
from workbench.model.failures import ServiceError, WorkbenchError
from workbench.model.trust import TrustReport

if TYPE_CHECKING:
    from workbench.client.api import EngineClient
    from workbench.gui.dialogs.trust_dialog import TrustDialog

NOT_TRUSTED = "This folder is not trusted."
"""The beginning of the engine's refusals (`model.failures.NotTrusted`)."""


class TrustController(QObject):
    """Runs on the window's loop. It belongs to the workspace's page, as does its dialog.

    Signals: `changed(TrustReport)` after each answer of the engine; `failed(WorkbenchError)`.
    """

    changed = Signal(object)
    failed = Signal(object)

    def __init__(self, link: EngineLink, report: Callable[[BaseException], None], page: QWidget) -> None:
        super().__init__(page)
        self._link = link
        self._page = page
        self._tasks = Tasks(report)
        self._asked: frozenset[str] = frozenset()
        self.report: TrustReport | None = None
        self.dialog: TrustDialog | None = None

    def look(self) -> None:
        """Find out what the folder would run, and ask about what is new. Call it when the engine answers or functions change."""
        if self._link.is_running:
            self._tasks.spawn("look at trust", self._look())

    def show(self, why: str = "") -> None:
        """Show the question, or the answer given before. `why`: what the engine refused, "" if the person just looks."""
        self._tasks.spawn("show trust", self._show(why))

    def take_failure(self, error: WorkbenchError) -> None:
        """Show the question if a request failed because the folder is not trusted."""
        if isinstance(error, ServiceError) and error.message.startswith(NOT_TRUSTED):
            self.show(error.message.removeprefix(NOT_TRUSTED).strip())

    async def close(self) -> None:
        """Cancel the requests in progress and close the dialog."""
        await self._tasks.cancel()
        self._close_dialog()

    async def _look(self) -> None:
        report = await self._told(lambda client: client.trust())
        if report is not None and self._is_to_be_asked(report):
            self._open(report, "")

    def _is_to_be_asked(self, report: TrustReport) -> bool:
        """Whether there is something not asked about yet. A person who declined is not asked again by itself.

        Digests are of the content: an item that changes after the answer is a new one, and is asked about.
        """
        open_items = frozenset(item.digest for item in report.open_items if item.asks)
        is_new, self._asked = bool(open_items - self._asked), self._asked | open_items
        return is_new and report.standing != "declined"

    async def _show(self, why: str) -> None:
        report = await self._told(lambda client: client.trust())
        if report is not None:
            self._open(report, why)

    def _open(self, report: TrustReport, why: str) -> None:
        from workbench.gui.dialogs.trust_dialog import TrustDialog

        self._close_dialog()
        dialog = self.dialog = TrustDialog(report, why, self._page)
        dialog.trusted.connect(self._on_trusted)
        dialog.declined.connect(self._on_declined)
        dialog.withdrawn.connect(self._on_withdrawn)
        dialog.finished.connect(self._on_finished)
        dialog.show()  # not modal: the question is better answered after a look at the code

    def _close_dialog(self) -> None:
        dialog, self.dialog = self.dialog, None  # before closing: `finished` comes back into `_on_finished`
        if dialog is not None:
            dialog.close()

    def _on_finished(self, _result: int) -> None:
        self.dialog = None

    def _on_trusted(self, digests: tuple[str, ...]) -> None:
        self._say("trust", lambda client: client.answer_trust(TrustAnswer(trusted=True, digests=digests)))

    def _on_declined(self) -> None:
        self._say("decline trust", lambda client: client.answer_trust(TrustAnswer(trusted=False)))

    def _on_withdrawn(self) -> None:
        self._say("withdraw trust", lambda client: client.withdraw_trust())

    def _say(self, name: str, call: Callable[[EngineClient], Awaitable[TrustReport]]) -> None:
        self._tasks.spawn(name, self._told(call))

    async def _told(self, call: Callable[[EngineClient], Awaitable[TrustReport]]) -> TrustReport | None:
        try:
            self.report = await call(self._link.client)
        except WorkbenchError as error:
            self.failed.emit(error)
            return None
        self.changed.emit(self.report)
        return self.report

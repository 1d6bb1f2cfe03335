"""Which AWS credentials functions get: shown on the chosen function, chosen in a dialog, taken away with one click."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.model.credentials import CredentialsChoice, CredentialsReport
from workbench.model.engine_api import Health
from workbench.model.failures import WorkbenchError

if TYPE_CHECKING:
    from workbench.gui.dialogs.credentials_dialog import CredentialsDialog

AGAIN_MS = 15_000
"""How often the account and the time of real credentials are looked at again, as functions get others."""


class CredentialsController(QObject):
    """Runs on the window's loop. It belongs to the workspace's page, as does its dialog. Emits `failed(WorkbenchError)`."""

    failed = Signal(object)

    def __init__(self, link: EngineLink, report: Callable[[BaseException], None], page: QWidget) -> None:
        super().__init__(page)
        self._link = link
        self._page = page
        self._tasks = Tasks(report)
        self.dialog: CredentialsDialog | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._look_again)
        link.health_changed.connect(self._on_health)

    def show(self) -> None:
        """Show the dialog, filled with what is chosen now."""
        self._tasks.spawn("show credentials", self._told(self._show))

    def forget(self) -> None:
        """Have functions get made-up credentials again."""
        self._tasks.spawn("forget credentials", self._told(self._forget))

    async def close(self) -> None:
        """Cancel the requests in progress."""
        self._again.stop()
        await self._tasks.cancel()

    async def _show(self) -> None:
        from workbench.gui.dialogs.credentials_dialog import CredentialsDialog

        report: CredentialsReport = await self._link.client.credentials.report()
        dialog = self.dialog = CredentialsDialog(report, self._page)
        dialog.chosen.connect(self._on_chosen)
        dialog.open()  # not exec(): a nested event loop would run asyncio's callbacks inside this one
        profiles = await self._link.client.credentials.profiles()
        if isValid(dialog):  # it deletes itself when it is closed
            dialog.show_profiles(profiles)

    async def _forget(self) -> None:
        await self._link.client.credentials.forget()
        await self._link.refresh_health()

    def _on_chosen(self, choice: CredentialsChoice) -> None:
        self._tasks.spawn("choose credentials", self._choose(choice))

    async def _choose(self, choice: CredentialsChoice) -> None:
        dialog = self.dialog
        try:
            await self._link.client.credentials.choose(choice)
            await self._link.refresh_health()
        except WorkbenchError as error:
            if dialog is not None and isValid(dialog):
                dialog.show_refusal(f"{error.message}\n{error.hint}".strip())
            else:
                self.failed.emit(error)
            return
        if dialog is not None and isValid(dialog):
            dialog.close_done()

    def _on_health(self, health: Health) -> None:
        if health.credentials.choice.is_real:
            self._again.start()
        else:
            self._again.stop()

    def _look_again(self) -> None:
        if self._link.is_running:
            self._tasks.spawn("look at credentials", self._told(self._link.refresh_health))

    async def _told(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except WorkbenchError as error:
            self.failed.emit(error)

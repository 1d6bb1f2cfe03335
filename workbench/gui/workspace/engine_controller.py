"""The person's requests to the engine of an open workspace, except invocations, trust and debugging."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.look.appearance import Appearance
from workbench.model.allowances import WORKSPACE, Allowance, Change
from workbench.model.engine_api import SandboxChoice, Settings
from workbench.model.failures import WorkbenchError

if TYPE_CHECKING:
    from workbench.client.api import EngineClient  # imports aiohttp: on a thread, once the engine was started


class EngineController(QObject):
    """Runs on the window's loop. Methods return at once. It belongs to the workspace's page, as does its dialog.

    Signals: `failed(WorkbenchError)`; `allowances_refused()` when a clicked check box must show the old state again.
    """

    failed = Signal(object)
    allowances_refused = Signal()

    def __init__(
        self, link: EngineLink, report: Callable[[BaseException], None], appearance: Appearance, page: QWidget
    ) -> None:
        super().__init__(page)
        self._link = link
        self._appearance = appearance
        self._page = page
        self._tasks = Tasks(report)
        self._dialog: QDialog | None = None

    def stop_environments(self, function_name: str) -> None:
        """Stop a function's environments, so that its next invocation starts cold."""
        self._ask("stop environments", lambda engine: engine.stop_environments(function_name))

    def stop_environment(self, environment_id: str) -> None:
        """Stop one environment, given its ID."""
        self._ask("stop environment", lambda engine: engine.stop_environment(environment_id))

    def restart(self) -> None:
        """End the engine, if this window started it, and start another."""
        self._tasks.spawn("restart engine", self._link.restart())

    def choose_sandbox(self, kind: SandboxChoice) -> None:
        """Run functions in this sandbox from now on."""
        self.change_settings(lambda settings: msgspec.structs.replace(settings, sandbox=kind))

    def choose_settings(self, settings: Settings) -> None:
        """Replace all settings."""
        self.change_settings(lambda _: settings)

    def change_settings(self, change: Callable[[Settings], Settings]) -> None:
        """Change the settings, given a function from the present to the new ones."""
        self._tasks.spawn("change settings", self._told(self._link.change_settings(change)))

    def allow(self, function_name: str, change: Change) -> None:
        """Change what a function may use of this machine, given a function from the present to the new allowance."""
        self._tasks.spawn("allow", self._allow(function_name, change))

    def choose_network(self, has_it: bool) -> None:
        """Set whether functions without an allowance of their own may reach the network."""
        self.allow(WORKSPACE, lambda _: Allowance(network=has_it))

    def turn_to(self, function_name: str) -> None:
        """Have the engine keep a sandbox ready for the function that the person works on."""
        if self._link.is_running:
            self._tasks.spawn("turn to function", self._turn_to(function_name))

    def show_doctor(self) -> None:
        """Show the doctor: what this machine has, and what is missing."""
        from workbench.gui.dialogs.doctor_dialog import DoctorDialog

        dialog = DoctorDialog(self._appearance.theme, self._page)
        dialog.cache_unwanted.connect(lambda: self._tasks.spawn("clear cache", dialog.clear_cache(self._link)))
        self._dialog = dialog
        dialog.open()
        self._tasks.spawn("doctor", dialog.fill(self._link))

    async def close(self) -> None:
        """Cancel the requests in progress."""
        await self._tasks.cancel()

    def _ask(self, name: str, call: Callable[[EngineClient], Awaitable[object]]) -> None:
        self._tasks.spawn(name, self._asked(call))

    async def _asked(self, call: Callable[[EngineClient], Awaitable[object]]) -> None:
        await self._told(call(self._link.client))

    async def _told(self, asked: Awaitable[object]) -> None:
        """Wait for an answer; emit `failed` if there is none."""
        try:
            await asked
        except WorkbenchError as error:
            self.failed.emit(error)

    async def _allow(self, function_name: str, change: Change) -> None:
        try:
            await self._link.allow(function_name, change)
        except WorkbenchError as error:
            self.failed.emit(error)
            self.allowances_refused.emit()

    async def _turn_to(self, name: str) -> None:
        """Only a hint, which saves a cold start. If the engine is gone or does not know the function yet, nothing is lost."""
        with suppress(WorkbenchError):
            await self._link.client.work_on(name)

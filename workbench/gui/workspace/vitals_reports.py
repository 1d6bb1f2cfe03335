"""Asks the engine how it does and which environments it has, whenever the panel that shows it wants to know."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from PySide6.QtCore import QObject

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.repeated_question import RepeatedQuestion
from workbench.gui.workspace.session_panels import SessionPanels
from workbench.model.failures import ServiceError, WorkbenchError
from workbench.state.session import Session


class VitalsReports(QObject):
    """Gives the engine's answers to the session and to the panel. Runs on the window's loop."""

    def __init__(
        self, link: EngineLink, session: Session, panels: SessionPanels, report: Callable[[BaseException], None]
    ) -> None:
        super().__init__(panels)
        self._link, self._session, self._panels = link, session, panels
        self._tasks = Tasks(report)
        self._question = RepeatedQuestion("the engine's vitals", link, self._ask, report)
        panels.vitals_wanted.connect(self._question.ask)
        panels.work_unwanted.connect(self.cancel)

    def cancel(self, number: int) -> None:
        """Cancel a preparation, and show what is left."""
        if self._link.is_running:
            self._tasks.spawn("cancel a preparation", self._cancel(number))

    async def close(self) -> None:
        """Cancel the requests in progress, and begin no other."""
        await self._question.close()
        await self._tasks.cancel()

    async def _ask(self) -> None:
        if self._panels.refresher.is_paused:
            return
        known = frozenset(self._session.environments.by_id)
        try:
            self._session.environments.take_list(await self._link.client.environments(), known)
            vitals = await self._link.client.vitals.look()
        except WorkbenchError:  # an engine that is gone is told elsewhere, and asked again when it is back
            return
        panel = self._panels.environments.made
        if panel is not None:
            panel.show_vitals(vitals, self._session.engine_now_ms(time.time() * 1_000))

    async def _cancel(self, number: int) -> None:
        await _unless_over(self._link.client.vitals.cancel_work(number))
        self._question.ask()


async def _unless_over(asked: Awaitable[None]) -> None:
    try:
        await asked
    except ServiceError as error:
        if error.status != 404:  # it has ended by itself meanwhile
            raise

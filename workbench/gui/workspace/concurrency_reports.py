"""Asks the engine what limits concurrency, whenever the panel that shows it wants to know."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from PySide6.QtCore import QObject

from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.repeated_question import RepeatedQuestion
from workbench.gui.workspace.session_panels import SessionPanels
from workbench.model.failures import WorkbenchError
from workbench.state.session import Session


class ConcurrencyReports(QObject):
    """Gives the engine's answers to the session's grid. Runs on the window's loop."""

    def __init__(
        self, link: EngineLink, session: Session, panels: SessionPanels, report: Callable[[BaseException], None]
    ) -> None:
        super().__init__(panels)
        self._link, self._session, self._panels = link, session, panels
        self._question = RepeatedQuestion("ceilings of concurrency", link, self._ask, report)
        panels.concurrency_wanted.connect(self.ask)

    def ask(self) -> None:
        """Ask the engine."""
        self._question.ask()

    async def close(self) -> None:
        """Cancel the request in progress, and begin no other."""
        await self._question.close()

    async def _ask(self) -> None:
        asked_ms = self._session.engine_now_ms(time.time() * 1_000)
        with contextlib.suppress(WorkbenchError):  # an engine that is gone is told elsewhere, and asked again when it is back
            self._session.concurrency.take_report(await self._link.client.concurrency(), asked_ms)
            if self._panels.concurrency.made is not None:
                self._panels.concurrency.made.show_report()

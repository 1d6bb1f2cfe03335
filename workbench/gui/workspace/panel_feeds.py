"""What panels have the engine asked for while they show it: ceilings, vitals, requests behind URLs, whole answers, the log."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from workbench.gui.link.engine_link import EngineLink
from workbench.gui.workspace.concurrency_reports import ConcurrencyReports
from workbench.gui.workspace.log_reader import LogReader
from workbench.gui.workspace.session_panels import SessionPanels
from workbench.gui.workspace.url_exchanges import UrlExchanges
from workbench.gui.workspace.vitals_reports import VitalsReports
from workbench.gui.workspace.whole_answers import WholeAnswers
from workbench.state.session import Session


class PanelFeeds(QObject):
    """Listens to the panels' wishes and brings them the engine's answers. Runs on the window's loop."""

    def __init__(
        self, link: EngineLink, session: Session, panels: SessionPanels, report: Callable[[BaseException], None]
    ) -> None:
        super().__init__(panels)
        self.log = LogReader(link, session, panels, report)
        self._all = (
            self.log, ConcurrencyReports(link, session, panels, report), VitalsReports(link, session, panels, report),
            UrlExchanges(link, panels, report), WholeAnswers(link, panels, report))

    async def close(self) -> None:
        """Cancel the requests in progress, and begin no other."""
        for feed in self._all:
            await feed.close()

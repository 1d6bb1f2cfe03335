"""Fetches the HTTP request behind the invocation that the result shows, if it came through a function URL."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.repeated_question import RepeatedQuestion
from workbench.gui.workspace.session_panels import SessionPanels
from workbench.model.failures import WorkbenchError

AGAIN_MS = 300
"""While a response is still being sent, it is asked for again after this time."""


class UrlExchanges(QObject):
    """Asks for the exchange that is wanted last. Runs on the window's loop."""

    def __init__(self, link: EngineLink, panels: SessionPanels, report: Callable[[BaseException], None]) -> None:
        super().__init__(panels)
        self._link, self._panels = link, panels
        self._wanted = ""
        self._question = RepeatedQuestion("an HTTP request", link, self._ask, report)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._question.ask)
        panels.exchange_wanted.connect(self.want)

    def want(self, request_id: str) -> None:
        """Show the exchange of a request."""
        self._wanted = request_id
        self._question.ask()

    async def close(self) -> None:
        """Cancel the request in progress, and begin no other."""
        self._again.stop()
        await self._question.close()

    async def _ask(self) -> None:
        wanted = self._wanted
        with contextlib.suppress(WorkbenchError):  # an engine that is gone is told elsewhere
            exchange = await self._link.client.versions.url_exchange(wanted)
            if wanted != self._wanted or self._panels.result.made is None:
                return
            self._panels.result.made.body.inspector.show_exchange(exchange)
            if exchange is not None and (exchange.response is None or exchange.response.end == "sending"):
                self._again.start()

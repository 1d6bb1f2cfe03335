"""Fetches the whole of an answer of which the stream has only the beginning, for the result that shows it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from PySide6.QtCore import QObject

from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.repeated_question import RepeatedQuestion
from workbench.gui.workspace.session_panels import SessionPanels
from workbench.model.failures import WorkbenchError


class WholeAnswers(QObject):
    """Asks for the answer that is wanted last. Runs on the window's loop."""

    def __init__(self, link: EngineLink, panels: SessionPanels, report: Callable[[BaseException], None]) -> None:
        super().__init__(panels)
        self._link, self._panels = link, panels
        self._wanted = ""
        self._question = RepeatedQuestion("a whole answer", link, self._ask, report)
        panels.answer_wanted.connect(self.want)

    def want(self, request_id: str) -> None:
        """Show the whole answer to a request."""
        self._wanted = request_id
        self._question.ask()

    async def close(self) -> None:
        """Cancel the request in progress, and begin no other."""
        await self._question.close()

    async def _ask(self) -> None:
        wanted = self._wanted
        with contextlib.suppress(WorkbenchError):  # an engine that is gone is told elsewhere
            content = await self._link.client.invocations.whole_answer(wanted)
            if wanted == self._wanted and self._panels.result.made is not None:
                self._panels.result.made.take_answer(wanted, content)

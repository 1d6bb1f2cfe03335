"""Reads what the history shows from the engine: the newest invocations, those that can be seen, those that a query asks for."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.link_state import LinkState
from workbench.gui.link.repeated_question import RepeatedQuestion
from workbench.gui.panels.history.history_panel import HistoryPanel
from workbench.model.failures import WorkbenchError
from workbench.model.past_invocations import InvocationPage
from workbench.state.history_query import EVERYTHING, PastQuery, parse_query

PAGE = 100
_AHEAD = 60
"""As many rows below the last one that can be seen are read with it."""
SEARCH_PAUSE_MS = 2_000
"""A search for a text, or for what no index has, is repeated so often while functions are invoked."""


class HistoryReader(QObject):
    """Runs on the window's loop, one question at a time: the panel never waits."""

    def __init__(self, link: EngineLink, panel: HistoryPanel, report: Callable[[BaseException], None]) -> None:
        super().__init__(panel)
        self._link, self._panel, self._model = link, panel, panel.model
        self._query = EVERYTHING
        self._next: int | None = None
        self._total: int | None = None
        self._is_stale = True
        self._question = RepeatedQuestion("history", link, self._ask, report)
        self._is_refresh_due = True
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SEARCH_PAUSE_MS)
        self._pause.timeout.connect(self.refresh)
        panel.query_changed.connect(self.ask_for)
        panel.refresh_wanted.connect(self._on_refresh_wanted)
        panel.rows_wanted.connect(self._question.ask)
        link.state_changed.connect(self._on_link_state)
        self._question.ask()

    def ask_for(self, text: str) -> None:
        """Show the invocations that a query asks for."""
        try:
            self._query = parse_query(text, time.time() * 1_000)
        except WorkbenchError as error:
            self._panel.filter.refuse(f"{error.message} {error.hint}".strip())
            return
        self._is_stale = True
        self._panel.filter.show_state("Searching…")
        self.refresh()

    def refresh(self) -> None:
        """Read the newest invocations again."""
        self._is_refresh_due = True
        self._question.ask()

    def read_again(self) -> None:
        """Ask for what is listed again: something may be gone, or back, or meet the filter no more."""
        self._is_stale = self._is_stale or self._total is None  # without a filter, the total says what is gone
        self.refresh()

    async def close(self) -> None:
        """End the question in progress, and ask no other."""
        self._pause.stop()
        await self._question.close()

    def _on_refresh_wanted(self) -> None:
        if self._is_stale or self._total is not None:
            self.refresh()
        elif not self._pause.isActive():
            self._pause.start()

    def _on_link_state(self, state: LinkState) -> None:
        if state.phase == "running":
            self._is_stale = True
            self.refresh()

    async def _ask(self) -> None:
        query = self._query
        try:
            if self._is_refresh_due:
                self._is_refresh_due = False
                await self._read_newest(query)
            while query is self._query and not self._is_refresh_due and await self._read_more(query):
                pass
        except WorkbenchError as error:  # an engine that is gone comes again, and then everything is read anew
            if self._link.is_running and query is self._query:
                self._panel.filter.show_state(f"{error.message} {error.hint}".strip(), is_problem=True)

    async def _read_newest(self, query: PastQuery) -> None:
        page = await self._page(query, None, 0, total=not query.text)
        if query is not self._query:
            return
        known = self._model.past(0)
        if self._is_stale:
            self._model.replace(page.invocations, page.total)
        else:
            self._model.take_newest(page.invocations, page.total)
        if self._is_stale or known is None or (page.total is None and not self._reaches(page, known.seq)):
            self._next = page.next
        self._is_stale, self._total = False, page.total
        self._panel.settle()
        self._show_state(query)

    async def _read_more(self, query: PastQuery) -> bool:
        """Read what can be seen and is not there, or goes on the list; False if nothing has to be read."""
        first, last = self._panel.visible_rows()
        if self._total is None:
            return await self._read_on(query, last)
        row = self._model.missing(first, last + _AHEAD)
        if row < 0:
            row = self._model.unfinished(first, last)
            if row < PAGE:  # the newest are read again by themselves
                return False
        place, before = self._model.place_of(row), self._model.rowCount()
        page = await self._page(query, place.before, place.skip)
        if query is self._query:
            self._model.put(row + self._model.rowCount() - before, page.invocations)
        return bool(page.invocations) and self._model.missing(*self._panel.visible_rows()) >= 0

    async def _read_on(self, query: PastQuery, last: int) -> bool:
        if self._next is None or last + _AHEAD < self._model.rowCount():
            return False
        page = await self._page(query, self._next, 0)
        if query is self._query and not self._is_stale:
            self._next = page.next
            self._model.append(page.invocations)
            self._panel.settle()
            self._show_state(query)
        return True

    async def _page(self, query: PastQuery, before: int | None, skip: int, *, total: bool = False) -> InvocationPage:
        return await self._link.client.history.invocations(
            query.wanted, text=query.text, place=query.place, before=before, limit=PAGE, skip=skip, total=total)

    @staticmethod
    def _reaches(page: InvocationPage, seq: int) -> bool:
        return any(past.seq == seq for past in page.invocations)

    def _show_state(self, query: PastQuery) -> None:
        count = self._model.rowCount()
        if query.is_everything:
            told = "1 invocation" if count == 1 else f"{count:,} invocations"
            self._panel.filter.show_state(told if count else "Nothing was invoked yet.")
        elif self._next is None or self._total is not None:
            self._panel.filter.show_state(f"{count:,} found" if count else "There are no such invocations.")
        else:
            self._panel.filter.show_state(f"{count:,} found so far")

"""Brings the log from the engine's journal into the panel: pages, searches, invocations. Runs on the window's loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.link_state import LinkState
from workbench.gui.link.repeated_question import RepeatedQuestion
from workbench.gui.workspace.log_files import LogFiles
from workbench.gui.workspace.session_panels import SessionPanels
from workbench.model.failures import WorkbenchError
from workbench.model.log_entries import LogEntry, entries_of
from workbench.model.log_queries import MOST_AT_ONCE, LogFilter
from workbench.model.past_invocations import PastInvocationFilter
from workbench.state import log_folds
from workbench.state.log_book import PAGE
from workbench.state.session import Session, Topic

if TYPE_CHECKING:
    from workbench.client.api import EngineClient
    from workbench.gui.panels.log.log_panel import LogPanel

COUNTING_MS = 300
"""While the engine still counts older entries, it is asked again after this time."""


class LogReader(QObject):
    """Serves the log panel of one workspace."""

    def __init__(
        self, link: EngineLink, session: Session, panels: SessionPanels, report: Callable[[BaseException], None]
    ) -> None:
        super().__init__(panels)
        self._link, self._session = link, session
        self._panel: LogPanel | None = None
        self._pages = RepeatedQuestion("the log", link, self._read, report)
        self._folds = RepeatedQuestion("the log's invocations", link, self._read_folds, report)
        self.files = LogFiles(link, report, self)
        self._tasks = Tasks(report)
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._wanted: LogFilter | None = None
        self._wants_older = False
        self._is_due = True
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(COUNTING_MS)
        self._again.timeout.connect(self.ask)
        panels.logs_made.connect(self._serve)
        link.state_changed.connect(self._on_link_state)
        link.topics_changed.connect(self._on_topics)

    def ask(self) -> None:
        """Ask where the log begins and ends, and for what is in view."""
        self._is_due = True
        self._pages.ask()

    def read_again(self) -> None:
        """Read everything again, because invocations were forgotten: their lines must not be shown from memory."""
        if self._panel is not None:
            self._panel.lines.book.forget_pages()
            self._panel.look_again()
        self.ask()

    async def close(self) -> None:
        """End what is going on, and begin nothing else."""
        self._again.stop()
        await self._pages.close()
        await self._folds.close()
        await self.files.close()
        await self._tasks.cancel()

    def _serve(self, panel: LogPanel) -> None:
        self._panel = panel
        panel.lines.wanted.connect(self._pages.ask)
        panel.search_wanted.connect(self._on_search_wanted)
        panel.folds_wanted.connect(self._on_folds_wanted)
        panel.fold_wanted.connect(self._on_fold_wanted)
        panel.metrics_wanted.connect(self._on_metrics_wanted)
        panel.saving.wanted.connect(self.files.save)
        panel.copy_wanted.connect(self._on_copy_wanted)
        self.ask()

    # --- pages

    async def _read(self) -> None:
        panel = self._panel
        if panel is None:
            return
        with contextlib.suppress(WorkbenchError):  # the engine is gone, which the status line says
            client = self._link.client
            if self._is_due:
                await self._read_extent(client, panel)
            await self._read_missing(client, panel)

    async def _read_extent(self, client: EngineClient, panel: LogPanel) -> None:
        self._is_due = False
        extent = await client.log.extent()
        panel.lines.take_extent(extent)
        panel.show_extent()
        if not extent.is_whole:
            self._again.start()

    async def _read_missing(self, client: EngineClient, panel: LogPanel) -> None:
        hits, missing = panel.lines.hits, panel.lines.missing()
        if hits is not None:
            for begin in range(0, len(missing), PAGE):
                panel.lines.take_picked(await client.log.picked(missing[begin:begin + PAGE]))
            return
        for place in missing:
            entries = await _page(client, place, PAGE)
            if panel.lines.hits is None:
                panel.lines.take_page(place, entries)
            if not entries or not entries[0].seq:  # entries have been deleted meanwhile
                self._again.start()

    # --- searches

    def _begin(self, name: str, work: Coroutine[Any, Any, None] | None) -> None:
        """Replace what goes on under a name, None by nothing."""
        running = self._running.pop(name, None)
        if running is not None:
            running.cancel()
        if work is not None:
            self._running[name] = self._tasks.spawn(name, work)

    def _on_search_wanted(self, wanted: LogFilter | None) -> None:
        self._wanted = wanted
        self._begin("a search of the log", self._search(wanted) if wanted is not None else None)

    async def _search(self, wanted: LogFilter) -> None:
        panel = self._panel
        assert panel is not None
        with contextlib.suppress(WorkbenchError):
            client = await self._link.ready()
            async with contextlib.aclosing(client.log.search(wanted)) as steps:
                async for step in steps:
                    panel.take_step(step)

    def _on_metrics_wanted(self, are_shown: bool) -> None:
        self._begin("metrics of the log", self._read_metrics() if are_shown else None)

    async def _read_metrics(self) -> None:
        with contextlib.suppress(WorkbenchError):
            client = await self._link.ready()
            async with contextlib.aclosing(client.log.search(LogFilter(), metrics=True)) as steps:
                async for step in steps:
                    if self._panel is not None and self._panel.metrics is not None:
                        self._panel.metrics.take(step.samples)

    # --- invocations

    def _on_folds_wanted(self, older: bool) -> None:
        self._wants_older |= older
        self._folds.ask()

    async def _read_folds(self) -> None:
        panel, older, self._wants_older = self._panel, self._wants_older, False
        folds = panel.lines.folds if panel is not None else None
        if panel is None or folds is None:
            return
        wanted = panel.bar.wanted
        before = folds.next if older and len(folds) else None
        with contextlib.suppress(WorkbenchError):
            page = await self._link.client.history.invocations(
                PastInvocationFilter(function_name=wanted.function_name), text="" if wanted.is_regex else wanted.text,
                before=before, limit=log_folds.PAGE)
            if folds is panel.lines.folds:
                panel.take_invocations(page, is_older=before is not None)

    def _on_fold_wanted(self, row: int) -> None:
        self._begin("the log of an invocation", self._unfold(row))

    async def _unfold(self, row: int) -> None:
        panel = self._panel
        folds = panel.lines.folds if panel is not None else None
        head = folds.head_at(row) if folds is not None else None
        if panel is None or folds is None or head is None:
            return
        with contextlib.suppress(WorkbenchError):
            entries = list(entries_of(await self._link.client.events(request_id=head.request_id)))
            row = next((at for at in range(len(folds)) if folds.head_at(at) == head), -1)
            if row >= 0 and folds is panel.lines.folds and not folds.is_open(row):
                panel.lines.unfold(row, entries)

    # --- copies

    def _on_copy_wanted(self, ranges: list[tuple[int, int]]) -> None:
        self._begin("a copy of the log", self._copy(ranges))

    async def _copy(self, ranges: list[tuple[int, int]]) -> None:
        panel = self._panel
        assert panel is not None
        texts: list[str] = []
        with contextlib.suppress(WorkbenchError):
            client = self._link.client
            for first, last in ranges:
                async for entries in _entries(client, panel, first, last):
                    texts += [entry.text for entry in entries]
            panel.put_on_clipboard(texts)

    # --- what happens

    def _on_link_state(self, state: LinkState) -> None:
        if state.phase == "running":
            self.ask()
            if self._wanted is not None and "a search of the log" in self._running:
                self._resume()

    def _resume(self) -> None:
        """Search again after the engine was lost, if the search has ended with it."""
        if self._running["a search of the log"].done():
            self._on_search_wanted(self._wanted)

    def _on_topics(self, topics: set[Topic]) -> None:
        if Topic.STREAM in topics or self._session.logs.is_doubtful:
            self.ask()


async def _page(client: EngineClient, place: int, limit: int) -> list[LogEntry]:
    """Return entries from a place on; large ones come in several answers."""
    entries = await client.log.page(place, limit)
    while entries and len(entries) < limit:
        more = await client.log.page(place + len(entries), limit - len(entries))
        if not more:
            break
        entries += more
    return entries


async def _entries(client: EngineClient, panel: LogPanel, first: int, last: int) -> AsyncIterator[list[LogEntry]]:
    """Yield the entries of rows, some at a time."""
    hits, count = panel.lines.hits, last - first + 1
    for begin in range(0, count, MOST_AT_ONCE):
        size = min(MOST_AT_ONCE, count - begin)
        if hits is not None:
            yield await client.log.picked(hits.numbers(first + begin, size))
        else:
            yield await _page(client, panel.lines.book.first + first + begin, size)

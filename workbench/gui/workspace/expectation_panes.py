"""What is expected of an event, below its JSON and below the text that says so: compared with the last result as it is typed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.editor.editor_page import EditorPage
from workbench.gui.application.tasks import Tasks
from workbench.gui.look.appearance import Appearance
from workbench.gui.workspace.answer_judging import AnswerJudging
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.model.failures import InvalidInput, WorkbenchError, WorkspaceError
from workbench.workspace.events import EXPECTATION_SUFFIX, EventFiles

if TYPE_CHECKING:  # imported with the first event that is open
    from workbench.gui.panels.result.expectation_pane import ExpectationPane
    from workbench.state.expectations import Outcome, Standing


class ExpectationPanes(QObject):
    """Runs on the window's loop; texts are read and compared on a thread, one event after the other.

    Emits `edit_wanted(str event)` to write what is expected of an event.
    """

    edit_wanted = Signal(str)

    def __init__(
        self, events: EventFiles, judging: AnswerJudging, page: WorkspacePage, appearance: Appearance,
        report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(page)
        self._events, self._judging, self._appearance = events, judging, appearance
        self._documents, self._layouts = page.documents, page.layouts
        self._tasks = Tasks(report)
        self._wanted: list[str] = []
        self._is_busy = False
        self._asked: dict[str, str] = {}
        self._listing = QTimer(self, singleShot=True, interval=0)  # a page that is moved is nowhere for a moment
        self._listing.timeout.connect(self._list_once)

    def begin(self) -> None:
        """Give the pages that are open what belongs below them, and follow from now on."""
        tabs = self._documents.tabs
        self._documents.changed.connect(self._follow)
        self._documents.saved.connect(self._on_saved)
        tabs.text_edited.connect(self._on_edited)
        tabs.file_moved.connect(self._on_edited)
        tabs.file_closed.connect(self._on_closed)
        self._judging.ended_with.connect(self._on_ended)
        self._layouts.presenting_changed.connect(self._show_all)
        self._follow()

    def compare_with(self, event_name: str, request_id: str) -> None:
        """Compare what an event expects with the result of this request, until there is a newer one."""
        self._asked[event_name] = request_id
        self._want(event_name)

    async def close(self) -> None:
        """End what is in progress."""
        self._is_busy = True
        self._listing.stop()
        await self._tasks.cancel()

    def _panes(self) -> Iterator[tuple[str, EditorPage, ExpectationPane]]:
        """Yield what is below the open pages, with the names of their events."""
        for page in self._documents.tabs.groups.pages():
            name = self._events.name_of(Path(page.file.path))
            if name and page.below is not None:
                yield name, page, page.below  # type: ignore[misc]  # nothing else is put there

    def _follow(self) -> None:
        for page in self._documents.tabs.groups.pages():
            name = self._events.name_of(Path(page.file.path))
            if name and page.below is None:
                self._put_below(page)
                self._want(name)

    def _put_below(self, page: EditorPage) -> None:
        from workbench.gui.panels.result.expectation_pane import ExpectationPane

        is_written = page.file.path.endswith(EXPECTATION_SUFFIX)
        pane = self._appearance.dress(ExpectationPane(page, is_written=is_written))
        pane.edit_wanted.connect(partial(self._on_edit_wanted, page))
        pane.answer_wanted.connect(partial(self._on_answer_wanted, page))
        pane.came_and_went.connect(self._listing.start)
        page.put_below(pane)

    def _list_once(self) -> None:
        """Where event and expectation are in sight side by side, the conditions are listed below the expectation."""
        panes = list(self._panes())
        listed = {name for name, page, pane in panes if page.file.path.endswith(EXPECTATION_SUFFIX) and pane.isVisible()}
        for name, page, pane in panes:
            pane.list_conditions(name not in listed or page.file.path.endswith(EXPECTATION_SUFFIX))

    def _want(self, name: str) -> None:
        """Have an event's panes show how things stand, once what is being compared is done."""
        if name not in self._wanted:
            self._wanted.append(name)
        if not self._is_busy:
            self._is_busy = True
            self._tasks.spawn("compare with what is expected", self._show_wanted())

    async def _show_wanted(self) -> None:
        while self._wanted:
            await self._show(self._wanted.pop(0))
        self._is_busy = False

    async def _show(self, name: str) -> None:
        outcome = await self._judging.outcome_of(self._request_of(name))
        page = self._written(name)
        text = None if page is None else page.editor.text()
        try:
            standing = await asyncio.to_thread(_compared, self._events, name, text, outcome)
        except (InvalidInput, WorkspaceError) as error:
            for pane in self._panes_of(name):
                pane.show_problem(f"{error.message} {error.hint}", has_answer=outcome is not None)
            _mark(page, text, error)
            return
        _mark(page, text, None)
        for pane in self._panes_of(name):
            pane.show_standing(standing, self._judging.seen, has_answer=outcome is not None)

    def _request_of(self, name: str) -> str:
        return self._asked.get(name, "") or self._judging.latest(name)

    def _panes_of(self, name: str) -> list[ExpectationPane]:
        return [pane for event, _, pane in self._panes() if event == name]

    def _written(self, name: str) -> EditorPage | None:
        """Return the page in which is written what an event expects; None if it is not open."""
        pages = (page for event, page, _ in self._panes() if event == name and page.file.path.endswith(EXPECTATION_SUFFIX))
        return next(pages, None)

    def _show_all(self, *_: object) -> None:
        for name in {name for name, _, _ in self._panes()}:
            self._want(name)

    def _on_edited(self, *paths: str) -> None:
        name = self._events.name_of(Path(paths[-1]))
        if name and paths[-1].endswith(EXPECTATION_SUFFIX):
            self._want(name)

    def _on_saved(self, path: str) -> None:
        """Judge anew what is shown elsewhere: strip and history go by what is on disk."""
        name = self._events.name_of(Path(path))
        if name and path.endswith(EXPECTATION_SUFFIX):
            self._want(name)
            for request_id in {self._request_of(name), self._judging.latest(name)}:
                self._judging.judge(request_id)

    def _on_closed(self, path: str) -> None:
        name = self._events.name_of(Path(path))
        if name and path.endswith(EXPECTATION_SUFFIX):
            self._events.drop_blank_expectation(name)
            self._want(name)

    def _on_ended(self, name: str) -> None:
        self._asked.pop(name, None)
        if any(event == name for event, _, _ in self._panes()):
            self._want(name)

    def _on_edit_wanted(self, page: EditorPage) -> None:
        self.edit_wanted.emit(self._events.name_of(Path(page.file.path)))

    def _on_answer_wanted(self, page: EditorPage) -> None:
        self._tasks.spawn("use the last answer", self._use_answer(page))

    async def _use_answer(self, page: EditorPage) -> None:
        text = await self._judging.draft_of(self._request_of(self._events.name_of(Path(page.file.path))))
        if text is not None and page in self._documents.tabs.groups.pages():
            page.editor.replace_text(text)
            page.setFocus()


def _mark(page: EditorPage | None, text: str | None, error: WorkbenchError | None) -> None:
    """Mark what is no condition in the text, if it is clear where that is. The editor itself marks what is no JSON."""
    from workbench.state.json_texts import InvalidCondition, line_of

    if page is not None and text is not None:
        line = line_of(text, error.name) if isinstance(error, InvalidCondition) else 0
        page.editor.problems.give([(line, "error", str(error))] if line else [])


def _compared(events: EventFiles, name: str, text: str | None, outcome: Outcome | None) -> Standing:
    """Compare `text`, or what is on disk. Raises InvalidInput or WorkspaceError if that is no expectation."""
    from workbench.state.expectations import Standing, read_expectation, standing_of

    content = (events.expectation(name) if text is None else text.encode("utf-8", "surrogatepass")).strip()
    return standing_of(read_expectation(content), outcome) if content else Standing()

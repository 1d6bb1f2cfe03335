"""What is done with the invocation that the strip of figures shows: replay, compare, give it a star. And whether it has one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.repeated_question import RepeatedQuestion
from workbench.gui.workspace.history_commands import HistoryCommands
from workbench.model.failures import WorkbenchError
from workbench.state.session import Session

if TYPE_CHECKING:
    from workbench.gui.panels.result.result_strip import ResultStrip


class StripActions(QObject):
    """Runs on the window's loop; belongs to the strip's page.

    An invocation of this session has no star until somebody gives one, so that a flood of them asks the engine nothing.
    """

    def __init__(
        self, link: EngineLink, session: Session, past: HistoryCommands, report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(past)
        self._link, self._session, self._past = link, session, past
        self._strip: ResultStrip | None = None
        self._tasks = Tasks(report)
        self._question = RepeatedQuestion("whether an invocation has a star", link, self._ask, report)
        self._has_marks = False
        """Whether somebody marked invocations since this window was opened."""
        link.past_changed.connect(self._on_past_changed)

    def follow(self, strip: ResultStrip) -> None:
        """Carry out what is asked for there, and show the star there, once the strip is made."""
        self._strip = strip
        strip.replay_requested.connect(self._replay)
        strip.star_requested.connect(self._star)
        strip.turned.connect(self._on_turned)

    @property
    def is_possible(self) -> bool:
        """Whether the strip shows an invocation that has ended."""
        return self._strip is not None and self._strip.has_ended

    def replay(self) -> None:
        """Replay the invocation shown."""
        if self._strip is not None and self._strip.has_ended:
            self._replay(self._strip.request_id)

    def compare(self) -> None:
        """Compare the result shown with another one."""
        if self._strip is not None and self._strip.has_ended:
            self._strip.compare_requested.emit(self._strip.request_id)

    def star(self) -> None:
        """Give the invocation shown a star, or take it."""
        if self._strip is not None and self._strip.has_ended:
            self._star(self._strip.request_id)

    async def close(self) -> None:
        """End what is in progress."""
        await self._question.close()
        await self._tasks.cancel()

    def _replay(self, request_id: str) -> None:
        self._tasks.spawn("replay", self._carry_out("replay", request_id))

    def _star(self, request_id: str) -> None:
        self._tasks.spawn("star", self._carry_out("star", request_id))

    async def _carry_out(self, action: str, request_id: str) -> None:
        try:
            past = await self._link.client.history.latest(request_id)
        except WorkbenchError as error:
            self._past.failed.emit(error)
            return
        if past is not None:  # or it was deleted a moment ago, and the strip turns away from it
            self._past.carry_out(action, [past])

    def _on_past_changed(self, change: Mapping[str, Any]) -> None:
        if "marked" in change:
            self._has_marks = True
            self._question.ask()

    def _on_turned(self, request_id: str) -> None:
        invocation = self._session.history.listed(request_id)
        is_new = invocation is not None and invocation.received_ms >= self._session.since_ms
        if not is_new or self._has_marks:
            self._question.ask()

    async def _ask(self) -> None:
        strip = self._strip
        if strip is None or not strip.request_id:
            return
        wanted = strip.request_id
        with contextlib.suppress(WorkbenchError):  # an engine that is gone is told elsewhere
            past = await self._link.client.history.latest(wanted)
            if wanted == strip.request_id:
                strip.show_star(is_starred=past is not None and past.is_starred)

"""Compares the answers of this window's invocations with what their events expect, as soon as they have ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.workspace.invocation_controller import Request
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.gui.workspace.sent_events import Sent
from workbench.model.failures import WorkbenchError
from workbench.state.history import CAPACITY
from workbench.state.invocation import Invocation
from workbench.state.session import Session, Topic
from workbench.workspace.events import EMPTY_EVENT, EventFiles

if TYPE_CHECKING:  # imported with the first answer
    from workbench.state.expectations import Outcome, Verdict


MOST_RECALLED = 50
"""So many answers of earlier windows are compared: those that the list of history begins with."""


class AnswerJudging(QObject):
    """Runs on the window's loop; files are read, and answers compared, on threads.

    Signals: `judged(str request_id)` when the session has a verdict, or has none any more; `ended_with(str event)` when an
    invocation with that event has ended.
    """

    judged = Signal(str)
    ended_with = Signal(str)

    def __init__(
        self, link: EngineLink, model: WorkspaceState, session: Session, report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(model)
        self._link, self._model, self._session = link, model, session
        self._tasks = Tasks(report)
        self._sent: dict[str, str] = {}
        self._waiting: set[str] = set()

    def note(self, request_id: str, request: Request) -> None:
        """Keep with which event a function is invoked: the stream does not know the names of events."""
        self._sent[request_id] = request.event_name
        self._waiting.add(request_id)
        if len(self._sent) > CAPACITY:
            self._waiting.discard(next(iter(self._sent)))
            del self._sent[next(iter(self._sent))]

    def recall(self, sent: Sent) -> None:
        """Judge the newest answers to what earlier windows sent, once the session knows them."""
        self._sent = {**{request_id: name for request_id, (_, name) in sent.items()}, **self._sent}
        self._waiting.update(list(sent)[-MOST_RECALLED:])
        self.take({Topic.INVOCATIONS})

    @property
    def seen(self) -> Callable[[str], str]:
        """Return texts as they are to be seen now."""
        return self._session.hidden.text

    def forget(self, request_id: str, _error: WorkbenchError) -> None:
        """Wait no more for an answer that never comes."""
        self._waiting.discard(request_id)

    def take(self, topics: set[Topic]) -> None:
        """Something of these changed."""
        if Topic.INVOCATIONS in topics:
            for request_id in [each for each in self._waiting if self.ended(each) is not None]:
                self._waiting.discard(request_id)
                self.judge(request_id)
                self.ended_with.emit(self._sent[request_id])

    def event_of(self, request_id: str) -> str:
        """Return the name of the event that a request was sent with, "" if this window did not send it."""
        return self._sent.get(request_id, "")

    def latest(self, event_name: str) -> str:
        """Return the request that was sent last with an event and has ended, "" for none."""
        sent = (request_id for request_id, name in reversed(self._sent.items()) if name == event_name)
        return next((each for each in sent if self.ended(each) is not None), "")

    def ended(self, request_id: str) -> Invocation | None:
        """Return an invocation once it has its report."""
        invocation = self._session.history.get(request_id)
        return invocation if invocation is not None and invocation.metrics is not None else None

    def judge(self, request_id: str) -> None:
        """Compare an answer with what its event expects now."""
        if self._sent.get(request_id, "") not in ("", EMPTY_EVENT):
            self._tasks.spawn("compare an answer with what is expected", self._judge(request_id))

    async def outcome_of(self, request_id: str) -> Outcome | None:
        """Return what is compared of an invocation; None before it has ended, or if the engine does not keep its answer."""
        from workbench.state.expectations import outcome_of

        invocation = self.ended(request_id)
        answer = None if invocation is None else await self._answer_of(invocation)
        return None if invocation is None or answer is None else outcome_of(invocation, answer)

    async def draft_of(self, request_id: str) -> str | None:
        """Return the text of an expectation that an answer meets; None before it has ended, or if the engine does not keep it."""
        from workbench.state.expectation_draft import Answered, draft

        invocation = self.ended(request_id)
        answer = None if invocation is None else await self._answer_of(invocation)
        if invocation is None or answer is None:
            return None
        former = self._former(invocation)
        return await asyncio.to_thread(draft, Answered(
            answer=answer, moment_ms=invocation.received_ms, has_failed=invocation.status != "success",
            event_text=invocation.event_text, other=None if former is None else await self._answer_of(former)))

    def _former(self, invocation: Invocation) -> Invocation | None:
        """Return the invocation before with the same event and, as it was in the same environment, the same code."""
        name = self._sent.get(invocation.request_id)
        ids = [request_id for request_id, sent in self._sent.items() if sent == name]
        earlier = map(self.ended, reversed(ids[:ids.index(invocation.request_id)] if invocation.request_id in ids else ()))
        return next((each for each in earlier if each is not None and each.status == invocation.status and (
            each.environment_id, each.event_text) == (invocation.environment_id, invocation.event_text)), None)

    async def close(self) -> None:
        """End what is in progress."""
        await self._tasks.cancel()

    async def _answer_of(self, invocation: Invocation) -> bytes | None:
        from workbench.gui.panels.result.answer_reader import is_part

        if not is_part(invocation):
            return invocation.payload.encode("utf-8", "surrogatepass")
        try:
            return await self._link.client.invocations.whole_answer(invocation.request_id)
        except WorkbenchError:  # told elsewhere
            return None

    async def _judge(self, request_id: str) -> None:
        events, outcome = self._model.workspace.events, await self.outcome_of(request_id)
        if outcome is not None:
            verdict = await asyncio.to_thread(_verdict, events, self._sent[request_id], outcome)
            self._session.verdicts.note(request_id, verdict)
            self.judged.emit(request_id)


def _verdict(events: EventFiles, name: str, outcome: Outcome) -> Verdict | None:
    from workbench.state.expectations import Verdict, judge, read_expectation

    try:
        content = events.expectation(name).strip()
        return judge(read_expectation(content), outcome) if content else None
    except WorkbenchError as error:
        return Verdict((str(error),))

"""Forgets invocations at once, and keeps in memory what was deleted as long as whoever asked for it may want it back.

Nothing of it is in the journal meanwhile: an engine that is killed has forgotten it, and so has one whose window was.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.events.whole_answers import KeptAnswer
from workbench.engine.journal.invocation_history import InvocationHistory
from workbench.engine.journal.removed import MOST_REMOVED_BYTES, Removed, TooMuch
from workbench.model.failures import ServiceError
from workbench.model.past_invocations import ForgetRequest, Forgotten

HELD_S = 60.0
"""So long it can be undone, and again so long after each `hold`: a window that shows its Undo holds it, a killed one does not."""


class _Held(msgspec.Struct):
    removed: Removed
    answers: dict[str, KeptAnswer]
    until_ns: int


class ForgettingService:
    """Use it on the engine's loop."""

    def __init__(
        self, history: InvocationHistory, stream: Stream, reported: Callable[[str], Awaitable[None]], clock: Clock
    ) -> None:
        """`reported` waits for the REPORT of a request: what it says after it was deleted would stay."""
        self._history, self._stream, self._reported, self._clock = history, stream, reported, clock
        self._held: OrderedDict[str, _Held] = OrderedDict()

    async def forget(self, request: ForgetRequest) -> Forgotten:
        """Delete invocations. If that shall be undoable and is not, because it is too much, nothing is deleted.

        Raises EngineError if the journal cannot be written.
        """
        request_ids = {past.request_id for past in await self._history.some(request.seqs)}
        for request_id in request_ids:
            await self._reported(request_id)
        removed = Removed() if request.can_undo else None
        try:
            count = await self._history.forget(request.seqs, removed)
        except TooMuch:
            return Forgotten(invocations=0, is_too_much=True)
        answers = self._stream.answers.take(request_ids)
        from workbench.model.forgotten_requests import mark_of  # not before anything is forgotten

        self._stream.publish("sandbox.historyChanged", {"forgotten": sorted(map(mark_of, request_ids))})
        return Forgotten(invocations=count, undo=self._hold(removed, answers) if removed is not None and count else "")

    async def undo(self, token: str) -> Forgotten:
        """Put back what was deleted, and return how much. Raises ServiceError 404 if it is not held any more, EngineError."""
        held = self._held.get(token)
        if held is None:
            raise _unknown()
        count = await self._history.restore(held.removed)
        self.settle(token)
        self._stream.answers.put_back(held.answers)
        self._stream.publish("sandbox.historyChanged", {"restored": count})
        return Forgotten(invocations=count)

    def hold(self, token: str) -> None:
        """Keep it undoable for another while. Raises ServiceError 404."""
        if token not in self._held:
            raise _unknown()
        self._held[token].until_ns = self._later_ns()

    def settle(self, token: str) -> None:
        """Let go of what was deleted."""
        self._held.pop(token, None)

    def settle_outdated(self) -> None:
        """Let go of what nobody has held for long."""
        now_ns = self._clock.now_ns()
        for token in [token for token, held in self._held.items() if held.until_ns < now_ns]:
            self.settle(token)

    def _hold(self, removed: Removed, answers: dict[str, KeptAnswer]) -> str:
        token = secrets.token_hex(8)
        self._held[token] = _Held(removed, answers, self._later_ns())
        while sum(held.removed.size_bytes for held in self._held.values()) > MOST_REMOVED_BYTES:
            self._held.popitem(last=False)
        return token

    def _later_ns(self) -> int:
        return self._clock.now_ns() + round(HELD_S * 1e9)


def _unknown() -> ServiceError:
    return ServiceError("ResourceNotFoundException", 404, "This cannot be undone any more: it is forgotten for good.")

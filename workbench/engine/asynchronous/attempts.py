"""One attempt of an event, from the checks of its age to what is written about it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from workbench.engine.asynchronous.answers import Answer, Invoke, answer_to
from workbench.engine.asynchronous.clocks import QueueClocks
from workbench.engine.asynchronous.ending import Ending
from workbench.engine.asynchronous.entries import Entry
from workbench.engine.asynchronous.events import Condition, QueuedEvent
from workbench.engine.asynchronous.retrying import Again, Policy, after_function_error, after_refusal, before_attempt
from workbench.engine.asynchronous.store import QueueStore
from workbench.engine.asynchronous.told import QueueTold
from workbench.model.function_version import LATEST
from workbench.model.queue import QueueStep

PolicyOf = Callable[[QueuedEvent], Policy]
"""Returns what holds for an event now."""


class QueueTables(msgspec.Struct, frozen=True):
    """The queue as it is kept and told: its store, its clocks, its part of the stream."""

    store: QueueStore
    clocks: QueueClocks
    told: QueueTold


class Attempts:
    """Makes attempts. Use it on the engine's loop. Raises WorkspaceError if the disk does not take what became of one."""

    def __init__(self, tables: QueueTables, ending: Ending, invoke: Invoke, policy_of: PolicyOf) -> None:
        self._tables = tables
        self._ending = ending
        self._invoke = invoke
        self._policy_of = policy_of

    async def make(self, entry: Entry, *, forced: bool = False) -> QueueStep:
        """Try an event, or give it up, and return what became of it. `forced`: try it however old it is."""
        policy, now_ms = self._policy_of(entry.event), self._now_ms(entry)
        condition = None if forced else before_attempt(entry, policy, now_ms)
        if condition is not None:
            return await self._settled(entry, condition)
        self._tables.told.attempt(entry, now_ms)
        answer = await answer_to(entry, self._invoke)
        return await self._answered(entry, answer)

    async def _answered(self, entry: Entry, answer: Answer) -> QueueStep:
        # What the function answered stays over refusals: a record tells of it, whatever made the event too old in the end.
        if answer.kind != "refused" or not entry.attempts:
            entry = msgspec.structs.replace(entry, last=answer.attempt)
        if answer.kind == "refused":
            return await self._refused(msgspec.structs.replace(entry, backoffs=entry.backoffs + 1), answer)
        if answer.kind == "gone":
            return await self._gone(entry, answer)
        if answer.kind == "recursion":
            return await self._settled(entry, "RecursiveInvocationDetected")
        return await self._ran(msgspec.structs.replace(entry, attempts=entry.attempts + 1, backoffs=0), answer)

    async def _ran(self, entry: Entry, answer: Answer) -> QueueStep:
        if answer.kind == "success":
            return await self._settled(entry, "Success")
        decision = after_function_error(entry, self._policy_of(entry.event), self._now_ms(entry))
        return await self._decided(entry, decision, answer.why)

    async def _refused(self, entry: Entry, answer: Answer) -> QueueStep:
        decision = after_refusal(entry, self._policy_of(entry.event), self._now_ms(entry))
        return await self._decided(entry, decision, answer.why)

    async def _decided(self, entry: Entry, decision: Again | Condition, why: str) -> QueueStep:
        if not isinstance(decision, Again):
            return await self._settled(entry, decision)
        waiting = msgspec.structs.replace(entry, state="waiting", due_ms=decision.due_ms, why=why)
        if not await self._tables.store.update(waiting):
            return _step(entry, "dropped")
        self._tables.told.scheduled(waiting, decision.due_ms - self._now_ms(entry))
        return _step(waiting, "scheduled", why=why)

    async def _settled(self, entry: Entry, condition: Condition) -> QueueStep:
        if not await self._ending.settle(entry, condition, self._now_ms(entry)):
            return _step(entry, "dropped")
        return _step(entry, condition)

    async def _gone(self, entry: Entry, answer: Answer) -> QueueStep:
        qualifier = entry.event.qualifier
        what = "function" if qualifier in ("", LATEST) else f"version or alias {qualifier}"
        why = f"Its {what} is not there any more. {answer.why}"
        await self._ending.drop(entry, why, self._now_ms(entry))
        return _step(entry, "dropped", why=why)

    def _now_ms(self, entry: Entry) -> int:
        return self._tables.clocks.now_ms(entry.key)


def _step(entry: Entry, outcome: str, *, why: str = "") -> QueueStep:
    event = entry.event
    return QueueStep(event_id=event.event_id, request_id=event.request_id, function_name=event.function_name,
                     outcome=outcome, attempts=entry.attempts, due_ms=entry.due_ms, why=why)

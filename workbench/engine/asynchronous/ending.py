"""The end of an event: it is settled on disk, told, delivered, and only then removed. What cannot be delivered is tried again."""

from __future__ import annotations

import asyncio
from typing import cast

import msgspec

from workbench.background import log_failure
from workbench.engine.asynchronous.ended import DROPPED, Ended, EndedEvents
from workbench.engine.asynchronous.entries import Entry
from workbench.engine.asynchronous.events import Condition, Settled
from workbench.engine.asynchronous.outlet import Outlet
from workbench.engine.asynchronous.store import QueueStore
from workbench.engine.asynchronous.told import QueueTold
from workbench.engine.clock import Clock
from workbench.model.failures import WorkspaceError

_PAGE = 20
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
"""How long what could not be delivered waits for the next try: twice as long after each one."""


class Ending:
    """Ends events. Use it on the engine's loop. `ended`: the last of them.

    `settle` and `drop` raise WorkspaceError if the disk does not take it.
    """

    def __init__(self, store: QueueStore, told: QueueTold, outlet: Outlet, clock: Clock) -> None:
        self._store = store
        self._told = told
        self._outlet = outlet
        self.ended = EndedEvents()
        self._clock = clock
        self._delivering: set[int] = set()
        self._since_read: set[int] | None = None
        """While what is left is delivered: all that were being delivered since the disk was asked for it."""
        self._delivered: set[int] = set()
        """Those that arrived, but could not be removed."""
        self._failure = ""
        self._has_left = asyncio.Event()
        self._has_left.set()  # perhaps an earlier engine has left some

    @property
    def problem(self) -> str:
        """What the person should know of deliveries now, "" for nothing."""
        if not self._failure:
            return ""
        return f"What became of asynchronous invocations cannot be delivered, and is tried again: {self._failure}"

    async def begin(self) -> None:
        """Read which events ended last before this engine. Raises WorkspaceError."""
        for ended in await self._store.ended(self.ended.most):
            self.ended.add(ended)

    async def settle(self, entry: Entry, condition: Condition, now_ms: int) -> bool:
        """Settle an event and deliver it. False if it was dropped meanwhile."""
        settled = msgspec.structs.replace(entry, state="settled", due_ms=now_ms, why=condition)
        is_wanted = self._outlet.is_wanted(_settled(settled))
        ended = Ended(settled, condition, now_ms, "" if settled.last is None else settled.last.error_message)
        end = self.ended.end_of(ended)
        # Of what nobody receives nothing is left to do: one write instead of two.
        was_there = await (self._store.update(settled, end) if is_wanted else self._store.remove(entry.event.event_id, end))
        if was_there:
            self.ended.add(ended)
            self._told.settled(settled)
        if was_there and is_wanted:
            await self._deliver(settled)
        return was_there

    async def drop(self, entry: Entry, why: str, now_ms: int, *, is_whole: bool = True) -> bool:
        """Remove an event that nobody is told of but the stream. False if it was not there any more.

        `is_whole`: whether the entry has the whole payload, so that it can be sent again.
        """
        ended = Ended(entry, DROPPED, now_ms, why)
        was_there = await self._store.remove(entry.event.event_id, self.ended.end_of(ended) if is_whole else None)
        if was_there:
            if is_whole:
                self.ended.add(ended)
            self._told.dropped(entry, why, now_ms)
        return was_there

    async def work(self) -> None:
        """Deliver what an earlier engine settled and did not deliver, and what could not be delivered since. Never ends."""
        pause_s = _FIRST_PAUSE_S
        while True:
            await self._has_left.wait()
            self._has_left.clear()
            if await self._is_nothing_left():
                self._failure, pause_s = "", _FIRST_PAUSE_S
                continue
            self._has_left.set()
            await self._clock.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _is_nothing_left(self) -> bool:
        try:
            return await self._deliver_the_rest()
        except WorkspaceError as error:
            self._failure = str(error)
            return False
        finally:
            self._since_read = None

    async def _deliver_the_rest(self) -> bool:
        """Deliver what is settled, as long as that is of use. Return whether nothing is left."""
        after, is_all = 0, True
        while True:
            self._since_read = taken = set(self._delivering)
            left = await self._store.settled(after, _PAGE)
            delivered = [await self._deliver(each) for each in left if each.event.event_id not in taken]
            is_all = is_all and all(delivered)
            if not left or (delivered and not any(delivered)):
                return is_all
            after = left[-1].event.event_id

    async def _deliver(self, ended: Entry) -> bool:
        """Deliver a settled event and remove it. Return False if that has to be done again."""
        event_id = ended.event.event_id
        self._delivering.add(event_id)
        if self._since_read is not None:
            self._since_read.add(event_id)
        try:
            if event_id not in self._delivered:
                await self._outlet.deliver(_settled(ended))
                self._delivered.add(event_id)
            await self._store.remove(event_id)
            self._delivered.discard(event_id)
        except Exception as error:
            self._failed(error)
            return False
        finally:
            self._delivering.discard(event_id)
        return True

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, WorkspaceError):  # whatever a full disk brings is no fault of ours
            log_failure("Delivering what became of an asynchronous invocation", error)
        self._failure = str(error) or type(error).__name__
        self._has_left.set()


def _settled(ended: Entry) -> Settled:
    return ended.settled(cast("Condition", ended.why), ended.due_ms)

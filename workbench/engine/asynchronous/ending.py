"""The end of an event: it is settled on disk, told, delivered, and only then removed."""

from __future__ import annotations

from typing import cast

import msgspec

from workbench.background import log_failure
from workbench.engine.asynchronous.ended import DROPPED, EndedEvents
from workbench.engine.asynchronous.entries import Entry
from workbench.engine.asynchronous.events import Condition
from workbench.engine.asynchronous.outlet import Outlet
from workbench.engine.asynchronous.store import QueueStore
from workbench.engine.asynchronous.told import QueueTold

_PAGE = 20


class Ending:
    """Ends events. Use it on the engine's loop. Raises WorkspaceError if the disk does not take it. `ended`: the last of them."""

    def __init__(self, store: QueueStore, told: QueueTold, outlet: Outlet) -> None:
        self._store = store
        self._told = told
        self._outlet = outlet
        self.ended = EndedEvents()

    async def settle(self, entry: Entry, condition: Condition, now_ms: int) -> bool:
        """Settle an event and deliver it. False if it was dropped meanwhile."""
        ended = msgspec.structs.replace(entry, state="settled", due_ms=now_ms, why=condition)
        if not await self._store.update(ended):
            return False
        self.ended.add(ended, condition, now_ms, "" if ended.last is None else ended.last.error_message)
        self._told.settled(ended)
        await self._deliver(ended)
        return True

    async def drop(self, entry: Entry, why: str, now_ms: int, *, is_whole: bool = True) -> bool:
        """Remove an event that nobody is told of but the stream. False if it was not there any more.

        `is_whole`: whether the entry has the whole payload, so that it can be sent again.
        """
        was_there = await self._store.remove(entry.event.event_id)
        if was_there:
            if is_whole:
                self.ended.add(entry, DROPPED, now_ms, why)
            self._told.dropped(entry, why, now_ms)
        return was_there

    async def deliver_the_rest(self) -> None:
        """Deliver what was settled before the engine started, and was perhaps not delivered."""
        while left := await self._store.settled(_PAGE):
            delivered = [await self._deliver(entry) for entry in left]
            if not any(delivered):
                return  # what failed is tried again at the next start

    async def _deliver(self, ended: Entry) -> bool:
        try:
            await self._outlet.deliver(ended.settled(cast("Condition", ended.why), ended.due_ms))
        except Exception as error:
            log_failure("Delivering what became of an asynchronous invocation", error)
            return False
        await self._store.remove(ended.event.event_id)
        return True

"""What a person does with single events: retry now, drop, edit, send again."""

from __future__ import annotations

import msgspec

from workbench.engine.asynchronous.attempts import QueueTables
from workbench.engine.asynchronous.clocks import ALL
from workbench.engine.asynchronous.dispatcher import Dispatcher
from workbench.engine.asynchronous.ending import Ending
from workbench.engine.asynchronous.entries import Entry
from workbench.engine.asynchronous.store import Listed
from workbench.model.failures import ServiceError
from workbench.model.limits import ASYNCHRONOUS, check_event
from workbench.model.queue import QueueStep

_PAGE = 100
_BY_HAND = "It was dropped by hand."


class QueueChanges:
    """Changes events, by their numbers. Use it on the engine's loop.

    Every call raises ServiceError 404 for an event that is not there, 409 for one that is being tried, and WorkspaceError if the
    disk does not take the change.
    """

    def __init__(self, tables: QueueTables, ending: Ending, dispatcher: Dispatcher) -> None:
        self._store = tables.store
        self._clocks = tables.clocks
        self._told = tables.told
        self._ending = ending
        self._dispatcher = dispatcher

    async def retry(self, event_id: int) -> QueueStep:
        """Try an event now, however old it is and whatever its clock shows, and return what became of it."""
        return await self._dispatcher.try_now(await self.entry(event_id), forced=True)

    async def drop(self, event_id: int) -> None:
        """Remove an event; it goes nowhere. One that is being tried ends with that attempt."""
        entry = await self.entry(event_id)
        self._dispatcher.touch(event_id)
        await self._ending.drop(entry, _BY_HAND, self._clocks.now_ms(entry.key))

    async def drop_all(self, function: str, *, only_asked: bool) -> int:
        """Remove all events of a function or (ALL) of all, or of those the ones that wait for a decision. Return their number."""
        dropped = after = 0
        functions = await self._store.functions() if function == ALL else [function]
        while page := await self._store.page(functions, after, _PAGE):
            after = page[-1].entry.event.event_id
            for listed in page:
                if listed.entry.state != "settled" and (listed.entry.state == "asked" or not only_asked):
                    dropped += await self._drop_listed(listed)
        return dropped

    async def _drop_listed(self, listed: Listed) -> bool:
        entry = listed.entry
        self._dispatcher.touch(entry.event.event_id)
        is_whole = len(entry.event.payload) == listed.payload_bytes
        return await self._ending.drop(entry, _BY_HAND, self._clocks.now_ms(entry.key), is_whole=is_whole)

    async def edit(self, event_id: int, payload: bytes) -> None:
        """Replace what the function will get. Raises ServiceError for what Lambda would refuse as an event."""
        refused = check_event(payload, ASYNCHRONOUS)
        if refused is not None:
            raise refused
        with self._dispatcher.changing(event_id):
            entry = await self.entry(event_id)
            await self._store.set_payload(event_id, payload)
        self._told.edited(entry, len(payload))

    async def send_again(self, event_id: int) -> None:
        """Have an event begin anew: as if it had just been accepted, with all of its attempts before it."""
        with self._dispatcher.changing(event_id):
            entry = await self.entry(event_id)
            now_ms = self._clocks.now_ms(entry.key)
            anew = msgspec.structs.replace(
                entry, event=msgspec.structs.replace(entry.event, accepted_ms=now_ms), due_ms=now_ms, state="waiting", attempts=0,
                backoffs=0, why="", last=None)
            await self._store.update(anew)
        self._told.accepted(anew)
        self._dispatcher.look_at(entry.key)

    async def payload(self, event_id: int) -> bytes:
        """Return the whole payload of an event in the queue, or of one that ended not long ago."""
        if self._ending.ended.has(event_id):
            return self._ending.ended.event(event_id).payload
        return (await self.entry(event_id)).event.payload

    async def entry(self, event_id: int) -> Entry:
        """Return an event with its whole payload."""
        entry = await self._store.entry(event_id)
        if entry is None or entry.state == "settled":
            raise ServiceError("ResourceNotFoundException", 404, f"There is no event {event_id} in the queue.",
                               hint="workbench queue lists those that wait; an event that has ended is in the history.")
        return entry

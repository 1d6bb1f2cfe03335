"""The events that ended last, with their payloads: what a person may want to look at and send again.

They are on disk as well, see `ends`; these are read at the start, and asked from then on.
"""

from __future__ import annotations

import msgspec

from workbench.engine.asynchronous.ends import End
from workbench.engine.asynchronous.entries import Entry
from workbench.engine.asynchronous.events import QueuedEvent
from workbench.model.failures import ServiceError
from workbench.model.queue import EndedEventInfo

DROPPED = "Dropped"
"""What stands in place of a condition for an event that was removed."""
_GONE_AT_ONCE = 20
"""So many are forgotten on disk with one write."""
_SHOWN_BYTES = 1_000
"""How much of a payload is listed; the whole one has a route of its own."""


class Ended(msgspec.Struct, frozen=True):
    """An event at its end. `condition`: with which it was settled, or DROPPED. `why` it failed or was dropped, "" for neither."""

    entry: Entry
    condition: str
    ended_ms: int
    why: str = ""

    @property
    def info(self) -> EndedEventInfo:
        """The event as it is listed."""
        event = self.entry.event
        return EndedEventInfo(
            event_id=event.event_id, request_id=event.request_id, function_name=event.function_name, qualifier=event.qualifier,
            condition=self.condition, accepted_ms=event.accepted_ms, ended_ms=self.ended_ms, attempts=self.entry.attempts,
            why=self.why, payload=event.payload[:_SHOWN_BYTES].decode("utf-8", "replace"), payload_bytes=len(event.payload))


class EndedEvents:
    """The latest of them, bounded in number and in the size of their payloads. Use it on the engine's loop."""

    def __init__(self, most: int = 200, most_bytes: int = 4_000_000) -> None:
        self.most = most
        self._most_bytes = most_bytes
        self._size_bytes = 0
        self._by_id: dict[int, Ended] = {}  # in the order of their ends, the oldest first
        self._gone: list[int] = []  # from here, and still on disk

    def end_of(self, ended: Ended) -> End:
        """Return what is to be written of an event that ends now, and with it what is not to be kept any more."""
        gone: tuple[int, ...] = ()
        if len(self._gone) >= _GONE_AT_ONCE:  # what cannot be written now is found at the next start
            gone, self._gone = tuple(self._gone), []
        return End(event_id=ended.entry.event.event_id, condition=ended.condition, ended_ms=ended.ended_ms,
                   attempts=ended.entry.attempts, why=ended.why, gone=gone)

    def add(self, ended: Ended) -> None:
        """Keep an event; the oldest ones make room. Its last answer, which may be 6 MB large, is not kept."""
        entry = ended.entry
        event_id = entry.event.event_id
        self._forget(event_id)
        self._by_id[event_id] = msgspec.structs.replace(ended, entry=msgspec.structs.replace(entry, last=None))
        self._size_bytes += len(entry.event.payload)
        while len(self._by_id) > self.most or self._size_bytes > self._most_bytes:
            oldest = next(iter(self._by_id))
            self._forget(oldest)
            self._gone.append(oldest)

    def page(self, function: str, most: int) -> tuple[EndedEventInfo, ...]:
        """Return what ended last, the newest first: of one function given its key, or of all given ""."""
        chosen = (ended for ended in reversed(self._by_id.values()) if function in ("", ended.entry.key))
        return tuple(ended.info for _, ended in zip(range(most), chosen, strict=False))

    def event(self, event_id: int) -> QueuedEvent:
        """Return an event with its whole payload. Raises ServiceError 404 if it is not known, or not any more."""
        ended = self._by_id.get(event_id)
        if ended is None:
            raise ServiceError("ResourceNotFoundException", 404, f"Event {event_id} is not among those that ended last.",
                               hint=f"The engine keeps the last {self.most}; the history has their invocations.")
        return ended.entry.event

    def has(self, event_id: int) -> bool:
        """Whether an event is among them."""
        return event_id in self._by_id

    def _forget(self, event_id: int) -> None:
        ended = self._by_id.pop(event_id, None)
        if ended is not None:
            self._size_bytes -= len(ended.entry.event.payload)

"""What the stream tells of the queue: each event's acceptance, attempts, waits and end, and every move of a clock."""

from __future__ import annotations

from typing import Any

from workbench.engine.asynchronous.clocks import QueueClock
from workbench.engine.asynchronous.entries import Entry, name_in
from workbench.engine.events.stream import Stream


class QueueTold:
    """Publishes in one stream; see `model/events.py` for the records. Use it on the engine's loop."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def accepted(self, entry: Entry) -> None:
        """An event was accepted and is on disk."""
        self._publish("accepted", entry, qualifier=entry.event.qualifier, acceptedMs=entry.event.accepted_ms)

    def attempt(self, entry: Entry, now_ms: int) -> None:
        """An attempt begins."""
        self._publish("attempt", entry, attempt=entry.attempts + 1, ageMs=now_ms - entry.event.accepted_ms)

    def scheduled(self, entry: Entry, wait_ms: int) -> None:
        """Another attempt was scheduled."""
        self._publish("scheduled", entry, dueMs=entry.due_ms, inMs=wait_ms, attempts=entry.attempts, why=entry.why)

    def settled(self, entry: Entry) -> None:
        """An event has reached its end."""
        self._publish("settled", entry, condition=entry.why, attempts=entry.attempts, settledMs=entry.due_ms)

    def dropped(self, entry: Entry, why: str, now_ms: int) -> None:
        """An event was removed without another attempt."""
        self._publish("dropped", entry, attempts=entry.attempts, why=why, droppedMs=now_ms)

    def edited(self, entry: Entry, payload_bytes: int) -> None:
        """An event's payload was replaced."""
        self._publish("edited", entry, payloadBytes=payload_bytes)

    def clock(self, key: str, clock: QueueClock, now_ms: int) -> None:
        """A clock was held, goes on, or was moved."""
        record = {"isHeld": clock.held_ms is not None, "nowMs": now_ms, "offsetMs": clock.offset_ms}
        self._stream.publish("sandbox.queueClock", record, function_name=name_in(key))

    def _publish(self, what: str, entry: Entry, **record: Any) -> None:
        event = entry.event
        self._stream.publish(f"sandbox.queue{what.capitalize()}", {"eventId": event.event_id, **record},
                             function_name=event.function_name, request_id=event.request_id)

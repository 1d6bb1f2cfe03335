"""The one stream: gives every event its number, stores it, hands it to all followers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.events.journal import Journal
from workbench.engine.events.outbox import Outbox, join_events
from workbench.model.events import LogForm, Record, StreamEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = 5_000


class Stream:
    """Append-only. All on the engine's loop."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._outboxes: set[Outbox] = set()
        self._encode = msgspec.json.Encoder().encode
        self.seq = 0

    async def open(self) -> None:
        """Go on where the journal ends; environments that a crash left without an end are said to be gone."""
        self.seq = await self._journal.open()
        for encoded in await self._journal.lost_environments():
            lost = msgspec.json.decode(encoded, type=StreamEvent)
            self.publish(
                "sandbox.stopped", {"reason": "failure", "detail": "Its engine ended without warning."},
                function_name=lost.function_name, environment_id=lost.environment_id,
            )

    def publish(
        self,
        kind: str,
        record: Record,
        *,
        function_name: str = "",
        environment_id: str = "",
        request_id: str = "",
        at_ns: int | None = None,
        log: LogForm = "text",
    ) -> None:
        """Append one event, at `at_ns` of the monotonic clock (now when not given)."""
        self.seq += 1
        event = StreamEvent(
            seq=self.seq,
            time_ms=self._clock.epoch_ms(self._clock.now_ns() if at_ns is None else at_ns),
            type=kind,
            function_name=function_name,
            environment_id=environment_id,
            request_id=request_id,
            record=record,
            log=log,
        )
        encoded = self._encode(event)
        self._journal.append((self.seq, request_id, environment_id, encoded))
        for outbox in self._outboxes:
            outbox.put(self.seq, kind == "function", encoded)

    @contextmanager
    def _outbox(self) -> Iterator[Outbox]:
        outbox = Outbox()
        self._outboxes.add(outbox)
        try:
            yield outbox
        finally:
            self._outboxes.discard(outbox)

    async def frames(self, since: int) -> AsyncIterator[bytes]:
        """JSON arrays of all events above `since`: first from the journal, then as they happen. Never ends."""
        with self._outbox() as outbox:
            until = self.seq
            while since < until:
                rows = await self._journal.read(since, PAGE, until)
                if not rows:
                    break
                since = rows[-1][0]
                yield join_events([row[3] for row in rows])
            while True:
                frame = await outbox.frame()
                # What a follower has seen must be in the journal: after a crash the numbers go on from there.
                await self._journal.written()
                yield frame

    async def page(self, since: int, limit: int) -> bytes:
        """One JSON array of stored events above `since`."""
        return join_events([row[3] for row in await self._journal.read(since, limit)])

    async def invocation(self, request_id: str) -> bytes:
        """All events of an invocation and, when it was cold, of its environment's start, as one JSON array in order."""
        rows = await self._journal.of_request(request_id)
        environment_id = next((row[2] for row in rows if row[2]), "")
        if environment_id and await self._is_first(environment_id, rows):
            rows = sorted({*rows, *await self._journal.of_environment(environment_id, rows[-1][0])})
        return join_events([row[3] for row in rows])

    async def _is_first(self, environment_id: str, rows: list[tuple[int, str, str, bytes]]) -> bool:
        decoded = (msgspec.json.decode(row[3], type=StreamEvent) for row in rows)
        assigned = next((event for event in decoded if event.type == "sandbox.assigned"), None)
        return assigned is not None and assigned.environment_id == environment_id and assigned.fields().get("start") == "cold"

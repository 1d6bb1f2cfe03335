"""The one stream: gives every event its number, stores it, and passes it to all followers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.events.facts import Facts
from workbench.engine.events.outbox import Outbox
from workbench.engine.events.whole_answers import WholeAnswers
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.rows import Row, at_most, first_of, is_lines, join_rows, rows_after
from workbench.model.events import LogForm, Record, StreamEvent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAGE = 5_000
PAGE_BYTES = 2 << 20
"""The maximum size of a page, which a follower that does not read keeps in memory (20 of them once took 588 MB)."""
BLOCK_LINES = 250
"""The maximum number of log lines in one row of the journal."""


LINE_KINDS = frozenset({"function", "extension"})

_decode = msgspec.json.Decoder(StreamEvent).decode


class Stream:
    """The append-only stream. Use it on the engine's loop. `seq` is the number of the latest event.

    `answers` has what is too long for an event.
    """

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self.clock = clock
        self.answers = WholeAnswers()
        self._outboxes: set[Outbox] = set()
        self._encode = msgspec.json.Encoder().encode
        self.seq = 0

    async def open(self) -> None:
        """Open the journal and go on where it ends. Publish the end of environments that a crash left without one."""
        self.seq = await self._journal.open()
        for encoded in await self._journal.lost_environments():
            lost = _decode(encoded)
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
        """Append one event. `at_ns`: its time on the monotonic clock, None for now."""
        self.seq = seq = self.seq + 1
        event = StreamEvent(
            seq=seq,
            time_ms=self.clock.epoch_ms(self.clock.now_ns() if at_ns is None else at_ns),
            type=kind,
            function_name=function_name,
            environment_id=environment_id,
            request_id=request_id,
            record=record,
            log=log,
        )
        self._spread((seq, request_id, environment_id, self._encode(event)), is_line=kind in LINE_KINDS)

    def tell(self, facts: Facts) -> None:
        """Append the events that facts are. They are made here only if somebody follows."""
        self.seq = seq = self.seq + facts.count
        if not self._outboxes:
            self._journal.append((seq, "", "", facts))
            return
        for row in facts.rows(seq):
            self._spread(row, is_line=False)

    def _spread(self, row: Row, *, is_line: bool) -> None:
        self._journal.append(row)
        for outbox in self._outboxes:
            outbox.put(row[0], is_line, row[3])

    def keep_event(self, seq: int, event: bytes) -> None:
        """Keep the whole event of an invocation, of which the stream tells the beginning. `seq`: the invocation's first event."""
        self._journal.append_event(seq, event)

    def publish_lines(
        self, kind: str, lines: Sequence[str], *, function_name: str = "", environment_id: str = "", request_id: str = ""
    ) -> None:
        """Append log lines that came at once, each as its own event. Sharing rows, they cost a fraction of single events."""
        time_ms = self.clock.epoch_ms(self.clock.now_ns())
        for start in range(0, len(lines), BLOCK_LINES):
            block = lines[start:start + BLOCK_LINES]
            first = self.seq + 1
            self.seq += len(block)
            encoded = self._encode([
                StreamEvent(
                    seq=seq, time_ms=time_ms, type=kind, function_name=function_name, environment_id=environment_id,
                    request_id=request_id, record=line)
                for seq, line in enumerate(block, first)
            ])[1:-1]
            self._journal.append((self.seq, request_id, environment_id, encoded))
            for outbox in self._outboxes:
                outbox.put(self.seq, True, encoded, len(block))

    @property
    def is_behind(self) -> bool:
        """Whether writers of log lines should wait because the disk is behind."""
        return self._journal.is_behind

    @contextmanager
    def _outbox(self) -> Iterator[Outbox]:
        outbox = Outbox()
        self._outboxes.add(outbox)
        try:
            yield outbox
        finally:
            self._outboxes.discard(outbox)

    async def frames(self, since: int) -> AsyncGenerator[bytes, None]:
        """Yield JSON arrays of all events above `since`, first from the journal, then as they happen. Never ends."""
        # The outbox opens before the journal is read: what happens meanwhile is in the one or the other, never in neither.
        with self._outbox() as outbox:
            pages, since = self._pages(since, self.seq, join_rows), self.seq
            async for page in pages:
                yield page
            while True:
                while not outbox.is_lost:
                    last, frame = await outbox.frame()
                    # What a follower has seen must be in the journal: after a crash, numbering goes on from there.
                    await self._journal.written()
                    if last:
                        since = last
                        yield frame
                # It fell too far behind: the journal has everything, so nothing but log lines is lost to it.
                outbox.restart()
                pages, since = self._pages(since, self.seq, _thinned), self.seq
                async for page in pages:
                    yield page

    async def _pages(self, since: int, until: int, joined: Callable[[list[Row]], bytes]) -> AsyncIterator[bytes]:
        """Yield pages of what the journal has between two numbers."""
        while since < until:
            rows = await self._journal.read(since, PAGE, until, PAGE_BYTES)
            if not rows:
                return
            page, since = joined(rows_after(rows, since)), rows[-1][0]
            del rows  # sending the page takes as long as its reader likes, and rows would double its memory
            yield page

    async def page(self, since: int, limit: int) -> bytes:
        """Return one JSON array of stored events above `since`; fewer than `limit` if they are large."""
        return join_rows(at_most(rows_after(await self._journal.read(since, limit), since), limit))

    async def invocation(self, request_id: str) -> bytes:
        """Return all events of an invocation, and of its environment's INIT if it was cold, as one JSON array in order."""
        rows = await self._journal.of_request(request_id)
        environment_id = next((row[2] for row in rows if row[2]), "")
        if environment_id and await self._is_first(environment_id, rows):
            rows = sorted({*rows, *await self._journal.of_environment(environment_id, rows[-1][0])})
        return join_rows(rows)

    async def _is_first(self, environment_id: str, rows: list[Row]) -> bool:
        decoded = (_decode(row[3]) for row in rows if not is_lines(row[3]))
        assigned = next((event for event in decoded if event.type == "sandbox.assigned"), None)
        return assigned is not None and assigned.environment_id == environment_id and _is_cold(assigned)


def _is_cold(assigned: StreamEvent) -> bool:
    return isinstance(assigned.record, dict) and assigned.record.get("start") == "cold"


def _thinned(rows: list[Row]) -> bytes:
    """Return a page for a follower that fell behind: of log lines only as many as fit into a frame."""
    outbox = Outbox(most_waiting_bytes=2**62)
    for row in rows:
        outbox.put(row[0], is_lines(row[3]), row[3], row[0] - first_of(row) + 1)
    return outbox.take()[1]

"""Records on their way to one subscriber: gathered into batches, within a bound, counting those that had to be dropped."""

from __future__ import annotations

import asyncio
from collections import deque

import msgspec

from workbench.engine.clock import Clock, Timer
from workbench.engine.telemetry.subscription import Buffering

FULL_BATCHES_KEPT = 8
"""The number of full batches that wait for a slow subscriber before records are dropped; enough for a burst of output."""


class Dropped(msgspec.Struct):
    """What was dropped since the last report."""

    records: int = 0
    size_bytes: int = 0


class TelemetryBuffer:
    """Batches for one subscriber. Use `add` on the engine's loop; one task awaits `batch`."""

    def __init__(self, buffering: Buffering, clock: Clock) -> None:
        self._limits = buffering
        self._clock = clock
        self._full: deque[list[bytes]] = deque()
        self._open: list[bytes] = []
        self._open_bytes = 0
        self._timer: Timer | None = None
        self._due = asyncio.Event()
        self.dropped = Dropped()

    def add(self, record: bytes) -> None:
        """Take one record, or count it as dropped if the subscriber is too far behind."""
        if len(self._full) >= FULL_BATCHES_KEPT:  # the newest is dropped: what was accepted before stays in order
            self.drop([record])
            return
        if self._open_bytes + len(record) > self._limits.max_bytes:
            self._seal()
        self._open.append(record)
        self._open_bytes += len(record)
        if len(self._open) >= self._limits.max_items:
            self._seal()
        elif self._timer is None:
            self._timer = self._clock.call_later(self._limits.timeout_ms / 1000, self._seal)

    def drop(self, batch: list[bytes]) -> None:
        """Count records that will not be delivered."""
        self.dropped.records += len(batch)
        self.dropped.size_bytes += sum(map(len, batch))

    def take_dropped(self) -> Dropped:
        """Return what was dropped since the last call, and start counting anew."""
        dropped, self.dropped = self.dropped, Dropped()
        return dropped

    async def batch(self) -> list[bytes]:
        """Wait for the next batch that is due, remove it and return it."""
        while not self._full:
            self._due.clear()
            await self._due.wait()
        return self._full.popleft()

    def seal(self) -> None:
        """Make everything gathered so far due now, because the environment ends."""
        self._seal()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._full and not self._open

    def _seal(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._open:
            self._full.append(self._open)
            self._open, self._open_bytes = [], 0
            self._due.set()

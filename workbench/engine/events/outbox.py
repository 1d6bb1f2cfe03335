"""What waits to be sent to one follower of the stream: batched and bounded; lifecycle events are never dropped."""

from __future__ import annotations

import asyncio

from workbench.engine.journal.rows import elided, join_events

MAX_LINES_PER_FRAME = 2_000
"""Log lines beyond this are left out of a frame (60,000 lines/s at 30 frames/s): nobody reads them, and the journal has them."""
MAX_LINE_BYTES_PER_FRAME = 1 << 20
MOST_WAITING_BYTES = 2 << 20
"""How much may wait besides log lines. A follower that is further behind is sent events from the journal when it reads again."""


class Outbox:
    """Encoded events for one follower. Use `put` on the engine's loop; one task awaits `frame`."""

    def __init__(self, most_waiting_bytes: int = MOST_WAITING_BYTES) -> None:
        self._most_waiting_bytes = most_waiting_bytes
        self._filled = asyncio.Event()
        self.is_lost = False
        """Whether too much had to wait: everything was dropped, and nothing is accepted until `restart`."""
        self.restart()

    def restart(self) -> None:
        """Start again, empty, with what is put from now on."""
        self.is_lost = False
        self._waiting: list[bytes] = []
        self._run: tuple[int, int] | None = None
        self._lines = self._line_bytes = self._bytes = 0
        self._last = 0

    def put(self, seq: int, is_line: bool, encoded: bytes, count: int = 1) -> None:
        """Queue one event, or a block of `count` log lines; `seq` is the number of the last one."""
        if self.is_lost:
            return
        self._last = seq
        if is_line and (self._lines + count > MAX_LINES_PER_FRAME or self._line_bytes > MAX_LINE_BYTES_PER_FRAME):
            self._run = (self._run[0] if self._run else seq - count + 1, seq)
        else:
            self._end_run()
            self._keep(is_line, encoded, count)
        self._filled.set()

    async def frame(self) -> tuple[int, bytes]:
        """Wait for events and take all of them: the number of the last one, and a JSON array. (0, b"") if this is lost."""
        await self._filled.wait()
        self._filled.clear()
        return (0, b"") if self.is_lost else self.take()

    def take(self) -> tuple[int, bytes]:
        """Take everything without waiting; the number is 0 if nothing is there."""
        self._end_run()
        last, frame = self._last, join_events(self._waiting)
        self.restart()
        return last, frame

    def _keep(self, is_line: bool, encoded: bytes, count: int) -> None:
        if is_line:
            self._lines += count
            self._line_bytes += len(encoded)
        self._bytes += len(encoded)
        self._waiting.append(encoded)
        if self._bytes - self._line_bytes > self._most_waiting_bytes:
            self.restart()
            self.is_lost = True

    def _end_run(self) -> None:
        """Queue one `sandbox.elided` for the lines that were left out so far."""
        if self._run is not None:
            event = elided(*self._run)
            self._bytes += len(event)
            self._waiting.append(event)
            self._run = None

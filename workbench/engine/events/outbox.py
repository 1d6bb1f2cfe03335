"""What waits to be sent to one follower of the stream: batched, bounded, lifecycle events never dropped."""

from __future__ import annotations

import asyncio

import msgspec

from workbench.model.events import StreamEvent

MAX_LINES_PER_FRAME = 2_000
"""Log lines above this in one frame are left out (60,000 lines/s at 30 frames/s); nobody reads them, the journal has them."""


class Outbox:
    """Encoded events for one follower. `put` on the engine's loop; one task awaits `frame`."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, bool, bytes]] = []
        self._filled = asyncio.Event()

    def put(self, seq: int, is_line: bool, encoded: bytes) -> None:
        """Queue one event."""
        self._waiting.append((seq, is_line, encoded))
        self._filled.set()

    async def frame(self) -> bytes:
        """Wait for events, and take all of them as one JSON array."""
        await self._filled.wait()
        self._filled.clear()
        waiting, self._waiting = self._waiting, []
        if sum(is_line for _, is_line, _ in waiting) > MAX_LINES_PER_FRAME:
            return join_events(_elide(waiting))
        return join_events([encoded for _, _, encoded in waiting])


def join_events(encoded: list[bytes]) -> bytes:
    """A JSON array of already encoded events."""
    return b"[" + b",".join(encoded) + b"]"


def _elide(waiting: list[tuple[int, bool, bytes]]) -> list[bytes]:
    """Keep the first lines of the frame; each later run of lines becomes one `sandbox.elided`."""
    kept: list[bytes] = []
    lines = 0
    run: list[int] = []
    for seq, is_line, encoded in waiting:
        lines += is_line
        if is_line and lines > MAX_LINES_PER_FRAME:
            run.append(seq)
            continue
        if run:
            kept.append(_elided(run))
            run = []
        kept.append(encoded)
    if run:
        kept.append(_elided(run))
    return kept


def _elided(run: list[int]) -> bytes:
    record = {"first": run[0], "last": run[-1], "count": len(run)}
    return msgspec.json.encode(StreamEvent(seq=run[-1], time_ms=0, type="sandbox.elided", record=record))

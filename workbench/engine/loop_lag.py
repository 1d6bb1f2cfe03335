"""Measures how late the engine's loop is, which is the uncertainty of every duration it measures."""

from __future__ import annotations

import asyncio
from collections import deque

INTERVAL_S = 0.1


class LoopLag:
    """Measures ten times a second; `p99_ms` covers the last minute."""

    def __init__(self) -> None:
        self._late_ms: deque[float] = deque(maxlen=600)

    @property
    def p99_ms(self) -> float:
        """The 99th percentile of the lateness in milliseconds; 0 before the first measurement."""
        ordered = sorted(self._late_ms)
        return ordered[int(len(ordered) * 0.99)] if ordered else 0.0

    async def measure(self) -> None:
        """Measure until this is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + INTERVAL_S
            await asyncio.sleep(INTERVAL_S)
            self._late_ms.append(max(0.0, (loop.time() - due) * 1000))

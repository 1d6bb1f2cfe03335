"""Checks the memory of running runtimes at short intervals, as no limit of a single process corresponds to the memory size."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

INTERVAL_MS = 25
"""Long enough to take less than 1 % of a core per runtime, short enough that a runtime exceeds its limit only by little."""


_REST = 10
"""The pause after a round of checks, as a multiple of its duration: a thousand processes take 60 ms of the loop."""


class Watched(Protocol):
    """Something with a memory limit."""

    def check_memory(self) -> None:
        """Check the memory, and end what exceeds its limit."""


class MemoryWatcher:
    """Watches all sandboxes of a provider, except frozen ones. It does nothing while none is watched."""

    def __init__(self, interval_ms: float = INTERVAL_MS) -> None:
        self._interval_s = interval_ms / 1000
        self._watched: set[Watched] = set()
        self._next_look: asyncio.TimerHandle | None = None

    def watch(self, sandbox: Watched) -> None:
        """Start to watch a sandbox. Idempotent."""
        self._watched.add(sandbox)
        self._look_in(self._interval_s)

    def forget(self, sandbox: Watched) -> None:
        """Stop watching a sandbox. Idempotent."""
        self._watched.discard(sandbox)

    def close(self) -> None:
        """Stop watching all sandboxes."""
        self._watched.clear()
        if self._next_look is not None:
            self._next_look.cancel()
            self._next_look = None

    def _look_in(self, delay_s: float) -> None:
        if self._next_look is None:
            self._next_look = asyncio.get_running_loop().call_later(delay_s, self._look)

    def _look(self) -> None:
        begun_s = time.perf_counter()
        self._next_look = None
        for sandbox in tuple(self._watched):
            sandbox.check_memory()
        if self._watched:
            self._look_in(max(self._interval_s, (time.perf_counter() - begun_s) * _REST))

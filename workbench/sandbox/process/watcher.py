"""Looks at the memory of running runtimes in short intervals: a process has no memory limit of its own that fits."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

INTERVAL_MS = 25
"""Long enough to cost under 1 % of a core per runtime, short enough that a runtime passes its limit by little."""


_REST = 10
"""A look at a thousand processes takes 60 ms: after it the loop has ten times as long for all else."""


class Watched(Protocol):
    """What can be over its memory limit."""

    def check_memory(self) -> None:
        """Look, and end what is over."""


class MemoryWatcher:
    """One for all sandboxes of a provider. It rests while nothing is watched; a frozen runtime is not watched."""

    def __init__(self, interval_ms: float = INTERVAL_MS) -> None:
        self._interval_s = interval_ms / 1000
        self._watched: set[Watched] = set()
        self._next_look: asyncio.TimerHandle | None = None

    def watch(self, sandbox: Watched) -> None:
        """Look at this one from now on."""
        self._watched.add(sandbox)
        self._look_in(self._interval_s)

    def forget(self, sandbox: Watched) -> None:
        """No longer."""
        self._watched.discard(sandbox)

    def close(self) -> None:
        """Stop looking."""
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

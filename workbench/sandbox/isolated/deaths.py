"""Ends of programs at rest: who started them stands still with the whole sandbox then, and cannot tell."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable

from workbench.sandbox.process.exit import watch_descriptor

_TOLD_LIMIT_S = 1.0
"""It takes a millisecond, unless the one who tells is gone as well."""


class Deaths:
    """Sees the end of each program for itself. `go_on` lets the sandbox go on, so that how it ended is told. On the loop."""

    def __init__(self, go_on: Callable[[], None]) -> None:
        self._go_on = go_on
        self._living: set[str] = set()
        self._untold: set[str] = set()
        self._changed = asyncio.Event()

    @property
    def is_one_untold(self) -> bool:
        """Whether a program has ended and that was not told yet: a sandbox that is stopped now would never tell."""
        return bool(self._untold)

    def began(self, which: str, pid: int) -> None:
        """This program runs, as this process of this machine; 0 for one that is gone already."""
        self._living.add(which)
        with contextlib.suppress(OSError):  # gone, or a kernel before 5.3: then it is told when the sandbox goes on anyway
            if pid:
                watch_descriptor(os.pidfd_open(pid), lambda: self._ended(which))

    def told(self, which: str) -> None:
        """How it ended was told."""
        self._living.discard(which)
        self._untold.discard(which)
        self._changed.set()

    async def all_told(self) -> None:
        """Return when how each ended was told, after `_TOLD_LIMIT_S` at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TOLD_LIMIT_S):
                while self._untold:
                    self._changed.clear()
                    await self._changed.wait()

    def _ended(self, which: str) -> None:
        if which in self._living:
            self._untold.add(which)
            self._go_on()

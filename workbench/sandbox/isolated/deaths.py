"""Notices programs that end while the sandbox is frozen: their supervisor is frozen too and cannot report it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable

from workbench.sandbox.process.exit import watch_descriptor

_TOLD_LIMIT_S = 1.0
"""How long to wait for a report. It takes a millisecond, unless the supervisor is gone as well."""


class Deaths:
    """Watches each program itself. When one ends, `go_on` thaws the sandbox so that the supervisor reports how. On the loop."""

    def __init__(self, go_on: Callable[[], None]) -> None:
        self._go_on = go_on
        self._living: set[str] = set()
        self._untold: set[str] = set()
        self._changed = asyncio.Event()

    @property
    def is_one_untold(self) -> bool:
        """Whether a program's end has not been reported yet: a sandbox that is frozen now would never report it."""
        return bool(self._untold)

    def began(self, which: str, pid: int) -> None:
        """Watch a program that was started; `pid` is its process on this machine, 0 if it is gone already."""
        self._living.add(which)
        with contextlib.suppress(OSError):  # gone, or a kernel before 5.3: then its end is reported with the next thaw
            if pid:
                watch_descriptor(os.pidfd_open(pid), lambda: self._ended(which))

    def told(self, which: str) -> None:
        """Note that the supervisor has reported a program's end."""
        self._living.discard(which)
        self._untold.discard(which)
        self._changed.set()

    async def all_told(self) -> None:
        """Return when all ends have been reported, or after `_TOLD_LIMIT_S`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TOLD_LIMIT_S):
                while self._untold:
                    self._changed.clear()
                    await self._changed.wait()

    def _ended(self, which: str) -> None:
        if which in self._living:
            self._untold.add(which)
            self._go_on()

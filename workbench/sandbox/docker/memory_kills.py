"""Notices that the kernel has killed a process of a container for its memory, even if it was not the runtime.

If the group's files can be reached, the kernel itself tells us, which is sooner than the engine's event. That matters because
a handler whose child was killed may answer some milliseconds later. Source: Linux, cgroup-v1/memory.rst, "OOM Control".
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from workbench.sandbox.docker.memory_group import MemoryGroup

_RECOUNT_S, _MOST_RECOUNTS = 0.005, 20
"""The kernel notifies before it kills, and does not always kill in the end: so the count is read again for a while."""


class MemoryKills:
    """Watches one running container, on the loop. `killed` is called at most once, and not after `close`."""

    def __init__(self, group: MemoryGroup, killed: Callable[[], None]) -> None:
        self._group = group
        self._killed = killed
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False
        self._descriptor = _listen(group.folder)
        if self._descriptor is not None:
            asyncio.get_running_loop().add_reader(self._descriptor, self._heard)

    def suspect(self) -> None:
        """Check a report that a process was killed against the kernel's count, if that can be read."""
        self._count(_MOST_RECOUNTS)

    def close(self) -> None:
        """Stop watching. Idempotent."""
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
        if self._descriptor is not None:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
        self._timer = self._descriptor = None

    def _heard(self) -> None:
        """Handle the kernel's notification: the group ran out of memory, or it is gone, which the eventfd reports as well."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.read(self._descriptor, 8)
        self._count(_MOST_RECOUNTS)

    def _count(self, most: int) -> None:
        kills = self._group.kills()
        if self._is_over or (kills is None and self._group.folder is not None):
            return  # the container is gone
        if kills == 0 and most:
            self._timer = asyncio.get_running_loop().call_later(_RECOUNT_S, self._count, most - 1)
        elif kills != 0:
            self.close()
            self._killed()


def _listen(folder: Path | None) -> int | None:
    """An eventfd that becomes readable when the group is out of memory; None without that (cgroup v2, no rights)."""
    if sys.platform != "linux" or folder is None:
        return None
    descriptor = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
    try:
        with (folder / "memory.oom_control").open("rb") as control:
            (folder / "cgroup.event_control").write_text(f"{descriptor} {control.fileno()}")
    except OSError:
        os.close(descriptor)
        return None
    return descriptor

"""Hears that the kernel has killed a process of a container for its memory, also where that was not the runtime.

Where the group's files are within reach, the kernel itself says so, which is sooner than the engine's event: a handler whose
child was killed answers some milliseconds later. Source: Linux, cgroup-v1/memory.rst, "OOM Control".
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
"""The kernel speaks before it kills, and it does not always have to."""


class MemoryKills:
    """Of one running container, on the loop. `killed` is called once, and not after `close`."""

    def __init__(self, group: MemoryGroup, killed: Callable[[], None]) -> None:
        self._group = group
        self._killed = killed
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False
        self._descriptor = _listen(group.folder)
        if self._descriptor is not None:
            asyncio.get_running_loop().add_reader(self._descriptor, self._heard)

    def suspect(self) -> None:
        """Somebody says that a process was killed: look whether that is so, where that can be seen."""
        self._count(_MOST_RECOUNTS)

    def close(self) -> None:
        """Hear nothing more. Idempotent."""
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
        if self._descriptor is not None:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
        self._timer = self._descriptor = None

    def _heard(self) -> None:
        """Something ran out of memory, or the group is gone."""
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
    """A descriptor that becomes readable when the group is out of memory; None where the kernel does not offer it to us."""
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

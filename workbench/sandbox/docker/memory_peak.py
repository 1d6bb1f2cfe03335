"""Max Memory Used of a container: the kernel's own peak, without the pages of files in /tmp.

The kernel keeps one peak for processes and file pages together. If /tmp is on a disk, its pages are at most what the processes
have read from and written to disks, and the processes' own memory is at least what they have now, or had when they were
largest. So the smaller of the two bounds is subtracted from the peak, and nothing if no file was written. If /tmp is in memory,
neither bound holds, and the highest of all samples counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from workbench.sandbox.docker.cgroup import ContainerCgroup
from workbench.sandbox.docker.memory_group import MemoryGroup

SAMPLES_PER_S = 10
"""Each sample takes 0.1 ms of this process."""


class KernelPeak:
    """The highest use of a container whose /tmp is on a disk, computed from the kernel's peak."""

    def __init__(self, cgroup: ContainerCgroup) -> None:
        self._cgroup = cgroup
        self._of_all_bytes = 0
        self._own_bytes = 0

    def peak_bytes(self) -> int:
        """Return the highest own use so far. Takes 0.1 ms if the kernel's peak has not changed, otherwise 0.5 ms.

        Once file pages are part of the kernel's peak, own memory can take their place and grow without raising the peak. So an
        unchanged peak settles the question only if all of it was own memory.
        """
        of_all_bytes = self._cgroup.memory_peak_bytes()
        if of_all_bytes > self._of_all_bytes or self._own_bytes < self._of_all_bytes:
            self._of_all_bytes = of_all_bytes
            self._own_bytes = max(self._own_bytes, _without_files(of_all_bytes, self._cgroup.memory_group))
        return self._own_bytes


def _without_files(peak_bytes: int, group: MemoryGroup) -> int:
    """The peak of the container's own memory, as near as it can be told. Some 0.3 ms."""
    excess = peak_bytes - max(group.own_bytes() or 0, group.largest_bytes())
    return peak_bytes - min(excess, group.moved_bytes()) if excess > 0 else peak_bytes


class MemoryWatch:
    """Samples a running container whose /tmp is in memory, and calls `exceeded` once if it uses more than it may. On the loop."""

    def __init__(self, group: MemoryGroup, limit_bytes: int, exceeded: Callable[[], None]) -> None:
        self.peak_bytes = 0
        self.is_exceeded = False
        self._group = group
        self._limit_bytes = limit_bytes
        self._exceeded = exceeded
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Sample from now on. Idempotent."""
        if self._timer is None and not self.is_exceeded:
            self._look()

    def stop(self) -> None:
        """Stop sampling; a frozen container cannot take more memory. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def sample(self) -> None:
        """Take one sample now, in addition to the regular ones."""
        self.peak_bytes = max(self.peak_bytes, self._group.own_bytes() or 0)

    def _look(self) -> None:
        self.sample()
        if self.peak_bytes > self._limit_bytes:
            self._timer = None
            self.is_exceeded = True
            self._exceeded()
            return
        self._timer = asyncio.get_running_loop().call_later(1 / SAMPLES_PER_S, self._look)

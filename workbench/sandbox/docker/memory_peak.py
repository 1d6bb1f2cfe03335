"""Max Memory Used of a container: the kernel's own peak, without what is pages of files in /tmp.

The kernel keeps a peak of everything together. Where /tmp is on a disk, pages of its files are at most what the processes have
moved to and from disks, and memory of their own is at least what they have now or had resident at their largest: so that much
and no more is taken off the peak, and nothing where no file was written. Where /tmp is in memory, nothing of this holds, and
the highest of all samples counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from workbench.sandbox.docker.cgroup import ContainerCgroup
from workbench.sandbox.docker.memory_group import MemoryGroup

SAMPLES_PER_S = 10
"""A sample takes 0.1 ms of this process."""


class KernelPeak:
    """The highest use of a container whose /tmp is on a disk, from the kernel's peak."""

    def __init__(self, cgroup: ContainerCgroup) -> None:
        self._cgroup = cgroup
        self._of_all_bytes = 0
        self._own_bytes = 0

    def peak_bytes(self) -> int:
        """0.1 ms where it is as high as before, else 0.5.

        Once files had a share in the kernel's peak, memory of its own can grow in the place of theirs and the peak stay.
        """
        of_all_bytes = self._cgroup.memory_peak_bytes()
        if of_all_bytes > self._of_all_bytes or self._own_bytes < self._of_all_bytes:
            self._of_all_bytes = of_all_bytes
            self._own_bytes = max(self._own_bytes, _without_files(of_all_bytes, self._cgroup.memory_group))
        return self._own_bytes


def _without_files(peak_bytes: int, group: MemoryGroup) -> int:
    """The peak of memory of its own, as near as it can be told. Some 0.3 ms."""
    excess = peak_bytes - max(group.own_bytes() or 0, group.largest_bytes())
    return peak_bytes - min(excess, group.moved_bytes()) if excess > 0 else peak_bytes


class MemoryWatch:
    """Samples a running container whose /tmp is in memory, and says once that it has taken more than it may. On the loop."""

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
        """A frozen container takes nothing. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def sample(self) -> None:
        """Once more, out of turn."""
        self.peak_bytes = max(self.peak_bytes, self._group.own_bytes() or 0)

    def _look(self) -> None:
        self.sample()
        if self.peak_bytes > self._limit_bytes:
            self._timer = None
            self.is_exceeded = True
            self._exceeded()
            return
        self._timer = asyncio.get_running_loop().call_later(1 / SAMPLES_PER_S, self._look)

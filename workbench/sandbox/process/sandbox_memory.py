"""Measures the memory of a sandbox's processes and tells whether it exceeds the limit. All in MB."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.sandbox.process.control_group import ControlGroup
from workbench.sandbox.process.memory import shared_once_mb, usage


class SandboxMemory:
    """The highest sum over the runtime and its children that was seen, from each process's own high-water mark.

    Children that lived shorter than the watcher's interval are missing. A control group has a high-water mark too, but it
    includes the page cache of files that were read and written, and spans resets. If the kernel enforces the limit, the sum can
    still exceed it because shared pages count several times: then the limit was the peak.
    """

    def __init__(self, memory_mb: int, group: ControlGroup) -> None:
        self._memory_mb = memory_mb
        self._group = group
        self._members: Sequence[int] = ()
        self._peak_mb = 0.0
        self._was_over = False

    def begin(self, runtime: int) -> None:
        """Start with the runtime's process, 0 if it is gone already."""
        self._members = (runtime,) if runtime else ()

    def is_over(self, members: Sequence[int]) -> bool:
        """Measure these processes; True if they exceed the limit, or if the kernel has killed one of them for it."""
        self._members = members
        usages = [usage(pid) for pid in members]
        self._peak_mb = max(self._peak_mb, sum(each.peak_mb for each in usages))
        self._was_over = self._was_over or self._is_over(sum(each.now_mb for each in usages))
        return self._was_over

    def peak(self) -> float:
        """The peak until now. Cheap enough to ask always."""
        self._peak_mb = max(self._peak_mb, sum(usage(pid).peak_mb for pid in self._members))
        return min(self._peak_mb, self._memory_mb) if self._group.limits_memory else self._peak_mb

    def ended(self, *, was_killed: bool) -> bool:
        """Note that the runtime has ended; returns whether that was for its memory, which makes the limit its peak."""
        self._members = ()
        # The kernel may have killed it between two looks of the watcher: then only the group's count tells.
        out_of_memory = self._was_over or (was_killed and self._group.was_out_of_memory())
        if out_of_memory:
            self._peak_mb = max(self._peak_mb, float(self._memory_mb))
        return out_of_memory

    def _is_over(self, sum_mb: float) -> bool:
        """Whether the limit is exceeded. Before a kill, pages that forked children share with their parent are counted once."""
        if self._group.was_out_of_memory():
            return True
        if self._group.limits_memory or sum_mb <= self._memory_mb:
            return False
        return len(self._members) == 1 or shared_once_mb(self._members) > self._memory_mb

"""Measures the memory of a sandbox's processes and tells whether it exceeds the limit. All in MB."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.sandbox.process.control_group import ControlGroup
from workbench.sandbox.process.memory import KeptUsage, Usage, shared_once_mb, usage

_MOST_LOOKS = 40
"""After so many looks the members are listed anew in any case: one may have been between its fork and its program."""


class SandboxMemory:
    """The highest sum over the runtime and its children that was seen, from each process's own high-water mark.

    Children that lived shorter than the watcher's interval are missing. A control group has a high-water mark too, but it
    includes the page cache of files that were read and written, and spans resets. If the kernel enforces the limit, the sum can
    still exceed it because shared pages count several times: then the limit was the peak.
    """

    def __init__(self, memory_mb: int, group: ControlGroup, members: Callable[[], Sequence[int]]) -> None:
        """`members` lists the processes that count, which takes some 100 us: it is asked when the group's have changed."""
        self._memory_mb = memory_mb
        self._group = group
        self._list_members = members
        self._members: Sequence[int] = ()
        self._listing, self._looks = b"", 0
        self._runtime: KeptUsage | None = None
        self._peak_mb = 0.0
        self._was_over = False

    def begin(self, runtime: int) -> None:
        """Start with the runtime's process, 0 if it is gone already."""
        self._members, self._listing = ((runtime,) if runtime else ()), b""
        self._forget()
        self._runtime = KeptUsage(runtime) if runtime else None

    def is_over(self) -> bool:
        """Measure the processes; True if they exceed the limit, or if the kernel has killed one of them for it."""
        self._look_for_members()
        usages = self._usages()
        self._peak_mb = max(self._peak_mb, sum(each.peak_mb for each in usages))
        self._was_over = self._was_over or self._is_over(sum(each.now_mb for each in usages))
        return self._was_over

    def peak(self) -> float:
        """The peak until now. Cheap enough to ask always."""
        kept = self._runtime
        if kept is not None and len(self._members) == 1 and self._members[0] == kept.pid:  # nearly always: it is alone
            self._peak_mb = max(self._peak_mb, kept.peak_mb())
        else:
            if not self._has_runtime():
                self._look_for_members()
            self._peak_mb = max(self._peak_mb, sum([each.peak_mb for each in self._usages()]))
        return min(self._peak_mb, self._memory_mb) if self._group.limits_memory else self._peak_mb

    def ended(self, *, was_killed: bool) -> bool:
        """Note that the runtime has ended; returns whether that was for its memory, which makes the limit its peak."""
        self._members = ()
        self._forget()
        # The kernel may have killed it between two looks of the watcher: then only the group's count tells.
        out_of_memory = self._was_over or (was_killed and self._group.was_out_of_memory())
        if out_of_memory:
            self._peak_mb = max(self._peak_mb, float(self._memory_mb))
        return out_of_memory

    def _forget(self) -> None:
        if self._runtime is not None:
            self._runtime.close()
            self._runtime = None

    def _look_for_members(self) -> None:
        listing, self._looks = self._group.listing(), self._looks + 1
        if not listing or listing != self._listing or self._looks >= _MOST_LOOKS:
            self._members, self._looks = self._list_members(), 0
            # The runtime is no member before it runs its program, and then the listing does not change.
            self._listing = listing if self._has_runtime() else b""

    def _has_runtime(self) -> bool:
        return self._runtime is None or self._runtime.pid in self._members

    def _usages(self) -> list[Usage]:
        kept = self._runtime
        return [kept.now() if kept is not None and pid == kept.pid else usage(pid) for pid in self._members]

    def _is_over(self, sum_mb: float) -> bool:
        """Whether the limit is exceeded. Before a kill, pages that forked children share with their parent are counted once."""
        if self._group.was_out_of_memory():
            return True
        if self._group.limits_memory or sum_mb <= self._memory_mb:
            return False
        return len(self._members) == 1 or shared_once_mb(self._members) > self._memory_mb

"""Warns before the environments may use more memory than this machine has: the system would then kill any of its programs.

Each environment counts with its memory size, not with what it uses now: a warning based on use would come too late. Where /tmp
lies in memory, its size counts as well (on Lambda it is separate storage).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Protocol

from workbench.engine.concurrency.machine_figures import measured_memory
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.protocol import Progress, ProgressHandler, RuntimePlan


class Planned(Protocol):
    """A function and what runs it: what is needed to say how much memory its environments may take."""

    @property
    def function(self) -> FunctionConfiguration: ...  # noqa: D102 - what it serves
    @property
    def runtime_plan(self) -> RuntimePlan: ...  # noqa: D102 - what runs it


class Sized(Planned, Protocol):
    """The part of an environment that this module needs."""

    @property
    def is_stopped(self) -> bool: ...  # noqa: D102 - ended for good


class MachineMemory:
    """Adds up the memory of all environments whenever one is made. Use it on the engine's loop.

    `progress` returns the progress handler of a function. `total_mb` is the memory to compare with; None means this machine's.
    """

    def __init__(self, progress: Callable[[str], ProgressHandler], total_mb: float | None = None) -> None:
        self.total_mb = measured_memory().total_mb if total_mb is None else total_mb
        self._progress = progress
        # Weak: nobody reports the end of an environment here, and one that was discarded must neither count nor be kept alive.
        self._made: weakref.WeakSet[Sized] = weakref.WeakSet()

    def made(self, environment: Sized) -> None:
        """Account for a new environment; the first one that exceeds the machine's memory is reported, those after it are not."""
        there = [each for each in self._made if not each.is_stopped]
        self._made = weakref.WeakSet([*there, environment])
        before_mb = sum(map(may_use_mb, there))
        # Only the environment that crosses the line is reported; a burst of starts beyond it would repeat the warning each time.
        if before_mb <= self.total_mb < before_mb + may_use_mb(environment):
            text = sentence([*there, environment], self.total_mb)
            self._progress(environment.function.name)(Progress(stage="notice", text=text))


def may_use_mb(environment: Planned) -> int:
    """Return its memory size in MB, plus its /tmp where that lies in memory."""
    return environment.function.memory_mb + tmp_in_memory_mb(environment)


def tmp_in_memory_mb(environment: Planned) -> int:
    """Return how much of this machine's memory its /tmp may take, in MB; 0 where /tmp is on a disk."""
    return environment.function.ephemeral_storage_mb if environment.runtime_plan.is_tmp_memory else 0


def sentence(environments: list[Sized], total_mb: float) -> str:
    """Return the warning: the figures, and what to do about it."""
    count, all_mb, tmp_mb = len(environments), sum(map(may_use_mb, environments)), sum(map(tmp_in_memory_mb, environments))
    subject = f"{count} execution environments may" if count > 1 else "This execution environment may"
    of_tmp = f", {tmp_mb:,} MB of it for /tmp" if tmp_mb else ""
    return (f"{subject} use {all_mb:,} MB of memory{of_tmp}; this machine has {total_mb:,.0f} MB. If they do use it, the system "
            "may end any program. Stop environments, give functions a smaller MemorySize or EphemeralStorage, or keep fewer "
            "sandboxes prepared.")

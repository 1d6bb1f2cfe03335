"""Which process a state file speaks of, and the proof that it is that one: its number, its start, its user, its program.

A number alone proves nothing: it is given out again, and a file may name any. Nobody is attached to or ended without this proof.
"""

from __future__ import annotations

import os
from typing import Annotated

import msgspec
import psutil

CLOCK_TOLERANCE_S = 2.0
"""A correction of the clock moves the time at which the system says a process began."""

ProcessId = Annotated[int, msgspec.Meta(gt=1, lt=2**31)]
"""No negative number (a group), no 0 (our own group), not the system's first, none that the system can not have."""


class RunningProcess(msgspec.Struct, frozen=True):
    """A process as a file names it. `created_s` (epoch) tells it from a later one of its number. A `program` of "" is any."""

    pid: ProcessId
    created_s: float
    program: str = ""

    @classmethod
    def ourselves(cls) -> RunningProcess:
        """The process that calls."""
        me = psutil.Process()
        return cls(me.pid, me.create_time(), _program_of(me))

    @classmethod
    def of(cls, pid: int) -> RunningProcess:
        """A process that was started; its program may change yet. Raises psutil.Error when it is gone."""
        return cls(pid, psutil.Process(pid).create_time())

    @property
    def runs(self) -> bool:
        """Whether exactly this process still runs, not another of the same number, whoever's it is."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created_s) < CLOCK_TOLERANCE_S
            return bool(same and process.status() != psutil.STATUS_ZOMBIE and self._is_program(process))
        except (psutil.Error, OSError, OverflowError, ValueError):
            return False

    @property
    def is_ours(self) -> bool:
        """Whether it runs, and as this user."""
        try:
            return self.runs and _is_ours(psutil.Process(self.pid))
        except (psutil.Error, OSError):
            return False

    @property
    def is_ours_to_end(self) -> bool:
        """Whether it runs, and as this user; what root started may have become another user since."""
        return self.runs if _are_root() else self.is_ours

    def _is_program(self, process: psutil.Process) -> bool:
        return not self.program or _program_of(process) == self.program


def _are_root() -> bool:
    return os.name == "posix" and os.geteuid() == 0


def _is_ours(process: psutil.Process) -> bool:
    if os.name != "posix":
        return bool(process.username() == psutil.Process().username())
    return bool(process.uids().real == os.getuid())


def _program_of(process: psutil.Process) -> str:
    try:
        return str(process.exe())
    except (psutil.Error, OSError):
        return ""

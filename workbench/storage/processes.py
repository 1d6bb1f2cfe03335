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

ProcessId = Annotated[int, msgspec.Meta(gt=0, lt=2**31)]
"""No negative number (a group), no 0 (our own group), none that the system can not have."""


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

    @property
    def lives(self) -> bool:
        """Whether exactly this process still runs, of this user, not another of the same number."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created_s) < CLOCK_TOLERANCE_S
            return bool(same and process.status() != psutil.STATUS_ZOMBIE and self._is_program(process) and is_ours(process))
        except (psutil.Error, OSError, OverflowError, ValueError):
            return False

    def _is_program(self, process: psutil.Process) -> bool:
        return not self.program or _program_of(process) == self.program


def is_ours(process: psutil.Process) -> bool:
    """Whether the process runs as this user; root's own are root's. Raises psutil.Error."""
    if os.name != "posix":
        return bool(process.username() == psutil.Process().username())
    return bool(process.uids().effective == os.geteuid() or process.uids().real == os.getuid())


def _program_of(process: psutil.Process) -> str:
    try:
        return str(process.exe())
    except (psutil.Error, OSError):
        return ""

"""Which process a state file speaks of, and the proof that it is that one: its number, its start, its user, its program.

A number alone proves nothing: it is given out again, and a file may name any. Nobody is attached to or ended without this proof.
The proof outlasts a clock that is set: Linux tells the start of a process by the clock of the moment when it is asked.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
import psutil

START_TOLERANCE_S = 2.0
"""Starts that are as near as that are one, for systems that round them."""

ProcessId = Annotated[int, msgspec.Meta(gt=1, lt=2**31)]
"""No negative number (a group), no 0 (our own group), not the system's first, none that the system cannot have."""


def begun_s(pid: int) -> float:
    """What tells a process from a later one of its number, in seconds: the same for all who ask, also after the clock was set.

    It is no time of day: on Linux it counts from a point that differs for each boot, elsewhere the system keeps the epoch time
    of the start. Raises psutil.Error when the process is gone.
    """
    if sys.platform != "linux":
        return float(psutil.Process(pid).create_time())
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError as error:
        raise psutil.NoSuchProcess(pid) from error
    return _boot() + int(stat.rpartition(b")")[2].split()[_START_FIELD]) / os.sysconf("SC_CLK_TCK")


_START_FIELD = 19
"""Of `/proc/PID/stat`, counted behind the name: ticks from boot to the start. Source: proc(5)."""


@cache
def _boot() -> int:
    """A number of this boot, below 2^32: the same process number and start may come again after the next one."""
    try:
        return int(Path("/proc/sys/kernel/random/boot_id").read_bytes()[:8], 16)
    except (OSError, ValueError):
        return 0


class RunningProcess(msgspec.Struct, frozen=True):
    """A process as a file names it. `created_s` (`begun_s`) tells it from a later one of its number. A `program` of "" is any."""

    pid: ProcessId
    created_s: float
    program: str = ""

    @classmethod
    def ourselves(cls) -> RunningProcess:
        """The process that calls."""
        me = psutil.Process()
        return cls(me.pid, begun_s(me.pid), _program_of(me))

    @classmethod
    def of(cls, pid: int) -> RunningProcess:
        """A process that was started; its program may change yet. Raises psutil.Error when it is gone."""
        return cls(pid, begun_s(pid))

    @property
    def runs(self) -> bool:
        """Whether exactly this process still runs, not another of the same number, whoever's it is."""
        try:
            process = psutil.Process(self.pid)
            same = abs(begun_s(self.pid) - self.created_s) < START_TOLERANCE_S
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

"""Identifies the process that a state file names, and proves that it is still that one: by ID, start, user and program.

An ID alone proves nothing: the system reuses it, and a file may contain any number. No process is attached to or ended without
this proof. It also survives a change of the system clock, because on Linux it does not use the start time as psutil reports
it, which is calculated from the clock at the time of asking.
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
"""Start times that differ by less are taken as equal, because some systems round them."""

ProcessId = Annotated[int, msgspec.Meta(gt=1, lt=2**31)]
"""Excludes what must never be signaled: negative numbers (process groups), 0 (our own group), 1 (init), impossible IDs."""


def begun_s(pid: int) -> float:
    """Return a start mark in seconds that tells a process from a later one with the same ID.

    Every caller gets the same value, even after the clock was changed. It is not a time of day: on Linux it counts from a point
    that differs per boot; elsewhere the system records the epoch time of the start. Raises psutil.NoSuchProcess if the process is
    gone, and psutil.AccessDenied if nothing can be learned of it now: it may be hidden, or we have no file descriptor left.
    """
    if sys.platform != "linux":
        return float(psutil.Process(pid).create_time())
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError as error:
        is_gone = isinstance(error, FileNotFoundError | ProcessLookupError) and not psutil.pid_exists(pid)
        raise (psutil.NoSuchProcess if is_gone else psutil.AccessDenied)(pid) from error
    # After the last parenthesis, because the name in parentheses may itself contain parentheses and spaces.
    return _boot() + int(stat.rpartition(b")")[2].split()[_START_FIELD]) / os.sysconf("SC_CLK_TCK")


_START_FIELD = 19
"""Index in `/proc/PID/stat`, counted after the name, of the start in clock ticks since boot. Source: proc(5)."""


@cache
def _boot() -> int:
    """Return a number below 2^32 for this boot: after a reboot, the same process ID and ticks can occur again.

    0 where the system does not tell. Raises psutil.AccessDenied if it cannot be read now, because with another number than
    before every process would seem to be another one.
    """
    try:
        return int(Path("/proc/sys/kernel/random/boot_id").read_bytes()[:8], 16)
    except (FileNotFoundError, ValueError):
        return 0
    except OSError as error:
        raise psutil.AccessDenied(msg="The number of this boot cannot be read.") from error


class RunningProcess(msgspec.Struct, frozen=True):
    """A process as a file names it. `created_s` comes from `begun_s`; a `program` of "" matches any program."""

    pid: ProcessId
    created_s: float
    program: str = ""

    @classmethod
    def ourselves(cls) -> RunningProcess:
        """Describe the calling process."""
        me = psutil.Process()
        return cls(me.pid, begun_s(me.pid), _program_of(me))

    @classmethod
    def of(cls, pid: int) -> RunningProcess:
        """Describe a process just started, whose program may still change (exec). Raises psutil.Error if it is gone."""
        return cls(pid, begun_s(pid))

    @property
    def runs(self) -> bool:
        """Whether exactly this process still runs (not another with the same ID), whichever user it belongs to."""
        try:
            process = psutil.Process(self.pid)
            same = abs(begun_s(self.pid) - self.created_s) < START_TOLERANCE_S
            return bool(same and process.status() != psutil.STATUS_ZOMBIE and self._is_program(process))
        except (psutil.Error, OSError, OverflowError, ValueError):
            return False

    @property
    def is_ours(self) -> bool:
        """Whether it still runs and belongs to this user."""
        try:
            return self.runs and _is_ours(psutil.Process(self.pid))
        except (psutil.Error, OSError):
            return False

    @property
    def is_ours_to_end(self) -> bool:
        """Whether it still runs and may be ended. As root, the user is not compared: a child of root may have switched users."""
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

"""Stopping, continuing and ending a runtime with all that it started. The one place that knows how each platform does it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

import psutil

from workbench.sandbox.process.memory import family

CAN_FREEZE = sys.platform != "win32"
_ON_LINUX = sys.platform == "linux"
_MOST_ROUNDS = 5
"""So often a family is looked at again while it dies: a child may be born between the look and the kill."""


def freeze_group(leader: int) -> None:
    """Stop all processes of the group. Nothing on Windows."""
    _signal_group(leader, "SIGSTOP")


def thaw_group(leader: int) -> None:
    """Let them go on. Nothing on Windows."""
    _signal_group(leader, "SIGCONT")


def ask_to_end(leader: int) -> None:
    """SIGTERM to the runtime process itself, as Lambda sends it at the end of a shutdown."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(leader, signal.SIGTERM)


def kill_family(leader: int) -> None:
    """Kill the group and everything below the leader, also what left the group with setsid. Nothing is reaped here."""
    for _ in range(_MOST_ROUNDS):
        members = family(leader)
        _signal_group(leader, "SIGKILL")
        kill_each(members)
        if set(family(leader)) <= {leader}:
            return


def kill_each(pids: Iterable[int]) -> None:
    """Kill these processes, as far as they are there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def users_of(temp_folder: Path) -> list[int]:
    """The processes whose temporary folder this is: what a runtime started and let go of (setsid and an end of the parent).

    Looks at every process of this user, some milliseconds: for a thread. A function that sets TMPDIR itself is not found.
    """
    return [pid for pid in psutil.pids() if pid != os.getpid() and _temporary_folder(pid) == str(temp_folder)]


def _temporary_folder(pid: int) -> str:
    try:
        if _ON_LINUX:
            return _linux_variable(pid, b"TMPDIR=")
        environment = psutil.Process(pid).environ()
    except (psutil.Error, OSError):
        return ""
    return str(environment.get("TMPDIR", environment.get("TEMP", "")))


def _linux_variable(pid: int, start: bytes) -> str:
    for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
        if entry.startswith(start):
            return os.fsdecode(entry.removeprefix(start))
    return ""


def _signal_group(leader: int, name: str) -> None:
    """Groups are a POSIX idea: on Windows nothing happens, and its processes are ended one by one."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, getattr(signal, name))

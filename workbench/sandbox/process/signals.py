"""Stops, continues and ends a runtime with everything it started. The only module that knows how each platform does it."""

from __future__ import annotations

import contextlib
import ctypes
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
"""How often a family is listed again while it is being killed: a child may be forked between the listing and the kill."""


def freeze_group(leader: int) -> None:
    """Stop all processes of the group. Nothing on Windows."""
    _signal_group(leader, "SIGSTOP")


def thaw_group(leader: int) -> None:
    """Resume them. Nothing on Windows."""
    _signal_group(leader, "SIGCONT")


def ask_to_end(leader: int) -> None:
    """Send SIGTERM to the runtime process alone, as Lambda does in the Shutdown phase.

    To its main thread where that can be had: a process that was just resumed may take it in any other thread, and Python runs
    handlers in the main one alone, which then goes on waiting for its next event. Source: signal(7), Python's `signal`.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        tgkill = getattr(ctypes.CDLL(None), "tgkill", None) if _ON_LINUX else None
        if tgkill is None or tgkill(leader, leader, int(signal.SIGTERM)) != 0:
            os.kill(leader, signal.SIGTERM)


def kill_family(leader: int) -> None:
    """Kill the group and all descendants of the leader, including those that left the group with setsid. Does not reap."""
    for _ in range(_MOST_ROUNDS):
        members = family(leader)  # listed before the kill: afterwards, descendants are no longer below the leader
        _signal_group(leader, "SIGKILL")
        kill_each(members)
        if set(family(leader)) <= {leader}:
            return


def kill_each(pids: Iterable[int]) -> None:
    """Kill these processes, some of which may be gone already."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def users_of(temp_folder: Path) -> list[int]:
    """The processes with this temporary folder: those that a runtime started and detached (setsid, and its parent ended).

    Blocking: looks at every process of this user, which takes some milliseconds. Misses functions that set TMPDIR themselves.
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
    """Signal a process group. Windows has none: there this does nothing, and processes are killed one by one."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, getattr(signal, name))

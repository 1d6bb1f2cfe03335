"""Lists and signals the processes of a sandbox, by their IDs on this machine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from workbench.sandbox.process.memory import family

_MOST_ROUNDS = 5
"""How often processes are listed again while they are being stopped: one may be forked between the listing and the signal."""


def members_of(first: int, programs: Iterable[int]) -> list[int]:
    """All processes of a sandbox's function and extensions, daemons included, without our own processes.

    `first` is the sandbox's first process; `programs` are the runtime and the extensions, whose ancestors are our own.
    """
    ours = {first}
    for program in programs:
        ours |= _ancestors(program, first)
    return [pid for pid in family(first) if pid not in ours and not _is_ours(pid, ours)]


def stop_all(first: int, number: int) -> None:
    """Send this signal to all processes of the sandbox but the first, which is bwrap's own."""
    stopped: set[int] = set()
    for _ in range(_MOST_ROUNDS):
        new = set(family(first)[1:]) - stopped
        for pid in new:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        stopped |= new
        if not new:
            return


def _ancestors(pid: int, first: int) -> set[int]:
    found: set[int] = set()
    parent = _parent(pid)
    while parent and parent != first and parent not in found:
        found.add(parent)
        parent = _parent(parent)
    return found


def _is_ours(pid: int, ours: set[int]) -> bool:
    """Whether it is the supervisor, recognized by its command line, as all its programs may have ended."""
    if _parent(pid) not in ours:
        return False
    with contextlib.suppress(OSError):
        return b"\0workbench\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _parent(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return 0
    return int(stat.rsplit(b")", 1)[1].split()[1])

"""Control groups of version 2: one hierarchy, a part of which may be delegated to an ordinary user (systemd does that).

The engine's folder is made beside its own group or further up, where the parent passes controllers on to its children: a group
with processes of its own, such as the engine's, cannot do that. Moving a process takes write access to the parent of both groups.

A runtime is moved right after its start, by a thread: the kernel may wait some milliseconds for all CPUs, which a cold start need
not wait for. What the runtime allocates before (a part of its interpreter's start) is not counted by the kernel, but by the
watcher, which looks at the processes themselves.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from workbench.background import submit
from workbench.sandbox.process.control_group import (
    CPU_PERIOD_US,
    MEMBERSHIP,
    ROOT,
    ControlGroup,
    Controller,
    GroupLimits,
    Start,
    kill_members,
    number_after,
    process_limit,
    put,
    put_if_there,
    remove_folder,
)
from workbench.sandbox.process.engine_folder import EngineFolder
from workbench.sandbox.process.kept_file import KeptFile
from workbench.sandbox.process.memory import family

_CONTROLLERS: tuple[Controller, ...] = ("memory", "pids", "cpu")


class GroupV2:
    """The group of one environment: one folder."""

    limits_memory = False  # memory allocated before the move is not charged to the group

    def __init__(self, folder: Path, limits: GroupLimits, thread: ThreadPoolExecutor) -> None:
        self._folder = folder
        self._quota_us = limits.cpu_quota_us
        self._thread = thread
        self._members, self._events = KeptFile(f"{folder}/cgroup.procs"), KeptFile(f"{folder}/memory.events")
        self._kills_before = 0
        folder.mkdir()
        put_if_there(folder / "memory.max", limits.memory_bytes)
        put_if_there(folder / "memory.swap.max", 0)
        # Kill all members together: Lambda resets the whole environment when one of its processes is killed for its memory.
        put_if_there(folder / "memory.oom.group", 1)

    def spawn(self, start: Start) -> subprocess.Popen[bytes]:
        """Start it and have a thread move it."""
        process = start()
        submit(self._thread, "Moving a process to its control group", self.adopt, process.pid)
        return process

    def renew(self) -> None:
        """Remove the CPU limit, thaw, allow forks again, and disregard earlier kills."""
        self._kills_before = self._kills()
        put_if_there(self._folder / "cgroup.freeze", 0)
        put_if_there(self._folder / "pids.max", process_limit(self._folder))
        put_if_there(self._folder / "cpu.max", f"max {CPU_PERIOD_US}")

    def share_cpu(self) -> None:
        """Set the quota per period."""
        put_if_there(self._folder / "cpu.max", f"{self._quota_us} {CPU_PERIOD_US}")

    def was_out_of_memory(self) -> bool:
        """Whether the kernel's count of kills has risen since `renew`."""
        return self._kills() > self._kills_before

    def listing(self) -> bytes:
        """Return the IDs of all members."""
        return self._members.read()

    def freeze(self) -> bool:
        """Stop all members with the group's freezer. In this version, SIGKILL also reaches frozen processes."""
        return self._freeze(1)

    def thaw(self) -> bool:
        """Resume them."""
        return self._freeze(0)

    def kill(self) -> bool:
        """Forbid forks, then send SIGKILL to all. False: a child that was orphaned before its parent was moved is no member."""
        self._thread.submit(lambda: None).result()  # moves that are still queued come first, or their process would survive
        put_if_there(self._folder / "pids.max", 0)
        kill_members(self._folder)
        return False

    def remove(self) -> None:
        """Remove the folder."""
        self._members.close()
        self._events.close()
        remove_folder(self._folder)

    def _freeze(self, value: int) -> bool:
        try:
            put(self._folder / "cgroup.freeze", value)
        except OSError:
            return False
        return True

    def _kills(self) -> int:
        return number_after(b"oom_kill", self._events.read())

    def adopt(self, pid: int) -> None:
        """Move the process and everything it has started already; what has ended meanwhile is skipped."""
        put_if_there(self._folder / "cgroup.procs", pid)
        for child in family(pid)[1:]:
            put_if_there(self._folder / "cgroup.procs", child)


class GroupsV2:
    """Makes groups in a folder of the engine, which gets these controllers from above and passes them on."""

    holds_all = True

    def __init__(self, folder: EngineFolder, controllers: Iterable[Controller]) -> None:
        self.enforced: frozenset[Controller] = frozenset(controllers)
        self._folder = folder
        self._numbers = itertools.count(1)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="adopt")
        self.marks: tuple[str, ...] = (str(folder.path),)
        put_if_there(folder.path / "cgroup.subtree_control", " ".join(f"+{name}" for name in sorted(self.enforced)))

    def make(self, limits: GroupLimits) -> ControlGroup:
        """Make a group: one folder. Raises OSError."""
        return GroupV2(self._folder.path / str(next(self._numbers)), limits, self._thread)

    def close(self) -> None:
        """End the thread and remove all groups that are left."""
        self._thread.shutdown()
        self._folder.close()


def usable_v2(root: Path = ROOT, membership: Path = MEMBERSHIP) -> GroupsV2 | None:
    """Groups beside the engine's own or further up, with the controllers passed on there; None if we may not make any."""
    own = _own_group(root, membership)
    for base in (own, *own.parents) if own is not None else ():
        if not base.is_relative_to(root):
            break
        controllers = [name for name in _CONTROLLERS if name in _handed_down(base)]
        folder = _folder_in(base) if controllers else None
        if folder is not None:
            return GroupsV2(folder, controllers)
    return None


def _own_group(root: Path, membership: Path) -> Path | None:
    with contextlib.suppress(OSError):
        for line in membership.read_text().splitlines():
            if line.startswith("0::"):
                return root / line.removeprefix("0::").lstrip("/")
    return None


def _handed_down(base: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return (base / "cgroup.subtree_control").read_text().split()
    return []


def _folder_in(base: Path) -> EngineFolder | None:
    """Make the engine's folder, if we may also move processes from the engine's own group into it."""
    if not os.access(base / "cgroup.procs", os.W_OK):
        return None
    try:
        return EngineFolder(base, secrets.token_hex(4))
    except OSError:
        return None

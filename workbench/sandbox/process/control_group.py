"""What holds an environment to Lambda's limits together with all that it starts: a control group of the Linux kernel.

There are two versions of control groups (`control_group_v1`, `control_group_v2`) and systems where none is ours to use, which
is no failure: what is not enforced then is said (`enforcement`). Source of the limits: Lambda guide, "Lambda quotas".
"""

from __future__ import annotations

import contextlib
import glob
import os
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from workbench.model.function import vcpus
from workbench.model.quotas import PROCESSES_LIMIT
from workbench.sandbox.process.signals import kill_each

Controller = Literal["memory", "pids", "cpu"]
Start = Callable[[], subprocess.Popen[bytes]]

ROOT = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
GROUP_PREFIX = "workbench-"
"""How our groups are named; none with another name is ever removed."""
CPU_PERIOD_US = 20_000
"""CPU time is dealt out in slices of 20 ms, as observed on Lambda."""
_MINIMUM_CPU_QUOTA_US = 1_000
_KILL_LIMIT_S = 5.0
_MOST_BYTES = 65_536
"""More than the numbers of 1,024 processes take."""


class GroupLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one group may use. `storage_mb` comes on top of the memory, for files; `cpu_quota_us` holds from the end of INIT."""

    memory_mb: int
    storage_mb: int = 0
    cpu_quota_us: int

    @property
    def memory_bytes(self) -> int:
        """The kernel's limit."""
        return (self.memory_mb + self.storage_mb) * 2**20


def limits_for(memory_mb: int, storage_mb: int = 0) -> GroupLimits:
    """The limits that follow from a memory size; `storage_mb` is what a /tmp that lies in memory may take beside."""
    quota_us = max(_MINIMUM_CPU_QUOTA_US, round(vcpus(memory_mb) * CPU_PERIOD_US))
    return GroupLimits(memory_mb=memory_mb, storage_mb=storage_mb, cpu_quota_us=quota_us)


class ControlGroup(Protocol):
    """The group of one environment, kept over its resets. Calls take some 10 µs each where nothing else is said."""

    limits_memory: bool
    """Whether the kernel alone holds it to the memory size, to the byte: nobody else need look."""

    def spawn(self, start: Start) -> subprocess.Popen[bytes]:
        """Call `start` so that the process it makes belongs to the group. Raises what `start` raises, and SandboxError."""

    def renew(self) -> None:
        """A new sandbox begins in an empty group: the whole CPU, and no memory kill yet."""

    def share_cpu(self) -> None:
        """INIT is over: from here on the share that follows from the memory size."""

    def was_out_of_memory(self) -> bool:
        """Whether the kernel killed a member for reaching the limit, since `renew`."""

    def freeze(self) -> bool:
        """Stop all members, also those that left their process group; False when that is not this group's to do."""

    def thaw(self) -> bool:
        """Let them go on; False as in `freeze`."""

    def kill(self) -> bool:
        """Kill all members and wait for their end: for a thread. False when some may not have been members."""

    def remove(self) -> None:
        """The environment is gone, its group empty: for a thread. Idempotent."""


class ControlGroups(Protocol):
    """Makes the groups of one provider. `marks` are the paths with which the folders of all its groups begin."""

    enforced: frozenset[Controller]
    marks: tuple[str, ...]
    holds_all: bool
    """Whether `freeze` reaches what left the process group."""

    def make(self, limits: GroupLimits) -> ControlGroup:
        """A group for an environment. Raises OSError."""

    def close(self) -> None:
        """Remove what is left."""


class NoControlGroup:
    """Where the kernel offers none, or not to us: nothing is limited here, processes are reached by signals."""

    limits_memory = False

    def spawn(self, start: Start) -> subprocess.Popen[bytes]:
        """Start it."""
        return start()

    def renew(self) -> None:
        """Nothing."""

    def share_cpu(self) -> None:
        """Nothing."""

    def was_out_of_memory(self) -> bool:
        """Never known."""
        return False

    def freeze(self) -> bool:
        """Not by this."""
        return False

    def thaw(self) -> bool:
        """Not by this."""
        return False

    def kill(self) -> bool:
        """Not by this."""
        return False

    def remove(self) -> None:
        """Nothing."""


class NoControlGroups:
    """Makes groups that do nothing."""

    enforced: frozenset[Controller] = frozenset()
    marks: tuple[str, ...] = ()
    holds_all = False

    def make(self, limits: GroupLimits) -> ControlGroup:  # noqa: ARG002 - the protocol's
        """One that does nothing."""
        return NoControlGroup()

    def close(self) -> None:
        """Nothing."""


def put(path: Path, value: object) -> None:
    """Write one value into a control file. Raises OSError. One system call, as the kernel takes each write for itself."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)


def get(path: Path) -> str:
    """What a control file says, "" when it is not there. One system call: these files are read at every freeze."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(descriptor, _MOST_BYTES).decode()
    except OSError:
        return ""
    finally:
        os.close(descriptor)


def put_if_there(path: Path, value: object) -> None:
    """The same for what not every kernel has, or a group that may be gone."""
    with contextlib.suppress(OSError):
        put(path, value)


def count_in(path: Path, name: str) -> int:
    """The number behind a name in a file such as memory.events, 0 without it."""
    return next((int(line.split()[1]) for line in get(path).splitlines() if line.startswith(name + " ")), 0)


def members_of(folder: Path) -> list[int]:
    """The processes in a group. The engine itself is never among them, though a thread of it may pass through."""
    return [pid for pid in map(int, get(folder / "cgroup.procs").split()) if pid != os.getpid()]


def number_in(path: Path) -> int:
    """The number that is all of a file, 0 without it."""
    return int(get(path) or 0)


def process_limit(folder: Path) -> int:
    """For pids.max of an empty group: the dead of the sandbox before still count until the system's first process reaps them."""
    return PROCESSES_LIMIT + number_in(folder / "pids.current")


def kill_members(folder: Path) -> None:
    """Kill until the group is empty, for a thread. What forks faster than it dies is kept from forking before (`pids.max`)."""
    until_s = time.monotonic() + _KILL_LIMIT_S
    put_if_there(folder / "cgroup.kill", 1)
    while (members := members_of(folder)) and time.monotonic() < until_s:
        kill_each(members)
        time.sleep(0.001)


def remove_folder(folder: Path) -> None:
    """Remove a group, once its last member is quite gone; for a thread."""
    until_s = time.monotonic() + _KILL_LIMIT_S
    while time.monotonic() < until_s:
        try:
            return folder.rmdir()
        except FileNotFoundError:
            return None
        except OSError:
            time.sleep(0.001)
    return None


def remove_groups(marks: Iterable[str]) -> None:
    """End what lives in the groups that begin so, and remove them: for a thread, as long as nobody makes new ones there."""
    folders = [Path(found) for mark in marks if GROUP_PREFIX in mark for found in glob.glob(glob.escape(mark) + "*")]
    for folder in folders:
        put_if_there(folder / "pids.max", 0)
    for folder in folders:
        kill_members(folder)
        remove_folder(folder)

"""Holds an environment and everything it starts to Lambda's limits, with a control group of the Linux kernel.

There are two versions of control groups (`control_group_v1`, `control_group_v2`), and systems where we may use neither. That is
not a failure: what is then not enforced is shown (`limitations`). Source of the limits: Lambda guide, "Lambda quotas".
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable
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
CPU_PERIOD_US = 20_000
"""CPU time is allotted per 20 ms, as observed on Lambda."""
_MINIMUM_CPU_QUOTA_US = 1_000
_KILL_LIMIT_S = 5.0
_MOST_BYTES = 65_536
"""More than a list of 1,024 process IDs takes."""


class GroupLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one group may use. `storage_mb` is added to the memory, for files; `cpu_quota_us` applies from the end of INIT."""

    memory_mb: int
    storage_mb: int = 0
    cpu_quota_us: int

    @property
    def memory_bytes(self) -> int:
        """The limit to set at the kernel: memory and storage."""
        return (self.memory_mb + self.storage_mb) * 2**20


def limits_for(memory_mb: int, storage_mb: int = 0) -> GroupLimits:
    """The limits that follow from a memory size; `storage_mb` is the size of a /tmp in memory, 0 for one on a disk."""
    quota_us = max(_MINIMUM_CPU_QUOTA_US, round(vcpus(memory_mb) * CPU_PERIOD_US))
    return GroupLimits(memory_mb=memory_mb, storage_mb=storage_mb, cpu_quota_us=quota_us)


class ControlGroup(Protocol):
    """The group of one environment, kept over its resets. Calls take some 10 µs each unless stated otherwise."""

    limits_memory: bool
    """Whether the kernel alone enforces the memory size, to the byte, so that nothing has to be sampled."""

    def spawn(self, start: Start) -> subprocess.Popen[bytes]:
        """Call `start` so that the process it creates belongs to the group. Raises what `start` raises, and SandboxError."""

    def adopt(self, pid: int) -> None:
        """Move a process that runs already into the group; one that is gone is skipped. Blocking, some milliseconds."""

    def renew(self) -> None:
        """Prepare the empty group for a new sandbox: no CPU limit, no memory kills so far."""

    def share_cpu(self) -> None:
        """Limit the CPU to the share that follows from the memory size, at the end of INIT."""

    def was_out_of_memory(self) -> bool:
        """Whether the kernel has killed a member for reaching the memory limit since `renew`."""

    def listing(self) -> bytes:
        """Return a text that is the same for as long as the members are; b"" if that is not known."""

    def freeze(self) -> bool:
        """Stop all members, even those that left their process group; False if this kind of group cannot."""

    def thaw(self) -> bool:
        """Resume them; False as in `freeze`."""

    def kill(self) -> bool:
        """Kill all members and wait for their end. Blocking. False if some of the environment's processes may not be members."""

    def remove(self) -> None:
        """Remove the empty group of an environment that is gone. Blocking, idempotent."""


class ControlGroups(Protocol):
    """Makes the groups of one provider. `marks` are the folders in which all of them lie, see `engine_folder`."""

    enforced: frozenset[Controller]
    marks: tuple[str, ...]
    holds_all: bool
    """Whether `freeze` also reaches processes that left the process group."""

    def make(self, limits: GroupLimits) -> ControlGroup:
        """Make a group for an environment. Raises OSError."""

    def close(self) -> None:
        """Remove all groups that are left."""


class NoControlGroup:
    """Used where the kernel offers no groups, or not to us: it limits nothing, and processes are reached by signals."""

    limits_memory = False

    def spawn(self, start: Start) -> subprocess.Popen[bytes]:
        """Call `start` and do nothing else."""
        return start()

    def adopt(self, pid: int) -> None:
        """Do nothing."""

    def renew(self) -> None:
        """Do nothing."""

    def share_cpu(self) -> None:
        """Do nothing."""

    def was_out_of_memory(self) -> bool:
        """False, as this is never known."""
        return False

    def listing(self) -> bytes:
        """b"": it is not known."""
        return b""

    def freeze(self) -> bool:
        """False: the caller must use signals."""
        return False

    def thaw(self) -> bool:
        """False: the caller must use signals."""
        return False

    def kill(self) -> bool:
        """False: the caller must find the processes itself."""
        return False

    def remove(self) -> None:
        """Do nothing."""


class NoControlGroups:
    """Makes groups that do nothing."""

    enforced: frozenset[Controller] = frozenset()
    marks: tuple[str, ...] = ()
    holds_all = False

    def make(self, limits: GroupLimits) -> ControlGroup:  # noqa: ARG002 - the protocol's
        """Return a group that does nothing."""
        return NoControlGroup()

    def close(self) -> None:
        """Do nothing."""


def put(path: Path, value: object) -> None:
    """Write one value to a control file, in a single write: the kernel takes each write for a whole value. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)


def get(path: Path) -> str:
    """The content of a control file, "" if it is missing. Unbuffered, because these files are read at every freeze."""
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
    """Like `put`, for a file that not every kernel has, or a group that may be gone."""
    with contextlib.suppress(OSError):
        put(path, value)


def count_in(path: Path, name: str) -> int:
    """The number after a name in a file such as memory.events, 0 if it is missing."""
    return number_after(name.encode(), get(path).encode())


def number_after(name: bytes, text: bytes) -> int:
    """The number after a name in the text of such a file, 0 if it is missing."""
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith(name + b" ")), 0)


def members_of(folder: Path) -> list[int]:
    """The processes in a group, never including the engine: it is listed while a thread of it passes through (v1)."""
    return listed_in(folder / "cgroup.procs")


def listed_in(path: Path) -> list[int]:
    """The same from the file that lists them."""
    return [pid for pid in map(int, get(path).split()) if pid != os.getpid()]


def number_in(path: Path) -> int:
    """The number that a file consists of, 0 if it is missing."""
    return int(get(path) or 0)


def process_limit(folder: Path) -> int:
    """The pids.max for an empty group. The previous sandbox's dead processes still count until init has reaped them."""
    return PROCESSES_LIMIT + number_in(folder / "pids.current")


def kill_members(folder: Path) -> None:
    """Kill until the group is empty. Blocking. Set `pids.max` to 0 before: a fork bomb would grow faster than it is killed."""
    until_s = time.monotonic() + _KILL_LIMIT_S
    put_if_there(folder / "cgroup.kill", 1)  # kills all at once; only cgroup v2 from kernel 5.14 on has it
    while (members := members_of(folder)) and time.monotonic() < until_s:
        kill_each(members)
        time.sleep(0.001)


def remove_folder(folder: Path) -> None:
    """Remove a group. Blocking: the kernel refuses until the last member has ended completely."""
    until_s = time.monotonic() + _KILL_LIMIT_S
    while time.monotonic() < until_s:
        try:
            return folder.rmdir()
        except FileNotFoundError:
            return None
        except OSError:
            time.sleep(0.001)
    return None

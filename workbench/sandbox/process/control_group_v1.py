"""Control groups of version 1: one hierarchy of folders per controller, below the engine's own group.

Moving a running process takes 8 to 20 ms, because the kernel waits for all CPUs. A thread that moves itself takes 0.02 ms, and
what it starts is born in its group: so one thread of ours enters the group, starts the runtime, and leaves again. It is not
the main thread, to whose group the engine's own memory is charged.

Members are stopped by SIGSTOP and not by the freezer: a process in a frozen group of this version cannot be killed, not even
by the guardian that cleans up after a killed engine.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import signal
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from workbench.background import submit
from workbench.model.failures import SandboxError
from workbench.model.quotas import PROCESSES_LIMIT
from workbench.sandbox.process.control_group import (
    CPU_PERIOD_US,
    MEMBERSHIP,
    ROOT,
    ControlGroup,
    Controller,
    GroupLimits,
    Start,
    get,
    kill_members,
    listed_in,
    number_after,
    process_limit,
    put,
    put_if_there,
    remove_folder,
)
from workbench.sandbox.process.engine_folder import EngineFolder
from workbench.sandbox.process.kept_file import KeptFile
from workbench.sandbox.process.signals import freeze_group

_CONTROLLERS: tuple[Controller, ...] = ("memory", "pids", "cpu")
_MOST_ROUNDS = 5
"""How often members are listed again while they are being stopped: one may be forked between the listing and the signal."""


class GroupV1:
    """The group of one environment: a folder in each hierarchy that we may use."""

    def __init__(self, folders: Mapping[Controller, Path], bases: Iterable[Path], limits: GroupLimits,
                 thread: ThreadPoolExecutor) -> None:
        self._folders = folders
        self._bases = tuple(bases)
        self._quota_us = limits.cpu_quota_us
        self._thread = thread
        self._any = next(iter(folders.values()))
        self.limits_memory = "memory" in folders and not limits.storage_mb
        self._listing = self._any / "cgroup.procs"
        self._events = KeptFile(str(folders["memory"] / "memory.oom_control")) if "memory" in folders else None
        self._kills_before = 0
        self._is_new = True
        self._make(limits)

    def spawn(self, start: Start) -> subprocess.Popen[bytes]:
        """Start it from a thread that is in the group."""
        self._is_new = False
        spawned: Future[subprocess.Popen[bytes]] = Future()
        submit(self._thread, "Starting a process in its control group", self._spawn_inside, start, spawned)
        return spawned.result()

    def adopt(self, pid: int) -> None:
        """Move it in each hierarchy."""
        for folder in self._folders.values():
            put_if_there(folder / "cgroup.procs", pid)

    def renew(self) -> None:
        """Remove the CPU limit, allow forks again, and disregard earlier kills."""
        if self._is_new:  # nothing has run in it yet: a cold start is spared the writes
            return
        self._kills_before = self._kills()
        if "pids" in self._folders:
            self._put("pids", "pids.max", process_limit(self._folders["pids"]))
        self._put("cpu", "cpu.cfs_quota_us", -1)

    def share_cpu(self) -> None:
        """Set the quota per period."""
        self._put("cpu", "cpu.cfs_quota_us", self._quota_us)

    def was_out_of_memory(self) -> bool:
        """Whether the kernel's count of kills has risen since `renew`."""
        return self._kills() > self._kills_before

    def listing(self) -> bytes:
        """Return the IDs of all members."""
        return get(self._listing).encode()

    def freeze(self) -> bool:
        """Send SIGSTOP to each member."""
        stopped: set[int] = set()
        for _ in range(_MOST_ROUNDS):
            new = set(listed_in(self._listing)) - stopped
            _signal(new, signal.SIGSTOP)
            stopped |= new
            if not new or _is_alone(stopped):
                break
        return True

    def thaw(self) -> bool:
        """Send SIGCONT to each member."""
        _signal(listed_in(self._listing), signal.SIGCONT)
        return True

    def kill(self) -> bool:
        """Forbid forks, then send SIGKILL to each member until none is left."""
        self._is_new = False
        self._put("pids", "pids.max", 0)
        kill_members(self._any)
        return True

    def remove(self) -> None:
        """Remove the folders after the thread has left them: the kernel removes no group that has a member."""
        self._thread.submit(lambda: None).result()
        if self._events is not None:
            self._events.close()
        for folder in self._folders.values():
            remove_folder(folder)

    def _make(self, limits: GroupLimits) -> None:
        for folder in self._folders.values():
            folder.mkdir()
        # In this order: the kernel refuses a limit of memory and swap below that of memory. Equal limits allow no swap.
        self._put("memory", "memory.limit_in_bytes", limits.memory_bytes)
        self._put("memory", "memory.memsw.limit_in_bytes", limits.memory_bytes)
        self._put("memory", "memory.swappiness", 0)
        self._put("pids", "pids.max", PROCESSES_LIMIT)
        self._put("cpu", "cpu.cfs_period_us", CPU_PERIOD_US)

    def _put(self, controller: Controller, name: str, value: int) -> None:
        """Write a value if the controller is ours. Kernels without swap accounting have no memory.memsw.

        There, a swappiness of 0 keeps members from being swapped out.
        """
        if controller in self._folders:
            put_if_there(self._folders[controller] / name, value)

    def _kills(self) -> int:
        return number_after(b"oom_kill", self._events.read()) if self._events is not None else 0

    def _spawn_inside(self, start: Start, spawned: Future[subprocess.Popen[bytes]]) -> None:
        try:
            _enter(self._folders.values())
            spawned.set_result(start())
        except BaseException as error:
            # Raised by `spawn`, which waits for the result.
            spawned.set_exception(error)
        finally:
            # The result is set already, so nobody waits for the way back. If it fails, the next spawn moves the thread anyway.
            with contextlib.suppress(SandboxError):
                _enter(self._bases)


class GroupsV1:
    """Makes groups in folders of the engine below its own group in each hierarchy."""

    holds_all = True

    def __init__(self, folders: Mapping[Controller, EngineFolder]) -> None:
        self.enforced: frozenset[Controller] = frozenset(folders)
        self._engine_folders = folders
        self._numbers = itertools.count(1)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spawn")
        self.marks = tuple(str(folder.path) for folder in folders.values())

    def make(self, limits: GroupLimits) -> ControlGroup:
        """Make a group: one folder in each hierarchy. Raises OSError."""
        name = str(next(self._numbers))
        folders = {controller: folder.path / name for controller, folder in self._engine_folders.items()}
        return GroupV1(folders, [folder.base for folder in self._engine_folders.values()], limits, self._thread)

    def close(self) -> None:
        """End the thread and remove all groups that are left."""
        self._thread.shutdown()
        for folder in self._engine_folders.values():
            folder.close()


def usable_v1(root: Path = ROOT, membership: Path = MEMBERSHIP) -> GroupsV1 | None:
    """Groups of this version with all controllers that we may use; None if there are none."""
    own = {name: path for _, names, path in _lines(membership) for name in names.split(",")}
    bases = {name: root / name / own[name].lstrip("/") for name in _CONTROLLERS if name in own}
    mark = secrets.token_hex(4)
    tried = {name: _folder_in(base, mark) for name, base in bases.items()}
    usable = {name: folder for name, folder in tried.items() if folder is not None}
    return GroupsV1(usable) if usable else None


def _lines(membership: Path) -> list[list[str]]:
    try:
        return [line.split(":", 2) for line in membership.read_text().splitlines()]
    except OSError:
        return []


def _folder_in(base: Path, mark: str) -> EngineFolder | None:
    """Make the engine's folder, if it can be entered, and left again for the engine's own. Tried out, by a thread of its own."""
    try:
        folder = EngineFolder(base, mark)
    except OSError:
        return None
    with ThreadPoolExecutor(1) as thread, contextlib.suppress(SandboxError):
        thread.submit(_enter, (folder.path, base)).result()
        return folder
    folder.close()
    return None


def _enter(folders: Iterable[Path]) -> None:
    """Move this thread to the groups: 0 stands for the writer. Raises SandboxError."""
    try:
        for folder in folders:
            put(folder / "tasks", 0)
    except OSError as error:
        message = f"The control group {folder} cannot be entered: {error.strerror}."
        raise SandboxError(message, "Start the engine anew.") from error


def _is_alone(stopped: set[int]) -> bool:
    """Whether no second look is needed. If there is only one member, its process group is stopped, with what it just forked."""
    if len(stopped) == 1:
        freeze_group(*stopped)
    return len(stopped) == 1


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)

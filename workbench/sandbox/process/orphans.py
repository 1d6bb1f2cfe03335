"""A file that tells the next engine what an engine left behind when it was killed: runtimes, folders, control groups."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psutil

from workbench.sandbox.process.control_group import remove_groups
from workbench.sandbox.process.signals import kill_each, kill_family, users_of

TEMP_PREFIX = "workbench-"
"""How the temporary folders of environments begin; nothing else is ever removed on the word of the file."""
CLOCK_TOLERANCE_S = 2.0
"""A correction of the clock moves the time at which the system says a process began."""


class RunningProcess(msgspec.Struct, frozen=True):
    """A process as the file names it. `created_s` (epoch) tells it from a later process of the same number."""

    pid: int
    created_s: float


class Belongings(msgspec.Struct, frozen=True, kw_only=True):
    """All that one engine has: runtimes and extensions that live, the environments' folders, and how its groups are named."""

    engine: RunningProcess
    runtimes: tuple[RunningProcess, ...] = ()
    temp_folders: tuple[str, ...] = ()
    group_marks: tuple[str, ...] = ()


class OrphansFile:
    """What one engine has, rewritten at every change; several engines have a file each."""

    def __init__(self, path: Path, group_marks: Sequence[str] = ()) -> None:
        self._path = path
        self._running: dict[int, RunningProcess] = {}
        self._temp_folders: set[str] = set()
        self._engine = RunningProcess(os.getpid(), psutil.Process().create_time())
        self._group_marks = tuple(group_marks)

    def keep(self, temp_folder: Path) -> None:
        """An environment that was made ahead has it, and no runtime yet."""
        self._temp_folders.add(str(temp_folder))
        self._write()

    def add(self, pid: int, temp_folder: Path) -> None:
        """A runtime was started."""
        self._temp_folders.add(str(temp_folder))
        with contextlib.suppress(psutil.Error):
            self._running[pid] = RunningProcess(pid, psutil.Process(pid).create_time())
        self._write()

    def remove(self, pid: int) -> None:
        """It is gone with everything it started."""
        if self._running.pop(pid, None) is not None:
            self._write()

    def release(self, temp_folder: Path) -> None:
        """This folder is gone."""
        if str(temp_folder) in self._temp_folders:
            self._temp_folders.remove(str(temp_folder))
            self._write()

    def _write(self) -> None:
        """Replaced as a whole: a reader never sees half a file. A full disk must not stop runtimes, so it is no failure."""
        with contextlib.suppress(OSError):
            if not self._running and not self._temp_folders:
                self._path.unlink(missing_ok=True)
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._path.with_suffix(".new")
            draft.write_bytes(msgspec.json.encode(self._belongings()))
            draft.replace(self._path)

    def _belongings(self) -> Belongings:
        return Belongings(engine=self._engine, runtimes=tuple(self._running.values()),
                          temp_folders=tuple(self._temp_folders), group_marks=self._group_marks)


def reap_orphans(path: Path) -> int:
    """Kill what the engine that wrote this file left behind and remove the temporary folders; returns how many runtimes lived.

    Does nothing while that engine runs. Reads the whole process list: for a thread. To be called before the file is used anew.
    """
    left = _read(path)
    if left is None or _lives(left.engine):
        return 0
    living = [runtime.pid for runtime in left.runtimes if _lives(runtime)]
    for pid in living:
        kill_family(pid)
    remove_groups(left.group_marks)
    for temp_folder in left.temp_folders:
        _remove_folder(Path(temp_folder))
    path.unlink(missing_ok=True)
    return len(living)


def _read(path: Path) -> Belongings | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Belongings)
    except (OSError, msgspec.DecodeError):
        return None


def _remove_folder(temp_folder: Path) -> None:
    kill_each(users_of(temp_folder))
    if temp_folder.name.startswith(TEMP_PREFIX):
        shutil.rmtree(temp_folder, ignore_errors=True)


def _lives(known: RunningProcess) -> bool:
    """Whether exactly this process still runs, not another of the same number."""
    try:
        process = psutil.Process(known.pid)
        same = abs(process.create_time() - known.created_s) < CLOCK_TOLERANCE_S
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False

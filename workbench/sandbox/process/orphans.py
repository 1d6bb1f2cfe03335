"""A file that tells the next engine what an engine left behind when it was killed: runtimes, folders, control groups.

It lies in the person's own state folder. What it names is still looked at before anything is ended or removed: the process has to
be the one that was noted, the folder and the groups have to be called as ours are.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psutil

from workbench.sandbox.process.control_group import GROUP_PREFIX, remove_groups
from workbench.sandbox.process.control_group import ROOT as GROUPS
from workbench.sandbox.process.signals import kill_each, kill_family, users_of
from workbench.storage.processes import RunningProcess
from workbench.storage.safe_files import is_own, is_plain_folder
from workbench.storage.state_file import StateFile

TEMP_PREFIX = "workbench-"
"""How the temporary folders of environments begin; nothing else is ever removed on the word of the file."""
_LIMIT_BYTES = 16_000_000
_TEMP_NAME = re.compile(re.escape(TEMP_PREFIX) + r"[a-z0-9_]{8}")
"""As `tempfile.mkdtemp` completes it."""


class Belongings(msgspec.Struct, frozen=True, kw_only=True):
    """All that one engine has: runtimes and extensions that live, the environments' folders, and how its groups are named."""

    engine: RunningProcess
    runtimes: tuple[RunningProcess, ...] = ()
    temp_folders: tuple[str, ...] = ()
    group_marks: tuple[str, ...] = ()


class OrphansFile:
    """What one engine has, rewritten at every change; several engines have a file each."""

    def __init__(self, path: Path, group_marks: Sequence[str] = ()) -> None:
        self._file = _file(path)
        self._running: dict[int, RunningProcess] = {}
        self._temp_folders: set[str] = set()
        self._engine = RunningProcess.of(os.getpid())
        self._group_marks = tuple(group_marks)

    def keep(self, temp_folder: Path) -> None:
        """An environment that was made ahead has it, and no runtime yet."""
        self._temp_folders.add(str(temp_folder))
        self._write()

    def add(self, pid: int, temp_folder: Path) -> None:
        """A runtime was started."""
        self._temp_folders.add(str(temp_folder))
        with contextlib.suppress(psutil.Error):
            self._running[pid] = RunningProcess.of(pid)
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
                self._file.remove()
                return
            self._file.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file.write(self._belongings(), durable=False)

    def _belongings(self) -> Belongings:
        return Belongings(engine=self._engine, runtimes=tuple(self._running.values()),
                          temp_folders=tuple(self._temp_folders), group_marks=self._group_marks)


def reap_orphans(path: Path) -> int:
    """Kill what the engine that wrote this file left behind and remove the temporary folders; returns how many runtimes lived.

    Does nothing while that engine runs. Reads the whole process list: for a thread. To be called before the file is used anew.
    """
    file = _file(path)
    left = file.read()
    if left is None or left.engine.runs:
        return 0
    living = [runtime.pid for runtime in left.runtimes if runtime.is_ours_to_end]
    for pid in living:
        kill_family(pid)
    remove_groups(mark for mark in left.group_marks if _is_mark(mark, left.engine))
    for folder in map(Path, left.temp_folders):
        if _is_temp_folder(folder):
            kill_each(users_of(folder))
            shutil.rmtree(folder, ignore_errors=True)
    file.remove()
    return len(living)


def _file(path: Path) -> StateFile[Belongings]:
    return StateFile(path, Belongings, limit_bytes=_LIMIT_BYTES)


def _is_temp_folder(folder: Path) -> bool:
    """Whether it can be one that an engine made: called so, no link, and this user's (root's may have been given away)."""
    if not folder.is_absolute() or not _TEMP_NAME.fullmatch(folder.name) or not is_plain_folder(folder):
        return False
    status = folder.lstat()
    return is_own(status) or os.geteuid() == 0


def _is_mark(mark: str, engine: RunningProcess) -> bool:
    """Whether groups of that engine, and of no other, begin so."""
    name = rf"{re.escape(GROUP_PREFIX)}{engine.pid}-[0-9a-f]{{8}}-"
    path = Path(mark)
    return path.is_relative_to(GROUPS) and ".." not in path.parts and re.fullmatch(name, path.name) is not None

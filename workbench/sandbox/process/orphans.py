"""A file that tells the next engine what a killed engine left behind: runtimes, folders, control groups.

It is in the person's own state folder. Even so, whatever it names is checked before anything is ended or removed: the process
must still be the recorded one, and folders and groups must have names like ours. A damaged file must not end foreign processes.
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

from workbench.sandbox.process.control_group import ROOT as GROUPS
from workbench.sandbox.process.engine_folder import is_folder_of, remove_groups
from workbench.sandbox.process.signals import kill_each, kill_family, users_of
from workbench.storage.processes import RunningProcess
from workbench.storage.safe_files import is_own, is_plain_folder
from workbench.storage.state_file import StateFile

TEMP_PREFIX = "workbench-"
"""How the names of environments' temporary folders begin; no other folder is ever removed because of the file."""
_LIMIT_BYTES = 16_000_000
_TEMP_NAME = re.compile(re.escape(TEMP_PREFIX) + r"[a-z0-9_]{8}")
"""The names that `tempfile.mkdtemp` makes of the prefix."""


class Belongings(msgspec.Struct, frozen=True, kw_only=True):
    """What one engine owns: living runtimes and extensions, environments' folders, and the folders of its control groups."""

    engine: RunningProcess
    runtimes: tuple[RunningProcess, ...] = ()
    temp_folders: tuple[str, ...] = ()
    group_marks: tuple[str, ...] = ()


class OrphansFile:
    """The file of one engine, rewritten at every change. Each engine has its own file."""

    def __init__(self, path: Path, group_marks: Sequence[str] = ()) -> None:
        self._file = _file(path)
        self._running: dict[int, RunningProcess] = {}
        self._temp_folders: set[str] = set()
        self._engine = RunningProcess.of(os.getpid())
        self._group_marks = tuple(group_marks)

    def keep(self, temp_folder: Path) -> None:
        """Record the folder of an environment that was made ahead and has no runtime yet."""
        self._temp_folders.add(str(temp_folder))
        self._write()

    def add(self, pid: int, temp_folder: Path) -> None:
        """Record a runtime that was started."""
        self._temp_folders.add(str(temp_folder))
        with contextlib.suppress(psutil.Error):  # it has ended already
            self._running[pid] = RunningProcess.of(pid)
        self._write()

    def remove(self, pid: int) -> None:
        """Forget a runtime that is gone with everything it started."""
        if self._running.pop(pid, None) is not None:
            self._write()

    def release(self, temp_folder: Path) -> None:
        """Forget a folder that is gone."""
        if str(temp_folder) in self._temp_folders:
            self._temp_folders.remove(str(temp_folder))
            self._write()

    def _write(self) -> None:
        """Replace the file as a whole: no reader ever sees half of it. Errors are ignored: a full disk must not stop runtimes."""
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
    """Kill what the engine that wrote this file left behind, remove its folders, and return how many runtimes were alive.

    Does nothing while that engine runs. Blocking: reads the whole process list. Call it before the file is written again.
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
            # What had left the runtimes' families is known by its TMPDIR; it would go on writing to the folder.
            kill_each(users_of(folder))
            shutil.rmtree(folder, ignore_errors=True)
    file.remove()
    return len(living)


def _file(path: Path) -> StateFile[Belongings]:
    return StateFile(path, Belongings, limit_bytes=_LIMIT_BYTES)


def _is_temp_folder(folder: Path) -> bool:
    """Whether an engine can have made it: by its name, not a link, and owned by this user (root gives folders to other users)."""
    if not folder.is_absolute() or not _TEMP_NAME.fullmatch(folder.name) or not is_plain_folder(folder):
        return False
    status = folder.lstat()
    return is_own(status) or os.geteuid() == 0


def _is_mark(mark: str, engine: RunningProcess) -> bool:
    """Whether it is the folder of that engine's groups and of no other's."""
    path = Path(mark)
    return path.is_relative_to(GROUPS) and ".." not in path.parts and is_folder_of(engine.pid, path)

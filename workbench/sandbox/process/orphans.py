"""A file that tells the next engine which runtimes an engine left behind when it was killed."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import msgspec
import psutil

from workbench.sandbox.process.signals import kill_each, kill_family, users_of

TEMP_PREFIX = "workbench-"
"""How the temporary folders of environments begin; nothing else is ever removed on the word of the file."""
CLOCK_TOLERANCE_S = 2.0
"""A correction of the clock moves the time at which the system says a process began."""


class RunningRuntime(msgspec.Struct, frozen=True, kw_only=True):
    """A runtime process as the file names it. `created_s` (epoch) tells it from a later process of the same number."""

    engine_pid: int
    engine_created_s: float
    pid: int
    created_s: float
    temp_folder: str


class OrphansFile:
    """The list of one engine's living runtimes, rewritten at every change; several engines have a file each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._running: dict[int, RunningRuntime] = {}
        self._engine = (os.getpid(), psutil.Process().create_time())

    def add(self, pid: int, temp_folder: Path) -> None:
        """A runtime was started."""
        with contextlib.suppress(psutil.Error):
            self._running[pid] = RunningRuntime(
                engine_pid=self._engine[0], engine_created_s=self._engine[1],
                pid=pid, created_s=psutil.Process(pid).create_time(), temp_folder=str(temp_folder),
            )
            self._write()

    def remove(self, pid: int) -> None:
        """It is gone with everything it started."""
        if self._running.pop(pid, None) is not None:
            self._write()

    def _write(self) -> None:
        """Replaced as a whole: a reader never sees half a file. A full disk must not stop runtimes, so it is no failure."""
        with contextlib.suppress(OSError):
            if not self._running:
                self._path.unlink(missing_ok=True)
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._path.with_suffix(".new")
            draft.write_bytes(msgspec.json.encode(list(self._running.values())))
            draft.replace(self._path)


def reap_orphans(path: Path) -> int:
    """Kill what the engine that wrote this file left behind and remove the temporary folders; returns how many runtimes lived.

    Does nothing while that engine runs. Reads the whole process list: for a thread. To be called before the file is used anew.
    """
    left = [entry for entry in _read(path) if not _lives(entry.engine_pid, entry.engine_created_s)]
    killed = sum(_reap(entry) for entry in left)
    if left:
        path.unlink(missing_ok=True)
    return killed


def _read(path: Path) -> list[RunningRuntime]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[RunningRuntime])
    except (OSError, msgspec.DecodeError):
        return []


def _reap(entry: RunningRuntime) -> bool:
    lived = _lives(entry.pid, entry.created_s)
    if lived:
        kill_family(entry.pid)
    kill_each(users_of(Path(entry.temp_folder)))
    if Path(entry.temp_folder).name.startswith(TEMP_PREFIX):
        shutil.rmtree(entry.temp_folder, ignore_errors=True)
    return lived


def _lives(pid: int, created_s: float) -> bool:
    """Whether exactly this process still runs, not another of the same number."""
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - created_s) < CLOCK_TOLERANCE_S
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False

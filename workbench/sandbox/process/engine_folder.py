"""The folder of one engine in a hierarchy of control groups, in which the groups of all its environments lie.

For the kernel, what lies in it together weighs as much as one other group or session beside it. So functions that are busy at the
same time, even a thousand, take no more from the engine, whose clock measures them, or from the desktop than one other program
does, and a single busy function gets as much as such a program. On cores with nothing else to do, this limits nobody.

A lock tells whether the engine lives: whatever ends it, the kernel drops the lock then. Unlike a process ID it is not reused, and
means the same in every container. So engines remove what nobody holds, without any note that the killed engine might not have had
the time to write.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from workbench.sandbox.process.control_group import kill_members, put_if_there, remove_folder

GROUP_PREFIX = "workbench-"
"""How the names of these folders begin; none with another name is ever removed."""
LEFT_AFTER_S = 60.0
"""An unlocked folder may be younger: then its engine is perhaps about to lock it."""
_NAME = re.compile(re.escape(GROUP_PREFIX) + r"[0-9]+-[0-9a-f]{8}")


class EngineFolder:
    """One folder below `base`, made and locked until `close` or the end of this process."""

    def __init__(self, base: Path, mark: str) -> None:
        """`mark` tells the folders of one engine from each other. Raises OSError if no group can be made there."""
        self.base = base
        self.path = base / f"{GROUP_PREFIX}{os.getpid()}-{mark}"
        self.path.mkdir()
        self._lock = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        _is_locked_by_us(self._lock)

    def close(self) -> None:
        """End what is in it and remove it. Blocking, idempotent."""
        if self._lock >= 0:
            remove_groups([str(self.path)])
            os.close(self._lock)
            self._lock = -1


def remove_left(bases: Iterable[Path], left_after_s: float = LEFT_AFTER_S) -> None:
    """Remove the folders of engines that were killed, and end what still runs in them. Blocking."""
    found = [folder for base in bases for folder in base.glob(f"{GROUP_PREFIX}*") if _NAME.fullmatch(folder.name)]
    remove_groups([str(folder) for folder in found if _is_left(folder, left_after_s)])


def remove_groups(marks: Iterable[str]) -> None:
    """End all processes in these folders of engines and remove them. Blocking; nobody may make new groups there."""
    folders = [Path(mark) for mark in marks if Path(mark).name.startswith(GROUP_PREFIX)]
    # In v1 a group is one folder per controller: all forking is stopped first, then members are killed through any of them.
    for folder in folders:
        put_if_there(folder / "pids.max", 0)
    for folder in folders:
        for group in (*_groups_in(folder), folder):
            kill_members(group)
            remove_folder(group)


def is_folder_of(pid: int, folder: Path) -> bool:
    """Whether an engine with this process ID can have made a folder with this name."""
    return _NAME.fullmatch(folder.name) is not None and folder.name.startswith(f"{GROUP_PREFIX}{pid}-")


def _groups_in(folder: Path) -> list[Path]:
    try:
        return [group for group in folder.iterdir() if group.is_dir()]
    except OSError:  # it is gone
        return []


def _is_left(folder: Path, left_after_s: float) -> bool:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # another engine has removed it
        return False
    try:
        return time.time() - os.stat(descriptor).st_mtime >= left_after_s and _is_locked_by_us(descriptor)
    finally:
        os.close(descriptor)


def _is_locked_by_us(descriptor: int) -> bool:
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

"""What the kernel says of the memory of a container's processes: all of it, files apart, and of each process.

A group's use has the pages of files in it, those of /tmp too, which are no memory of a function on Lambda. Source: Linux,
cgroup-v1/memory.rst, cgroup-v2.rst; Linux manual, proc_pid_status(5) and proc_pid_io(5).
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

_KB = 1024
_COUNTS = ("memory.oom_control", "memory.events")
"""Where version 1 and 2 of control groups count kills."""


class MemoryGroup(msgspec.Struct, frozen=True):
    """Of one container. `use` is the file with all that is in use, `files` the name of what of it is pages of files."""

    folder: Path | None
    use: str
    files: str

    def own_bytes(self) -> int | None:
        """What is in use without pages of files (those of a tmpfs and shared memory are among them); None when it is gone.

        Takes 0.1 ms.
        """
        if self.folder is None:
            return None
        try:
            use = int((self.folder / self.use).read_bytes())
            lines = (self.folder / "memory.stat").read_text().splitlines()
        except (OSError, ValueError):
            return None
        files = (int(value) for name, _, value in (line.partition(" ") for line in lines) if name == self.files)
        return max(0, use - next(files, 0))

    def kills(self) -> int | None:
        """How many processes the kernel has killed as the group had no memory left; None when it is gone. 0.1 ms."""
        for path in (self.folder / name for name in _COUNTS) if self.folder is not None else ():
            with contextlib.suppress(OSError):
                words = path.read_text().split()
                return int(words[words.index("oom_kill") + 1]) if "oom_kill" in words else None
        return None

    def processes(self) -> list[Path]:
        """The folders in /proc of its processes; none when it is gone."""
        if self.folder is None:
            return []
        with contextlib.suppress(OSError):
            return [Path("/proc", pid) for pid in (self.folder / "cgroup.procs").read_text().split()]
        return []

    def largest_bytes(self) -> int:
        """The most that its present processes had resident, each at its time. 0.1 ms a process."""
        return sum(_number(process / "status", "VmHWM:") * _KB for process in self.processes())

    def moved_bytes(self) -> int:
        """What its processes, and children of theirs that ended, have read from and written to file systems on a disk.

        0 where that is not ours to see (it takes root).
        """
        names = ("read_bytes:", "write_bytes:")
        return sum(_number(process / "io", name) for process in self.processes() for name in names)


def _number(path: Path, name: str) -> int:
    """The number that stands behind a name, 0 where there is none."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in path.read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1])
    return 0

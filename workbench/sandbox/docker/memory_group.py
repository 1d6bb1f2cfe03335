"""The kernel's counts of the memory of a container's processes: in total, without file pages, and per process.

A group's use includes file pages, also those of /tmp, which do not count as a function's memory on Lambda. Source: Linux,
cgroup-v1/memory.rst, cgroup-v2.rst; Linux manual, proc_pid_status(5) and proc_pid_io(5).
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

_KB = 1024
_COUNTS = ("memory.oom_control", "memory.events")
"""The files in which control groups version 1 and 2 count kills."""


class MemoryGroup(msgspec.Struct, frozen=True):
    """The memory group of one container. `use` is the file with the total use, `files` the name of file pages in memory.stat."""

    folder: Path | None
    use: str
    files: str

    def own_bytes(self) -> int | None:
        """Bytes in use without file pages (of a tmpfs and shared memory too); None if the group is gone. Takes 0.1 ms."""
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
        """How many processes the kernel has killed because the group had no memory left; None if the group is gone. 0.1 ms."""
        for path in (self.folder / name for name in _COUNTS) if self.folder is not None else ():
            with contextlib.suppress(OSError):
                words = path.read_text().split()
                return int(words[words.index("oom_kill") + 1]) if "oom_kill" in words else None
        return None

    def processes(self) -> list[Path]:
        """The folders in /proc of the group's processes; an empty list if the group is gone."""
        if self.folder is None:
            return []
        with contextlib.suppress(OSError):
            return [Path("/proc", pid) for pid in (self.folder / "cgroup.procs").read_text().split()]
        return []

    def largest_bytes(self) -> int:
        """The sum of the resident peaks of the present processes, whenever each was reached. 0.1 ms per process."""
        return sum(_number(process / "status", "VmHWM:") * _KB for process in self.processes())

    def moved_bytes(self) -> int:
        """Bytes that its processes, and those children of theirs that have ended, have read from and written to disks.

        0 if we may not see that: it takes root.
        """
        names = ("read_bytes:", "write_bytes:")
        return sum(_number(process / "io", name) for process in self.processes() for name in names)


def _number(path: Path, name: str) -> int:
    """The number after a name at the beginning of a line, 0 if there is none."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in path.read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1])
    return 0

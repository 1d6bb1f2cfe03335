"""What this machine has for execution environments: memory and cores, those of the engine's own container where it is in one.

psutil tells of the whole machine. A container (or a service with limits) has less: its control group and those above it say how
much, and what everything in them uses. Source: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import psutil

_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
_MB = 2**20


class MemoryFigures(NamedTuple):
    """All memory and what is available of it now, in MB."""

    total_mb: float
    available_mb: float


class _Files(NamedTuple):
    """The files of a version of control groups. `reclaimable`: the line of memory.stat with what the kernel takes back first."""

    limit: str
    use: str
    reclaimable: str


_V2 = _Files("memory.max", "memory.current", "inactive_file")
_V1 = _Files("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def measured_memory(root: Path = _ROOT, own: Path = _OWN) -> MemoryFigures:
    """Measure it now: the least that the machine and the engine's control groups have. Takes about 0.1 ms.

    `root` and `own`: where control groups are, and the file that names the engine's own.
    """
    machine = psutil.virtual_memory()
    figures = [MemoryFigures(machine.total / _MB, machine.available / _MB), *_of_groups(root, own, machine.total)]
    return MemoryFigures(min(each.total_mb for each in figures), min(each.available_mb for each in figures))


def usable_cores() -> int:
    """Return how many cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def _of_groups(root: Path, own: Path, most: int) -> Iterator[MemoryFigures]:
    """Yield the figures of the engine's control group and of those above it that have a limit below `most`."""
    for line in _text(own).splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if not controllers:
            yield from _upwards(root, path, _V2, most)
        elif "memory" in controllers.split(","):
            yield from _upwards(root / "memory", path, _V1, most)


def _upwards(root: Path, path: str, files: _Files, most: int) -> Iterator[MemoryFigures]:
    # In a container the path may be that on its host, of which only the root can be seen.
    group = root / path.strip("/")
    for folder in (group, *(each for each in group.parents if each.is_relative_to(root))):
        limit, use = _number(folder / files.limit), _number(folder / files.use)
        if limit is not None and use is not None and limit < most:
            free = limit - use + _stat(folder / "memory.stat").get(files.reclaimable, 0)
            yield MemoryFigures(limit / _MB, max(free, 0) / _MB)


def _stat(path: Path) -> Mapping[str, int]:
    pairs = (line.split() for line in _text(path).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def _number(path: Path) -> int | None:
    """Return what a file says, None for no limit or no such file."""
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError):
        return ""

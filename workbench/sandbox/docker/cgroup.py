"""The control group files of a container whose processes run on this machine's kernel: freezer, CPU share and memory peak.

Writing the freezer takes 0.3 ms where `docker pause` takes 16; reading the peak 0.08 ms where the engine's statistics take 420.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from workbench.sandbox.docker.memory_group import MemoryGroup

_ROOT = Path("/sys/fs/cgroup")


class FreezerFile:
    """The file that stops and resumes a group's processes, kept open: it is used around every invocation."""

    def __init__(self, path: Path | None, frozen: bytes, thawed: bytes) -> None:
        """`frozen` and `thawed` are the words to write; a path of None is a file that is missing."""
        self._descriptor = _open(path, os.O_WRONLY)
        self._frozen = frozen
        self._thawed = thawed

    @property
    def is_writable(self) -> bool:
        """Whether it is there and may be written (we are root, or the group is delegated to us)."""
        return self._descriptor is not None

    def freeze(self) -> bool:
        """Stop all processes of the group; False if the group is gone."""
        return self._write(self._frozen)

    def thaw(self) -> bool:
        """Resume them; False if the group is gone."""
        return self._write(self._thawed)

    def close(self) -> None:
        """Close the file. Idempotent."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None

    def _write(self, word: bytes) -> bool:
        if self._descriptor is None:
            return False
        try:
            os.pwrite(self._descriptor, word, 0)
        except OSError:
            return False
        return True


class ContainerCgroup:
    """The files of one container's group. Each may be missing or inaccessible; the properties tell what can be used."""

    def __init__(self, freezer: FreezerFile, memory: Sequence[Path | None], cpu: Callable[[int, int], bool],
                 memory_group: MemoryGroup) -> None:
        """`memory`: files with the use in bytes; the first readable one is used. `cpu` sets quota and period in µs."""
        self.limit_cpu = cpu
        self.memory_group = memory_group
        self.freezer = freezer
        readable = (_open(path, os.O_RDONLY) for path in memory)
        self._memory = next((descriptor for descriptor in readable if descriptor is not None), None)
        self._peak_bytes = 0

    @property
    def can_measure(self) -> bool:
        """Whether a memory file is readable."""
        return self._memory is not None

    def memory_peak_bytes(self) -> int:
        """Highest memory use so far. Cgroup v2 before kernel 5.19 has no peak: then it is the highest use that was read here."""
        if self._memory is not None:
            with contextlib.suppress(OSError, ValueError):
                self._peak_bytes = max(self._peak_bytes, int(os.pread(self._memory, 32, 0)))
        return self._peak_bytes

    def close(self) -> None:
        """Close the files. Idempotent."""
        self.freezer.close()
        if self._memory is not None:
            os.close(self._memory)
        self._memory = None


def cgroup_of(pid: int, version: int) -> ContainerCgroup:
    """The group of the process `pid` (a container's first process, by its ID on this machine)."""
    return _cgroup(partial(_group, pid), version)


def cgroup_named(container: str, version: int) -> ContainerCgroup | None:
    """The group of a running container, found by its ID where Docker and Podman put groups, without asking the engine.

    None if it is elsewhere (under a parent group that the person chose); then `cgroup_of` must find it.
    """
    find = partial(_named_group, container)
    needed = ("",) if version == 2 else ("freezer", "memory", "cpu")
    return _cgroup(find, version) if all(map(find, needed)) else None


def _cgroup(find: Callable[[str], Path | None], version: int) -> ContainerCgroup:
    """Build it. `find` returns the group's folder for a controller (v1), or in the unified hierarchy for "" (v2)."""
    if version == 2:
        group = find("")
        memory = [_child(group, "memory.peak"), _child(group, "memory.current")]
        return ContainerCgroup(FreezerFile(_child(group, "cgroup.freeze"), b"1", b"0"), memory, partial(_limit_cpu_v2, group),
                               MemoryGroup(group, "memory.current", "file"))
    memory = [_child(find("memory"), "memory.max_usage_in_bytes")]
    freezer = FreezerFile(_child(find("freezer"), "freezer.state"), b"FROZEN", b"THAWED")
    return ContainerCgroup(freezer, memory, partial(_limit_cpu_v1, find("cpu")),
                           MemoryGroup(find("memory"), "memory.usage_in_bytes", "total_cache"))


def _limit_cpu_v1(group: Path | None, quota_us: int, period_us: int) -> bool:
    """Set the CPU time per period for the whole container; False if we are not allowed to."""
    return _write(_child(group, "cpu.cfs_period_us"), period_us) and _write(_child(group, "cpu.cfs_quota_us"), quota_us)


def _limit_cpu_v2(group: Path | None, quota_us: int, period_us: int) -> bool:
    return _write(_child(group, "cpu.max"), f"{quota_us} {period_us}")


def _write(path: Path | None, value: object) -> bool:
    descriptor = _open(path, os.O_WRONLY)
    if descriptor is None:
        return False
    try:
        return os.write(descriptor, str(value).encode()) > 0
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _group(pid: int, controller: str) -> Path | None:
    """The folder of the process's group for that controller (v1), or in the unified hierarchy for "" (v2)."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controller in controllers.split(","):
                folder = _ROOT / controller / path.lstrip("/")
                return folder if folder.is_dir() else None
    return None


def _named_group(container: str, controller: str) -> Path | None:
    """The group by the names of the two cgroup drivers, cgroupfs and systemd. Source: Docker's manual, "Runtime metrics"."""
    places = ("docker/{}", "system.slice/docker-{}.scope", "libpod_parent/libpod-{}", "machine.slice/libpod-{}.scope")
    groups = (_ROOT / controller / place.format(container) for place in places)
    return next((group for group in groups if group.is_dir()), None)


def _child(folder: Path | None, name: str) -> Path | None:
    return None if folder is None else folder / name


def _open(path: Path | None, flags: int) -> int | None:
    if path is None:
        return None
    try:
        return os.open(path, flags | os.O_CLOEXEC)
    except OSError:
        return None

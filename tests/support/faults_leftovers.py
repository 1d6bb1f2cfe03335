"""What an engine has on this machine, noted while it lives, so that it can be looked for when it should be gone.

Numbers of namespaces and names of loop devices are given out again at once, so neither tells anything afterwards by itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil

from tests.support.faults_victims import containers, control_groups, victims, volumes
from workbench.storage.processes import RunningProcess

_NAMESPACES = ("net", "mnt", "pid", "ipc")
_LOOP = re.compile(r" /dev/(loop[0-9]+) ")


class Belongings(msgspec.Struct, frozen=True):
    """Of one engine: all processes of its own and in its namespaces, loop devices, and folders in its temporary folder."""

    engine_id: str
    pid: int
    processes: dict[str, RunningProcess]
    loops: frozenset[str]
    folders: frozenset[Path]

    def left(self) -> list[str]:
        """What of it is still there, in words; containers and volumes too."""
        return [*(f"process {name}" for name, process in self.processes.items() if process.runs),
                *(self.loops & {_attached(each.name) for each in Path("/sys/block").glob("loop*")}),
                *(f"mounted {line}" for line in _mounts("self") if any(str(folder) in line for folder in self.folders)),
                *(str(folder) for folder in self.folders if folder.exists()), *control_groups([self.pid]),
                *(f"container {each}" for each in containers([self.engine_id])),
                *(f"volume {each}" for each in volumes([self.engine_id]))]


def belongings(engine_id: str, pid: int, marker: str, temp: Path) -> Belongings:
    """All that it has now. `marker` is that of its functions, `temp` a temporary folder of its alone. Linux only."""
    own = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True)), *(each.pid for each in victims(marker))]
    namespaces: frozenset[str] = frozenset().union(*map(_namespaces_of, own)) - _namespaces_of(os.getpid())
    pids = {*own, *(each for each in _pids() if namespaces & _namespaces_of(each))}
    processes = {}
    for each in sorted(pids):
        with suppress(psutil.Error, OSError):
            processes[_described(each)] = RunningProcess.of(each)
    mounts = [line for each in pids for line in _mounts(str(each)) if line.split()[4] == "/tmp" or str(temp) in line]
    devices = {found.group(1) for line in mounts if (found := _LOOP.search(line))}
    return Belongings(engine_id, pid, processes, frozenset(map(_attached, devices)) - {""}, frozenset(temp.iterdir()))


def helpers_of(pid: int, names: Iterable[str]) -> list[int]:
    """Processes that an engine started and that have one of these names."""
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.Error):
            found += [child.pid] if child.name() in names else []
    return found


def _pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _namespaces_of(pid: int) -> frozenset[str]:
    found = set()
    for name in _NAMESPACES:
        with suppress(OSError):
            found.add(os.readlink(f"/proc/{pid}/ns/{name}"))
    return frozenset(found)


def _mounts(pid: str) -> list[str]:
    try:
        return Path(f"/proc/{pid}/mountinfo").read_text(errors="replace").splitlines()
    except OSError:
        return []


def _attached(device: str) -> str:
    """A loop device with the file that it is made of, told from the next one of its name; "" when it is free."""
    folder = Path(f"/sys/block/{device}")
    try:
        file = (folder / "loop/backing_file").read_text().strip()
        number = (folder / "diskseq").read_text().strip() if (folder / "diskseq").exists() else ""
    except OSError:
        return ""
    return f"{device} {number} {file}"


def _described(pid: int) -> str:
    process = psutil.Process(pid)
    return f"{pid} {process.name()} {' '.join(process.cmdline())[-100:]}"

"""Processes and containers of a run of faults, found from outside: whom to kill, and who is left."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.support.engines import until
from tests.support.faults_workspace import EXTENSION, MARKER
from workbench.model.function import SandboxKind
from workbench.sandbox.process.control_group import ROOT
from workbench.sandbox.process.engine_folder import GROUP_PREFIX

_BUBBLEWRAP = "bwrap"
_ON_LINUX = Path("/proc/self/environ").exists()


@dataclass(frozen=True)
class Victim:
    """A process of a function. Inside a container there is one more kind: its first process, which waits for the runtime."""

    pid: int
    function: str
    sandbox: SandboxKind
    command: str

    @property
    def is_extension(self) -> bool:
        """Whether it is the extension and not the runtime."""
        return f"/{EXTENSION}" in self.command

    @property
    def is_container(self) -> bool:
        """Whether its end is the container's."""
        return "docker-init" in self.command

    @property
    def is_runtime(self) -> bool:
        """Whether it is what runs the handler, or was started by that."""
        return not (self.is_extension or self.is_container)


def victims(marker: str) -> list[Victim]:
    """All processes of the run that are alive."""
    assert _ON_LINUX
    return [found for pid in os.listdir("/proc") if pid.isdigit() and (found := _victim(int(pid), marker)) is not None]


def _victim(pid: int, marker: str) -> Victim | None:
    folder = Path(f"/proc/{pid}")
    try:
        variables = dict(entry.split("=", 1) for entry in _words(folder / "environ") if "=" in entry)
        if variables.get(MARKER) != marker:
            return None
        inside = os.readlink(folder / "ns/pid") != os.readlink("/proc/self/ns/pid")
        command = " ".join(_words(folder / "cmdline"))
        in_bubble = first_process(pid) > 0
    except OSError:
        return None
    sandbox: SandboxKind = "isolated" if in_bubble else "docker" if inside else "process"
    return Victim(pid, variables["AWS_LAMBDA_FUNCTION_NAME"], sandbox, command)


def first_process(pid: int) -> int:
    """The first process of the namespaces that bubblewrap made and this one is in; 0 where it is in none. Raises OSError."""
    while pid:
        before, _, after = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")
        if before.partition("(")[2] == _BUBBLEWRAP:
            return pid
        pid = int(after.split()[1])
    return 0


def _words(path: Path) -> list[str]:
    return path.read_bytes().decode(errors="replace").split("\0")


async def kill(chosen: Iterable[Victim]) -> list[Victim]:
    """SIGKILL; returns when they are dead, and those that will be once they are thawed.

    With control groups v1 a signal waits for a frozen process to be thawed, so these die in their next invocation.
    """
    killed = list(chosen)
    for victim in killed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim.pid, signal.SIGKILL)
    await until(lambda: all(_state(victim.pid) in "ZXD" for victim in killed))
    return [victim for victim in killed if _state(victim.pid) == "D"]


def described(victim: Victim) -> str:
    """All that tells why it may still live: what it is, the kernel's letter for its state, its groups."""
    try:
        groups = Path(f"/proc/{victim.pid}/cgroup").read_text()
    except OSError:
        groups = ""
    freezer = next((line for line in groups.splitlines() if "freezer" in line), groups.strip())
    return f"{victim.pid} {victim.function} {victim.sandbox} {_state(victim.pid)} {freezer} {victim.command[-100:]}"


def _state(pid: int) -> str:
    """The letter that the kernel has for a process: Z and X are dead, D cannot be woken. X when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def containers(engine_ids: Iterable[str]) -> list[str]:
    """Ids of the containers that engines of the run have made and that still are there."""
    return _of_engines(["ps", "-aq", "--no-trunc"], engine_ids)


def volumes(engine_ids: Iterable[str]) -> list[str]:
    """Names of the volumes that engines of the run have made and that still are there."""
    return _of_engines(["volume", "ls", "-q"], engine_ids)


def _of_engines(listing: list[str], engine_ids: Iterable[str]) -> list[str]:
    if shutil.which("docker") is None:
        return []
    found = []
    for engine_id in engine_ids:
        command = ["docker", *listing, "--filter", f"label=workbench.engine={engine_id}"]
        found += subprocess.run(command, capture_output=True, text=True).stdout.split()
    return found


def control_groups(pids: Iterable[int]) -> list[str]:
    """Folders of the control groups that engines with these process numbers have made and that still are there."""
    marks = tuple(f"{GROUP_PREFIX}{pid}-" for pid in pids)
    return [f"{above}/{name}" for above, names, _ in os.walk(ROOT) for name in names if name.startswith(marks)]


def network_of(container: str) -> str:
    """The container whose network another one has joined; "" when it has one of its own, or is gone."""
    command = ["docker", "inspect", "--format", "{{.HostConfig.NetworkMode}}", container]
    mode = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return mode.removeprefix("container:") if mode.startswith("container:") else ""


def labels_of(container: str) -> dict[str, str]:
    """A container's labels; {} when it is gone."""
    command = ["docker", "inspect", "--format", "{{json .Config.Labels}}", container]
    done = subprocess.run(command, capture_output=True, text=True)
    return dict(json.loads(done.stdout)) if done.returncode == 0 else {}


def command_of(container: str) -> str:
    """A container's whole command line; "" when it is gone."""
    command = ["docker", "inspect", "--format", "{{json .Config.Entrypoint}}", container]
    return subprocess.run(command, capture_output=True, text=True).stdout


def remove_container(container: str) -> None:
    """As a person does it."""
    subprocess.run(["docker", "rm", "-f", container], capture_output=True)

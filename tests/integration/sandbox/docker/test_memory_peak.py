"""Max Memory Used of a container from the kernel's peak. The control group's files are written here, its process is real."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from workbench.sandbox.docker.cgroup import ContainerCgroup, FreezerFile
from workbench.sandbox.docker.memory_group import MemoryGroup
from workbench.sandbox.docker.memory_peak import KernelPeak

MB = 2**20

CODE = """
import os, sys
for line in sys.stdin:
    what, size_mb = line.split()
    if what == "write":
        with open(sys.argv[1], "wb") as file:
            for _ in range(int(size_mb)):
                file.write(bytes(1 << 20))
            os.fsync(file.fileno())
    else:
        bytearray(int(size_mb) << 20)
    print("done", flush=True)
"""


class Process:
    """Writes files and takes memory at a word."""

    def __init__(self, popen: subprocess.Popen[str], stdin: IO[str], stdout: IO[str]) -> None:
        self.popen, self._stdin, self._stdout = popen, stdin, stdout

    def do(self, what: str, size_mb: int) -> None:
        self._stdin.write(f"{what} {size_mb}\n")
        self._stdin.flush()
        assert self._stdout.readline() == "done\n"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    command = [sys.executable, "-c", CODE, str(tmp_path / "file")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as popen:
        assert popen.stdin is not None
        assert popen.stdout is not None
        yield Process(popen, popen.stdin, popen.stdout)
        popen.stdin.close()


@pytest.fixture
def cgroup(tmp_path: Path, process: Process) -> Iterator[ContainerCgroup]:
    (tmp_path / "cgroup.procs").write_text(f"{process.popen.pid}\n")
    (tmp_path / "memory.current").write_text("0\n")
    (tmp_path / "memory.stat").write_text("file 0\n")
    (tmp_path / "memory.peak").write_text("0\n")
    made = ContainerCgroup(FreezerFile(None, b"", b""), [tmp_path / "memory.peak"], lambda _quota, _period: False,
                           MemoryGroup(tmp_path, "memory.current", "file"))
    yield made
    made.close()


def test_memory_that_takes_the_place_of_files_is_seen(tmp_path: Path, process: Process, cgroup: ContainerCgroup) -> None:
    """A group is full of the pages of files it wrote; its peak grows no more when the function takes memory of its own."""
    peak = KernelPeak(cgroup)
    process.do("write", 120)
    (tmp_path / "memory.peak").write_text(f"{128 * MB}\n")
    assert 5 * MB < peak.peak_bytes() < 60 * MB
    process.do("take", 70)
    assert 70 * MB < peak.peak_bytes() < 100 * MB
    process.do("write", 120)
    assert 70 * MB < peak.peak_bytes() < 100 * MB


def test_a_peak_without_files_is_the_kernel_s(tmp_path: Path, cgroup: ContainerCgroup) -> None:
    (tmp_path / "memory.peak").write_text(f"{100 * MB}\n")
    assert KernelPeak(cgroup).peak_bytes() == 100 * MB

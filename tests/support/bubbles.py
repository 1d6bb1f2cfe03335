"""Real processes in namespaces of their own, started with bubblewrap, as root and as an ordinary user."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest

NOBODY = 65534
_SET_DUMPABLE = 4
PYTHON = "/usr/bin/python3"
"""An interpreter that every user may run, outside and inside."""
needs_bubblewrap = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("bwrap") is None or not os.path.exists(PYTHON), reason="bubblewrap is on Linux only")
SYSTEM = ("--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64",
          "/lib64", "--ro-bind", "/etc", "/etc", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp")


@contextlib.contextmanager
def acting_as(user: str) -> Iterator[None]:
    """Be an ordinary user meanwhile, with all that is started; `user` is "root" or "ordinary". Skips where that cannot be."""
    if user == "root":
        if os.geteuid() != 0:
            pytest.skip("root is needed")
        yield
    elif os.geteuid() != 0:
        yield  # we are one
    else:
        groups = os.getgroups()
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, 0)
        os.setresuid(NOBODY, NOBODY, 0)
        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 1)  # what a process loses that changes its user, and a user's own process has
        try:
            yield
        finally:
            os.setresuid(0, 0, 0)
            os.setresgid(0, 0, 0)
            os.setgroups(groups)


class Bubble:
    """A program in namespaces; `pid` is the one that this machine knows its first process by."""

    def __init__(self, process: subprocess.Popen[str], pid: int) -> None:
        self.process = process
        self.pid = pid

    def line(self) -> str:
        """The next line that it writes."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def tell(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self) -> None:
        """End it, and wait. Its first process too: bwrap's own end is not heard by a child that it has not let go yet."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self.process.kill()
        self.process.communicate()


def _bwrap(*options: str) -> list[str]:
    """All namespaces of its own, and the system to read."""
    user = () if "--uid" in options else ("--uid", "993", "--gid", "990")
    return ["bwrap", *SYSTEM, "--unshare-all", "--unshare-user", *user, "--die-with-parent", *options]


def run_inside(command: Sequence[str], *options: str, pass_fds: Sequence[int] = ()) -> subprocess.CompletedProcess[str]:
    """Run a program in namespaces of its own to its end; its output, errors in it."""
    return subprocess.run([*_bwrap(*options), *command], pass_fds=pass_fds, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=60)


@contextlib.contextmanager
def bubble(script: str, *options: str, pass_fds: Sequence[int] = (), python: str = PYTHON) -> Iterator[Bubble]:
    """A Python script in namespaces of its own (user, process, network, …); ended at the end."""
    info, told = os.pipe()
    process = subprocess.Popen(
        [*_bwrap(*options), "--info-fd", str(told), python, "-I", "-S", "-u", "-c", script],
        pass_fds=[told, *pass_fds], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    os.close(told)
    with open(info) as pipe:
        known = pipe.read()
    if not known:
        pytest.fail(process.communicate()[0])
    made = Bubble(process, json.loads(known)["child-pid"])
    try:
        yield made
    finally:
        made.end()

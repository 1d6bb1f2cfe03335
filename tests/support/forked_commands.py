"""`workbench` commands as processes of their own that need not import everything anew: each is a fork of one that did."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, cast

ROOT = Path(__file__).parents[2]
CAN_FORK = sys.platform == "linux"
"""Elsewhere messages with files in them, or forks, are not to be had: commands are then started whole."""

_COMMANDS = (
    "allow", "api_state", "cache", "commands", "choices", "debug", "doctor", "invoke", "kept", "listing", "serve", "trust",
    "values")
_SANDBOXES = ("docker", "isolated", "process")
_LOADED = (*(f"workbench.cli.{name}" for name in _COMMANDS), *(f"workbench.sandbox.{name}.provider" for name in _SANDBOXES),
           "docker", "uvloop")
_LARGEST_REQUEST = 1 << 20


class ForkedCommands:
    """Runs commands. `close` it in the end."""

    def __init__(self) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", __name__, str(theirs.fileno())]
            self._origin = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()])

    def run(
        self, arguments: Sequence[str], *, stdin: str, environment: Mapping[str, str], timeout_s: float,
        stdout: IO[bytes] | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        """`workbench` with these arguments, in the folder of the test, to its end. Raises TimeoutExpired.

        Several threads may run one each. `stdout`: where its output goes instead of into what is returned.
        """
        with contextlib.ExitStack() as files:
            given, output, errors = (files.enter_context(tempfile.TemporaryFile()) for _ in range(3))
            given.write(stdin.encode())
            given.seek(0)
            status = self._status_of(arguments, environment, (given, stdout or output, errors), timeout_s)
            return subprocess.CompletedProcess(list(arguments), status, _content(output), _content(errors))

    def _status_of(
        self, arguments: Sequence[str], environment: Mapping[str, str], files: Sequence[IO[bytes]], timeout_s: float
    ) -> int:
        told, tells = socket.socketpair()
        with told:
            with tells:
                request = json.dumps({"arguments": arguments, "environment": dict(environment), "folder": str(Path.cwd())})
                descriptors = [*(file.fileno() for file in files), tells.fileno()]
                socket.send_fds(self._requests, [request.encode()], descriptors)
            process = int(told.recv(32))
            if not select.select([told], [], [], timeout_s)[0]:
                os.kill(process, signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(arguments), timeout_s)
            return int(told.recv(32))

    def close(self) -> None:
        """The process that is forked ends, as nobody can ask it any more."""
        self._requests.close()
        self._origin.wait(20)


@functools.cache
def forked_commands() -> ForkedCommands:
    """Those of this test run; a fixture of the session closes them."""
    return ForkedCommands()


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


class _Origin:
    """The process that is forked: it has imported what commands do, and does nothing itself."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._waiting: dict[int, socket.socket] = {}
        signal.signal(signal.SIGCHLD, self._tell_ends)

    def next_in_fork(self) -> dict[str, Any] | None:
        """Returns in each fork, with what it was asked for; in this process in the end, with None."""
        while True:
            text, descriptors, _, _ = socket.recv_fds(self._requests, _LARGEST_REQUEST, 4)
            if not text:
                return None
            teller = socket.socket(fileno=descriptors.pop())
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
            process = os.fork()
            if process == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            else:
                self._waiting[process] = teller
                teller.send(str(process).encode())
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            if process == 0:
                return {**json.loads(text), "descriptors": descriptors}
            for descriptor in descriptors:
                os.close(descriptor)

    def _tell_ends(self, *_: object) -> None:
        for process in list(self._waiting):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                with self._waiting.pop(process) as teller, contextlib.suppress(OSError):
                    teller.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(request: dict[str, Any]) -> None:
    """This fork is now as if it had been started so."""
    for target, descriptor in enumerate(request["descriptors"]):
        os.dup2(descriptor, target)
    os.closerange(3, 256)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    if encoding := os.environ.get("PYTHONIOENCODING"):
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            cast("io.TextIOWrapper", stream).reconfigure(encoding=encoding)
    sys.modules["__main__"].__package__ = "workbench"  # what `--help` calls the program
    sys.argv = [str(ROOT / "workbench" / "__main__.py"), *request["arguments"]]


def main() -> None:
    """In the process that is forked, and in each fork."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    for name in _LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    request = _Origin(requests).next_in_fork()
    if request is None:
        return
    _become(request)
    requests.detach()
    from workbench.cli.main import main as workbench

    workbench()


if __name__ == "__main__":
    main()

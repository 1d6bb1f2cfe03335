"""`workbench` commands as processes of their own that need not import everything anew: each is a fork of one that did."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
CAN_FORK = sys.platform == "linux"
"""Elsewhere messages with files in them, or forks, are not to be had: commands are then started whole."""

_COMMANDS = (
    "allow", "api_state", "cache", "commands", "choices", "debug", "doctor", "invoke", "kept", "listing",
    "past_invocations", "serve", "trust", "values")
_SANDBOXES = ("docker", "isolated", "process")
_LOADED = (*(f"workbench.cli.{name}" for name in _COMMANDS), *(f"workbench.sandbox.{name}.provider" for name in _SANDBOXES),
           "docker", "uvloop")
_LARGEST_REQUEST = 1 << 20


class ForkedProcess:
    """A command that runs: what `subprocess.Popen` offers. The process that it is a fork of reaps it, and tells of its end."""

    def __init__(self, arguments: Sequence[str], told: socket.socket) -> None:
        self.args = list(arguments)
        self.returncode: int | None = None
        self._told = told
        self.pid = self._number()

    def poll(self) -> int | None:
        """Its status, once it has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its status; raises TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = self._number()
            self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _number(self) -> int:
        text = self._told.recv(32)
        assert text, "the process that commands are forked from is gone"
        return int(text)


class ForkedCommands:
    """Runs commands. The process that they are forked from starts with the first, in these variables. `close` it in the end."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._origin: tuple[subprocess.Popen[bytes], socket.socket] | None = None
        self._starting = threading.Lock()

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
            process = self.start(arguments, environment, (given.fileno(), (stdout or output).fileno(), errors.fileno()))
            try:
                status = process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
            return subprocess.CompletedProcess(list(arguments), status, _content(output), _content(errors))

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], descriptors: Sequence[int]) -> ForkedProcess:
        """Start `workbench` in the folder of the test. `descriptors`: its standard input, output and errors, ours to close."""
        told, tells = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # a command may be over before its ID is read
        with tells:
            request = json.dumps({"arguments": arguments, "environment": dict(environment), "folder": str(Path.cwd())})
            socket.send_fds(self._requests(), [request.encode()], [*descriptors, tells.fileno()])
        return ForkedProcess(arguments, told)

    def origins(self) -> set[int]:
        """The process id of what is forked, if it has started: it lasts as long as the tests."""
        return {self._origin[0].pid} if self._origin else set()

    def close(self) -> None:
        """The process that is forked ends, as nobody can ask it any more."""
        if self._origin:
            origin, requests = self._origin
            requests.close()
            origin.wait(60)

    def _requests(self) -> socket.socket:
        with self._starting:
            if self._origin is None:
                ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                command = [sys.executable, "-m", __name__, str(theirs.fileno())]
                with theirs:
                    self._origin = (
                        subprocess.Popen(command, cwd=ROOT, env=self._environment, pass_fds=[theirs.fileno()]), ours)
            return self._origin[1]


@functools.cache
def forked_commands() -> ForkedCommands:
    """Those of this test run: a fixture of the session is the first to ask, and closes them."""
    return ForkedCommands(os.environ)


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
                teller.send(str(process).encode())  # before its end can be told
                self._waiting[process] = teller
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
    _open_streams(os.environ.get("PYTHONIOENCODING") or None)
    sys.modules["__main__"].__package__ = "workbench"  # what `--help` calls the program
    sys.argv = [str(ROOT / "workbench" / "__main__.py"), *request["arguments"]]


def _open_streams(encoding: str | None) -> None:
    """Anew: Python looks at what is behind them, a file or a pipe, when it opens them."""
    sys.stdin = os.fdopen(0, encoding=encoding, closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding=encoding, closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding=encoding, errors="backslashreplace", buffering=1, closefd=False)


def main() -> None:
    """In the process that is forked, and in each fork."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    gc.disable()
    for name in _LOADED:
        importlib.import_module(name)
    gc.freeze()
    request = _Origin(requests).next_in_fork()
    if request is None:
        return
    _become(request)
    requests.detach()
    from workbench.cli.program import run

    run()


if __name__ == "__main__":
    main()

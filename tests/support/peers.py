"""Other servers of the Lambda API to measure ours beside: they are installed and run, and nothing else is known of them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

PATIENCE_S = 60.0


class Peer:
    """A server that is to be had as a package. `command` is what it installs; the port is its argument or a variable."""

    def __init__(self, name: str, package: str, command: str, arguments: tuple[str, ...], variables: tuple[str, ...]) -> None:
        """`{port}` in arguments and variables (`NAME=value`) is replaced."""
        self.name = name
        self.package = package
        self._command = command
        self._arguments = arguments
        self._variables = variables

    def install(self, folder: Path) -> str:
        """Install it in an environment of its own. Return why that is not possible, "" if it is."""
        environment = folder / self.name
        uv = shutil.which("uv")
        python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
        steps = [[uv, "venv", "-q", str(environment)], [uv, "pip", "install", "-q", "--python", str(python), self.package]] \
            if uv else [[sys.executable, "-m", "venv", str(environment)],
                        [str(python), "-m", "pip", "install", "-q", self.package]]
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True)
            if done.returncode:
                return (done.stderr.strip().splitlines() or ["it could not be installed"])[-1]
        return ""

    @contextlib.contextmanager
    def served(self, folder: Path) -> Iterator[tuple[str, int]]:
        """Run it during the block, which gets its URL and the id of its process."""
        port = _free_port()
        with_port = [each.format(port=port) for each in self._variables]
        command = folder / self.name / ("Scripts" if os.name == "nt" else "bin") / self._command
        process = subprocess.Popen(
            [command, *(each.format(port=port) for each in self._arguments)], cwd=folder, start_new_session=True,
            env={**os.environ, **dict(each.split("=", 1) for each in with_port)}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process)
            yield url, process.pid
        finally:
            _end(process)


MOTO = Peer("moto", "moto[server]", "moto_server", ("-p", "{port}"), ())
"""Apache 2.0. Source of the command: moto's documentation, "Non-Python SDK's / Server Mode"."""
MINISTACK = Peer("MiniStack", "ministack", "ministack", (), ("GATEWAY_PORT={port}",))
"""MIT. Source of the command and its variable: its page at PyPI."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return  # any answer is one
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with all that it has started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    else:
        process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

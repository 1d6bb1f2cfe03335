"""A window at work as a process that can be killed, and what it says of itself."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

PATIENCE_S = 90.0
Said = dict[str, Any]
"""One line of `killed_window_program`."""


class WorkingWindow:
    """Runs `killed_window_program` with these arguments. `problems`: how it failed by itself."""

    def __init__(self, arguments: list[str], variables: Mapping[str, str]) -> None:
        environment = {**os.environ, **variables, "QT_QPA_PLATFORM": "offscreen"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.killed_window_program", *arguments], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._lines: queue.SimpleQueue[Said] = queue.SimpleQueue()
        self._told: list[str] = []
        self._readers = [threading.Thread(target=self._read), threading.Thread(target=self._listen)]
        for reader in self._readers:
            reader.start()
        self.problems: list[str] = []

    def first(self) -> list[Said]:
        """Wait for the first thing it says."""
        ends_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends_s and self._process.poll() is None:
            with contextlib.suppress(queue.Empty):
                return [self._lines.get(timeout=0.2)]
        self.problems.append("It has not opened.")
        return []

    def work_for(self, duration_s: float) -> list[Said]:
        """Let it work on, and return what it has said meanwhile."""
        time.sleep(duration_s)
        return self._said()

    def work_until(self, flows: int) -> list[Said]:
        """Let it work until it has begun so many things more, and return what it has said meanwhile."""
        said: list[Said] = []
        ends_s = time.monotonic() + PATIENCE_S
        while flows and time.monotonic() < ends_s and self._process.poll() is None:
            with contextlib.suppress(queue.Empty):
                said.append(self._lines.get(timeout=0.2))
                flows -= "doing" in said[-1]
        return said

    def kill(self) -> list[Said]:
        """Kill it, and return what it still said."""
        if self._process.poll() is not None:
            self.problems.append(f"It ended by itself with {self._process.returncode}.")
        self._process.kill()
        return self._ended()

    def close(self) -> list[Said]:
        """Have it closed by its person."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        said = self._ended()
        if self._process.returncode:
            self.problems.append(f"It ended with {self._process.returncode}.")
        return said

    def _ended(self) -> list[Said]:
        self._process.wait(PATIENCE_S)
        for reader in self._readers:
            reader.join()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        told = "".join(self._told)
        if self.problems or "Traceback" in told:
            self.problems.append(told[-3_000:])
        return self._said()

    def _said(self) -> list[Said]:
        lines = []
        while not self._lines.empty():
            lines.append(self._lines.get())
        return lines

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):  # the last one may have been cut off
                self._lines.put(json.loads(line))

    def _listen(self) -> None:
        assert self._process.stderr is not None
        self._told.extend(self._process.stderr)

"""A window or its engine that is killed at any moment of a working day: whatever it said is kept must be there afterwards.

See `killed_window_program` for what is done, and when it counts as kept.
"""

from __future__ import annotations

import json
import os
import queue
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from tests.support.workspaces import one_function
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

CODE = "def handler(event, context):\n    return event\n"
LATEST_KILL_S = 2.5
"""A window does about one thing a second."""
PATIENCE_S = 60.0
_EDIT = re.compile(r"def handler\(event, context\):\n    return event\n(# \d+\n)*")


class KilledWindow:
    """Runs the flow. `kills` counts; `problems` has what was lost, damaged or left running."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.workspace = one_function(folder / "killed-window", CODE)
        (self.workspace / "events").mkdir()
        (self.workspace / "events" / "event.json").write_text('{"n": 0}')
        self._random = random.Random(seed)
        self._seed = seed
        self._kept: dict[str, Any] = {"edit": CODE, "event": '{"n": 0}'}
        self._requests: set[str] = set()
        self.kills = 0
        self.problems: list[str] = []

    def run(self, kills: int) -> None:
        """Kill this many windows and engines in turns, and close the last window."""
        while self.kills < kills:
            window = _Window(self.workspace, self._seed + self.kills)
            self._compare(window.next("found"))
            self._take(window.work_for(self._random.uniform(0, LATEST_KILL_S)))
            if self._random.random() < 0.4:
                self._kill_engine()
                self._take(window.work_for(self._random.uniform(0, LATEST_KILL_S)))
            self._take(window.kill())
            self.kills += 1
        window = _Window(self.workspace, self._seed + self.kills)
        self._compare(window.next("found"))
        window.close()
        self._find_leftovers()

    def _kill_engine(self) -> None:
        connection = read_connection(state_directory(self.workspace))
        if connection is not None:
            os.kill(connection.pid, signal.SIGKILL)
            self.kills += 1

    def _take(self, told: list[dict[str, Any]]) -> None:
        for kept in told:
            self._requests |= {kept.pop("request_id")} if "request_id" in kept else set()
            self._kept.update(kept)

    def _compare(self, found: dict[str, Any]) -> None:
        """What was kept is there, or something newer that the window had no time to tell of; nothing is damaged."""
        number = f"after {self.kills} kills"
        if not _EDIT.fullmatch(found["edit"]) or not found["edit"].startswith(self._kept["edit"]):
            self.problems.append(f"{number}: the edit {self._kept['edit']!r} is {found['edit']!r}")
        if _event_number(found["event"]) < _event_number(self._kept["event"]):
            self.problems.append(f"{number}: the event {self._kept['event']} is {found['event']!r}")
        lost = self._requests - set(found["request_ids"])
        if lost:
            self.problems.append(f"{number}: history has lost {sorted(lost)}")
        # Settings are chosen at random, so that a newer one cannot be told from a wrong one: only those that were never chosen.
        if "region" in self._kept and found["region"] == "us-east-1":
            self.problems.append(f"{number}: the Region {self._kept['region']} is lost")
        if "memory_mb" in self._kept and found["memory_mb"] == 256:
            self.problems.append(f"{number}: the memory size {self._kept['memory_mb']} is lost")
        self._kept["edit"] = found["edit"]

    def _find_leftovers(self) -> None:
        """An engine waits for another window for a while, but not once one was closed."""
        ends_s = time.monotonic() + PATIENCE_S
        while (left := self._running()) and time.monotonic() < ends_s:
            time.sleep(0.1)
        self.problems += [f"still running: {each}" for each in left]

    def _running(self) -> list[str]:
        found = []
        for process in psutil.process_iter(["pid", "cmdline", "cwd"]):
            told = " ".join(process.info["cmdline"] or ()) + (process.info["cwd"] or "")
            if self.workspace.name in told and process.info["pid"] != os.getpid():
                found.append(f"{process.info['pid']} {told[:200]}")
        return found


class _Window:
    """One window process."""

    def __init__(self, workspace: Path, seed: int) -> None:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, "-m", "tests.support.killed_window_program", str(workspace), str(seed)]
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, text=True)
        self._lines: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._said: list[str] = []
        self._readers = [threading.Thread(target=self._read), threading.Thread(target=self._listen)]
        for reader in self._readers:
            reader.start()

    def next(self, name: str) -> dict[str, Any]:
        """Wait for the next line, which says this."""
        try:
            said: dict[str, Any] = self._lines.get(timeout=PATIENCE_S)[name]
        except queue.Empty:
            self.kill()
            raise TimeoutError("".join(self._said)[-3_000:]) from None
        return said

    def work_for(self, duration_s: float) -> list[dict[str, Any]]:
        """Let it work on, and return what it has kept meanwhile."""
        time.sleep(duration_s)
        return self._all()

    def kill(self) -> list[dict[str, Any]]:
        """Kill it, and return what it still said."""
        self._process.kill()
        self._end()
        return self._all()

    def close(self) -> None:
        """Have it closed by its person."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._end()

    def _end(self) -> None:
        self._process.wait(PATIENCE_S)
        for reader in self._readers:
            reader.join()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _all(self) -> list[dict[str, Any]]:
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
        self._said.extend(self._process.stderr)


def _event_number(text: str) -> int:
    try:
        return int(json.loads(text)["n"])
    except ValueError:  # never half written
        return -1

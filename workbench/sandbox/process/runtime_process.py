"""The process of a runtime: started by us, or forked from the runtime that holds a snapshot."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Protocol

from workbench.sandbox.process.exit import watch_exit


class RuntimeProcess(Protocol):
    """A process that leads its own process group. On the engine's loop."""

    @property
    def pid(self) -> int:
        """Its ID, which is nobody else's until `wait` was called."""

    def watch(self, ended: Callable[[], None]) -> None:
        """Call `ended` once it has ended."""

    def wait(self) -> int:
        """Reap it, once it has ended, and return its exit status as `subprocess` has it: negative for a signal."""


class SpawnedProcess:
    """Implements RuntimeProcess for a child of the engine."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """See RuntimeProcess."""
        return self._process.pid

    def watch(self, ended: Callable[[], None]) -> None:
        """See RuntimeProcess."""
        watch_exit(self._process, ended)

    def wait(self) -> int:
        """See RuntimeProcess."""
        return self._process.wait()

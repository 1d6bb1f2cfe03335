"""Stops and resumes the processes of a sandbox: its control group, or where there is none, each by a signal."""

from __future__ import annotations

import signal

from workbench.sandbox.isolated.members import stop_all
from workbench.sandbox.process.control_group import ControlGroup


class SandboxFreezer:
    """Freezes one sandbox. `first_pid` is always its first process, by its ID on this machine."""

    def __init__(self, group: ControlGroup) -> None:
        self._group = group
        self.is_frozen = False

    def freeze(self, first_pid: int) -> None:
        """Stop all its processes."""
        self.is_frozen = True
        if not self._group.freeze():
            stop_all(first_pid, signal.SIGSTOP)

    def thaw(self, first_pid: int) -> None:
        """Resume them. Does nothing if they are not frozen."""
        if self.is_frozen:
            self.is_frozen = False
            if not self._group.thaw():
                stop_all(first_pid, signal.SIGCONT)

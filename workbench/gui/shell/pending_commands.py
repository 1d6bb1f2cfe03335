"""Runs the commands of the open workspace, and keeps those that a person asks for while one is being opened."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from workbench.gui.shell.window_commands import COMMANDS_BY_ID
from workbench.gui.shell.workspaces import Workspaces


class PendingCommands(QObject):
    """While a workspace is being opened, a command waits and then runs once, if it makes sense then.

    A key that is held down, or pressed again because nothing happened yet, must not invoke several times.
    """

    def __init__(self, workspaces: Workspaces) -> None:
        super().__init__(workspaces)
        self._workspaces = workspaces
        self._pending: list[str] = []
        workspaces.started.connect(self._on_started)

    def run(self, command: str) -> None:
        """Run a command now, given its ID, or keep it until a workspace is open."""
        if self._workspaces.current is not None:
            COMMANDS_BY_ID[command].run(self._workspaces.current)
        elif command not in self._pending:
            self._pending.append(command)

    def can(self, command: str) -> bool:
        """Whether a command makes sense now."""
        return self._workspaces.current is not None and COMMANDS_BY_ID[command].can(self._workspaces.current)

    def forget(self) -> None:
        """Forget what is kept: nothing is being opened now, and it must not run in whatever is opened next."""
        self._pending.clear()

    def _on_started(self) -> None:
        QTimer.singleShot(0, self._run_pending)  # opening has taken its time, and must be painted first

    def _run_pending(self) -> None:
        pending, self._pending = self._pending, []
        for command in filter(self.can, pending):
            self.run(command)

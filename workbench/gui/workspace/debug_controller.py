"""Switches debugging of functions on and off, and writes IDE configurations. The read model is `session.debugging`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.engine_api import DebuggedFunction
from workbench.model.failures import WorkbenchError, WorkspaceError
from workbench.state.debugging import Debugging, debugger_of

if TYPE_CHECKING:
    from workbench.workspace.debug_configurations import Ide, WrittenConfiguration


class DebugController(QObject):
    """Runs on the window's loop.

    Signals: `changed()` when `Debugging` was changed here and not by the stream; `failed(WorkbenchError)`;
    `written(WrittenConfiguration)` after `write_configuration`.
    """

    changed = Signal()
    failed = Signal(object)
    written = Signal(object)

    def __init__(
        self, link: EngineLink, model: WorkspaceState, debugging: Debugging, report: Callable[[BaseException], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._link = link
        self._model = model
        self._debugging = debugging
        self._tasks = Tasks(report)

    @property
    def is_on(self) -> bool:
        """Whether the chosen function is debugged, or about to be."""
        function = self._model.function
        return function is not None and self._debugging.stage_of(function.name) is not None

    @property
    def is_possible(self) -> bool:
        """Whether `toggle` makes sense for the chosen function."""
        return not self.obstacle

    @property
    def obstacle(self) -> str:
        """Why the chosen function cannot be debugged now; "" when it can."""
        function = self._model.function
        if function is None:
            return "There is no function to debug."
        if self._debugging.stage_of(function.name) == "switching":
            return f"Debugging of {function.name} is being switched on."
        if not self._link.is_running:
            return "The engine is not running."
        if function.source == "api":
            return f"{function.name} cannot be debugged: it was made through the API, and its code is a package."
        if debugger_of(function.runtime) or self.is_on:
            return ""
        runtime = function.runtime or "container images"
        return f"{function.name} cannot be debugged: there is a debugger for Python and Node.js, not for {runtime}."

    @property
    def tip(self) -> str:
        """The action's tool tip: what it does now, or why it is unavailable."""
        if self.obstacle:
            return self.obstacle
        function = self._model.function
        assert function is not None
        if self.is_on:
            return f"Stop debugging {function.name} (Ctrl+Shift+D)"
        return f"Open a port where debuggers attach to {function.name} ({debugger_of(function.runtime)}), Ctrl+Shift+D"

    def toggle(self) -> None:
        """Start or stop debugging the chosen function."""
        function = self._model.function
        if function is None:
            return
        if self.is_on:
            self.stop(function.name)
        else:
            self._tasks.spawn(f"debug {function.name}", self._start(function.name))

    def stop(self, function_name: str) -> None:
        """Stop debugging a function. Code that is paused at a breakpoint continues."""
        self._tasks.spawn(f"stop debugging {function_name}", self._stop(function_name))

    def write_configuration(self, function_name: str, ide: Ide) -> None:
        """Write the IDE's attach configuration; `written` says where it is, or why the person must paste it."""
        self._tasks.spawn("write configuration", self._write(function_name, ide))

    async def close(self) -> None:
        """Cancel the requests in progress."""
        await self._tasks.cancel()

    async def _start(self, name: str) -> None:
        self._debugging.switching(name)
        self.changed.emit()
        try:
            client = await self._link.settled()
            await client.refresh()  # the function may be newer than the engine's last look at the workspace
            self._debugging.answered(await client.debugging.start(name))
        except WorkbenchError as error:
            self.failed.emit(error)
        finally:
            # Only ends the stage "switching", also after a cancellation; does nothing once the engine has answered.
            self._debugging.refused(name)
            self.changed.emit()

    async def _stop(self, name: str) -> None:
        with self._failures_shown():
            await self._link.client.debugging.stop(name)

    async def _write(self, name: str, ide: Ide) -> None:
        with self._failures_shown():
            for debugged in await self._link.client.debugging.debugged():
                if debugged.function_name == name:
                    self.written.emit(await asyncio.to_thread(_written, ide, self._model.workspace.root, debugged))

    @contextlib.contextmanager
    def _failures_shown(self) -> Iterator[None]:
        """Emit `failed` for a failure. `changed` follows in any case: a click toggled the action before anything happened."""
        try:
            yield
        except WorkbenchError as error:
            self.failed.emit(error)
        finally:
            self.changed.emit()


def _written(ide: Ide, workspace: Path, debugged: DebuggedFunction) -> WrittenConfiguration:
    from workbench.workspace.debug_configurations import write_configuration

    try:
        return write_configuration(ide, workspace, debugged)
    except OSError as error:
        raise WorkspaceError(f"The configuration cannot be written: {error}", "Make the folder writable.") from error

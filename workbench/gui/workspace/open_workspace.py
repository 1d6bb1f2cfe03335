"""The open workspace as the window knows it: its functions and events, and which of them the person chose."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from workbench.gui.application.preferences import WorkspaceMemory
from workbench.model.failures import InvalidInput, WorkbenchError, WorkspaceError
from workbench.model.function import FunctionConfiguration
from workbench.model.overrides import DELETED, OverrideInfo
from workbench.state.function_resolution import FunctionResolution
from workbench.workspace.code_folders import EVENTS_FOLDER
from workbench.workspace.events import EMPTY_EVENT, EventFile
from workbench.workspace.function_changes import FunctionChanges
from workbench.workspace.workspace import Workspace

SETTLE_MS = 150
"""Programs change several files at once (`git checkout`): the workspace is read once, after the last of them."""


class WorkspaceState(QObject):
    """Reads the workspace again when its files change, whoever changed them.

    Signals: `functions_changed()`, `function_selected()`, `events_changed()`, `event_selected()`; `broken(WorkbenchError)`
    when the template cannot be read, and `mended()` when it can be read again. While it is broken, `functions` stays as it was.

    `functions`: as the engine resolves them, with those that the API made (`source`). `functions_read`: those of the template,
    as this process reads them. `overrides`: what the API changed of those, as the engine told last; a function that it deleted
    there is not among `functions`.
    """

    functions_changed = Signal()
    function_selected = Signal()
    events_changed = Signal()
    event_selected = Signal()
    broken = Signal(object)
    mended = Signal()

    def __init__(self, workspace: Workspace, memory: WorkspaceMemory, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self._memory = memory
        self.functions: tuple[FunctionConfiguration, ...] = ()
        self.functions_read: tuple[FunctionConfiguration, ...] = ()
        self.overrides: tuple[OverrideInfo, ...] = ()
        self._resolution = FunctionResolution()
        self.events: tuple[EventFile, ...] = ()
        self.problem: WorkbenchError | None = None
        self.read_only = not os.access(workspace.root, os.W_OK)
        self._function_id = self._awaited_id = memory.text("function")
        self._event_name = ""
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.reload)
        self._watcher.fileChanged.connect(self._on_disk_changed)
        self._watcher.directoryChanged.connect(self._on_disk_changed)

    @property
    def function(self) -> FunctionConfiguration | None:
        """The chosen function as it is configured now; None if there is none of that logical ID."""
        return next((function for function in self.functions if function.logical_id == self._function_id), None)

    def named(self, name: str) -> FunctionConfiguration | None:
        """Return the function with this name (not logical ID), or None."""
        return next((function for function in self.functions if function.name == name), None)

    @property
    def event_file(self) -> EventFile | None:
        """The chosen event's file; None for the empty event."""
        return next((event for event in self.events if event.name == self._event_name), None)

    @property
    def event_name(self) -> str:
        """The chosen event's name, or `EMPTY_EVENT`."""
        return self._event_name

    def reload(self) -> None:
        """Read template and events from disk, and emit what changed."""
        self._watch()
        self._reload_functions()
        self.reload_events()

    def choose_function(self, logical_id: str) -> None:
        """Choose a function, remember it, and read its events."""
        self._awaited_id = ""
        if logical_id == self._function_id and self.function is not None:
            return
        self._function_id = logical_id
        self._memory.save_text("function", logical_id)
        self.function_selected.emit()
        self.reload_events()

    def choose_event(self, name: str) -> None:
        """Choose an event, or `EMPTY_EVENT`, and remember it for the chosen function."""
        if name != self._event_name:
            self._event_name = name
            self._memory.save_text(f"event/{self._function_id}", name)
            self.event_selected.emit()

    def remember_renamed(self, logical_id: str, new_id: str) -> None:
        """Keep the event chosen for a function whose logical ID, and therefore events folder, was renamed."""
        name = self._memory.text(f"event/{logical_id}")
        folder, _, rest = name.partition("/")
        old, new = self.workspace.events.folder_of(logical_id), self.workspace.events.folder_of(new_id)
        self._memory.save_text(f"event/{new_id}", f"{new.name}/{rest}" if folder == old.name and rest else name)

    def change(self, logical_id: str, changes: FunctionChanges) -> FunctionConfiguration:
        """Write a change of configuration into the template. Raises InvalidInput or WorkspaceError."""
        read = next((function for function in self.functions_read if function.logical_id == logical_id), None)
        if read is not None and changes.environment is not None:
            variables = self._resolution.variables_as_read(read, changes.environment)
            changes = msgspec.structs.replace(changes, environment=variables)
        changed = self.workspace.change(logical_id, changes)
        self.reload()
        return changed

    @property
    def hidden(self) -> tuple[str, ...]:
        """The names of the template's functions that the API deleted."""
        return tuple(each.function for each in self.overrides if each.property == DELETED)

    def take_answer(
        self, read: Sequence[FunctionConfiguration], answered: Sequence[FunctionConfiguration],
        overrides: Sequence[OverrideInfo] = (),
    ) -> None:
        """Take over how the engine resolves the functions; `read` is what `functions_read` was when it was asked."""
        self._resolution = FunctionResolution(read, answered)
        before, self.overrides = self.overrides, tuple(overrides)
        functions, chosen = self._resolved(), self._function_id
        # The function chosen in the last window may be one that only the engine knows.
        awaited, self._awaited_id = self._awaited_id, ""
        if any(function.logical_id == awaited for function in functions):
            self._function_id = awaited
        if (functions, self.overrides, self._function_id) == (self.functions, before, chosen):
            return
        self._show(functions, chosen)
        if self._function_id != chosen:  # or the chosen one is gone: it was deleted through the API
            self.reload_events()

    def event_bytes(self) -> bytes:
        """Return the payload to send: the chosen event's file, or `{}`. Raises WorkspaceError."""
        return self.workspace.events.read(self._event_name) if self.event_file is not None else b"{}"

    def reload_events(self) -> None:
        """Read the events of the chosen function from disk."""
        try:
            events = self.workspace.events.list(self._function_id or None)
        except (WorkspaceError, InvalidInput) as error:
            self._set_problem(error)
            return
        before = self._event_name
        self.events = events
        self._event_name = self._wanted_event()
        self.events_changed.emit()
        if before != self._event_name:
            self.event_selected.emit()

    def _wanted_event(self) -> str:
        """Return the event chosen last for this function, else the one chosen now, else the first; EMPTY_EVENT without any."""
        names = [*(event.name for event in self.events), EMPTY_EVENT]
        remembered = self._memory.text(f"event/{self._function_id}")
        return next(name for name in (remembered, self._event_name, names[0]) if name in names)

    def _reload_functions(self) -> None:
        try:
            functions = self.workspace.functions()
        except WorkspaceError as error:
            self._set_problem(error)
            return
        self._set_problem(None)
        self.functions_read = functions
        self._show(self._resolved(), self._function_id)

    def _resolved(self) -> tuple[FunctionConfiguration, ...]:
        hidden = self.hidden
        return self._resolution.of([function for function in self.functions_read if function.name not in hidden])

    def _show(self, functions: tuple[FunctionConfiguration, ...], shown_id: str) -> None:
        """Have these functions from now on; `shown_id` was chosen until now. Without the chosen one, the first is chosen."""
        had_function = any(function.logical_id == shown_id for function in self.functions)
        self.functions = functions
        if self.function is None:
            self._function_id = functions[0].logical_id if functions else ""
        self.functions_changed.emit()
        if not had_function or self.function is None or shown_id != self._function_id:
            self.function_selected.emit()

    def _set_problem(self, problem: WorkbenchError | None) -> None:
        had_problem, self.problem = self.problem, problem
        if problem is not None:
            self.broken.emit(problem)
        elif had_problem is not None:
            self.mended.emit()

    def _watch(self) -> None:
        # Repeated at each reload: QFileSystemWatcher drops a file that was replaced by renaming, as most editors save. The
        # folders are watched as well, because they report the new file when the old one is no longer watched.
        wanted = [self.workspace.root, self.workspace.root / EVENTS_FOLDER]
        with contextlib.suppress(WorkspaceError):  # reported by `_reload_functions`, which reads the same templates
            wanted += self.workspace.template_paths()
        watched = {*self._watcher.files(), *self._watcher.directories()}
        missing = [str(path) for path in wanted if path.exists() and str(path) not in watched]
        if missing:
            self._watcher.addPaths(missing)

    def _on_disk_changed(self, _path: str) -> None:
        self._settle.start()

"""Opens the files of what is chosen: a function's code, an event, the template."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.application.preferences import WorkspaceMemory
from workbench.gui.widgets.source_links import is_dependency
from workbench.gui.workspace.documents import Documents
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.failures import WorkspaceError

if TYPE_CHECKING:
    from workbench.workspace.deletions import Restored


class Navigation(QObject):
    """Emits `failed(WorkspaceError)` if there is no template to open."""

    failed = Signal(object)

    def __init__(
        self, model: WorkspaceState, documents: Documents, memory: WorkspaceMemory, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._documents = documents
        self._memory = memory

    def open_handler(self) -> None:
        """Show the chosen function's code: its handler file, or the template that contains the code or names it in Amazon S3.

        The code of a function that the API made is a package, no file to be edited: what is shown stays.
        """
        function = self._model.function
        if function is not None and function.source == "template":
            if function.inline_code or function.code_in_s3:
                self._documents.open(self._model.workspace.template_of(function.logical_id))
            else:
                self._documents.open_handler(function)
            # The next start opens this file before it knows any function (`Pages.begin`).
            self._memory.save_text("code", self._documents.tabs.current_path())

    def open_place(self, path: str, line: int, column: int) -> None:
        """Show a place that a log or a stack trace names. What others wrote can be looked at only."""
        folders = (Path(function.code_path) for function in self._model.functions if function.source == "template")
        own = [self._model.workspace.root, *folders]
        is_own = any(Path(path).is_relative_to(folder) for folder in own) and not is_dependency(Path(path))
        self._documents.open_at(path, line, column, read_only=not is_own)

    def open_event(self) -> None:
        """Show the chosen event's JSON."""
        event = self._model.event_file
        if event is not None:
            self._documents.open(Path(event.path))

    def go_to_event(self, name: str) -> None:
        """Choose an event and show its JSON."""
        self._model.choose_event(name)
        self.open_event()

    def open_template(self) -> None:
        """Show the workspace's template."""
        try:
            self._documents.open(self._model.workspace.template_path)
        except WorkspaceError as error:
            self.failed.emit(error)

    def open_restored(self, restored: Restored) -> None:
        """Show what has just been brought back from the trash."""
        self.open_event() if restored.entry.kind == "event" else self.open_handler()

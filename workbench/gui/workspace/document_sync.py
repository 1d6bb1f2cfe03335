"""Keeps what is open in the editor in step with what the window's own commands change on disk, and the other way round."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject

from workbench.gui.workspace.documents import Documents
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.failures import WorkspaceError

TEMPLATE_ENDINGS = (".yaml", ".yml", ".json", ".template")
"""How files end that may be a template, or be included by one, or be an event."""


class DocumentSync(QObject):
    """Has the workspace read again what the editor saved. Commands that changed files call the methods."""

    def __init__(self, model: WorkspaceState, documents: Documents, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._documents = documents
        documents.saved.connect(self._on_saved)
        documents.saved_as.connect(self._on_saved_as)

    def take_in_templates(self) -> None:
        """Merge what a command wrote to the templates into the unsaved text of their tabs, or saving that would undo it."""
        with suppress(WorkspaceError):  # a broken template is already shown by `model.broken`
            for path in self._model.workspace.template_paths():
                self._documents.take_in(path)

    def close_deleted(self) -> None:
        """Close the tabs of files that a command deleted; those with unsaved text stay, marked as deleted."""
        self._documents.close_missing()
        self._documents.look_at_disk()

    def _on_saved(self, path: str) -> None:
        if Path(path).suffix in TEMPLATE_ENDINGS:
            self._model.reload()

    def _on_saved_as(self, path: str) -> None:
        """Choose a newly saved event as the one to send."""
        event = next((event for event in self._model.events if event.path == path), None)
        if event is not None:
            self._model.choose_event(event.name)

"""Deletes functions and events without asking first, because that can be undone: at once, later, and after a restart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.look.appearance import Appearance
from workbench.gui.workspace.dialog_answers import DialogAnswers
from workbench.gui.workspace.open_workspace import WorkspaceState

if TYPE_CHECKING:
    from workbench.workspace.trash import TrashEntry


class TrashCommands(QObject):
    """Moves functions and events to the workspace's trash and back. It belongs to the workspace's page, as do its dialogs.

    Signals: `deleted(str told)` with a sentence about what can be undone; `restored(Restored)`.
    """

    deleted = Signal(str)
    restored = Signal(object)

    def __init__(self, model: WorkspaceState, answers: DialogAnswers, appearance: Appearance, page: QWidget) -> None:
        super().__init__(page)
        self._model = model
        self._answers = answers
        self._appearance = appearance
        self._page = page
        self._undoable: list[TrashEntry] = []

    @property
    def undo_text(self) -> str:
        """The menu text for `undo`; "" if nothing was deleted since the workspace was opened."""
        return f"Undo de&leting {self._undoable[-1].name}" if self._undoable else ""

    def delete_function(self) -> None:
        """Move the chosen function to the trash, with its events and its code folder unless other functions share that."""
        self._delete_function(with_code=True)

    def remove_function(self) -> None:
        """Remove the chosen function from the template; its files stay."""
        self._delete_function(with_code=False)

    def delete_event(self) -> None:
        """Move the chosen event to the trash."""
        event = self._model.event_file
        if event is not None:
            self._take(self._answers.attempt(self._model.workspace.delete_event, event.name))

    def undo(self) -> None:
        """Restore the last deletion of this session."""
        if self._undoable:
            self.restore(self._undoable[-1].id)

    def restore(self, entry_id: str) -> None:
        """Restore one deletion, given its ID."""
        restored = self._answers.attempt(self._model.workspace.restore, entry_id)
        if restored is None:
            return
        self._undoable = [entry for entry in self._undoable if entry.id != entry_id]
        self._model.reload()
        if restored.entry.kind == "function":
            self._model.choose_function(restored.entry.name)
        else:
            self._model.choose_event(_event_name(restored.files))
        self._model.events_changed.emit()
        self.restored.emit(restored)

    def show_trash(self) -> None:
        """Show all deletions in the trash, to restore one."""
        from workbench.gui.dialogs.kept_dialog import KeptDialog
        from workbench.gui.workspace.kept_words import trash_row, trash_text

        entries = {entry.id: entry for entry in self._answers.attempt(self._model.workspace.trash.entries) or ()}
        dialog = KeptDialog("Deleted functions and events", [trash_row(entry) for entry in entries.values()],
                            lambda key: trash_text(entries[key]), self._appearance.theme, self._page)
        dialog.show_empty("Nothing was deleted in this workspace.")
        dialog.chosen.connect(self.restore)
        self._answers.ask(dialog)

    def _delete_function(self, *, with_code: bool) -> None:
        function = self._model.function
        if function is not None:
            self._take(self._answers.attempt(self._model.workspace.delete, function.logical_id, with_code=with_code))

    def _take(self, entry: TrashEntry | None) -> None:
        if entry is None:
            return
        from workbench.gui.workspace.kept_words import deletion_text

        self._undoable.append(entry)
        self._model.reload()
        self.deleted.emit(deletion_text(entry))


def _event_name(files: tuple[Path, ...]) -> str:
    path = files[0].with_suffix("") if files else Path()
    return path.name if path.parent.name == "events" else f"{path.parent.name}/{path.name}"

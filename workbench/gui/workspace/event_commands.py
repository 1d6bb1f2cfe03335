"""Creates and renames events."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.look.appearance import Appearance
from workbench.gui.workspace.dialog_answers import DialogAnswers
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.workspace.events import EventFile


class EventCommands(QObject):
    """Opens the dialogs, which are imported when first needed, and carries out their answers.

    It belongs to the workspace's page, as do its dialogs. Signals: `made(str name)` for a new or renamed event, which is the
    chosen one then; `moved(Path, Path)` for the file of a renamed event.
    """

    made = Signal(str)
    moved = Signal(object, object)

    def __init__(self, model: WorkspaceState, answers: DialogAnswers, appearance: Appearance, page: QWidget) -> None:
        super().__init__(page)
        self._model = model
        self._answers = answers
        self._appearance = appearance
        self._page = page
        self._kept = b""
        self._subject = ""
        """The event that a dialog is about: the person, or a change on disk, may choose another before it is answered."""

    def browse_templates(self) -> None:
        """Show the sample events."""
        from workbench.gui.dialogs.template_dialog import TemplateDialog
        from workbench.workspace.event_templates import load_event_templates

        dialog = TemplateDialog(load_event_templates(), self._names(), self._appearance.theme, self._page)
        dialog.event_made.connect(self._on_made)
        self._answers.ask(dialog)

    def new_event(self) -> None:
        """Ask for the name of an empty event."""
        from workbench.gui.dialogs.template_dialog import free_name

        self._ask_name("New event", "Create", free_name("event", self._names()), self._on_new)

    def keep(self, suggestion: str, content: bytes) -> None:
        """Ask under which name an event that was sent before is saved."""
        self._kept = content
        self._ask_name("Save as an event", "Save", suggestion, self._on_kept)

    def rename_event(self) -> None:
        """Ask for another name for the chosen event."""
        event = self._model.event_file
        if event is not None:
            self._subject = event.name
            self._ask_name(f"Rename {event.name}", "Rename", event.name, self._on_rename)

    def _ask_name(self, title: str, confirm: str, suggestion: str, slot: Callable[[str], None]) -> None:
        from workbench.gui.dialogs.event_dialogs import EventNameDialog

        dialog = EventNameDialog(title, confirm, suggestion, self._names(), self._page)
        dialog.chosen.connect(slot)
        self._answers.ask(dialog)

    def _names(self) -> set[str]:
        return {event.name for event in self._model.events}

    def _on_made(self, name: str, text: str) -> None:
        self._save_new(name, text.encode())

    def _on_new(self, name: str) -> None:
        self._save_new(name, b"{}\n")

    def _on_kept(self, name: str) -> None:
        self._save_new(name, self._kept)

    def _save_new(self, name: str, content: bytes) -> None:
        self._choose(self._answers.attempt(self._model.workspace.events.save_new, name, content))

    def _on_rename(self, name: str) -> None:
        self._choose(self._answers.attempt(
            self._model.workspace.rename_event, self._subject, name, moved=self.moved.emit))

    def _choose(self, event: EventFile | None) -> None:
        """Choose an event that has just been made; None if it could not be."""
        if event is not None:
            self._model.reload_events()
            self._model.choose_event(event.name)
            self._model.events_changed.emit()
            self.made.emit(event.name)

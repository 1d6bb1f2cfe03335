"""Commands that work through dialogs: create, rename and duplicate functions and events, settings, values."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget
from shiboken6 import isValid

from workbench.gui.look.appearance import Appearance
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.engine_api import Settings
from workbench.model.failures import WorkbenchError
from workbench.model.function import FunctionConfiguration

if TYPE_CHECKING:
    from workbench.gui.dialogs.values_dialog import ValuesChosen, ValuesShown
    from workbench.workspace.debug_configurations import WrittenConfiguration
    from workbench.workspace.workspace import Workspace


class WorkspaceCommands(QObject):
    """Opens the dialogs, which are imported when first needed, and carries out their answers. It belongs to the
    workspace's page, as do its dialogs.

    Signals: `about_to_change()` before files are changed and `changed()` afterwards; `failed(WorkbenchError)`;
    `event_made(str name)`; `function_made(str logical_id)`; `function_renamed(str old_id, str new_id)`; `moved(Path, Path)` for
    each moved file or folder; `settings_chosen(Settings)`; `network_chosen(bool)` for all functions; `values_given()` after
    values or the choice of template changed; `told(str)` with a message that is no error.
    """

    about_to_change = Signal()
    changed = Signal()
    moved = Signal(object, object)
    function_renamed = Signal(str, str)

    failed = Signal(object)
    event_made = Signal(str)
    function_made = Signal(str)
    settings_chosen = Signal(object)
    network_chosen = Signal(bool)
    values_given = Signal()
    told = Signal(str)

    def __init__(
        self, model: WorkspaceState, save_below: Callable[[Path], None], appearance: Appearance, page: QWidget
    ) -> None:
        """`save_below` saves the modified files of a folder and raises WorkspaceError."""
        super().__init__(page)
        self._save_below = save_below
        self._model = model
        self._appearance = appearance
        self._page = page
        self._dialog: QDialog | None = None
        self._subject = ""

    def show_configuration(self, written: WrittenConfiguration) -> None:
        """Say where an IDE's configuration was written; if it could not be, show the text to paste in a dialog."""
        from workbench.gui.dialogs.paste_dialog import PasteDialog

        if written.path is not None:
            self.told.emit(f"\u201c{written.name}\u201d is in {written.path}. Start it there to attach.")
        else:
            self._open(PasteDialog(written.name, written.why, written.text, self._appearance.theme.mono_family, self._page))

    def new_function(self) -> None:
        """Ask for the logical ID and the starter of a new function."""
        from workbench.gui.dialogs.function_dialogs import NewFunctionDialog
        from workbench.workspace.starters import starters

        dialog = NewFunctionDialog(starters(), self._taken_ids(), self._page)
        dialog.chosen.connect(self._on_new_function)
        self._open(dialog)

    def rename_function(self) -> None:
        """Ask for another logical ID for the chosen function."""
        from workbench.gui.dialogs.function_dialogs import NameDialog

        function = self._model.function
        if function is not None:
            # A function of a nested stack has the path of its stack before its ID; the new ID only has to be free in that stack.
            stack, _, own_id = function.logical_id.rpartition("/")
            dialog = NameDialog(f"Rename {function.logical_id}", "Rename", own_id, self._taken_ids(stack), self._page)
            dialog.chosen.connect(self._on_rename_function)
            self._open(dialog, function.logical_id)

    def duplicate_function(self) -> None:
        """Ask for the logical ID of a copy of the chosen function."""
        from workbench.gui.dialogs.function_dialogs import NameDialog

        function = self._model.function
        if function is not None:
            stack, _, own_id = function.logical_id.rpartition("/")
            taken = self._taken_ids(stack)
            suggestion = _free_id(f"{own_id}Copy", taken)
            dialog = NameDialog(f"Duplicate {function.logical_id}", "Duplicate", suggestion, taken, self._page)
            dialog.chosen.connect(self._on_duplicate_function)
            self._open(dialog, function.logical_id)

    def change_settings(self, settings: Settings, *, network: bool) -> None:
        """Show the settings dialog, filled with the settings in force."""
        from workbench.gui.dialogs.settings_dialog import SettingsDialog
        from workbench.runtimes.catalogue import base_image
        from workbench.workspace.price_file import priced_regions

        runtimes = sorted({function.runtime for function in self._model.functions if function.runtime})
        images = {runtime: base_image(runtime) or "" for runtime in runtimes}
        dialog = SettingsDialog(settings, priced_regions(), images, self._page, network=network)
        dialog.chosen.connect(self.settings_chosen)
        dialog.network_chosen.connect(self.network_chosen)
        self._open(dialog)

    def give_values(self) -> None:
        """Show the dialog for the template's parameters and values, and for the choice of template."""
        from workbench.gui.dialogs.values_dialog import ValuesDialog

        shown = self._attempt(values_shown, self._model.workspace)
        if shown is not None:
            dialog = ValuesDialog(shown, self._page)
            dialog.chosen.connect(self._on_values_chosen)
            self._open(dialog)

    def browse_templates(self) -> None:
        """Show the sample events."""
        from workbench.gui.dialogs.template_dialog import TemplateDialog
        from workbench.workspace.event_templates import load_event_templates

        names = {event.name for event in self._model.events}
        dialog = TemplateDialog(load_event_templates(), names, self._appearance.theme, self._page)
        dialog.event_made.connect(self._on_event_made)
        self._open(dialog)

    def new_event(self) -> None:
        """Ask for the name of an empty event."""
        self._ask_event_name("New event", "Create", "event", self._on_new_event)

    def rename_event(self) -> None:
        """Ask for another name for the chosen event."""
        event = self._model.event_file
        if event is not None:
            self._ask_event_name(f"Rename {event.name}", "Rename", event.name, self._on_rename_event, event.name)

    def _ask_event_name(self, title: str, confirm: str, suggestion: str, slot: Callable[[str], None], subject: str = "") -> None:
        from workbench.gui.dialogs.event_dialogs import EventNameDialog

        names = {event.name for event in self._model.events}
        dialog = EventNameDialog(title, confirm, suggestion, names, self._page)
        dialog.chosen.connect(slot)
        self._open(dialog, subject)

    def _open(self, dialog: QDialog, subject: str = "") -> None:
        # The subject is kept from now: the person, or a change on disk, may choose another function before the dialog is done.
        self._dialog, self._subject = dialog, subject
        dialog.open()

    def _on_new_function(self, logical_id: str, starter_key: str) -> None:
        made = self._attempt(self._model.workspace.new_function, logical_id, starter_key)
        if isinstance(made, FunctionConfiguration):
            self._choose_made(made)

    def _on_duplicate_function(self, new_id: str) -> None:
        made = self._attempt(self._duplicate, new_id)
        if isinstance(made, FunctionConfiguration):
            self._choose_made(made)

    def _duplicate(self, new_id: str) -> FunctionConfiguration:
        """Duplicate the function as it is on screen, that is, save its unsaved text first."""
        self._save_below(Path(self._model.workspace.function(self._subject).code_path))
        return self._model.workspace.duplicate(self._subject, new_id)

    def _on_rename_function(self, new_id: str) -> None:
        renamed = self._attempt(partial(self._model.workspace.rename, self._subject, new_id, moved=self.moved.emit))
        if isinstance(renamed, FunctionConfiguration):
            self._model.remember_renamed(self._subject, renamed.logical_id)
            self.function_renamed.emit(self._subject, renamed.logical_id)
            self._choose_made(renamed)

    def _choose_made(self, function: FunctionConfiguration) -> None:
        self._model.reload()
        self._model.choose_function(function.logical_id)
        self.function_made.emit(function.logical_id)

    def _on_values_chosen(self, chosen: ValuesChosen) -> None:
        self._attempt(self._keep_values, chosen)
        self._model.reload()
        self.values_given.emit()

    def _keep_values(self, chosen: ValuesChosen) -> None:
        workspace = self._model.workspace
        for key, value in chosen.values.items():
            workspace.give(key, value)
        if chosen.options is not None:
            workspace.choose(chosen.options)

    def _on_event_made(self, name: str, text: str) -> None:
        self._save_new_event(name, text.encode())

    def _on_new_event(self, name: str) -> None:
        self._save_new_event(name, b"{}\n")

    def _save_new_event(self, name: str, content: bytes) -> None:
        saved = self._attempt(self._model.workspace.events.save_new, name, content)
        if saved is not None:
            self._show_event(saved.name)

    def _on_rename_event(self, name: str) -> None:
        renamed = self._attempt(partial(self._model.workspace.rename_event, self._subject, name, moved=self.moved.emit))
        if renamed is not None:
            self._show_event(renamed.name)

    def _show_event(self, name: str) -> None:
        self._model.reload_events()
        self._model.choose_event(name)
        self._model.events_changed.emit()
        self.event_made.emit(name)

    def _refuse(self, error: WorkbenchError) -> None:
        """Show a failure in the dialog that caused it, which then stays open with what was typed; else emit `failed`."""
        from workbench.gui.dialogs.form_dialog import FormDialog
        from workbench.gui.dialogs.template_dialog import TemplateDialog

        dialog = self._dialog
        # isValid: dialogs delete themselves when closed, which leaves a Python object without its C++ half.
        if isinstance(dialog, (FormDialog, TemplateDialog)) and isValid(dialog) and dialog.isVisible():
            dialog.refuse(f"{error.message} {error.hint}".strip())
        else:
            self.failed.emit(error)

    def _attempt(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Call the workspace and return its result; None, after reporting the failure, if it could not be done."""
        self.about_to_change.emit()
        try:
            result = work(*arguments)
        except WorkbenchError as error:
            self._refuse(error)
            return None
        self.changed.emit()
        return result

    def _taken_ids(self, stack: str = "") -> set[str]:
        """The logical IDs of the functions in one stack's template, without the stack's path. "" is the root stack."""
        parts = (function.logical_id.rpartition("/") for function in self._model.functions)
        return {own_id for path, _, own_id in parts if path == stack}


def _free_id(wanted: str, taken: set[str]) -> str:
    numbered = (f"{wanted}{number}" for number in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(name for name in numbered if name not in taken)


def values_shown(workspace: Workspace) -> ValuesShown:
    """Return the initial content of the values dialog. Raises WorkspaceError. Blocks."""
    from workbench.gui.dialogs.values_dialog import ValuesShown
    from workbench.workspace.locating.candidates import templates_below

    inputs = workspace.inputs()
    template = _relative(inputs.template, workspace.root)
    templates = [candidate.path for candidate in templates_below(workspace.root)]
    return ValuesShown(
        asked=workspace.asked_values(), template=template, templates=templates, options=inputs.located.options,
        environments=inputs.located.samconfig.environments)


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)

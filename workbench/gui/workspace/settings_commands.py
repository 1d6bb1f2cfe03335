"""Dialogs for the workspace as a whole: its settings, the template's values, and an IDE's configuration to paste."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.look.appearance import Appearance
from workbench.gui.workspace.dialog_answers import DialogAnswers
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.engine_api import Settings

if TYPE_CHECKING:
    from workbench.gui.dialogs.values_dialog import ValuesChosen, ValuesShown
    from workbench.workspace.debug_configurations import WrittenConfiguration
    from workbench.workspace.workspace import Workspace


class SettingsCommands(QObject):
    """Opens the dialogs, which are imported when first needed. It belongs to the workspace's page, as do its dialogs.

    Signals: `settings_chosen(Settings)`; `network_chosen(bool)` for all functions; `values_given()` after values or the choice
    of template changed; `told(str)` with a message that is no error.
    """

    settings_chosen = Signal(object)
    network_chosen = Signal(bool)
    values_given = Signal()
    told = Signal(str)

    def __init__(self, model: WorkspaceState, answers: DialogAnswers, appearance: Appearance, page: QWidget) -> None:
        super().__init__(page)
        self._model = model
        self._answers = answers
        self._appearance = appearance
        self._page = page

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
        self._answers.ask(dialog)

    def give_values(self) -> None:
        """Show the dialog for the template's parameters and values, and for the choice of template."""
        from workbench.gui.dialogs.values_dialog import ValuesDialog

        shown = self._answers.attempt(values_shown, self._model.workspace)
        if shown is not None:
            dialog = ValuesDialog(shown, self._page)
            dialog.chosen.connect(self._on_values_chosen)
            self._answers.ask(dialog)

    def show_configuration(self, written: WrittenConfiguration) -> None:
        """Say where an IDE's configuration was written; if it could not be, show the text to paste in a dialog."""
        from workbench.gui.dialogs.paste_dialog import PasteDialog

        if written.path is not None:
            self.told.emit(f"\u201c{written.name}\u201d is in {written.path}. Start it there to attach.")
        else:
            family = self._appearance.theme.mono_family
            self._answers.ask(PasteDialog(written.name, written.why, written.text, family, self._page))

    def _on_values_chosen(self, chosen: ValuesChosen) -> None:
        self._answers.attempt(self._keep_values, chosen)
        self._model.reload()
        self.values_given.emit()

    def _keep_values(self, chosen: ValuesChosen) -> None:
        workspace = self._model.workspace
        for key, value in chosen.values.items():
            workspace.give(key, value)
        if chosen.options is not None:
            workspace.choose(chosen.options)


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

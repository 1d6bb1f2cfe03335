"""Creates, renames and duplicates functions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.workspace.dialog_answers import DialogAnswers
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.function import FunctionConfiguration


class FunctionCommands(QObject):
    """Opens the dialogs, which are imported when first needed, and carries out their answers.

    It belongs to the workspace's page, as do its dialogs. Signals: `renamed(str old_id, str new_id)`; `moved(Path, Path)` for
    each folder that moved with its function.
    """

    renamed = Signal(str, str)
    moved = Signal(object, object)

    def __init__(
        self, model: WorkspaceState, answers: DialogAnswers, save_below: Callable[[Path], None], page: QWidget
    ) -> None:
        """`save_below` saves the modified files of a folder and raises WorkspaceError."""
        super().__init__(page)
        self._model = model
        self._answers = answers
        self._save_below = save_below
        self._page = page
        self._subject = ""
        """The function that a dialog is about: the person, or a change on disk, may choose another before it is answered."""

    def new_function(self) -> None:
        """Ask for the logical ID and the starter of a new function."""
        from workbench.gui.dialogs.function_dialogs import NewFunctionDialog
        from workbench.workspace.starters import starters

        dialog = NewFunctionDialog(starters(), self._taken_ids(), self._page)
        dialog.chosen.connect(self._on_new)
        self._answers.ask(dialog)

    def rename_function(self) -> None:
        """Ask for another logical ID for the chosen function."""
        function = self._model.function
        if function is not None:
            # A function of a nested stack has the path of its stack before its ID; the new ID only has to be free in that stack.
            stack, _, own_id = function.logical_id.rpartition("/")
            self._ask_id(function, "Rename", own_id, self._taken_ids(stack), self._on_rename)

    def duplicate_function(self) -> None:
        """Ask for the logical ID of a copy of the chosen function."""
        function = self._model.function
        if function is not None:
            stack, _, own_id = function.logical_id.rpartition("/")
            taken = self._taken_ids(stack)
            self._ask_id(function, "Duplicate", _free_id(f"{own_id}Copy", taken), taken, self._on_duplicate)

    def _ask_id(
        self, function: FunctionConfiguration, verb: str, suggestion: str, taken: set[str], slot: Callable[[str], None]
    ) -> None:
        from workbench.gui.dialogs.function_dialogs import NameDialog

        dialog = NameDialog(f"{verb} {function.logical_id}", verb, suggestion, taken, self._page)
        dialog.chosen.connect(slot)
        self._subject = function.logical_id
        self._answers.ask(dialog)

    def _on_new(self, logical_id: str, starter_key: str) -> None:
        self._choose(self._answers.attempt(self._model.workspace.new_function, logical_id, starter_key))

    def _on_duplicate(self, new_id: str) -> None:
        self._choose(self._answers.attempt(self._duplicate, new_id))

    def _duplicate(self, new_id: str) -> FunctionConfiguration:
        """Duplicate the function as it is on screen, that is, save its unsaved text first."""
        self._save_below(Path(self._model.workspace.function(self._subject).code_path))
        return self._model.workspace.duplicate(self._subject, new_id)

    def _on_rename(self, new_id: str) -> None:
        renamed = self._answers.attempt(self._model.workspace.rename, self._subject, new_id, moved=self.moved.emit)
        if renamed is not None:
            self._model.remember_renamed(self._subject, renamed.logical_id)
            self.renamed.emit(self._subject, renamed.logical_id)
            self._choose(renamed)

    def _choose(self, made: FunctionConfiguration | None) -> None:
        """Choose a function that has just been made; None if it could not be."""
        if made is not None:
            self._model.reload()
            self._model.choose_function(made.logical_id)

    def _taken_ids(self, stack: str = "") -> set[str]:
        """The logical IDs of the functions in one stack's template, without the stack's path. "" is the root stack."""
        parts = (function.logical_id.rpartition("/") for function in self._model.functions)
        return {own_id for path, _, own_id in parts if path == stack}


def _free_id(wanted: str, taken: set[str]) -> str:
    numbered = (f"{wanted}{number}" for number in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(name for name in numbered if name not in taken)

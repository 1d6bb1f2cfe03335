"""How a person says which folder is to be opened: one there is, a new one, or one of several templates in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from workbench.gui.application.file_places import FilePlaces
from workbench.gui.application.preferences import Preferences
from workbench.model.failures import WorkbenchError

if TYPE_CHECKING:
    from workbench.workspace.locating.locate import TemplateNotChosen

_NEW = "new workspace"


class FolderDialogs(QObject):
    """Opens the dialogs (imported when first needed). Signals: `chosen(str folder)`, `failed(WorkbenchError)`."""

    chosen = Signal(str)
    failed = Signal(object)

    def __init__(self, window: QWidget, preferences: Preferences) -> None:
        super().__init__(window)
        self._places = FilePlaces(Path.home(), preferences)
        self._window = window
        self._dialog: QDialog | None = None
        self._root = Path()

    def ask_new(self) -> None:
        """Ask where to make a workspace, and make it."""
        from workbench.gui.dialogs.workspace_dialog import NewWorkspaceDialog

        dialog = NewWorkspaceDialog(self._places.known(_NEW), self._window)
        dialog.chosen.connect(self._on_new)
        self._open(dialog)

    def ask_existing(self, start: Path) -> None:
        """Ask for the folder of a SAM application, beginning where one was opened last, and at first with those in `start`."""
        from workbench.gui.widgets.file_dialog import FileDialog

        chooser = FileDialog("Open the folder of a SAM application", "workspace", self._places, self._window, start)
        chooser.choose_folder()
        chooser.fileSelected.connect(self.chosen)
        self._open(chooser)

    def explain(self, error: WorkbenchError) -> None:
        """Take a folder that could not be opened: if it has several templates, ask which is meant, else emit `failed`."""
        from workbench.workspace.locating.locate import TemplateNotChosen

        if isinstance(error, TemplateNotChosen):
            self._ask_template(error)
        else:
            self.failed.emit(error)

    def _ask_template(self, error: TemplateNotChosen) -> None:
        """Ask which of a folder's templates is meant, and remember that."""
        from workbench.gui.dialogs.choose_template_dialog import ChooseTemplateDialog

        self._root = error.root
        dialog = ChooseTemplateDialog(error.root.name, error.candidates, self._window)
        dialog.chosen.connect(self._on_template)
        self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        self._dialog = dialog
        dialog.open()

    def _on_new(self, folder: str) -> None:
        from workbench.workspace.starters import create_workspace

        try:
            create_workspace(Path(folder))
            self._places.note(_NEW, Path(folder))
        except WorkbenchError as error:
            self.failed.emit(error)
            return
        self.chosen.emit(folder)

    def _on_template(self, path: str) -> None:
        from workbench.workspace.locating.options import Options, remember

        try:
            remember(self._root, Options(template=path))
        except WorkbenchError as error:
            self.failed.emit(error)
            return
        self.chosen.emit(str(self._root))

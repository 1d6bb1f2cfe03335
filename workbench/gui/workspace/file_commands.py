"""Commands for the current file beyond saving it: save under another name, restore an earlier version."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from workbench.gui.look.appearance import Appearance
from workbench.gui.workspace.documents import Documents
from workbench.model.failures import WorkspaceError
from workbench.workspace.workspace import Workspace

if TYPE_CHECKING:
    from workbench.workspace.history import Version


class FileCommands(QObject):
    """Opens the dialogs, which are imported when first needed, and carries out their answers. Emits `failed(WorkbenchError)`.

    It belongs to the workspace's page, as do its dialogs.
    """

    failed = Signal(object)

    def __init__(self, workspace: Workspace, documents: Documents, appearance: Appearance, page: QWidget) -> None:
        super().__init__(page)
        self._workspace = workspace
        self._documents = documents
        self._appearance = appearance
        self._page = page
        self._dialog: QDialog | None = None
        self._path = ""
        self._versions: dict[str, Version] = {}

    def save_as(self) -> None:
        """Ask for another name for the current file; its tab continues with that file."""
        from workbench.gui.dialogs.save_as_dialog import SaveAsDialog

        self._path = self._documents.tabs.current_path()
        if self._path:
            dialog = SaveAsDialog(self._workspace.root, Path(self._path), self._page)
            dialog.chosen.connect(self._on_path_chosen)
            self._open(dialog)

    def show_versions(self) -> None:
        """Show the earlier versions of the current file, to restore one."""
        from workbench.gui.dialogs.kept_dialog import KeptDialog
        from workbench.gui.workspace.kept_words import version_row

        self._path = self._documents.tabs.current_path()
        kept = self._workspace.history.versions(Path(self._path))
        versions = kept[1:] if kept and self._is_present(kept[0]) else kept  # what was written last is kept, too
        self._versions = {version.file.name: version for version in versions}
        rows = [version_row(key, version) for key, version in self._versions.items()]
        title = f"Earlier versions of {Path(self._path).name}"
        dialog = KeptDialog(title, rows, self._text_of, self._appearance.theme, self._page)
        dialog.show_empty("There is no version before the present one." if kept else "This file was not saved here yet.")
        dialog.chosen.connect(self._on_version_chosen)
        self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        self._dialog = dialog
        dialog.open()  # not exec(): a nested event loop would run asyncio's callbacks inside this one

    def _text_of(self, key: str) -> str:
        try:
            return self._documents.text_of(self._path, self._versions[key].read())
        except WorkspaceError as error:
            return error.message

    def _is_present(self, version: Version) -> bool:
        editor = self._documents.tabs.editor_of(self._path)
        with suppress(WorkspaceError):
            return editor is not None and self._documents.text_of(self._path, version.read()) == editor.text()
        return False

    def _on_path_chosen(self, path: Path) -> None:
        self._documents.save_as(self._path, path)

    def _on_version_chosen(self, key: str) -> None:
        try:
            self._documents.put_in(self._path, self._versions[key].read())
        except WorkspaceError as error:
            self.failed.emit(error)

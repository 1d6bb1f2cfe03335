"""Asks where to create a new workspace."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.application.file_places import FilePlaces
from workbench.gui.dialogs.form_dialog import FormDialog
from workbench.gui.widgets.file_dialog import FileDialog

FOLDER_NAME = "Lambda Workbench"


class NewWorkspaceDialog(FormDialog):
    """Emits `chosen(str folder)`. Writes nothing itself."""

    chosen = Signal(str)

    def __init__(self, parent_folder: Path | None = None, parent: QWidget | None = None) -> None:
        super().__init__("New workspace", "Create workspace", parent)
        self.name = QLineEdit("my-functions")
        self.place = QLineEdit(str(parent_folder or default_parent_folder()))
        self._target = PlainLabel()
        self._target.setObjectName("muted")
        self._target.setWordWrap(True)
        browse = QPushButton("Browse…")
        browse.clicked.connect(self._on_browse)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.place, 1)
        line.addWidget(browse)
        for field in (self.name, self.place):
            field.textChanged.connect(self.refresh)
        self.form.addRow("Name", self.name)
        self.form.addRow("In folder", row)
        self.form.addRow("", self._target)
        self.name.selectAll()
        self.refresh()

    @property
    def folder(self) -> Path:
        """The folder of the new workspace."""
        return Path(self.place.text().strip()).expanduser() / self.name.text().strip()

    def problem(self) -> str:
        """Return why the workspace cannot be created there; "" if it can."""
        if not re.fullmatch(r"[\w][\w .-]*", self.name.text().strip()):
            return "Give the workspace a name that can be a folder's name."
        if not self.place.text().strip():
            return "Choose the folder to make it in."
        return f"{self.folder} is there already. Choose another name, or open it." if self.folder.exists() else ""

    def refresh(self, *_: object) -> None:
        """Show the resulting folder, and what is wrong with it."""
        self._target.setText(f"A SAM application with a Python and a Node.js function in {self.folder}")
        super().refresh()

    def accept(self) -> None:
        """Close and emit the folder."""
        super().accept()
        if self.result() == self.DialogCode.Accepted:
            self.chosen.emit(str(self.folder))

    def _on_browse(self) -> None:
        place = Path(self.place.text().strip()).expanduser()
        chooser = FileDialog("Folder for the new workspace", "folder", FilePlaces(place), self)
        chooser.choose_folder()
        chooser.fileSelected.connect(self.place.setText)
        chooser.open()


def default_parent_folder() -> Path:
    """Return a folder below the person's documents, or below the home folder if the platform has none."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(documents or Path.home()) / FOLDER_NAME

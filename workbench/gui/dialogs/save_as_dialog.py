"""Asks under which name to save a file."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.gui.dialogs.form_dialog import FormDialog, Note


class SaveAsDialog(FormDialog):
    """Asks for the path of a file that does not exist yet, relative to the workspace or absolute. Emits `chosen(Path)`."""

    chosen = Signal(object)

    def __init__(self, root: Path, present: Path, parent: QWidget | None = None) -> None:
        super().__init__(f"Save {present.name} as", "Save", parent)
        self._root = root
        shown = present.relative_to(root).as_posix() if present.is_relative_to(root) else str(present)
        self.path = QLineEdit(shown)
        self.path.textChanged.connect(self.refresh)
        self.form.addRow("Save as", self.path)
        self.form.addRow("", Note(f"In {root}, or an absolute path. {present.name} stays as it is on disk."))
        start = len(shown) - len(present.name)
        self.path.setSelection(start, len(present.stem))  # typing replaces the name and keeps folder and extension
        self.path.setFocus()
        self.refresh()

    @property
    def target(self) -> Path:
        """The typed path, absolute and without ".."."""
        return Path(os.path.normpath(self._root / Path(self.path.text().strip()).expanduser()))

    def problem(self) -> str:
        """Return why nothing can be saved there; "" if it can."""
        typed = self.path.text().strip()
        if not typed or typed.endswith(("/", os.sep)):
            return "Give it a name."
        if os.path.lexists(self.target):  # lexists: a dangling symbolic link is something as well
            return f"There is {self.target.name} already. Choose another name."
        parent = next(folder for folder in self.target.parents if folder.exists())
        return "" if parent.is_dir() else f"{parent.name} is no folder."

    def hand_over(self) -> None:
        """Emit the path."""
        self.chosen.emit(self.target)

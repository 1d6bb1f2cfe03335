"""Asks which of several templates in a folder to open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from workbench.gui.dialogs.form_dialog import FormDialog, Note
from workbench.workspace.locating.candidates import Candidate


class ChooseTemplateDialog(FormDialog):
    """Emits `chosen(str path)`, relative to the folder."""

    chosen = Signal(str)

    def __init__(self, folder: str, candidates: Sequence[Candidate], parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Choose a template"), self.tr("Open"), parent)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Templates"))
        for candidate in candidates:
            count = self.tr("1 function") if candidate.functions == 1 else self.tr("{} functions").format(candidate.functions)
            item = QListWidgetItem(f"{candidate.path}  ·  {count}", self.list)
            item.setData(Qt.ItemDataRole.UserRole, candidate.path)
        self.list.setCurrentRow(0)
        self.list.itemActivated.connect(self.accept)
        self.form.addRow(Note(self.tr("{} has no template of its own. It is remembered which one you choose.").format(folder)))
        self.form.addRow(self.list)
        self.setMinimumWidth(560)

    def accept(self) -> None:
        """Close and emit the chosen template."""
        super().accept()
        item = self.list.currentItem()
        if self.result() == self.DialogCode.Accepted and item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))

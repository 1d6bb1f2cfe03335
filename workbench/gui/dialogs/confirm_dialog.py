"""A question with two answers, opened without blocking the loop."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget


class ConfirmDialog(QMessageBox):
    """Asks before something is deleted or lost. Emits `accepted` on yes; Escape and Return answer no."""

    def __init__(self, title: str, question: str, consequence: str, confirm: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setText(question)
        self.setInformativeText(consequence)
        self.setIcon(QMessageBox.Icon.Question)
        self.confirm = QPushButton(confirm)
        self.addButton(self.confirm, QMessageBox.ButtonRole.AcceptRole)
        self.setDefaultButton(self.addButton(QMessageBox.StandardButton.Cancel))

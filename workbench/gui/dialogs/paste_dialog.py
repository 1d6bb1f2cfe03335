"""Shows text that the person must paste into another program, because it cannot be written there."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.editor.sheet import Sheet


class PasteDialog(Sheet):
    """Shows the reason and the text, with a button that copies it."""

    def __init__(self, title: str, why: str, text: str, mono_family: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, is_resizable=True)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(620, 360)
        self.why = PlainLabel(why)
        self.why.setWordWrap(True)
        self.text = QPlainTextEdit(text)
        self.text.setObjectName("area")
        self.text.setReadOnly(True)
        self.text.setAccessibleName(title)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse
                                          | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        font = self.text.font()
        font.setFamily(mono_family)
        self.text.setFont(font)
        self.copy = QPushButton("Copy")
        self.copy.setObjectName("primary")
        self.copy.setDefault(True)
        self.copy.clicked.connect(self._on_copy)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(12)
        for widget in (self.why, self.text, buttons):
            layout.addWidget(widget)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copy.setText("Copied")

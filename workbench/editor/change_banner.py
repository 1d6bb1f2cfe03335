"""The banner above a text whose file was changed by another program."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from workbench.editor.bar import bar_palette
from workbench.editor.colors import EditorColors
from workbench.editor.plain_label import PlainLabel


class ChangeBanner(QFrame):
    """Asks which version to continue with. Only emits the choice; the page acts on it."""

    reload_chosen = Signal()
    keep_chosen = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self.message = PlainLabel(parent=self)
        self.reload_button = QPushButton(self.tr("Reload"), self)
        self.keep_button = QPushButton(self.tr("Keep mine"), self)
        self.reload_button.clicked.connect(self.reload_chosen)
        self.keep_button.clicked.connect(self.keep_chosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.addWidget(self.message, 1)
        row.addWidget(self.reload_button)
        row.addWidget(self.keep_button)
        self.hide()

    def show_changed(self) -> None:
        """Say that the file changed on disk while there are unsaved edits here."""
        self.message.setText(self.tr("⚠  This file was changed on disk while you were editing it."))
        self.reload_button.setVisible(True)
        self.show()

    def show_removed(self) -> None:
        """Say that the file is gone and only the text here is left."""
        self.message.setText(self.tr("⚠  This file was deleted on disk. Saving writes it again."))
        self.reload_button.setVisible(False)
        self.show()

    def set_colors(self, colors: EditorColors) -> None:
        """Draw in these colors."""
        self.setPalette(bar_palette(self.palette(), colors))

"""What is in the notice bar. Imported when there is something to say."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QSizePolicy

from workbench.editor.plain_label import PlainLabel
from workbench.gui.widgets.close_button import close_button


class NoticeParts:
    """Puts a text, a progress bar and the buttons into a bar."""

    def __init__(self, bar: QFrame) -> None:
        self.text = PlainLabel()
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.progress = QProgressBar()
        self.progress.setMaximumWidth(260)
        self.cancel = QPushButton("Cancel")
        self.close = close_button(bar.hide)
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(14, 6, 8, 6)
        for widget in (self.text, self.progress, self.cancel, self.close):
            layout.addWidget(widget)

"""Part of a function's configuration: which AWS credentials it gets, in one line, and the ways to others."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.model.credentials import FunctionCredentials

_BREAK = "\u200b"
"""A label wraps an ARN only at such spaces."""


class CredentialsLine(QWidget):
    """Hidden while nothing is known. Signals: `change_wanted()`, and `forget_wanted()` for made-up ones with one click."""

    change_wanted = Signal()
    forget_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = PlainLabel(self.tr("Credentials"))
        title.setObjectName("muted")
        self.said, self.note, self.problem = PlainLabel(), PlainLabel(), PlainLabel()
        self.note.setObjectName("muted")
        self.problem.setObjectName("problem")
        self.change = QPushButton(self.tr("Change…"))
        self.change.setToolTip(self.tr("Choose which AWS credentials the functions of this workspace get"))
        self.forget = QPushButton(self.tr("Use made-up ones"))
        self.forget.setToolTip(self.tr("Take the real credentials away from all functions of this workspace"))
        self.change.clicked.connect(self.change_wanted)
        self.forget.clicked.connect(self.forget_wanted)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.change, self.forget):
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for label in (title, self.said, self.note, self.problem):
            label.setWordWrap(True)
            layout.addWidget(label)
        layout.addLayout(buttons)
        self.hide()

    @property
    def text(self) -> str:
        """What the function gets, as it is shown."""
        return self.said.text().replace(_BREAK, "")

    def show_credentials(self, credentials: FunctionCredentials | None, *, is_real_chosen: bool) -> None:
        """Show what the chosen function gets; None for no function. `is_real_chosen`: there is something to take away."""
        self.setVisible(credentials is not None)
        if credentials is None:
            return
        sentence = credentials.sentence()
        self.said.setText((sentence[:1].upper() + sentence[1:]).replace("/", f"/{_BREAK}").replace(":role", f":{_BREAK}role"))
        self.said.setToolTip(sentence)
        for label, text in ((self.note, credentials.note), (self.problem, credentials.problem)):
            label.setText(text.replace("/", f"/{_BREAK}"))
            label.setVisible(bool(text))
        self.forget.setVisible(is_real_chosen)
        self.setAccessibleName(f"Credentials: {sentence}")

"""Part of a function's configuration: which AWS credentials it gets, in one line, and the ways to others."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.model.credentials import LAMBDA_HERE, FunctionCredentials

_BREAK = "\u200b"
"""A label wraps an ARN only at such spaces."""
_TITLE = "Credentials: "


class CredentialsLine(QWidget):
    """Hidden while nothing is known. Signals: `change_wanted()`, and `forget_wanted()` for made-up ones with one click."""

    change_wanted = Signal()
    forget_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.said, self.note, self.problem = PlainLabel(), PlainLabel(), PlainLabel()
        self.note.setObjectName("muted")
        self.problem.setObjectName("problem")
        self.change = _button(self.tr("Change…"), self.tr("Choose which AWS credentials the functions of this workspace get"))
        self.forget = _button(self.tr("Use made-up ones"),
                              self.tr("Take the real credentials away from all functions of this workspace"))
        self.change.clicked.connect(self.change_wanted)
        self.forget.clicked.connect(self.forget_wanted)
        line = QHBoxLayout()
        line.addWidget(self.said, 1)
        line.addWidget(self.change, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(line)
        for label in (self.said, self.note, self.problem):
            label.setWordWrap(True)
        layout.addWidget(self.note)
        layout.addWidget(self.problem)
        layout.addWidget(self.forget, 0, Qt.AlignmentFlag.AlignRight)
        self.hide()

    @property
    def text(self) -> str:
        """What the function gets, as it is shown."""
        return self.said.text().replace(_BREAK, "").removeprefix(_TITLE)

    def show_credentials(self, credentials: FunctionCredentials | None, *, is_real_chosen: bool) -> None:
        """Show what the chosen function gets; None for no function. `is_real_chosen`: there is something to take away."""
        self.setVisible(credentials is not None)
        if credentials is None:
            return
        sentence = credentials.sentence()
        self.said.setText(_TITLE + sentence.replace("/", f"/{_BREAK}").replace(":role", f":{_BREAK}role"))
        self.said.setToolTip(sentence)
        led_here = f"{LAMBDA_HERE}." if credentials.calls_lambda_here else ""
        for label, text in ((self.note, f"{credentials.note} {led_here}".strip()), (self.problem, credentials.problem)):
            label.setText(text.replace("/", f"/{_BREAK}"))
            label.setVisible(bool(text))
        self.forget.setVisible(is_real_chosen)
        self.setAccessibleName(f"Credentials: {sentence}")


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button

"""The frame of all small dialogs: fields, a sentence on what is wrong, and buttons; opened without blocking the loop."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QPushButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel


class Note(PlainLabel):
    """A muted sentence or two below a field, never cut: forms give wrapped text less height than it needs."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setObjectName("muted")
        self.setWordWrap(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As high as the text is at this width."""
        super().resizeEvent(event)
        self.setMinimumHeight(self.heightForWidth(event.size().width()))


class FormDialog(QDialog):
    """A dialog with a form. Subclasses add fields to `form`, override `problem`, and read the fields when accepted.

    `problem()` is asked after every change through `refresh`; while it says something the dialog cannot be accepted. `hand_over`
    tells what was filled in; a receiver that cannot do it calls `refuse`, and the dialog stays open with what was typed.
    """

    def __init__(self, title: str, confirm: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(460)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.form = QFormLayout()
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.form.setVerticalSpacing(9)
        self._refusal = ""
        self._problem = PlainLabel()
        self._problem.setObjectName("problem")
        self._problem.setWordWrap(True)
        self.confirm = QPushButton(confirm)
        self.confirm.setObjectName("primary")
        buttons = QDialogButtonBox()
        buttons.addButton(self.confirm, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(12)
        layout.addLayout(self.form)
        layout.addWidget(self._problem)
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.confirm.setDefault(True)  # Only now: a button outside a dialog cannot be its default.

    def problem(self) -> str:
        """Why this cannot be accepted as it is; empty when it can."""
        return ""

    def refresh(self, *_: object) -> None:
        """Ask `problem` again and show it; connected to the fields' change signals."""
        sentence = self.problem()
        self._problem.setText(sentence)
        self.confirm.setEnabled(not sentence)

    @property
    def problem_text(self) -> str:
        """What is said against it now."""
        return self._problem.text()

    def hand_over(self) -> None:
        """Tell what was filled in, before the dialog closes."""

    def refuse(self, reason: str) -> None:
        """It could not be done: say so and stay."""
        self._refusal = reason

    def accept(self) -> None:
        """Close with yes, unless there is a problem."""
        self.refresh()
        if self.problem():
            return
        self._refusal = ""
        self.hand_over()
        if self._refusal:
            self._problem.setText(self._refusal)
        else:
            super().accept()

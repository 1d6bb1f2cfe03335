"""A labeled field of a form: label, a figure at its right, the control, and below it the message of Lambda's refusal."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.scale import small
from workbench.model.limits import Violation

SHOWN_CHARACTERS = 220
LONGEST_WORD = 28
"""A panel is at least as wide as its longest word, so longer ones (the value of a variable, say) may be broken anywhere."""


class Field(QWidget):
    """Label above, control below, problem under it in the error color."""

    def __init__(self, title: str, control: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        label = PlainLabel(title)
        label.setObjectName("muted")
        label.setBuddy(control)
        control.setAccessibleName(title)
        self._figure = PlainLabel()
        self._problem = _sentence("problem")
        self._note = _sentence("muted")
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 0, 0)
        top.addWidget(label, 1)
        top.addWidget(self._figure)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(control)
        layout.addWidget(self._problem)
        layout.addWidget(self._note)
        layout.addStretch(1)

    def show_figure(self, text: str) -> None:
        """Show a figure at the right of the label."""
        self._figure.setText(text)

    @property
    def figure(self) -> str:
        """The figure at the right of the label."""
        return self._figure.text()

    def show_violation(self, violation: Violation | None) -> None:
        """Show Lambda's message and our hint; None hides them."""
        text = f"{violation.message}\n{violation.hint}".strip() if violation else ""
        shown = f"{_shortened(violation.message)}\n{violation.hint}".strip() if violation else ""
        self._problem.setText(_with_break_points(shown))
        self._problem.setToolTip(text)
        self._problem.setAccessibleDescription(text)
        self._problem.setVisible(violation is not None)

    @property
    def problem(self) -> str:
        """The message below the control, perhaps shortened; "" if there is none."""
        return self._problem.text().replace("\u200b", "")

    @property
    def whole_problem(self) -> str:
        """The whole message, as in the tool tip."""
        return self._problem.toolTip()

    @property
    def note(self) -> str:
        """The remark below the control; "" if there is none."""
        return self._note.text()

    def show_note(self, text: str) -> None:
        """Show a remark that is no error; "" hides it."""
        self._note.setText(text)
        self._note.setVisible(bool(text))


class WheelGuard(QObject):
    """Keeps the mouse wheel from changing a control that the person only scrolls past."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let only a focused control have the wheel."""
        if event.type() is QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()  # passes it on to the scroll area around the control
            return True
        return False

    def protect(self, *controls: QWidget) -> None:
        """Guard these controls."""
        for control in controls:
            control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # spin and combo boxes would also take the focus by the wheel
            control.installEventFilter(self)


def _shortened(message: str) -> str:
    """Shorten Lambda's long messages, which list all runtimes or all variables; the tool tip has the whole text."""
    return message if len(message) <= SHOWN_CHARACTERS else message[:SHOWN_CHARACTERS].rstrip() + "…"


def _with_break_points(text: str) -> str:
    """Add zero-width spaces to text for a label, which wraps only there: Lambda's messages quote long patterns without blanks."""
    marked = text.replace(",", ",\u200b").replace("|", "|\u200b").replace("+", "+\u200b").replace("]", "]\u200b")
    return breakable(marked, LONGEST_WORD)


def breakable(text: str, longest: int) -> str:
    """Let words that are longer than so many characters be broken anywhere, by zero-width spaces: a label wraps only there."""
    return re.sub(rf"([^\s\u200b]{{{longest}}})(?=[^\s\u200b])", "\\1\u200b", text)


def _sentence(name: str) -> QLabel:
    label = PlainLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setFont(small(label.font()))
    label.hide()
    return label

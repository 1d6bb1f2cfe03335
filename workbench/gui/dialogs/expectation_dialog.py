"""What an event is expected to be answered with, as JSON, beside how the last answer differs from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QSizePolicy, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.dialogs.form_dialog import FormDialog, Note
from workbench.model.failures import InvalidInput
from workbench.state.answers import pretty_json
from workbench.state.expectations import Verdict, judge, read_expectation

_LINES = 7
_MOST_SHOWN = 8
_HELP = ("JSON that the answer must contain: what is not named does not matter. A text that is JSON, as the body of an HTTP "
         'answer, is compared as JSON. A failure is expected with {"errorType": …}. Empty: nothing is expected.')


class LastAnswer(NamedTuple):
    """What an invocation answered. `seen` returns a text as it is to be seen."""

    content: bytes
    has_failed: bool
    seen: Callable[[str], str] = str


class ExpectationDialog(FormDialog):
    """Emits `chosen(bytes)`, b"" for nothing."""

    chosen = Signal(bytes)

    def __init__(
        self, event: str, content: str, answer: LastAnswer | None, mono_family: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(f"What {event} expects", "Save", parent)
        self._answer = answer
        self.text = QPlainTextEdit(content)
        self.use_answer = QPushButton("Use the last answer")
        self.verdict = PlainLabel()
        self._set_up(mono_family)
        self._lay_out()
        self.refresh()

    def _set_up(self, mono_family: str) -> None:
        font = QFont(self.text.font())
        font.setFamily(mono_family)
        self.text.setFont(font)
        self.text.setObjectName("area")
        self.text.setAccessibleName("Expected answer, as JSON")
        self.text.setPlaceholderText('{"statusCode": 200}')
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(_LINES * self.fontMetrics().lineSpacing())
        self.text.textChanged.connect(self.refresh)
        self.use_answer.setEnabled(self._answer is not None)
        self.use_answer.setAutoDefault(False)
        self.use_answer.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.use_answer.clicked.connect(self._on_use_answer)
        self.verdict.setWordWrap(True)
        self.verdict.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.verdict.setAccessibleName("How the last answer compares")

    def _lay_out(self) -> None:
        self.setMinimumWidth(560)
        self.form.addRow(self.text)
        self.form.addRow(self.verdict)  # above what may have to be scrolled to
        self.form.addRow(Note(_HELP))
        self.form.addRow(self.use_answer)

    def problem(self) -> str:
        """Return why the text is no expectation. Shows how the last answer compares with it as well."""
        text = self.text.toPlainText().strip()
        if not text:
            self._show(None, "Nothing is expected.")
            return ""
        try:
            expected = read_expectation(text.encode("utf-8", "surrogatepass"))
        except InvalidInput as error:
            self._show(None, "")
            return f"{error.message} {error.hint}"
        last = self._answer
        verdict = None if last is None else judge(expected, last.content, has_failed=last.has_failed)
        self._show(verdict, "Invoke with this event, and the answer is compared.")
        return ""

    def hand_over(self) -> None:
        """Emit the expectation."""
        text = self.text.toPlainText().strip()
        self.chosen.emit(f"{text}\n".encode() if text else b"")

    def _on_use_answer(self) -> None:
        if self._answer is not None:
            self.text.setPlainText(pretty_json(self._answer.content.decode("utf-8", "replace")))
            self.text.setFocus()

    def _show(self, verdict: Verdict | None, otherwise: str) -> None:
        name = "muted" if verdict is None else "saved" if verdict.is_met else "problem"
        if verdict is None or self._answer is None:
            text = otherwise
        elif verdict.is_met:
            text = "✓ The last answer is as expected."
        else:
            text = self._answer.seen("\n".join(["✕ The last answer is not as expected:", *_listed(verdict)]))
        self.verdict.setText(text)
        self.verdict.setObjectName(name)
        self.verdict.style().unpolish(self.verdict)
        self.verdict.style().polish(self.verdict)


def _listed(verdict: Verdict) -> list[str]:
    more = len(verdict.differences) - _MOST_SHOWN
    return [*verdict.differences[:_MOST_SHOWN], *([f"and {more} more"] if more > 0 else [])]

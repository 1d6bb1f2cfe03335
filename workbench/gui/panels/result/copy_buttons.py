"""The buttons that copy an answer, or the log of its invocation."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton

from workbench.gui.panels.result.answer_reader import AnswerReader
from workbench.gui.panels.result.shown_request import ShownRequest
from workbench.state.answers import pretty_json


class CopyButtons(QObject):
    """`answer` and `log` are the buttons; their owner places them."""

    def __init__(self, shown: ShownRequest, reader: AnswerReader, parent: QObject) -> None:
        super().__init__(parent)
        self._shown, self._reader = shown, reader
        self.answer = _button(_tr("copy"), _tr("Copy the result"))
        self.log = _button(_tr("copy log"), _tr("Copy the log lines of this invocation"))
        self.answer.clicked.connect(self.copy_answer)
        self.log.clicked.connect(self.copy_log)

    def show_for_request(self) -> None:
        """Show those that have something to copy."""
        invocation = self._shown.invocation
        self.answer.setVisible(invocation is not None and invocation.answered)
        self.log.setVisible(invocation is not None and not self._shown.is_running)

    def copy_answer(self) -> None:
        """Copy the answer as it is to be seen, formatted if it is JSON: all of it that is known here."""
        answer, invocation = self._reader.answer, self._shown.invocation
        if answer is not None and answer.whole.lines is not None:
            QGuiApplication.clipboard().setText(answer.whole.lines.text)
        elif invocation is not None:
            QGuiApplication.clipboard().setText(pretty_json(self._shown.seen(invocation).payload))

    def copy_log(self) -> None:
        """Copy the log exactly as CloudWatch would have it, but for what is not to be seen now."""
        invocation = self._shown.invocation
        if invocation is not None:
            QGuiApplication.clipboard().setText("\n".join(self._shown.seen(invocation).log_lines()))


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setAutoRaise(True)
    return button


def _tr(text: str) -> str:
    return QCoreApplication.translate("ResultPanel", text)

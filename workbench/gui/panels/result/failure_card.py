"""Why an invocation failed: Lambda's error first, then one plain sentence of cause and cure."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.state.invocation import Invocation

_LONGEST_ERROR = 240
_MARGINS_PX = 9, 5, 9, 6


class FailureCard(QFrame):
    """Hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.error, self.sentence = PlainLabel(), PlainLabel()
        self._is_low = False
        self.setObjectName("failure")
        self.error.setObjectName("failureError")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*_MARGINS_PX)
        layout.setSpacing(1)
        for label in (self.error, self.sentence):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            layout.addWidget(label)
        self.hide()

    @property
    def left_out_px(self) -> int:
        """The height of the error while it is left out, 0 while it is shown."""
        return self.error.sizeHint().height() if self._is_low and self.error.text() else 0

    def set_low(self, is_low: bool) -> None:
        """Leave out the error, with which the text below begins as well, or show it."""
        self._is_low = is_low
        self.error.setVisible(bool(self.error.text()) and not is_low)

    def show_failure(self, invocation: Invocation | None, sentence: str, *, is_canceled: bool = False) -> None:
        """Show an invocation's error, and a sentence; "" hides the card. A cancelation is no error, and gray.

        `is_canceled`: whether a request without an invocation was canceled.
        """
        error = invocation.error() if invocation is not None and not invocation.was_cancelled else {}
        text = ": ".join(filter(None, (str(error.get("errorType", "")), " ".join(str(error.get("errorMessage", "")).split()))))
        self.error.setText(text if len(text) <= _LONGEST_ERROR else f"{text[:_LONGEST_ERROR]}…")
        self.error.setVisible(bool(text) and not self._is_low)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self._keep_whole()
        self._show_edge(is_gray=invocation.was_cancelled if invocation is not None else is_canceled)
        self.setVisible(bool(sentence))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the whole sentence at another width, too."""
        super().resizeEvent(event)
        self._keep_whole()

    def _keep_whole(self) -> None:
        """Let the sentence have the height that it needs: where there is too little for all, Qt would take some of it."""
        room_px = self.contentsRect().width() - _MARGINS_PX[0] - _MARGINS_PX[2]
        self.sentence.setMinimumHeight(0)  # a label asks for no less than that, however wide it has become
        self.sentence.setMinimumHeight(self.sentence.heightForWidth(room_px) if self.sentence.text() and room_px > 0 else 0)

    def _show_edge(self, *, is_gray: bool) -> None:
        name = "cancelation" if is_gray else "failure"
        if name != self.objectName():
            self.setObjectName(name)
            self.style().unpolish(self)  # the style sheet goes by the name
            self.style().polish(self)

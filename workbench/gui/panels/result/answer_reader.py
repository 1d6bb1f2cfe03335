"""Has the shown invocation's answer read: at once if it is small, on a thread if not, and whole if the stream has a part."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from workbench.gui.widgets.later import Later
from workbench.state.answers import AT_ONCE_BYTES, Answer, read_answer
from workbench.state.hidden_values import HiddenValues
from workbench.state.http_answers import Front, front_of
from workbench.state.invocation import Invocation

_UNREADABLE = "\ufffd"
"""What the stream has in place of bytes that are no UTF-8."""


class AnswerReader(QObject):
    """Reads what is to be seen of it.

    Signals: `read()` when `answer` is another one than `turn` left; `wanted(str request_id)` for the engine's whole answer.
    """

    read = Signal()
    wanted = Signal(str)

    def __init__(self, hidden: HiddenValues, parent: QObject) -> None:
        super().__init__(parent)
        self._hidden = hidden
        self.answer: Answer | None = None
        """None while there is none, or it is being read."""
        self.front: Front = ""
        self._later = Later(self)
        self._of: tuple[str, int, int] = "", -1, -1
        self._request_id = ""
        self._whole: bytes | None = None

    @property
    def is_reading(self) -> bool:
        """Whether the answer is being read on a thread."""
        return self._later.is_busy

    @property
    def is_whole(self) -> bool:
        """Whether the engine gave all of an answer of which the stream has a part."""
        return self._whole is not None

    def is_news(self, invocation: Invocation | None) -> bool:
        """Whether an invocation has an answer that was not given to `turn` yet."""
        return invocation is not None and invocation.answered and invocation.request_id != self._request_id

    def turn(self, invocation: Invocation | None) -> None:
        """Turn to an invocation, or to what has become of the present one."""
        if invocation is None or not invocation.answered:
            self._forget()
            return
        if invocation.request_id != self._request_id:
            self._forget()
            self._request_id = invocation.request_id
            self.front = front_of(invocation.event_text)
            if is_part(invocation):
                self.wanted.emit(invocation.request_id)
        self._read(invocation.payload.encode("utf-8", "surrogatepass") if self._whole is None else self._whole)

    def take_whole(self, request_id: str, content: bytes | None) -> None:
        """Take the engine's answer to `wanted`; None if it does not have it."""
        if request_id == self._request_id and content is not None:
            self._whole = content
            self._read(content)

    def _read(self, content: bytes) -> None:
        key = self._request_id, len(content), self._hidden.version
        if key == self._of:
            return
        self._of, front, seen = key, self.front, self._hidden.content
        if len(content) <= AT_ONCE_BYTES:
            self._later.forget()
            self.answer = read_answer(content, front, seen)
            if self._whole is not None:
                self.read.emit()
        else:
            self.answer = None
            self._later.do("read an answer", lambda: read_answer(content, front, seen), self._take)

    def _take(self, answer: Answer) -> None:
        self.answer = answer
        self.read.emit()

    def _forget(self) -> None:
        self._later.forget()
        self._request_id, self._of, self.answer, self._whole, self.front = "", ("", -1, -1), None, None, ""


def is_part(invocation: Invocation) -> bool:
    """Whether the stream has only a part of the answer, or has it with its bytes replaced."""
    known_bytes = len(invocation.payload.encode("utf-8", "surrogatepass"))
    return invocation.payload_bytes > known_bytes or _UNREADABLE in invocation.payload

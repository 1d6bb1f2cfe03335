"""The ways in which others end the window: signals, and the end of the person's session."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal
from PySide6.QtGui import QGuiApplication

_NAMES = ("SIGTERM", "SIGHUP", "SIGINT")


class EndSignals(QObject):
    """Emits `ended()` when the window has to go and nobody can be asked. One for the process, made once its loop runs.

    Python would look at a signal only with the next piece of Python that runs, which may be never in a window at rest: the signal
    writes into a pipe that Qt watches. Windows has no such signals; the end of the session is told by Qt everywhere.
    """

    ended = Signal()

    def __init__(self, application: QGuiApplication) -> None:
        super().__init__(application)
        application.commitDataRequest.connect(self._on_session_end)
        if sys.platform == "win32":
            return
        self._read_end, write_end = os.pipe()
        for end in (self._read_end, write_end):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for name in _NAMES:
            signal.signal(getattr(signal, name), _noticed)
        self._notifier = QSocketNotifier(self._read_end, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_signal)

    def _on_signal(self) -> None:
        os.read(self._read_end, 64)
        self.ended.emit()

    def _on_session_end(self, *_: object) -> None:
        self.ended.emit()


def _noticed(_number: int, _frame: FrameType | None) -> None:
    """The pipe tells it."""

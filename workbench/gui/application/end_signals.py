"""How the window learns that others end it: by a signal, or by the end of the desktop session."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal
from PySide6.QtGui import QGuiApplication

_NAMES = ("SIGTERM", "SIGHUP", "SIGINT")


class EndSignals(QObject):
    """Emits `ended()` when the window must close and nobody can be asked. One per process, created once its loop runs.

    Python runs signal handlers only between bytecodes, and a window at rest, waiting in Qt's event loop, runs none. So the
    signal writes into a pipe that Qt watches (`signal.set_wakeup_fd`). Windows has no such signals; Qt reports the end of the
    session on all platforms.
    """

    ended = Signal()

    def __init__(self, application: QGuiApplication) -> None:
        super().__init__(application)
        application.commitDataRequest.connect(self._on_session_end)
        if sys.platform == "win32":
            return
        self._read_end, write_end = os.pipe()
        for end in (self._read_end, write_end):
            os.set_blocking(end, False)  # set_wakeup_fd demands it: a handler must never wait for a full pipe
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for name in _NAMES:
            # Any Python handler will do: without one, the default action ends the process before the pipe is read.
            signal.signal(getattr(signal, name), _noticed)
        self._notifier = QSocketNotifier(self._read_end, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_signal)

    def _on_signal(self) -> None:
        os.read(self._read_end, 64)
        self.ended.emit()

    def _on_session_end(self, *_: object) -> None:
        self.ended.emit()


def _noticed(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the pipe delivers the signal."""

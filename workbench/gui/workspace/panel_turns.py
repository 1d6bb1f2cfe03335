"""Has panels take turns, so that no frame has to show the news of two of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

FRAME_MS = 16
"""At least that long lies between two turns, in which what has changed is painted and input gets its time."""


class PanelTurns(QObject):
    """Gives one turn a frame. Where the loop comes round late, turns come later too: panels get less often what is new, and the
    next frame is not longer for it.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Callable[[], None]] = deque()
        self._frame = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._frame.timeout.connect(self._next)

    def take(self, work: Callable[[], None]) -> None:
        """Do some work now if nothing else was done in this frame, else after what waits already."""
        if work in self._waiting:
            return
        self._waiting.append(work)
        if not self._frame.isActive():
            self._next()

    def _next(self) -> None:
        if self._waiting:
            self._frame.start()
            self._waiting.popleft()()

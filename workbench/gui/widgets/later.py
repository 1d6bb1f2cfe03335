"""Work that takes too long for the window's thread, and its result brought back to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer

from workbench.background import begin_thread

T = TypeVar("T")
_LOOK_MS = 4


class Later(QObject):
    """Does one piece of work at a time; what is asked for last counts, and results of what was asked before are dropped.

    The work must not touch widgets, nor a class of Qt that nobody has touched before: it runs on a thread. Its result is looked
    for by a timer of the window's thread, so nothing of Qt is called from the other one. A failure is logged.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._box: list[Any] = []
        self._done: Callable[[Any], None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def is_busy(self) -> bool:
        """Whether a result is still to come."""
        return self._timer.isActive()

    def do(self, name: str, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Call `work` on a thread, then `done` with its result on this one."""
        box: list[Any] = []
        self._box, self._done = box, done
        begin_thread(name, lambda: _put(box, work))
        self._timer.start()

    def forget(self) -> None:
        """Drop what is being done."""
        self._timer.stop()
        self._done = None

    def _look(self) -> None:
        if not self._box:
            return
        done, results = self._done, self._box[0]
        self.forget()
        for result in results:  # none if it failed
            assert done is not None
            done(result)


def _put(box: list[Any], work: Callable[[], Any]) -> None:
    results: list[Any] = []
    try:
        results.append(work())
    finally:
        box.append(results)

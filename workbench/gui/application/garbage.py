"""Collects garbage on the window's own thread.

Python collects cycles on whichever thread happens to allocate. A cycle that holds a QObject, collected on a worker thread,
destroys it there, and Qt crashes some time later. So the automatic collector is off and a timer does its work: young objects
often, which takes a millisecond or two, and the oldest, which take a tenth of a second, every few minutes.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 200
MIDDLE_EVERY = 5
OLDEST_EVERY = 900
"""Both are numbers of intervals: the middle generation is collected every second, the oldest every three minutes."""


class GarbageCollector(QObject):
    """Collects between two events of the window's loop. `stop` returns the work to Python."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._intervals = 0
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()
        gc.disable()

    def leave_out(self) -> None:
        """Exclude all present objects from future collections: they are the program itself and stay until the end.

        Called at the end of the start and when all panels exist, because every full collection would look at them all again.
        """
        gc.freeze()

    def stop(self) -> None:
        """Turn Python's automatic collection on again. Does not unfreeze what `leave_out` excluded."""
        self._timer.stop()
        gc.enable()

    def _collect(self) -> None:
        self._intervals += 1
        if self._intervals % OLDEST_EVERY == 0:
            gc.collect(2)
        else:
            gc.collect(1 if self._intervals % MIDDLE_EVERY == 0 else 0)

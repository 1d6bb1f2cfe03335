"""The one crossing from the engine's stream to the window: events pile up in a list, a timer takes them over in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.model.events import StreamEvent

FRAME_MS = 33
LARGEST_BATCH = 5_000
"""Events in one batch: a long journal arrives in slices, between which the window stays alive."""


class Pump(QObject):
    """Drains the inbox at most every 33 ms, and never sooner than the last drain took. Idle when there is nothing to do.

    Emits `drained(set)` with the topics that changed.
    """

    drained = Signal(object)

    def __init__(self, apply: Callable[[list[StreamEvent]], Iterable[object]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._apply = apply
        self._inbox: list[StreamEvent] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)
        self._pause_ms = 0

    def put(self, events: Iterable[StreamEvent]) -> None:
        """Take over a batch of the stream."""
        self._inbox.extend(events)
        if self._inbox and not self._timer.isActive():
            self._timer.start(self._pause_ms)

    def drain(self) -> None:
        """Apply what is there now (at most one batch) and tell what changed."""
        batch, self._inbox = self._inbox[:LARGEST_BATCH], self._inbox[LARGEST_BATCH:]
        if not batch:
            return
        topics = set(self._apply(batch))
        if topics:
            self.drained.emit(topics)

    def _on_timeout(self) -> None:
        began = time.perf_counter()
        try:
            self.drain()
        finally:
            self._pause_ms = max(FRAME_MS, int((time.perf_counter() - began) * 1000))
            if self._inbox:
                self._timer.start(self._pause_ms)

"""The only crossing from the engine's stream to the window: events collect in an inbox, and a timer applies them bit by bit.

The work done in one turn of the loop is bounded by time, so that frames stay on time under any load
(tests/benchmarks/window.py).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.model.events import StreamEvent

FRAME_S = 0.066
"""Under a flood of events, the window is told of changes 15 times a second: panels show what is new ten times at most."""
AT_ONCE = 6
"""How many times in a row they are told at once: a quick invocation comes in three or four parts, and the last one is the answer.
Each FRAME_S gives one back."""
BUDGET_S = 0.006
"""How long events are processed in one turn of the loop; half as long if the frame has already been busy with other things."""
BUSY_S = 0.004
"""Processor time of the window's thread between two turns from which on the frame counts as busy: something large was painted."""
SLICE = 25
"""Events applied between two looks at the clock."""
MOST_WAITING = 10_000
"""Events in the inbox above which the stream is not read; one frame of the stream can still exceed it."""
PAUSE_MS = 10
"""Pause between two turns while events are waiting, in which input and painting get their time."""


class Pump(QObject):
    """Applies the inbox in turns of a few milliseconds. Its timer rests while there is nothing to do.

    Emits `drained(set)` with the topics that changed since the last emission: at once, or in a rhythm under a flood.
    """

    drained = Signal(object)

    def __init__(self, apply: Callable[[list[StreamEvent]], Iterable[object]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._apply = apply
        self._inbox: deque[StreamEvent] = deque()
        self._topics: set[object] = set()
        self._allowed = float(AT_ONCE)
        self._counted_s = time.perf_counter()
        self._left_s = time.thread_time()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)

    @property
    def is_full(self) -> bool:
        """Whether reading the stream should pause; the engine leaves out log lines meanwhile."""
        return len(self._inbox) > MOST_WAITING

    def hurry(self) -> None:
        """Tell of the next changes at once, whenever the last was told: somebody waits for them."""
        self._allowed = float(AT_ONCE)
        if self._topics or self._inbox:
            self._timer.start(0)

    def put(self, events: Iterable[StreamEvent]) -> None:
        """Queue a batch of the stream."""
        self._inbox.extend(events)
        if self._inbox and not self._timer.isActive():
            self._timer.start(0)

    def _on_timeout(self) -> None:
        try:
            self._take_over()
        finally:
            # Also after an error: without the timer, events that are already waiting would stay until the next batch arrives.
            self._count()
            if self._topics and self._allowed >= 1:
                self._tell()
            if self._inbox:
                self._timer.start(PAUSE_MS)
            elif self._topics:
                self._timer.start(max(1, int((1 - self._allowed) * FRAME_S * 1000)))

    def _take_over(self) -> None:
        is_busy = time.thread_time() - self._left_s > BUSY_S
        until_s = time.perf_counter() + (BUDGET_S / 2 if is_busy else BUDGET_S)
        while self._inbox and time.perf_counter() < until_s:
            batch = [self._inbox.popleft() for _ in range(min(SLICE, len(self._inbox)))]
            self._topics |= set(self._apply(batch))
        self._left_s = time.thread_time()

    def _count(self) -> None:
        """Allow as many more emissions as there were frames since the last time."""
        now_s = time.perf_counter()
        self._allowed = min(self._allowed + (now_s - self._counted_s) / FRAME_S, float(AT_ONCE))
        self._counted_s = now_s

    def _tell(self) -> None:
        topics, self._topics = self._topics, set()
        self._allowed -= 1
        self.drained.emit(topics)

"""How much is written to the journal: under much of it, the file is better kept by a process of its own."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

MUCH_BYTES_PER_S = 1 << 20
"""A warm invocation with small payloads is some 3 KB of rows, so this is 350 of them in a second."""
LITTLE_BYTES_PER_S = MUCH_BYTES_PER_S // 10
SPAN_S = 2.0
"""How long it must last: a single large answer, or a burst of log lines, is written sooner than a process starts."""
FEWEST_WRITES = 5


class Traffic:
    """What was written within the last SPAN_S. For the journal's thread. `now_s` is any monotonic clock."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._writes: deque[tuple[float, int]] = deque()
        self._since_s = now_s()

    def note(self, size_bytes: int) -> None:
        """Note a write."""
        self._writes.append((self._now_s(), size_bytes))

    def begin(self) -> None:
        """Forget what was noted: it takes another SPAN_S to tell."""
        self._writes.clear()
        self._since_s = self._now_s()

    @property
    def is_much(self) -> bool:
        """Whether a process of its own is worth its memory."""
        return self._is_told and len(self._writes) >= FEWEST_WRITES and self._latest_bytes() > MUCH_BYTES_PER_S * SPAN_S

    @property
    def is_little(self) -> bool:
        """Whether the engine's own thread writes it without anybody noticing."""
        return self._is_told and self._latest_bytes() < LITTLE_BYTES_PER_S * SPAN_S

    @property
    def _is_told(self) -> bool:
        return self._now_s() - self._since_s >= SPAN_S

    def _latest_bytes(self) -> int:
        since_s = self._now_s() - SPAN_S
        while self._writes and self._writes[0][0] < since_s:
            self._writes.popleft()
        return sum(size for _, size in self._writes)

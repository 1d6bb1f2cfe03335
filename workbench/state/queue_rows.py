"""The queue as rows of one list: what waits, of which only a part is here, and below it what ended last."""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.model.queue import EndedEventInfo, QueueClockInfo, QueuedEventInfo, QueueInfo

PART = 200
"""How many of the events that wait are here at a time: more than a screen has, and little enough for one answer."""
_MARGIN = 50
"""How many events on either side of those on screen should be here, so that scrolling finds them."""
Shown = Literal["all", "waiting", "ended"]
"""Which events are rows."""
QueueRow = QueuedEventInfo | EndedEventInfo


class QueueRows:
    """Rows of what the engine answered last. A row that is not here is None until its part was asked for. For one thread."""

    def __init__(self) -> None:
        self.info = QueueInfo(waiting=0, asked=0, clocks=())
        self.shown: Shown = "all"
        self._offset = 0
        self._elapsed_from_s = 0.0

    @property
    def waiting(self) -> int:
        """How many events are in the queue, with those whose delivery is left."""
        return 0 if self.shown == "ended" else self.info.waiting + self.info.settled

    @property
    def count(self) -> int:
        """The number of rows."""
        return self.waiting + (0 if self.shown == "waiting" else len(self.info.ended))

    def take(self, info: QueueInfo, offset: int, now_s: float) -> None:
        """Take over an answer whose events begin with the `offset`th; `now_s` is monotonic, when it came."""
        self.info, self._offset, self._elapsed_from_s = info, offset, now_s

    def take_counts(self, info: QueueInfo, now_s: float) -> None:
        """Take over an answer without a list, because nobody looks: the list stays until there is a newer one."""
        kept = msgspec.structs.replace(info, events=self.info.events, ended=self.info.ended)
        self.take(kept, self._offset, now_s)

    def row(self, number: int) -> QueueRow | None:
        """Return a row, None if it is not here."""
        if number < self.waiting:
            place = number - self._offset
            return self.info.events[place] if 0 <= place < len(self.info.events) else None
        place = number - self.waiting
        return self.info.ended[place] if self.shown != "waiting" and 0 <= place < len(self.info.ended) else None

    def position(self, event_id: int) -> int:
        """Return the row of an event, -1 if it is not here."""
        return next((number for number, row in self._here() if row.event_id == event_id), -1)

    def find(self, request_id: str) -> QueueRow | None:
        """Return the row of a request, None if it is not here."""
        return next((row for _, row in self._here() if row.request_id == request_id), None)

    def part_for(self, first: int, last: int) -> int:
        """Return from which event on to ask, so that the rows from `first` to `last` are here."""
        most = max(self.waiting - PART, 0)
        is_near = self._offset <= max(first - _MARGIN, 0) and min(last + _MARGIN, self.waiting) <= self._offset + PART
        return min(self._offset if is_near else max((first + last - PART) // 2, 0), most)

    def has(self, first: int, last: int) -> bool:
        """Whether the rows from `first` to `last` are here, as far as there are any."""
        last = min(last, self.waiting - 1)
        return first > last or (self._offset <= first and last < self._offset + len(self.info.events))

    def clock_of(self, function_name: str) -> QueueClockInfo | None:
        """Return the clock that counts for a function, None before the first answer."""
        clocks = {clock.function_name: clock for clock in self.info.clocks}
        return clocks.get(function_name) or clocks.get("") or next(iter(self.info.clocks), None)

    def since_answer_ms(self, function_name: str, now_s: float) -> int:
        """Return by how much a function's clock has moved on since the answer; 0 while it is held."""
        clock = self.clock_of(function_name)
        return 0 if clock is None or clock.is_held else round((now_s - self._elapsed_from_s) * 1000)

    def _here(self) -> list[tuple[int, QueueRow]]:
        events = list(enumerate(self.info.events, self._offset)) if self.shown != "ended" else []
        ended = list(enumerate(self.info.ended, self.waiting)) if self.shown != "waiting" else []
        return [*events, *ended]

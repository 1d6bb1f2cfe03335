"""Checks the stream's sequence numbers: no event is taken twice, and missing ones are known."""

from __future__ import annotations

from typing import NamedTuple

from workbench.model.events import StreamEvent


class Gap(NamedTuple):
    """A range of events, `first` to `last` inclusive, that have not arrived."""

    first: int
    last: int


class Sequencer:
    """Accepts each event once. Counting starts with the first event to arrive; numbers that are skipped become a gap."""

    def __init__(self) -> None:
        self.last = 0
        self.gaps: list[Gap] = []
        self._news = False

    def accept(self, event: StreamEvent) -> bool:
        """Whether the event is new. Records the gap before it, or fills the gap that it was in."""
        if event.type == "sandbox.elided":
            return self._accept_elided(event)
        if event.seq <= self.last:
            return self._fill(event.seq, event.seq)
        self._jump(event.seq)
        self.last = event.seq
        return True

    def take_gap_news(self) -> bool:
        """Whether gaps changed since the last call."""
        news, self._news = self._news, False
        return news

    def _accept_elided(self, event: StreamEvent) -> bool:
        """Lines left out on purpose are not a gap; this event stands for all of them and has the last one's number."""
        record = event.fields()
        if event.seq <= self.last:
            return self._fill(record["first"], record["last"])
        self._jump(record["first"])
        self.last = max(event.seq, record["last"])
        return True

    def _jump(self, seq: int) -> None:
        if self.last and seq > self.last + 1:  # not before the first event: a follower may begin anywhere in the journal
            self.gaps.append(Gap(self.last + 1, seq - 1))
            self._news = True

    def _fill(self, first: int, last: int) -> bool:
        """Take numbers out of a gap; False if they are in none, and so have been seen before."""
        for index, gap in enumerate(self.gaps):
            if gap.first <= last and first <= gap.last:
                rest = [Gap(gap.first, first - 1), Gap(last + 1, gap.last)]
                self.gaps[index:index + 1] = [part for part in rest if part.first <= part.last]
                self._news = True
                return True
        return False

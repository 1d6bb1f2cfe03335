"""The newest entries of the log, as the stream brings them. They go on where the engine's pages end."""

from __future__ import annotations

from workbench.model.events import StreamEvent
from workbench.model.log_entries import LogEntry, entry_of
from workbench.model.log_queries import LogExtent

CAPACITY = 20_000
"""How many of the newest entries are kept. Older ones are asked for again when somebody looks at them."""


class LogTail:
    """Entries after event `seq`. The first of them has place `begin`; None stands for one that the stream left out.

    Until the engine has told where its log ends, places are counted from the first entry that came. `is_doubtful`: entries were
    missed, so the engine has to be asked again.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.begin = 0
        self.seq = 0
        self.is_doubtful = False
        self._entries: list[LogEntry | None] = []
        self._numbers: list[int] = []

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def end(self) -> int:
        """The place of the next entry to come."""
        return self.begin + len(self._entries)

    def entry(self, place: int) -> LogEntry | None:
        """Return the entry at a place; None if it is not among these."""
        at = place - self.begin
        return self._entries[at] if 0 <= at < len(self._entries) else None

    def append(self, entry: LogEntry) -> None:
        """Take in the next entry. One that the engine's pages have is left to them."""
        if entry.seq <= self.seq:
            return
        if self._numbers and entry.seq <= self._numbers[-1]:
            self.is_doubtful = True  # it was missed, and comes late: nobody knows what else was
            return
        self._entries.append(entry)
        self._numbers.append(entry.seq)
        if len(self._entries) > self.capacity:
            self._drop(self.capacity // 10)

    def skip(self, first: int, last: int) -> None:
        """Count entries that the stream left out, by the numbers of their events."""
        first = max(first, self.seq + 1)
        if last - first >= self.capacity // 2:
            self._drop(len(self._entries))
            self.begin += last - first + 1
            self.seq = last
        elif last >= first:
            self._entries += [None] * (last - first + 1)
            self._numbers += range(first, last + 1)

    def anchor(self, extent: LogExtent) -> None:
        """Take the place where the engine's log ends; entries up to there are left to its pages."""
        known = sum(number <= extent.seq for number in self._numbers)
        del self._entries[:known]
        del self._numbers[:known]
        self.begin, self.seq, self.is_doubtful = extent.end, extent.seq, False

    def _drop(self, count: int) -> None:
        # A tenth at a time: each deletion at the front moves all the others.
        if count:
            self.begin += count
            self.seq = self._numbers[count - 1]
            del self._entries[:count]
            del self._numbers[:count]


def take_event(tail: LogTail, event: StreamEvent, message: str = "") -> bool:
    """Take an event into the tail, a report with Lambda's words on a failure. Returns whether the log has become longer."""
    if event.type == "sandbox.elided":
        record = event.fields()
        tail.skip(record["first"], record["last"])
        return True
    entry = entry_of(event, message)
    if entry is not None:
        tail.append(entry)
    return entry is not None

"""The whole log as rows: pages of the engine's journal around what is looked at, then what the stream brings."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from workbench.model.log_entries import LogEntry
from workbench.model.log_queries import LogExtent, SearchStep
from workbench.state.logs import LogTail

PAGE = 250
"""How many entries are asked for at a time."""
MOST_PAGES = 80
"""How many pages are kept: those that were looked at last."""
_LOWEST = -(2**62)
MOST_PICKED = 15_000
"""How many entries of a search are kept, likewise."""


class LogBook:
    """All entries, by row. Rows count from the first entry that is shown. Asks for nothing itself: see `missing`."""

    def __init__(self, tail: LogTail) -> None:
        self._tail = tail
        self._first: int | None = None
        self._begin = tail.begin
        self._floor = _LOWEST
        self._pages: OrderedDict[int, list[LogEntry]] = OrderedDict()
        self._end = 0
        self.advance()

    def __len__(self) -> int:
        return self._end - self.first

    @property
    def first(self) -> int:
        """The place of the first row."""
        known = self._begin if self._first is None else self._first
        return min(max(known, self._floor), self._end)

    @property
    def is_cleared(self) -> bool:
        """Whether older entries are hidden."""
        return self._first is not None and self._floor > self._first

    def advance(self) -> None:
        """Follow the tail at once; a view does it in steps, because it has to say what goes before it is gone."""
        self.drop()
        self.extend()

    def gone(self) -> int:
        """Return how many rows at the front the tail has dropped; none once the engine's pages have them."""
        return min(self._tail.begin - self._begin, len(self)) if self._first is None else 0

    def drop(self) -> None:
        """Leave them out."""
        self._begin = self._tail.begin

    def fresh(self) -> int:
        """Return how many rows have come at the end."""
        return max(self._tail.end - self._end, 0)

    def extend(self) -> None:
        """Have them."""
        self._end = max(self._tail.end, self._end)

    def take_extent(self, extent: LogExtent) -> None:
        """Take where the engine's log begins and ends. Everything may change: rows, and what is known of them."""
        if self._first is None or extent.end < self._end:
            self._pages.clear()
            self._floor = _LOWEST
        self._first = extent.first
        self._tail.anchor(extent)
        self._end = self._tail.end

    def forget_pages(self) -> None:
        """Leave out all pages: something in them has been deleted, and must not be shown again."""
        self._pages.clear()

    def clear(self) -> None:
        """Hide what there is; the journal keeps it."""
        self._floor = self._end

    def show_all(self) -> None:
        """Show everything again."""
        self._floor = _LOWEST

    def entry(self, row: int) -> LogEntry | None:
        """Return the entry of a row; None while it is not here."""
        place = self.first + row
        found = self._tail.entry(place)
        if found is None:
            number, at = divmod(place, PAGE)
            page = self._pages.get(number, ())
            found = page[at] if at < len(page) else None
        return found

    def missing(self, first: int, last: int) -> list[int]:
        """Return the places from which on pages are to be asked for, so that these rows can be shown."""
        if self._first is None:
            return []
        places = range(self.first + max(first, 0), self.first + min(last, len(self) - 1) + 1)
        wanted = dict[int, None]()
        for place in places:
            if place // PAGE not in wanted and self.entry(place - self.first) is None:
                wanted[place // PAGE] = None
        return [number * PAGE for number in wanted]

    def take_page(self, place: int, entries: list[LogEntry]) -> tuple[int, int]:
        """Take a page and return its first and last row."""
        number = place // PAGE
        self._pages[number] = entries
        self._pages.move_to_end(number)
        while len(self._pages) > MOST_PAGES:
            self._pages.popitem(last=False)
        return place - self.first, place - self.first + len(entries) - 1


class LogHits:
    """What a search has found, by row. `searched`: the share of the log that was looked through, `looked` and `whole` the same in
    entries; `problem`: why it ended; `is_stopped`: whether a person ended it.
    """

    def __init__(self) -> None:
        self._numbers = array("q")
        self._entries: OrderedDict[int, LogEntry] = OrderedDict()
        self.searched = 0.0
        self.looked = self.whole = 0
        self.problem = ""
        self.is_stopped = False

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def goes_on(self) -> bool:
        """Whether there is more to look through, and somebody does."""
        return self.searched < 1 and not self.problem and not self.is_stopped

    def entry(self, row: int) -> LogEntry | None:
        """Return the entry of a row; None while it is not here."""
        return self._entries.get(self._numbers[row])

    def missing(self, first: int, last: int) -> list[int]:
        """Return the numbers that are to be asked for, so that these rows can be shown."""
        return [number for number in self._numbers[max(first, 0):last + 1] if number not in self._entries]

    def numbers(self, first: int, count: int) -> list[int]:
        """Return the numbers of some rows."""
        return list(self._numbers[first:first + count])

    def take_entries(self, entries: Iterable[LogEntry]) -> None:
        """Take entries themselves."""
        for entry in entries:
            self._entries[entry.seq] = entry
            self._entries.move_to_end(entry.seq)
        while len(self._entries) > MOST_PICKED:
            self._entries.popitem(last=False)

    def take_step(self, step: SearchStep) -> list[tuple[int, list[int]]]:
        """Take what a search says. Returns what is to be inserted, with `insert` and in this order, and where."""
        self.searched, self.problem = max(self.searched, step.searched), step.problem
        self.looked, self.whole = max(self.looked, step.looked), max(self.whole, step.whole)
        self.take_entries(step.entries)
        return self._runs(step.found)

    def insert(self, row: int, numbers: Sequence[int]) -> None:
        """Insert numbers before a row."""
        self._numbers[row:row] = array("q", numbers)

    def row_of(self, number: int) -> int:
        """Return the row of a number, or of the next one."""
        return bisect_left(self._numbers, number)

    def _runs(self, found: list[int]) -> list[tuple[int, list[int]]]:
        """Return numbers that come to the same place together, the last place first, so that no insertion moves another."""
        if found and (not self._numbers or found[-1] < self._numbers[0]):
            return [(0, found)]  # as nearly always: the search goes backward
        runs: list[tuple[int, list[int]]] = []
        for number in found:
            row = bisect_left(self._numbers, number)
            if row < len(self._numbers) and self._numbers[row] == number:
                continue
            if runs and runs[-1][0] == row:
                runs[-1][1].append(number)
            else:
                runs.append((row, [number]))
        return runs[::-1]

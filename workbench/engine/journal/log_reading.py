"""Reads the log of a journal: where it begins and ends, entries from a place on, entries by number, and parts to be searched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum

import msgspec

from workbench.engine.journal.blocks import SEALED_BYTES, pack
from workbench.engine.journal.contents import Contents
from workbench.engine.journal.entries import Entries, count_of, is_said
from workbench.engine.journal.rows import LINES, MOST_READ_BYTES, NEWEST, Row, first_of, kind_of
from workbench.engine.journal.signatures import Signatures
from workbench.model.events import StreamEvent
from workbench.model.log_entries import LogEntry, entry_of, fatal_message
from workbench.model.log_queries import LogExtent, LogFilter

COUNTING_S = 0.05
"""How long older blocks are counted at a time; what is appended meanwhile waits."""
SIFTING_S = 0.05
"""How long blocks are sifted at a time, likewise."""

Part = tuple[int, int, bytes]
"""A block, or rows packed like one: numbers of the first and the last event, data."""
_decode = msgspec.json.Decoder(list[StreamEvent]).decode


class SearchPlan(msgspec.Struct, frozen=True):
    """What a search looks through: rows that are in no block yet, then blocks in this order. `counts`: how many entries each of
    them has as far as they are counted, `loose_count`: and the rows. `seq`: the newest event in all of it, `inherited_seq`: the
    newest that was in the file before this engine opened it.
    """

    loose: list[Part]
    loose_count: int
    blocks: list[int]
    counts: dict[int, int]
    seq: int
    inherited_seq: int


class Promise(IntEnum):
    """What a block may have of what is searched for."""

    NOTHING = 0
    PLATFORM = 1
    LINES = 2


class Sifted(msgspec.Struct, frozen=True):
    """Blocks that may have lines that are searched for. `looked`: how many blocks were looked at, `later`: those among them that
    may only have something of the platform.
    """

    parts: list[Part]
    looked: int
    later: list[int]


class LogReading:
    """Reads the log from a journal's contents. For the journal's thread."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._entries = Entries(contents.database)
        self._signatures = Signatures(contents.database)

    def extent(self) -> LogExtent:
        """Return where the log begins and ends. Counts blocks that an earlier version wrote, for a moment at a time."""
        loose = self._contents.loose(NEWEST)
        is_whole = self._count_older()
        last = loose[-1][0] if loose else self._contents.last_block
        first, end = self._entries.first, self._entries.end
        if not 0 <= end - first <= last:
            self._entries.start_over()
            return LogExtent(first=0, end=count_of(loose), seq=last, is_whole=False)
        return LogExtent(first=first, end=end + count_of(loose), seq=last, is_whole=is_whole)

    def page(self, place: int, limit: int) -> list[LogEntry]:
        """Return entries from a place on; empty ones for those that are not kept any more."""
        found = [_GONE] * min(max(self._entries.first - place, 0), limit)
        while len(found) < limit and _bytes_of(found) < MOST_READ_BYTES:
            at = place + len(found)
            block = next((each for each in self._entries.blocks_from(at) if each[1] + each[2] > at), None)
            if block is None:
                return found + self._some_of(self._contents.loose(NEWEST), at - self._entries.end, limit - len(found))
            number, first, count = block
            wanted = min(first + count - at, limit - len(found))
            some = self._some_of(self._contents.block(number), at - first, wanted)
            found += some + [_GONE] * (wanted - len(some))  # the counts of a file that came with a clone may be wrong
        return found

    def picked(self, numbers: Sequence[int]) -> list[LogEntry]:
        """Return the entries of events by their numbers; an empty one for an event that is not kept any more."""
        wanted, found = set(numbers), dict[int, LogEntry]()
        for number in sorted(numbers):
            if number not in found:
                rows = self._contents.part_with(number)
                found |= {entry.seq: entry for entry in self._entries_in(rows, wanted)}
        return [found.get(number) or LogEntry(seq=number) for number in numbers]

    def plan(self, wanted: LogFilter, *, oldest_first: bool = False) -> SearchPlan:
        """Return what to look through: first the blocks that have the words or the request, then those that may have them."""
        loose = self._contents.loose(NEWEST)
        seq = loose[-1][0] if loose else self._contents.last_block
        every = self._contents.blocks_between(wanted.since, wanted.until or NEWEST)
        blocks = every[::-1] if oldest_first else self._likely_first(wanted, every)
        counts = self._entries.counts_between(blocks) if blocks else {}
        return SearchPlan(packed(loose), count_of(loose), blocks, counts, seq, self._contents.inherited_seq)

    def sifted(self, blocks: Iterable[int], judge: Callable[[object], Promise] | None, most: int) -> Sifted:
        """Return the first blocks, at most so many, that may have lines by their signatures; without `judge`, any blocks."""
        parts, later, looked, size, until_s = list[Part](), list[int](), 0, 0, time.monotonic() + SIFTING_S
        for block, signatures in self._signatures.of_each(blocks):
            looked += 1
            promise = Promise.LINES if judge is None else judge(*signatures)
            if promise == Promise.PLATFORM:
                later.append(block)
            elif promise == Promise.LINES and (part := self._contents.packed_block(block)) is not None:
                parts.append(part)
                size += len(part[2])
            if len(parts) == most or size > MOST_READ_BYTES or time.monotonic() > until_s:
                break
        return Sifted(parts, looked, later)

    def _likely_first(self, wanted: LogFilter, every: list[int]) -> list[int]:
        if len(wanted.request_id) == _WHOLE_ID:
            owned = set(self._contents.blocks_of(wanted.request_id))
            return [block for block in every if block in owned]
        words = _words_of(wanted)
        likely = self._contents.blocks_with(words) if words else []
        kept, first = set(every), set(likely)
        return [*(block for block in likely if block in kept), *(block for block in every if block not in first)]

    def _some_of(self, rows: list[Row], skipped: int, limit: int) -> list[LogEntry]:
        """Return some entries of rows. Those before them are counted and not decoded."""
        found: list[LogEntry] = []
        for at, row in enumerate(rows):
            if len(found) >= limit:
                break
            count = count_of([row])
            if skipped < count:
                found += list(self._entries_at(rows, at))[skipped:]
            skipped = max(skipped - count, 0)
        return found[:limit]

    def _entries_in(self, rows: list[Row], wanted: set[int]) -> Iterator[LogEntry]:
        for at, row in enumerate(rows):
            if any(number in wanted for number in range(first_of(row), row[0] + 1)):
                yield from (entry for entry in self._entries_at(rows, at) if entry.seq in wanted)

    def _entries_at(self, rows: list[Row], at: int) -> Iterator[LogEntry]:
        """Yield the entries of one of the rows of a part of the journal."""
        encoded = rows[at][3]
        kind = kind_of(encoded)
        if kind in LINES or is_said(encoded, kind):
            for event in _decode(b"[%b]" % encoded):
                entry = entry_of(event, self._message(rows, at))
                yield entry if entry is not None else LogEntry(seq=event.seq, time_ms=event.time_ms, type=event.type)

    def _message(self, rows: list[Row], at: int) -> str:
        """Return what Lambda said of a failure: it stands in the answer, a few events before the report."""
        _, request_id, _, encoded = rows[at]
        if kind_of(encoded) != b"platform.report" or b'"status":"success"' in encoded:
            return ""
        return message_in(rows[:at], request_id) or message_in(self._contents.of_request(request_id), request_id)

    def _count_older(self) -> bool:
        """Count blocks that are not counted, the newest first; False if there are more."""
        until_s = time.monotonic() + COUNTING_S
        while (block := self._contents.block_before(self._entries.oldest_block)) is not None:
            self._entries.add_before(block, self._contents.block(block))
            if time.monotonic() > until_s:
                return False
        return True


_WHOLE_ID = 36
_GONE = LogEntry(seq=0)


def message_in(rows: Sequence[Row], request_id: str) -> str:
    """Return Lambda's words on the failure of a request, from the last rows that have them."""
    for row in reversed(rows):
        is_payload = row[1] == request_id and kind_of(row[3]) == b"sandbox.payload"
        if is_payload and (message := fatal_message(_decode(b"[%b]" % row[3])[0])):
            return message
    return ""


def packed(rows: Sequence[Row]) -> list[Part]:
    """Return rows packed like blocks."""
    parts, begin, size = list[Part](), 0, 0
    for end, row in enumerate(rows, 1):
        size += len(row[3])
        if size > SEALED_BYTES or end == len(rows):
            parts.append((first_of(rows[begin]), row[0], pack(rows[begin:end])))
            begin, size = end, 0
    return parts[::-1]


def _words_of(wanted: LogFilter) -> str:
    """Return what the full-text index may know of: text that is no expression, and values of fields."""
    return " ".join(filter(None, ("" if wanted.is_regex else wanted.text, *(value for _, value in wanted.fields))))


def _bytes_of(entries: Iterable[LogEntry]) -> int:
    return sum(len(entry.text) for entry in entries)

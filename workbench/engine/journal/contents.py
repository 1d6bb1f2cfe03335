"""Reads the journal: blocks, then the rows that came after them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

import msgspec

from workbench.engine.journal.blocks import owner_key, unpack
from workbench.engine.journal.inherited import sound_row
from workbench.engine.journal.rows import MOST_READ_BYTES, Row, bounded, ends_of, is_lines, without_middle
from workbench.engine.journal.words import Words
from workbench.model.events import StreamEvent

MOST_OF_REQUEST_BYTES = 32 << 20
"""Of an invocation that logged more than this, only the first and the last lines are returned."""
_BLOCKS = "SELECT data, first_seq, seq FROM blocks"
_ROWS = "SELECT seq, coalesce(request_id, ''), environment_id, event FROM events"

_decode = msgspec.json.Decoder(list[StreamEvent]).decode


class Contents:
    """What a journal's file has. For the journal's thread. Raises sqlite3.Error for a file that cannot be read."""

    def __init__(self, database: sqlite3.Connection, words: Words, inherited_seq: int) -> None:
        """Events up to `inherited_seq` were there before; they may have come from anywhere, see `inherited`."""
        self._database = database
        self._words = words
        self._inherited_seq = inherited_seq

    def between(self, since: int, until: int, limit: int, most_bytes: int = MOST_READ_BYTES) -> list[Row]:
        """Return rows with numbers above `since` up to `until`, in order; fewer than `limit` if they exceed `most_bytes`."""
        return bounded(_first(self._between(since, until), limit), most_bytes)

    def of_request(self, request_id: str) -> list[Row]:
        """Return all rows of one invocation in order; of very many log lines only the first and the last."""
        # Sizes first: an invocation may have logged more than this process should hold in memory.
        first, last = ends_of([(row[0], len(row[3])) for row in self._of_request(request_id)], MOST_OF_REQUEST_BYTES)
        return without_middle(self._of_request(request_id), first, last)

    def of_environment(self, environment_id: str, until: int) -> list[Row]:
        """Return the rows of an environment that belong to no invocation (its INIT), up to a number."""
        loose = (f"{_ROWS} WHERE environment_id = ? AND request_id IS NULL ORDER BY seq", (environment_id,))
        found = self._owned(environment_id, *loose)
        return bounded(row for row in found if row[2] == environment_id and not row[1] and row[0] <= until)

    def lines_with(self, text: str, before: int, limit: int) -> list[StreamEvent]:
        """Return at most `limit` log lines that contain a text in any case, the latest first, with numbers below `before`."""
        found: list[StreamEvent] = []
        for row in self._candidates(text, before):
            if len(found) >= limit:
                break
            if is_lines(row[3]):
                found += [event for event in reversed(_decode(b"[" + row[3] + b"]"))
                          if event.seq < before and text.casefold() in _line(event).casefold()]
        return found[:limit]

    def _candidates(self, text: str, before: int) -> Iterator[Row]:
        yield from self._sound(self._database.execute(f"{_ROWS} WHERE seq < ? ORDER BY seq DESC", (before,)))
        for block in self._words.blocks(text):
            found = self._database.execute(f"{_BLOCKS} WHERE seq = ? AND first_seq < ?", (block, before)).fetchone()
            if found is not None:
                yield from self._sound(reversed(unpack(*found)))

    def _between(self, since: int, until: int) -> Iterator[Row]:
        blocks = f"{_BLOCKS} WHERE seq > ? AND first_seq <= ? ORDER BY seq"
        for block in self._database.execute(blocks, (since, until)):
            yield from (row for row in self._sound(unpack(*block)) if since < row[0] <= until)
        yield from self._sound(self._database.execute(f"{_ROWS} WHERE seq > ? AND seq <= ? ORDER BY seq", (since, until)))

    def _of_request(self, request_id: str) -> Iterator[Row]:
        found = self._owned(request_id, f"{_ROWS} WHERE request_id = ? ORDER BY seq", (request_id,))
        return (row for row in found if row[1] == request_id)

    def _owned(self, owner: str, loose: str, values: tuple[object, ...]) -> Iterator[Row]:
        """Yield the rows of the blocks that have some of an owner, then the loose ones."""
        parts = f"{_BLOCKS} JOIN parts ON block = seq WHERE owner = ? ORDER BY seq"
        for block in self._database.execute(parts, (owner_key(owner),)):
            yield from self._sound(unpack(*block))
        yield from self._sound(self._database.execute(loose, values))

    def _sound(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            yield row if row[0] > self._inherited_seq else sound_row(row)


def _first(rows: Iterator[Row], limit: int) -> Iterator[Row]:
    for _, row in zip(range(limit), rows, strict=False):
        yield row


def _line(event: StreamEvent) -> str:
    return event.record if isinstance(event.record, str) else msgspec.json.encode(event.record).decode()

"""Reads the journal: blocks, then the rows that came after them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence

from workbench.engine.journal.blocks import SEALED_BYTES, unpack
from workbench.engine.journal.folding import pieces_of
from workbench.engine.journal.inherited import sound_row
from workbench.engine.journal.parts import Parts
from workbench.engine.journal.rows import MOST_READ_BYTES, Row, bounded, ends_of, first_of, kind_of, without_middle
from workbench.engine.journal.signatures import Signatures
from workbench.engine.journal.words import Words

MOST_OF_REQUEST_BYTES = 32 << 20
"""Of an invocation that logged more than this, only the first and the last lines are returned."""
_BLOCKS = "SELECT data, first_seq, seq FROM blocks"
_ROWS = "SELECT seq, coalesce(request_id, ''), environment_id, event FROM events"


class Contents:
    """What a journal's file has. For the journal's thread. Raises sqlite3.Error for a file that cannot be read."""

    def __init__(self, database: sqlite3.Connection, words: Words, inherited_seq: int) -> None:
        """Events up to `inherited_seq` were there before; they may have come from anywhere, see `inherited`."""
        self._database = self.database = database
        self._words = words
        self._parts = Parts(database)
        self._signatures = Signatures(database)
        self.inherited_seq = self._inherited_seq = inherited_seq
        self._last: tuple[tuple[int, int], list[Row]] | None = None

    def forget_what_was_read(self) -> None:
        """Keep nothing in memory, because something was deleted."""
        self._last = None

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

    def may_have_since(self, number: int, request_id: str) -> bool:
        """Whether there may be events of an invocation from a number on; they are not looked at."""
        loose = "SELECT EXISTS (SELECT 1 FROM events WHERE request_id = ? AND seq >= ?)"
        return any(self._database.execute(loose, (request_id, number)).fetchone()) or bool(
            self._parts.blocks_of(request_id, number))

    def parts_with(
        self, text: str, before: int, places: Sequence[str], among: Collection[int] | None = None
    ) -> Iterator[tuple[int, list[Row]]]:
        """Yield the parts of the journal that may have a text in some places, the latest first: a block each, or loose rows.

        Each has its rows in order, and comes with a number below `before` from which on it has everything. It may have some that
        are not below `before`. `among`: of blocks, only these. Before each block comes one without rows, so that a search can
        stop there. Rows of blocks may be anything, see `is_sound`: most are passed over, and to check one takes longer.
        """
        pieces = pieces_of(text)
        if before > self.last_block + 1:  # else what is in no block was looked at
            yield from self._loose_parts(before)
        up_to = "SELECT coalesce(min(seq), ?) FROM blocks WHERE seq >= ?"
        (last,) = self._database.execute(up_to, (before, before - 1)).fetchone()
        blocks = (block for block in self._words.blocks(text, last) if among is None or block in among)
        for signed in self._signatures.of_each(blocks, places):
            if signed.block + 1 < before:
                yield signed.block + 1, []  # all after it were looked at
            packed = self.packed_block(signed.block) if signed.may_have(pieces) else None
            if packed is not None and packed[0] < before:
                yield packed[0], self._unpacked((packed[2], packed[0], packed[1]))

    def is_sound(self, row: Row) -> bool:
        """Whether an engine may have written a row."""
        return row[0] > self._inherited_seq or sound_row(row) is row

    @property
    def last_block(self) -> int:
        """The number of the last event in blocks; 0 if there are none."""
        return int(self._database.execute("SELECT coalesce(max(seq), 0) FROM blocks").fetchone()[0])

    def loose(self, until: int) -> list[Row]:
        """Return the rows that are in no block yet, up to a number."""
        return list(self._sound(self._database.execute(f"{_ROWS} WHERE seq <= ? ORDER BY seq", (until,))))

    def block(self, block: int) -> list[Row]:
        """Return the rows of a block; none if it is not there any more."""
        packed = self.packed_block(block)
        return list(self._sound(self._unpacked((packed[2], packed[0], packed[1])))) if packed else []

    def packed_block(self, block: int) -> tuple[int, int, bytes] | None:
        """Return a block as it is in the file: the numbers of its first and its last event, and its data."""
        found = self._database.execute("SELECT first_seq, seq, data FROM blocks WHERE seq = ?", (block,)).fetchone()
        return found if found is None else (int(found[0]), int(found[1]), bytes(found[2]))

    def part_with(self, number: int) -> list[Row]:
        """Return the rows of the block that has an event, or its row if it is in none; no rows if it is not kept any more."""
        found = self._database.execute("SELECT seq FROM blocks WHERE seq >= ? ORDER BY seq LIMIT 1", (number,)).fetchone()
        if found is not None:
            return self.block(found[0])
        return list(self._sound(self._database.execute(f"{_ROWS} WHERE seq >= ? ORDER BY seq LIMIT 1", (number,))))

    def block_before(self, block: int | None) -> int | None:
        """Return the block before another one, the last one before None; None if there is none."""
        before = 2**62 if block is None else block
        (found,) = self._database.execute("SELECT max(seq) FROM blocks WHERE seq < ?", (before,)).fetchone()
        return None if found is None else int(found)

    def blocks_between(self, since: int, until: int) -> list[int]:
        """Return the blocks that have events above `since` up to `until`, the latest first."""
        between = "SELECT seq FROM blocks WHERE seq > ? AND first_seq <= ? ORDER BY seq DESC"
        return [block for (block,) in self._database.execute(between, (since, until))]

    def begun_by(self, request_id: str) -> list[int]:
        """Return the numbers of the events with which attempts of a request began."""
        return [row[0] for row in self._of_request(request_id) if kind_of(row[3]) == b"sandbox.assigned"]

    def blocks_of(self, owner: str) -> list[int]:
        """Return the blocks that have events of a request, or of an environment without one."""
        return self._parts.blocks_of(owner)

    def blocks_with(self, text: str) -> list[int]:
        """Return the blocks that have all words of a text, the latest first."""
        return list(self._words.blocks(text, 2**62))

    def _loose_parts(self, before: int) -> Iterator[tuple[int, list[Row]]]:
        # The row with the event before `before` may have others after it.
        up_to = "SELECT coalesce(min(seq), ?) FROM events WHERE seq >= ?"
        (last,) = self._database.execute(up_to, (before, before - 1)).fetchone()
        latest = f"{_ROWS} WHERE seq <= ? ORDER BY seq DESC"
        while rows := bounded(self._database.execute(latest, (last,)), SEALED_BYTES)[::-1]:
            last = rows[0][0] - 1
            yield min(first_of(rows[0]), last + 1, before - 1), list(self._sound(rows))

    def _between(self, since: int, until: int) -> Iterator[Row]:
        blocks = f"{_BLOCKS} WHERE seq > ? AND first_seq <= ? ORDER BY seq"
        for block in self._database.execute(blocks, (since, until)):
            yield from (row for row in self._sound(self._unpacked(block)) if since < row[0] <= until)
        yield from self._sound(self._database.execute(f"{_ROWS} WHERE seq > ? AND seq <= ? ORDER BY seq", (since, until)))

    def _of_request(self, request_id: str) -> Iterator[Row]:
        found = self._owned(request_id, f"{_ROWS} WHERE request_id = ? ORDER BY seq", (request_id,))
        return (row for row in found if row[1] == request_id)

    def _owned(self, owner: str, loose: str, values: tuple[object, ...]) -> Iterator[Row]:
        """Yield the rows of the blocks that have some of an owner, then the loose ones."""
        for block in self._parts.blocks_of(owner):
            yield from self.block(block)
        yield from self._sound(self._database.execute(loose, values))

    def _unpacked(self, block: tuple[bytes, int, int]) -> list[Row]:
        """Return the rows of a block. The last one is kept: whoever looks at an invocation looks at it several times."""
        if self._last is None or self._last[0] != block[1:]:
            self._last = block[1:], unpack(*block)
        return self._last[1]

    def _sound(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            yield row if row[0] > self._inherited_seq else sound_row(row)


def _first(rows: Iterator[Row], limit: int) -> Iterator[Row]:
    for _, row in zip(range(limit), rows, strict=False):
        yield row

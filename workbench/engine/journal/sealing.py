"""Moves what was written to the journal: first into rows, then into blocks, then out of the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence

from workbench.engine.journal.block_texts import BlockTexts
from workbench.engine.journal.blocks import SEALED_BYTES, pack, split, unpack
from workbench.engine.journal.bulk import insert
from workbench.engine.journal.entries import Entries
from workbench.engine.journal.index import InvocationIndex
from workbench.engine.journal.inherited import sound_row
from workbench.engine.journal.parts import Parts
from workbench.engine.journal.rows import Row, bounded, first_of
from workbench.engine.journal.schema import INDEXED_SINCE, VERSION
from workbench.engine.journal.signatures import Signatures
from workbench.engine.journal.told import told_by
from workbench.engine.journal.unmade import Made
from workbench.engine.journal.words import Words

BLOCKS_AT_ONCE = 8
"""How many blocks a write makes of rows that an earlier version left, and how many it deletes: it must not take long."""
KEPT_MS = 90 * 24 * 3600 * 1000
"""How long events are kept, in milliseconds: 90 days."""
_VACUUMED_PAGES = 2_000
"""How much of the file is given back with one write, in pages."""

_ALL = "SELECT seq, coalesce(request_id, ''), environment_id, event FROM events ORDER BY seq LIMIT ?"
_IS_OLD = ("SELECT NOT EXISTS (SELECT 1 FROM blocks) AND EXISTS (SELECT 1 FROM invocations INDEXED BY invocations_by_time "
           "WHERE received_us < ?)")
_FIRST_KEPT = ("SELECT coalesce(min(seq), (SELECT coalesce(max(seq), 0) + 1 FROM events)) FROM invocations "
               "INDEXED BY invocations_by_time WHERE received_us >= ?")
_MOST_ROWS = 4_000
"""Rows of a block; those of 256 KiB are some hundred unless they are tiny."""


class Sealing:
    """Writes rows and blocks, inside a transaction of the caller's unless said otherwise. For the journal's thread."""

    def __init__(
        self, database: sqlite3.Connection, index: InvocationIndex, words: Words, now_ms: Callable[[], float], kept_bytes: int,
    ) -> None:
        """`kept_bytes`: when the file is larger, the oldest blocks are deleted."""
        self._database = database
        self._index = index
        self._words = words
        self._entries = Entries(database)
        self._parts = Parts(database)
        self._signatures = Signatures(database)
        self._now_ms = now_ms
        self._kept_bytes = kept_bytes
        self._kept_ms: int | None = None
        index.whole_events.keep_at_most(kept_bytes)
        self._loose_bytes = self._earlier_seq = 0
        """Up to here the rows are an earlier engine's; those of the first version are not in the index."""
        self._look()

    def begin(self) -> None:
        """Look at what is in the file again, after a transaction that was rolled back."""
        self._words.begin()
        self._index.begin()
        self._look()

    def _look(self) -> None:
        self._loose_bytes = 0  # without earlier rows there are none
        (self._earlier_seq,) = self._database.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
        self._is_indexed = self._pragma("user_version") >= INDEXED_SINCE

    def write(self, made: Made) -> None:
        """Write new rows: loosely as long as there are few, as blocks else."""
        self._index.take(made.told)
        rows = made.rows
        size = _bytes_of(rows)
        if self._earlier_seq:
            self._insert(rows)
            self._seal_earlier()
        elif self._loose_bytes + size < SEALED_BYTES:
            self._insert(rows)
            self._loose_bytes += size
        else:
            loose = self._database.execute(_ALL, (-1,)).fetchall() if self._loose_bytes else []
            self._seal([*loose, *rows])

    def prune(self) -> bool:
        """Delete the oldest blocks if the file is too large or they are too old. Return False if there may be more of them."""
        for _ in range(BLOCKS_AT_ONCE):
            oldest = self._database.execute("SELECT seq, first_seq, written_ms, data FROM blocks ORDER BY seq LIMIT 1").fetchone()
            if oldest is None or not (self._is_too_large() or oldest[2] < self._now_ms() - self._kept_for_ms):
                return True
            self._delete(*oldest)
        return False

    def keep(self, kept_bytes: int, kept_ms: int) -> None:
        """Take how large the file may be, and how long events are kept, from now on."""
        self._kept_bytes, self._kept_ms = kept_bytes, kept_ms
        self._words.keep(kept_bytes)
        self._index.whole_events.keep_at_most(kept_bytes)

    def prune_rows(self) -> None:
        """Delete rows that are too old and would wait for a block: few are written where little is invoked."""
        oldest_us = int(self._now_ms() - self._kept_for_ms) * 1000
        (is_old,) = self._database.execute(_IS_OLD, (oldest_us,)).fetchone()
        if not is_old:
            return
        (until,) = self._database.execute(_FIRST_KEPT, (oldest_us,)).fetchone()
        self._index.prune(until - 1)
        self._database.execute("DELETE FROM events WHERE seq < ?", (until,))
        (self._loose_bytes,) = self._database.execute("SELECT coalesce(sum(length(event)), 0) FROM events").fetchone()

    def give_back(self) -> None:
        """Give a part of the free space in the file back to the disk. Outside of a transaction."""
        if self._pragma("freelist_count") > _VACUUMED_PAGES:
            # As a script: `execute` takes one step of a statement without columns, which is one page of this one.
            self._database.executescript(f"PRAGMA incremental_vacuum({_VACUUMED_PAGES})")

    @property
    def _kept_for_ms(self) -> int:
        return KEPT_MS if self._kept_ms is None else self._kept_ms

    def _insert(self, rows: list[Row]) -> None:
        values = [(seq, request_id or None, environment_id, event) for seq, request_id, environment_id, event in rows]
        insert(self._database, "INSERT INTO events", values)

    def _seal(self, rows: list[Row]) -> None:
        """Make blocks of all rows; the last ones, which do not fill one, stay loose."""
        if self._loose_bytes:
            self._database.execute("DELETE FROM events")
        packed = 0
        for part in split(rows):
            self._add(part)
            packed += len(part)
        self._insert(rows[packed:])
        self._loose_bytes = _bytes_of(rows[packed:])

    def _seal_earlier(self) -> None:
        """Make blocks of rows that an earlier engine left, a few at a time: those of the first version may be two million."""
        for _ in range(BLOCKS_AT_ONCE):
            rows = bounded(map(self._sound, self._database.execute(_ALL, (_MOST_ROWS,))), SEALED_BYTES)
            if not self._is_indexed:
                self._index.take(filter(None, (told_by(row) for row in rows if row[0] <= self._earlier_seq)))
            if _bytes_of(rows) < SEALED_BYTES and len(rows) < _MOST_ROWS:
                self._earlier_seq, self._loose_bytes = 0, _bytes_of(rows)
                self._database.execute(f"PRAGMA user_version={VERSION}")
                return
            self._add(rows)
            self._database.execute("DELETE FROM events WHERE seq <= ?", (rows[-1][0],))

    def _sound(self, row: Row) -> Row:
        return sound_row(row) if row[0] <= self._earlier_seq else row

    def _add(self, rows: Sequence[Row]) -> None:
        block = rows[-1][0]
        data = pack(rows)
        era = self._words.era_for(len(data))
        values = (block, first_of(rows[0]), int(self._now_ms()), era, len(data), data)
        self._database.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)", values)
        self._parts.add(block, rows)
        texts = BlockTexts(rows)
        self._words.add(era, block, texts)
        self._signatures.write(block, texts)
        self._entries.add(block, texts.entries)

    def _delete(self, block: int, first_seq: int, _: int, data: bytes) -> None:
        rows = unpack(data, first_seq, block)
        self._parts.delete(block, rows)
        self._index.prune(block)
        self._entries.delete(block)
        self._signatures.delete(block)
        self._database.execute("DELETE FROM blocks WHERE seq = ?", (block,))
        self._words.prune()

    def _is_too_large(self) -> bool:
        used = self._pragma("page_count") - self._pragma("freelist_count")
        return used * self._pragma("page_size") > self._kept_bytes

    def _pragma(self, name: str) -> int:
        return int(self._database.execute(f"PRAGMA {name}").fetchone()[0])


def _bytes_of(rows: Iterable[Row]) -> int:
    return sum([len(row[3]) for row in rows])

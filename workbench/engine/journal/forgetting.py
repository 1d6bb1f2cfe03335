"""Deletes invocations with everything that they left: payloads and logs may hold secrets, and nothing of them stays in the file.

What was deleted is overwritten, in blocks, rows and the index of words; free pages are given back to the disk, and what was
written ahead is copied into the file and cut off. In place of deleted events stands one that says how many they were: numbers
have no gaps.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence

import msgspec

from workbench.engine.journal.blocks import pack, unpack
from workbench.engine.journal.entries import Entries
from workbench.engine.journal.index import InvocationIndex
from workbench.engine.journal.rows import Row, first_of, forgotten, is_lines
from workbench.engine.journal.short_ids import owner_key, unpacked_id
from workbench.engine.journal.signatures import Signatures
from workbench.engine.journal.words import Words

_INVOCATION = "SELECT request_id, environment_id, is_cold FROM invocations WHERE seq = ?"
_BLOCKS = "SELECT data, first_seq, seq, era FROM blocks JOIN parts ON block = seq WHERE owner = ? ORDER BY seq"
_LOOSE = ("SELECT seq, coalesce(request_id, ''), environment_id, event FROM events "
          "WHERE request_id = ? OR (request_id IS NULL AND environment_id = ?) ORDER BY seq")
_SAME = "SELECT seq FROM invocations WHERE request_id = ?"


class _Gone(msgspec.Struct, frozen=True):
    """What is deleted: the rows of a request, and the lines that its environment logged before it, if it was started for it."""

    request_id: str
    environment_id: str

    def has(self, row: Row) -> bool:
        """Whether a row is deleted."""
        if row[1]:
            return row[1] == self.request_id
        return bool(self.environment_id) and row[2] == self.environment_id and is_lines(row[3])


class Forgetting:
    """Deletes them, outside of a transaction. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection, index: InvocationIndex, words: Words) -> None:
        self._database = database
        self._index = index
        self._words = words
        self._entries = Entries(database)
        self._signatures = Signatures(database)

    def forget(self, seqs: Sequence[int]) -> int:
        """Delete invocations by the numbers of their first events, with all attempts of their requests. Return how many."""
        return self._thoroughly(lambda: self._forget_all(seqs)) if seqs else 0

    def clean(self) -> None:
        """Overwrite what was deleted before, and give free pages back."""
        self._thoroughly(lambda: 0)

    def _thoroughly(self, delete: Callable[[], int]) -> int:
        database = self._database
        database.execute("PRAGMA secure_delete=ON")
        database.execute("BEGIN")
        try:
            count = delete()
        except BaseException:
            database.execute("ROLLBACK")
            self._index.begin()
            raise
        else:
            database.execute("COMMIT")
        finally:
            database.execute("PRAGMA secure_delete=FAST")
        database.executescript("PRAGMA incremental_vacuum")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return count

    def _forget_all(self, seqs: Sequence[int]) -> int:
        eras: set[int] = set()
        count = sum(self._forget_one(seq, eras) for seq in seqs)
        self._words.clean(eras)
        return count

    def _forget_one(self, seq: int, eras: set[int]) -> int:
        row = self._database.execute(_INVOCATION, (seq,)).fetchone()
        if row is None:
            return 0
        gone = _Gone(unpacked_id(row[0], hyphens=True), unpacked_id(row[1]) if row[2] else "")
        eras |= self._in_blocks(gone)
        self._in_rows(gone)
        attempts = [number for (number,) in self._database.execute(_SAME, (row[0],))]
        for attempt in attempts:
            self._index.forget(attempt)
        return len(attempts)

    def _in_blocks(self, gone: _Gone) -> set[int]:
        """Pack blocks again without what is deleted, and return their eras."""
        owners = [owner_key(name) for name in (gone.request_id, gone.environment_id) if name]
        blocks = {block[2]: block for owner in owners for block in self._database.execute(_BLOCKS, (owner,)).fetchall()}
        for data, first, last, era in blocks.values():
            rows = unpack(data, first, last)
            kept = without(rows, gone.has)
            packed = pack(kept)
            self._words.replace(era, last, rows, kept)
            self._entries.recount(last, kept)
            self._signatures.write(last, kept)
            self._database.execute("UPDATE blocks SET data = ?, size = ? WHERE seq = ?", (packed, len(packed), last))
        self._database.execute("DELETE FROM parts WHERE owner = ?", (owner_key(gone.request_id),))
        return {block[3] for block in blocks.values()}

    def _in_rows(self, gone: _Gone) -> None:
        found = self._database.execute(_LOOSE, (gone.request_id, gone.environment_id)).fetchall()
        for row in filter(gone.has, found):
            self._database.execute("UPDATE events SET request_id = NULL, environment_id = '', event = ? WHERE seq = ?",
                                   (forgotten(first_of(row), row[0]), row[0]))


def without(rows: Iterable[Row], is_gone: Callable[[Row], bool]) -> list[Row]:
    """Return the rows without those that are deleted, each of which has an event in its place."""
    return [(row[0], "", "", forgotten(first_of(row), row[0])) if is_gone(row) else row for row in rows]

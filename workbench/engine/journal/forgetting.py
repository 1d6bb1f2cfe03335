"""Deletes invocations with everything that they left: payloads and logs may hold secrets, and nothing of them stays in the file.

What was deleted is overwritten, in blocks, rows and the index of words; free pages are given back to the disk, and what was
written ahead is copied into the file and cut off. In place of deleted events stands one that says how many they were: numbers
have no gaps.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence

import msgspec

from workbench.engine.journal.block_texts import BlockTexts
from workbench.engine.journal.blocks import pack, unpack
from workbench.engine.journal.entries import Entries
from workbench.engine.journal.index import InvocationIndex
from workbench.engine.journal.parts import Parts
from workbench.engine.journal.removed import Removed
from workbench.engine.journal.rows import Row, first_of, forgotten, is_lines
from workbench.engine.journal.short_ids import unpacked_id
from workbench.engine.journal.signatures import Signatures
from workbench.engine.journal.words import Words

_ATTEMPTS = ("SELECT seq, request_id, environment_id, is_cold FROM invocations "
             "WHERE request_id = (SELECT request_id FROM invocations WHERE seq = ?)")
_BLOCK = "SELECT data, first_seq, era FROM blocks WHERE seq = ?"
_LOOSE = "SELECT seq, coalesce(request_id, ''), environment_id, event FROM events WHERE {} = ? ORDER BY seq"
_UNCLEAN = "to be overwritten"
"""The fact that something was deleted and is still in the free space of the file or in what was written ahead."""


class _Gone(msgspec.Struct, frozen=True):
    """What is deleted: the rows of a request, and the lines that environments logged which were started for it."""

    request_id: str
    environment_ids: frozenset[str]

    def has(self, row: Row) -> bool:
        """Whether a row is deleted."""
        if row[1]:
            return row[1] == self.request_id
        return row[2] in self.environment_ids and is_lines(row[3])


class Forgetting:
    """Deletes them, outside of a transaction. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection, index: InvocationIndex, words: Words) -> None:
        self._removed: Removed | None = None
        self._database = database
        self._index = index
        self._words = words
        self._entries = Entries(database)
        self._parts = Parts(database)
        self._signatures = Signatures(database)

    def forget(self, seqs: Sequence[int], removed: Removed | None = None) -> int:
        """Delete invocations by the numbers of their first events, with all attempts of their requests. Return how many.

        `removed` takes what is deleted. Raises TooMuch if that is too much; nothing is deleted then.
        """
        self._removed = removed
        try:
            return self._thoroughly(lambda: self._forget_all(seqs)) if seqs else 0
        finally:
            self._removed = None

    def clean(self) -> None:
        """Overwrite what was deleted before, and give free pages back."""
        self._thoroughly(lambda: 0)

    def note(self) -> None:
        """Note, in a transaction that deletes, that `clean` has to follow: if this engine is killed, the next one does it."""
        self._database.execute("INSERT OR REPLACE INTO facts VALUES (?, 1)", (_UNCLEAN,))

    def finish(self) -> None:
        """Clean if an engine was killed before it had."""
        if self._database.execute("SELECT 1 FROM facts WHERE name = ?", (_UNCLEAN,)).fetchone():
            self.clean()

    def _thoroughly(self, delete: Callable[[], int]) -> int:
        database = self._database
        database.execute("PRAGMA secure_delete=ON")
        database.execute("BEGIN")
        try:
            count = delete()
            self.note()
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
        database.execute("DELETE FROM facts WHERE name = ?", (_UNCLEAN,))
        return count

    def _forget_all(self, seqs: Sequence[int]) -> int:
        eras: set[int] = set()
        count = sum(self._forget_one(seq, eras) for seq in seqs)
        self._words.clean(eras)
        return count

    def _forget_one(self, seq: int, eras: set[int]) -> int:
        attempts = self._database.execute(_ATTEMPTS, (seq,)).fetchall()
        if not attempts:
            return 0
        gone = _Gone(unpacked_id(attempts[0][1], hyphens=True), frozenset(unpacked_id(each[2]) for each in attempts if each[3]))
        eras |= self._in_blocks(gone)
        self._in_rows(gone)
        for attempt, *_ in attempts:
            if self._removed is not None:
                self._removed.take_invocation(self._database, attempt)
            self._index.forget(attempt)
        return len(attempts)

    def _in_blocks(self, gone: _Gone) -> set[int]:
        """Pack blocks again without what is deleted, and return their eras."""
        owners = gone.request_id, *gone.environment_ids
        eras: set[int] = set()
        for last in {block for owner in owners for block in self._parts.blocks_of(owner)}:
            data, first, era = self._database.execute(_BLOCK, (last,)).fetchone()
            eras.add(era)
            rows = unpack(data, first, last)
            self._take(filter(gone.has, rows))
            kept = without(rows, gone.has)
            packed = pack(kept)
            texts = BlockTexts(kept)
            self._words.replace(era, last, BlockTexts(rows), texts)
            self._signatures.write(last, texts)
            self._entries.recount(last, texts.entries)
            self._database.execute("UPDATE blocks SET data = ?, size = ? WHERE seq = ?", (packed, len(packed), last))
            self._parts.forget(gone.request_id, last)
        return eras

    def _in_rows(self, gone: _Gone) -> None:
        found = self._database.execute(_LOOSE.format("request_id"), (gone.request_id,)).fetchall()
        for environment_id in gone.environment_ids:
            found += self._database.execute(_LOOSE.format("request_id IS NULL AND environment_id"), (environment_id,)).fetchall()
        rows = sorted(filter(gone.has, found))
        self._take(rows)
        for row in rows:
            self._database.execute("UPDATE events SET request_id = NULL, environment_id = '', event = ? WHERE seq = ?",
                                   (forgotten(first_of(row), row[0]), row[0]))

    def _take(self, rows: Iterable[Row]) -> None:
        if self._removed is not None:
            self._removed.take_rows(list(rows))


def without(rows: Iterable[Row], is_gone: Callable[[Row], bool]) -> list[Row]:
    """Return the rows without those that are deleted, each of which has an event in its place."""
    return [(row[0], "", "", forgotten(first_of(row), row[0])) if is_gone(row) else row for row in rows]

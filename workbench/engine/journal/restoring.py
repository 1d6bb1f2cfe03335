"""Puts back what a person forgot and wants again: events into the places that were left for them, rows into the tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from workbench.engine.journal.block_texts import BlockTexts
from workbench.engine.journal.blocks import pack, unpack
from workbench.engine.journal.entries import Entries
from workbench.engine.journal.index import InvocationIndex
from workbench.engine.journal.parts import Parts
from workbench.engine.journal.removed import Removed
from workbench.engine.journal.rows import Row, first_of, forgotten
from workbench.engine.journal.signatures import Signatures
from workbench.engine.journal.words import Words

_BLOCK = "SELECT seq, first_seq, era, data FROM blocks WHERE seq >= ? ORDER BY seq LIMIT 1"
_LOOSE = "SELECT seq, coalesce(request_id, ''), environment_id, event FROM events WHERE seq = ?"


class Restoring:
    """Puts them back, in the caller's transaction. What was pruned meanwhile stays away. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection, index: InvocationIndex, words: Words) -> None:
        self._database = database
        self._index = index
        self._words = words
        self._entries = Entries(database)
        self._parts = Parts(database)
        self._signatures = Signatures(database)

    def restore(self, removed: Removed) -> int:
        """Put all of it back, and return how many invocations that were."""
        rows = removed.rows
        back = self._into_blocks(rows) | self._into_rows(rows)
        count = self._index.put_back(removed.of_tables, back)
        self._index.whole_events.put_back(removed.contents)
        return count

    def _into_blocks(self, rows: dict[int, Row]) -> set[int]:
        """Pack blocks again with what had been deleted from them. Return the numbers of these rows."""
        back: set[int] = set()
        for seq in sorted(rows):
            found = self._database.execute(_BLOCK, (seq,)).fetchone() if seq not in back else None
            if found is not None and found[1] <= seq:
                back |= self._into_block(rows, *found)
        return back

    def _into_block(self, rows: dict[int, Row], block: int, first: int, era: int, data: bytes) -> set[int]:
        before = unpack(data, first, block)
        after, back = _with(before, rows)
        packed = pack(after)
        texts = BlockTexts(after)
        self._words.replace(era, block, BlockTexts(before), texts)
        self._signatures.write(block, texts)
        self._entries.recount(block, texts.entries)
        self._database.execute("UPDATE blocks SET data = ?, size = ? WHERE seq = ?", (packed, len(packed), block))
        self._parts.add(block, [row for row in after if row[0] in back])
        return back

    def _into_rows(self, rows: dict[int, Row]) -> set[int]:
        """Put back what is in no block yet."""
        back: set[int] = set()
        for seq in rows:
            found = self._database.execute(_LOOSE, (seq,)).fetchall()
            after, some = _with(found, rows)
            for number, request_id, environment_id, event in after if some else ():
                self._database.execute("UPDATE events SET request_id = ?, environment_id = ?, event = ? WHERE seq = ?",
                                       (request_id or None, environment_id, event, number))
            back |= some
        return back


def _with(before: Iterable[Row], rows: dict[int, Row]) -> tuple[list[Row], set[int]]:
    """Return the rows with those that belong into the places left for them, and the numbers of these."""
    after: list[Row] = []
    back: set[int] = set()
    for row in before:
        other = rows.get(row[0])
        is_place = other is not None and row[3] == forgotten(first_of(other), other[0])
        after.append(other if is_place and other is not None else row)
        if is_place:
            back.add(row[0])
    return after, back

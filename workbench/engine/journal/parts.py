"""Which blocks have events of a request, or of an environment for events that belong to no request.

The keys of a stretch of the journal are together: request IDs are random, and written all over a large table, each of them cost a
page of 4 KB, twice. Whoever looks for one looks once in each stretch, which takes half a millisecond at a million invocations. Of
earlier versions, the keys of all blocks are mixed; they stay as they are.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable

from workbench.engine.journal.bulk import insert
from workbench.engine.journal.rows import Row
from workbench.engine.journal.short_ids import owner_key

STRETCH_BITS = 15
"""The number of a stretch is that of a block without these bits: some 5,000 plain invocations."""
KEY_BITS = 24
"""As many bits tell an owner from others of a stretch, nearly always: who has the blocks looks at their rows anyway. With them
the number of a stretch, 38 bits at most, is positive.
"""
_FIND = """
WITH RECURSIVE stretches (number) AS (
    SELECT min(seq) >> :stretch_bits FROM blocks WHERE seq >= :since
    UNION ALL
    SELECT (SELECT min(seq) >> :stretch_bits FROM blocks WHERE seq >= (number + 1) << :stretch_bits)
    FROM stretches WHERE number IS NOT NULL)
SELECT block FROM stretches CROSS JOIN parts ON owner = number << :key_bits | :key CROSS JOIN blocks ON seq = block
WHERE block >= :since
UNION SELECT block FROM parts CROSS JOIN blocks ON seq = block WHERE owner = :earlier_key AND block >= :since
ORDER BY block
"""


class Parts:
    """Writes and reads them, in the transactions of others. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def add(self, block: int, rows: Iterable[Row]) -> None:
        """Note whose events a block has."""
        stretch = _first_key(block)
        insert(self._database, "INSERT OR IGNORE INTO parts", [(stretch | _key(owner), block) for owner in _owners(rows)])

    def delete(self, block: int, rows: Iterable[Row]) -> None:
        """Forget a block with these rows."""
        for owner in _owners(rows):
            self.forget(owner, block)

    def forget(self, owner: str, block: int) -> None:
        """Note that a block has nothing of an owner any more."""
        self._database.execute("DELETE FROM parts WHERE owner IN (?, ?) AND block = ?",
                               (_first_key(block) | _key(owner), owner_key(owner), block))

    def blocks_of(self, owner: str, since: int = 0) -> list[int]:
        """Return the blocks from a number on that have events of an owner, the earliest first. Rarely, one has none."""
        values = {"since": since, "stretch_bits": STRETCH_BITS, "key_bits": KEY_BITS, "key": _key(owner),
                  "earlier_key": owner_key(owner)}
        return [block for (block,) in self._database.execute(_FIND, values)]


def _first_key(block: int) -> int:
    return block >> STRETCH_BITS << KEY_BITS


def _key(owner: str) -> int:
    return zlib.crc32(owner.encode(errors="surrogatepass")) >> 32 - KEY_BITS


def _owners(rows: Iterable[Row]) -> set[str]:
    return {row[1] or row[2] for row in rows} - {""}

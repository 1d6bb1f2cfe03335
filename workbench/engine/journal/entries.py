"""Where the entries of the log are: each block says from which place on it has how many, so that any of a million is found.

Blocks of a file from before this table are counted backward from the oldest block that is counted, below 0, a few at a time. An
entry's place never changes, but when a person has forgotten entries before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from workbench.engine.journal.rows import LINES, Row, first_of, kind_of

if TYPE_CHECKING:
    import sqlite3  # a search's process has no use for it

_WRITTEN = frozenset((
    b"platform.initStart", b"platform.initReport", b"platform.restoreStart", b"platform.restoreReport", b"platform.start",
    b"platform.report", b"platform.extension", b"platform.telemetrySubscription", b"platform.logsSubscription"))
"""What Lambda writes in the text format, see model/platform_lines."""
_NONE, _JSON = b'"log":"none"}', b'"log":"json"}'
"""How an event ends that is not in the log, or as JSON: `log` is the last of its fields."""
_PLACES = "SELECT first, first + count FROM log_entries ORDER BY block"


class Entries:
    """Writes and reads the places, in the transactions of others. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def add(self, block: int, count: int) -> None:
        """Note how many entries a new block has, which follow those of the block before."""
        self._database.execute("INSERT INTO log_entries VALUES (?, ?, ?)", (block, self.end, count))

    def add_before(self, block: int, rows: Iterable[Row]) -> None:
        """Count the entries of the block before all that are counted."""
        count = count_of(rows)
        self._database.execute("INSERT INTO log_entries VALUES (?, ?, ?)", (block, self.first - count, count))

    def recount(self, block: int, count: int) -> None:
        """Note how many entries a block has now, from which some have been deleted; those after it move up."""
        found = self._database.execute("SELECT count FROM log_entries WHERE block = ?", (block,)).fetchone()
        gone = found[0] - count if found else 0
        if gone:
            self._database.execute("UPDATE log_entries SET count = count - ? WHERE block = ?", (gone, block))
            self._database.execute("UPDATE log_entries SET first = first - ? WHERE block > ?", (gone, block))

    def delete(self, block: int) -> None:
        """Forget a block."""
        self._database.execute("DELETE FROM log_entries WHERE block = ?", (block,))

    @property
    def first(self) -> int:
        """The place of the oldest entry that is counted."""
        found = self._database.execute(f"{_PLACES} LIMIT 1").fetchone()
        return int(found[0]) if found else 0

    @property
    def end(self) -> int:
        """The place after all entries of blocks: that of the first one in a row."""
        found = self._database.execute(f"{_PLACES} DESC LIMIT 1").fetchone()
        return int(found[1]) if found else 0

    @property
    def oldest_block(self) -> int | None:
        """The oldest block that is counted; None if none is."""
        (block,) = self._database.execute("SELECT min(block) FROM log_entries").fetchone()
        return None if block is None else int(block)

    def blocks_from(self, place: int) -> list[tuple[int, int, int]]:
        """Return the block that has a place and the next ones, a few: number, place of the first entry, number of entries."""
        begin = "SELECT block FROM log_entries WHERE first <= ? ORDER BY first DESC, block DESC LIMIT 1"
        found = self._database.execute(begin, (place,)).fetchone()
        following = "SELECT block, first, count FROM log_entries WHERE block >= ? AND count > 0 ORDER BY block LIMIT 16"
        return list(self._database.execute(following, found)) if found else []

    def counts_between(self, blocks: Collection[int]) -> dict[int, int]:
        """Return how many entries the blocks have that are counted, from the oldest to the newest of these."""
        counted = "SELECT block, count FROM log_entries WHERE block BETWEEN ? AND ?"
        return dict(self._database.execute(counted, (min(blocks), max(blocks))))

    def start_over(self) -> None:
        """Forget all places: they are counted again. Nobody but a file that came with a clone has wrong ones."""
        self._database.execute("DELETE FROM log_entries")


def count_of(rows: Iterable[Row]) -> int:
    """Return how many entries rows have, without decoding their events."""
    return sum(map(_count, rows))


def _count(row: Row) -> int:
    kind = kind_of(row[3])
    return row[0] - first_of(row) + 1 if kind in LINES else int(is_said(row[3], kind))


def is_said(encoded: bytes, kind: bytes) -> bool:
    """Whether an event of the platform has an entry. `kind`: its type, see `rows.kind_of`."""
    if not kind.startswith(b"platform.") or encoded.endswith(_NONE):
        return False
    if encoded.endswith(_JSON):
        return True
    # On demand, Lambda tells of an INIT only if it failed.
    is_silent = kind == b"platform.initReport" and b'"status":"success"' in encoded and b'"on-demand"' in encoded
    return kind in _WRITTEN and not is_silent

"""What was deleted because a person forgot it, in memory, as long as that can be undone; nothing of it is in the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from workbench.engine.journal.blocks import pack, unpack
from workbench.engine.journal.rows import Row, first_of

MOST_REMOVED_BYTES = 64 << 20
"""More is not kept in memory: that cannot be undone, which is said before anything is deleted."""
_OF_INDEX = ("invocations", "marks", "restores", "whole_events")


class TooMuch(Exception):
    """What is to be deleted does not fit into MOST_REMOVED_BYTES."""


class Removed:
    """Rows of events, packed, and of the tables that are numbered by invocations. For the journal's thread."""

    def __init__(self) -> None:
        self._packed: list[tuple[int, int, bytes]] = []
        self._contents: dict[bytes, bytes] = {}
        self.of_tables: dict[str, list[tuple[object, ...]]] = {table: [] for table in _OF_INDEX}
        self.size_bytes = 0
        """How much it is, events as they are when they are unpacked."""

    def take_rows(self, rows: Sequence[Row]) -> None:
        """Take events that are about to be deleted. Raises TooMuch."""
        if rows:
            self._packed.append((first_of(rows[0]), rows[-1][0], pack(rows)))
            self._count(sum(len(row[3]) for row in rows))

    def take_invocation(self, database: sqlite3.Connection, seq: int) -> None:
        """Take what the tables have of an invocation. Raises TooMuch."""
        for table, rows in self.of_tables.items():
            rows += database.execute(f"SELECT * FROM {table} WHERE seq = ?", (seq,)).fetchall()  # noqa: S608 (our tables)
        event = "SELECT contents.hash, data FROM contents JOIN whole_events USING (hash) WHERE seq = ?"
        for digest, data in database.execute(event, (seq,)):
            if digest not in self._contents:
                self._contents[digest] = data
                self._count(len(data))

    def take_over(self, other: Removed) -> None:
        """Take everything that another one has taken, in another process."""
        self._packed, self._contents, self.of_tables = other._packed, other._contents, other.of_tables
        self.size_bytes = other.size_bytes

    @property
    def rows(self) -> dict[int, Row]:
        """The events by the numbers of their rows."""
        return {row[0]: row for packed in self._packed for row in _unpacked(*packed)}

    @property
    def contents(self) -> list[tuple[bytes, bytes]]:
        """Long events by their digests, compressed."""
        return list(self._contents.items())

    def _count(self, size_bytes: int) -> None:
        self.size_bytes += size_bytes
        if self.size_bytes > MOST_REMOVED_BYTES:
            raise TooMuch


def _unpacked(first: int, last: int, packed: bytes) -> list[Row]:
    return unpack(packed, first, last)

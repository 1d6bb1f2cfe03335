"""Events that are longer than what the stream tells of them, whole: for replays, copies, comparisons and exports.

They are a part of the journal: they count to its size, go with the invocations that had them, and have at most a half of the
room, so that a few of 6 MB do not push a million invocations out. Equal ones are there once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from workbench.engine.journal.shared_contents import SharedContents

MOST_EVENT_BYTES = 16 << 20
"""The largest event: 6 MB come with an Invoke, and a function URL may write bytes as Base64 and as JSON."""
_LEVEL = 1
"""6 MB of JSON take zlib 0.05 s at this level and 0.2 at its usual one; what is appended waits meanwhile."""
_TOTAL = ("SELECT coalesce(sum(length(data)), 0) FROM contents WHERE hash IN (SELECT hash FROM whole_events)")
_OLDEST = "SELECT seq, hash FROM whole_events ORDER BY seq LIMIT 1"

WholeEvent = tuple[int, bytes]
"""The number of its invocation's first event, and what it was sent."""


class WholeEvents:
    """Writes and reads them by the number of their invocation's first event, in the transactions of others.

    For the journal's thread.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._contents = SharedContents(database)
        self._bytes: int | None = None
        """How much they take; None if that has to be counted."""
        self._most_bytes = 0

    def begin(self) -> None:
        """Look at what is in the file, after a transaction that was rolled back."""
        self._bytes = None

    def keep_at_most(self, journal_bytes: int) -> None:
        """Take how large the journal may be: they may take a half of it."""
        self._most_bytes = journal_bytes // 2

    def keep(self, events: Iterable[WholeEvent]) -> None:
        """Keep events. The oldest go when all together take too much."""
        for seq, event in events:
            before = self._total()
            digest = self._contents.put(event, _LEVEL)
            is_new = self._database.execute("SELECT 1 FROM whole_events WHERE hash = ? LIMIT 1", (digest,)).fetchone() is None
            self._database.execute("INSERT OR REPLACE INTO whole_events VALUES (?, ?)", (seq, digest))
            self._bytes = before + (self._contents.size_bytes(digest) if is_new else 0)
        self.drop_oldest()

    def find(self, seq: int) -> bytes | None:
        """Return the event of an invocation; None if it was short, or is not kept any more."""
        row = self._database.execute("SELECT hash FROM whole_events WHERE seq = ?", (seq,)).fetchone()
        return None if row is None else self._contents.find(bytes(row[0]), MOST_EVENT_BYTES)

    def prune(self, seq: int) -> None:
        """Delete those of invocations that began up to an event."""
        self._delete("seq <= ?", seq)

    def forget(self, seq: int) -> None:
        """Delete that of one invocation."""
        self._delete("seq = ?", seq)

    def put_back(self, contents: Iterable[tuple[bytes, bytes]]) -> None:
        """Put contents back, compressed, after the rows that name them; those that none names stay away."""
        some = list(contents)
        self._database.executemany("INSERT OR IGNORE INTO contents VALUES (?, ?)", some)
        self._contents.drop_unused(digest for digest, _ in some)
        self._bytes = None
        self.drop_oldest()

    def drop_oldest(self) -> None:
        """Delete the oldest ones as long as all together take too much."""
        while self._total() > self._most_bytes:
            oldest = self._database.execute(_OLDEST).fetchone()
            if oldest is None:
                return
            self.forget(oldest[0])

    def _delete(self, which: str, seq: int) -> None:
        found = self._database.execute(f"SELECT DISTINCT hash FROM whole_events WHERE {which}", (seq,)).fetchall()  # noqa: S608
        if not found:
            return
        self._database.execute(f"DELETE FROM whole_events WHERE {which}", (seq,))  # noqa: S608 (ours)
        freed = self._contents.drop_unused(bytes(digest) for (digest,) in found)
        if self._bytes is not None:
            self._bytes -= freed

    def _total(self) -> int:
        if self._bytes is None:
            (total,) = self._database.execute(_TOTAL).fetchone()
            self._bytes = int(total)
        return self._bytes

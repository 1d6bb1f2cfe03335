"""How long restores from snapshots took (SnapStart): few invocations have one, so they are kept beside the index."""

from __future__ import annotations

import sqlite3


class Restores:
    """Writes them, by the number of their invocation's first event, in the transactions of others. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def note(self, seq: int, duration_ms: float) -> None:
        """Note the Restore Duration of an invocation."""
        self._database.execute("INSERT OR REPLACE INTO restores VALUES (?, ?)", (seq, round(duration_ms * 1000)))

    def prune(self, seq: int) -> None:
        """Delete those of invocations that began up to an event."""
        self._database.execute("DELETE FROM restores WHERE seq <= ?", (seq,))

"""What a person says of invocations: stars and names, by the number of their first event."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from workbench.model.past_invocations import MOST_NAME, Mark

_PUT = ("INSERT INTO marks VALUES (?, ?, ?) "
        "ON CONFLICT (seq) DO UPDATE SET is_starred = excluded.is_starred, name = excluded.name")


class Marks:
    """Writes them. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def put(self, seqs: Sequence[int], mark: Mark) -> int:
        """Mark invocations, and return how many of them there are."""
        return sum(self._put(seq, mark) for seq in seqs)

    def prune(self, seq: int) -> None:
        """Delete those of invocations that began up to an event."""
        self._database.execute("DELETE FROM marks WHERE seq <= ?", (seq,))

    def _put(self, seq: int, mark: Mark) -> bool:
        is_there = self._database.execute("SELECT 1 FROM invocations WHERE seq = ?", (seq,)).fetchone() is not None
        if not is_there:
            return False
        row = self._database.execute("SELECT is_starred, name FROM marks WHERE seq = ?", (seq,)).fetchone() or (0, "")
        is_starred = row[0] if mark.is_starred is None else int(mark.is_starred)
        name = row[1] if mark.name is None else mark.name.strip()[:MOST_NAME]
        if is_starred or name:
            self._database.execute(_PUT, (seq, is_starred, name))
        else:
            self._database.execute("DELETE FROM marks WHERE seq = ?", (seq,))
        return True

"""How many invocations there are of each kind, kept with every change of the index: counting a million of them takes no time."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from workbench.engine.journal.conditions import conditions
from workbench.model.past_invocations import PastInvocationFilter

Kind = tuple[int, int, int, bool]
"""Function, version and status by the numbers of their names, the status 0 for none, and whether it was a cold start."""
_CHANGE = ("INSERT INTO tallies VALUES (?, ?, ?, ?, ?) "
           "ON CONFLICT (function, version, status, is_cold) DO UPDATE SET count = count + excluded.count")
# SQLite would group by an index, which means to look at all invocations there are: 0.3 s for each block that goes at 1 GB.
_UP_TO = ("SELECT function, version, coalesce(status, 0), is_cold, -count(*) FROM invocations NOT INDEXED WHERE seq <= ? "
          "GROUP BY 1, 2, 3, 4")
_OF_ONE = "SELECT function, version, coalesce(status, 0), is_cold, ? FROM invocations WHERE seq = ?"
# As floating-point numbers: those in a file that came with a clone may be of any size.
_COUNT = "SELECT CAST(total(count) AS INTEGER) FROM tallies WHERE true {}"


class Tallies:
    """Writes and reads them, in the transactions of others. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def change(self, changes: Mapping[Kind, int]) -> None:
        """Add to the numbers of kinds, or take away."""
        self._database.executemany(_CHANGE, [(*kind, change) for kind, change in changes.items() if change])

    def prune(self, seq: int) -> None:
        """Take away the invocations that began up to an event, before they are deleted."""
        self._database.executemany(_CHANGE, self._database.execute(_UP_TO, (seq,)).fetchall())
        self._database.execute("DELETE FROM tallies WHERE count <= 0")

    def forget(self, seq: int) -> None:
        """Take away one invocation, before it is deleted."""
        self._database.executemany(_CHANGE, self._database.execute(_OF_ONE, (-1, seq)).fetchall())

    def put_back(self, seq: int) -> None:
        """Add one invocation again, after it has been put back."""
        self._database.executemany(_CHANGE, self._database.execute(_OF_ONE, (1, seq)).fetchall())

    def count(self, wanted: PastInvocationFilter) -> int:
        """Return how many there are; the times of a filter must not be given."""
        where, values = conditions(wanted, "status = 0")
        (count,) = self._database.execute(_COUNT.format(where), values).fetchone()
        return max(int(count), 0)

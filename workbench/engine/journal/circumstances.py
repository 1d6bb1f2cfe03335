"""What many invocations have in common, once: what sent them, the alias they named, and the deployment that ran."""

from __future__ import annotations

import sqlite3

from workbench.engine.journal.deployments import forget_unused

_NOTE = ("INSERT INTO circumstances (deployment, cause, alias, last_seq) VALUES (?, ?, ?, ?) "
         "ON CONFLICT (deployment, cause, alias) DO UPDATE SET last_seq = excluded.last_seq")
_FIND = "SELECT id FROM circumstances WHERE deployment = ? AND cause = ? AND alias = ?"

Circumstance = tuple[str, str, str]
"""The name of the deployment, the trigger and the alias; "" for none."""


class Circumstances:
    """Writes them, in the transactions of others. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._known: dict[Circumstance, int] = {}
        self._latest: dict[int, int] = {}

    def begin(self) -> None:
        """Look at what is in the file, after a transaction that was rolled back."""
        self._known.clear()
        self._latest.clear()

    def number(self, circumstance: Circumstance, seq: int) -> int | None:
        """Return the number of a circumstance that an invocation has; None for the plain one."""
        if not any(circumstance):
            return None
        number = self._known.get(circumstance)
        if number is None:
            self._database.execute(_NOTE, (*circumstance, seq))
            (number,) = self._database.execute(_FIND, circumstance).fetchone()
            self._known[circumstance] = int(number)
        self._latest[number] = seq
        return number

    def write(self) -> None:
        """Note which invocation had each of them last: with that one pruned, nobody needs it any more."""
        for number, seq in self._latest.items():
            self._database.execute("UPDATE circumstances SET last_seq = ? WHERE id = ?", (seq, number))
        self._latest.clear()

    def prune(self, seq: int) -> None:
        """Delete those that only invocations up to an event had, and the deployments that nobody has any more."""
        if self._database.execute("DELETE FROM circumstances WHERE last_seq <= ?", (seq,)).rowcount:
            self._known.clear()
            forget_unused(self._database)

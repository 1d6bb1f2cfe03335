"""The journal's file: written in batches, read, set aside when it is damaged. Everything here runs in one thread.

What cannot be written (a full disk) waits in memory and is written with a later batch.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from workbench.engine.journal.contents import Contents
from workbench.engine.journal.forgetting import Forgetting
from workbench.engine.journal.index import InvocationIndex, OpenInvocations
from workbench.engine.journal.inherited import sound_event
from workbench.engine.journal.opening import OpenedJournal, in_memory, last_seq, open_journal, put_aside
from workbench.engine.journal.removed import Removed
from workbench.engine.journal.rows import Row, kind_of
from workbench.engine.journal.sealing import Sealing
from workbench.engine.journal.unmade import Entry, Made, size_of
from workbench.engine.journal.whole_events import WholeEvent
from workbench.engine.journal.words import Words
from workbench.model.past_invocations import Retention
from workbench.storage.sqlite_damage import is_damage

MOST_LOST = 10_000
"""The maximum number of a crashed engine's environments whose end is recorded."""
KEPT_BYTES = 1 << 30
"""Above this size the oldest events are deleted."""
KEPT_BYTES_IN_MEMORY = 64 << 20
"""The same if there is no file, or if another engine has it."""
MOST_UNWRITTEN_BYTES = 32 << 20
"""How much may wait for a full disk before the oldest events are dropped."""

GAP = "History has a gap: some events could not be stored."

_DAY_MS = 24 * 3600 * 1000

T = TypeVar("T")

_CREATING, _STOPPED = b"sandbox.creating", b"sandbox.stopped"


class HandedOver(msgspec.Struct, frozen=True):
    """What somebody needs, besides the file, to go on with a journal. `opening`: the sentence from opening it, or about a gap."""

    inherited_seq: int
    opening: str
    was_damaged: bool
    retention: Retention | None
    written_bytes: int
    settled_event_bytes: int
    open: OpenInvocations


class JournalStore:
    """The rows of a journal. For its thread, except `problem`, `is_taken` and the counts of bytes, which any thread may read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unwritten: list[Entry] = []
        self._unwritten_events: list[WholeEvent] = []
        self._database: sqlite3.Connection
        self._was_damaged = self._in_memory = False
        self._retention: Retention | None = None
        self._opening = ""
        """The sentence from opening the file, or about a gap, which stays the problem when writing works."""
        self.problem = ""
        """A sentence while writing fails (disk full), "" otherwise."""
        self.is_taken = False
        """Whether another engine has the file."""
        self.written_bytes = 0
        """How much of what was given to `write` is on disk or was given up."""
        self.settled_event_bytes = 0
        """The same of long events."""

    def open(self) -> int:
        """Open or create the file and return the last number. A file that is no journal is set aside, see `problem`."""
        opened = open_journal(self.path)
        self._use(opened)
        return opened.last_seq

    pid = 0
    """The process that has the file instead of this one, see `MovedStore`; none."""

    def back(self) -> JournalStore:
        """Return who has the file."""
        return self

    @property
    def may_move(self) -> bool:
        """Whether the file can be handed over now: it is one, and nothing waits for it."""
        return not (self._in_memory or self._unwritten or self.problem)

    def hand_over(self) -> HandedOver | None:
        """Close the file, for somebody else to go on with it; None, and it stays open, if it cannot be handed over now."""
        if not self.may_move:
            return None
        self._database.close()
        return HandedOver(self._contents.inherited_seq, self._opening, self._was_damaged, self._retention, self.written_bytes,
                          self.settled_event_bytes, self._index.open)

    def take_over(self, handed: HandedOver, *, is_lost: bool = False) -> None:
        """Go on where somebody else left the file. `is_lost`: who had it ended without handing it over."""
        self._retention, self._was_damaged = handed.retention, handed.was_damaged
        self.written_bytes, self.settled_event_bytes = handed.written_bytes, handed.settled_event_bytes
        self._use(open_journal(self.path), handed.inherited_seq)
        self._opening = self.problem = self.problem or handed.opening
        if is_lost:
            self._sealing.begin()
        else:
            self._index.open = handed.open

    def last_seq(self) -> int:
        """Return the number of the last event in the file."""
        return last_seq(self._database)

    def write(self, entries: Sequence[Entry], events: Sequence[WholeEvent] = ()) -> None:
        """Write entries, and long events of theirs, in one transaction.

        If it fails, the next batch tries again: a full disk may have room then. Long events are given up.
        """
        self._unwritten += entries
        self._unwritten_events += events
        if not (self._unwritten or self._unwritten_events):
            return
        made = Made(self._unwritten)
        try:
            self._database.execute("BEGIN")
            self._sealing.write(made)
            self._note_living(made.given)
            self._index.whole_events.keep(self._unwritten_events)
            self._sealing.prune()
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            self._not_written(error)
        else:
            self._give_up(len(self._unwritten))
            self._give_up_events()
            self.problem = self._opening
            with contextlib.suppress(sqlite3.Error):  # the rows are written; the next batch finds out what is wrong
                self._sealing.give_back()

    def read(self, look: Callable[[Contents, InvocationIndex], T], otherwise: T) -> T:
        """Return what `look` finds, `otherwise` if the file cannot be read. A damaged file is set aside."""
        try:
            return look(self._contents, self._index)
        except sqlite3.Error as error:
            if is_damage(error):
                self._begin_anew()
            else:
                self.problem = f"History cannot be read: {error}."
            return otherwise

    def change(self, change: Callable[[InvocationIndex], T]) -> T:
        """Change the index, in a transaction. Raises sqlite3.Error."""
        self._database.execute("BEGIN")
        try:
            changed = change(self._index)
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
        return changed

    def forget(self, seqs: Sequence[int], removed: Removed | None = None) -> int:
        """Delete invocations by the numbers of their first events. Return how many. Raises sqlite3.Error and TooMuch."""
        self._contents.forget_what_was_read()
        return self._forgetting.forget(seqs, removed)

    def forgotten(self, seqs: Sequence[int], removed: Removed | None) -> tuple[int, Removed | None]:
        """Do the same for another process, and return `removed` as well."""
        return self.forget(seqs, removed), removed

    def restore(self, removed: Removed) -> int:
        """Put back what was deleted. Return how many invocations. Raises sqlite3.Error."""
        from workbench.engine.journal.restoring import Restoring  # hardly anybody ever undoes it

        self._contents.forget_what_was_read()
        try:
            return self.change(lambda index: Restoring(self._database, index, self._words).restore(removed))
        except BaseException:
            self._index.begin()
            raise

    def keep(self, retention: Retention) -> None:
        """Keep history so long and so much from now on. Only what will be written and pruned is concerned: see `prune`."""
        self._retention = retention
        self._sealing.keep(self.kept_bytes, retention.days * _DAY_MS)

    def prune(self) -> bool:
        """Delete some of what is too old or too much, and overwrite it. Return False if there may be more.

        Raises sqlite3.Error.
        """
        self._database.execute("BEGIN")
        try:
            is_done = self._sealing.prune()
            self._sealing.prune_rows()
            self._index.whole_events.drop_oldest()
            self._forgetting.note()
        except BaseException:
            self._database.execute("ROLLBACK")
            self._sealing.begin()
            raise
        self._database.execute("COMMIT")
        self._contents.forget_what_was_read()
        if is_done:
            self._forgetting.clean()
        return is_done

    def lost(self) -> list[bytes]:
        """Return the `sandbox.creating` events of environments that a crashed engine left without an end.

        Anything among them that is not an event is deleted. An engine that ends normally leaves none.
        """
        nothing: list[Row] = []
        return [row[3] for row in self.read(lambda _, __: self._living(), nothing)]

    def shrink(self) -> None:
        """Free the pages of the file that SQLite caches; they are read again when needed."""
        self._database.execute("PRAGMA shrink_memory")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _living(self) -> list[Row]:
        query = "SELECT 0, '', environment_id, event FROM living LIMIT ?"
        rows = self._database.execute(query, (MOST_LOST,)).fetchall()
        sound = [row for row in rows if sound_event(row[3])]
        if len(sound) < len(rows):
            self._database.execute("DELETE FROM living")
            self._database.executemany("INSERT INTO living VALUES (?, ?)", [row[2:] for row in sound])
        return sound

    def _use(self, opened: OpenedJournal, inherited_seq: int | None = None) -> None:
        """Use what was opened. Events up to `inherited_seq`, by default all that are there, may have come from anywhere."""
        self._database, self.is_taken, self._in_memory = opened.database, opened.is_taken, opened.in_memory
        self._opening = self.problem = opened.problem
        self._words = words = Words(opened.database, self.kept_bytes)
        self._index = InvocationIndex(opened.database)
        self._sealing = Sealing(opened.database, self._index, words, _now_ms, self.kept_bytes)
        if self._retention is not None:
            self.keep(self._retention)
        self._forgetting = Forgetting(opened.database, self._index, words)
        with contextlib.suppress(sqlite3.Error):  # a full disk, or damage, which the next batch finds
            self._forgetting.finish()
        # Everything above is written by this engine and need not be checked.
        self._contents = Contents(opened.database, words, opened.last_seq if inherited_seq is None else inherited_seq)

    @property
    def kept_bytes(self) -> int:
        """The size above which the oldest events are deleted."""
        if self._in_memory:
            return KEPT_BYTES_IN_MEMORY
        return KEPT_BYTES if self._retention is None else self._retention.megabytes << 20

    def _begin_anew(self) -> None:
        """Set aside a file that turned out to be damaged while in use, and go on with a new one; the second time, in memory."""
        with contextlib.suppress(sqlite3.Error):  # closing writes too, and may find the damage again
            self._database.close()
        told = "" if self._was_damaged else put_aside(self.path, "damaged")
        self._use(in_memory(self._opening) if self._was_damaged else open_journal(self.path))
        self._was_damaged = True
        self._opening = self.problem = told or "History is not being stored: the disk does not keep what is written to it."

    def _not_written(self, error: sqlite3.Error) -> None:
        with contextlib.suppress(sqlite3.Error):  # SQLite rolls back some failures itself and then has no transaction
            self._database.execute("ROLLBACK")
        self._give_up_events()
        with contextlib.suppress(sqlite3.Error):  # the next batch fails again if it cannot be read either
            self._sealing.begin()
        # Rows that cannot be stored would fail with every further batch and block the journal: they are given up.
        is_rows_fault = isinstance(error, sqlite3.DataError | sqlite3.IntegrityError)
        while size_of(self._unwritten) > (0 if is_rows_fault else MOST_UNWRITTEN_BYTES):
            self._opening = GAP
            self._give_up(len(self._unwritten) // 10 + 1)
        if is_damage(error) and not is_rows_fault and not self._in_memory:
            self._begin_anew()
        else:
            self.problem = " ".join(filter(None, (f"History is not being stored: {error}.", self._opening)))

    def _give_up_events(self) -> None:
        self.settled_event_bytes += sum(len(event) for _, event in self._unwritten_events)
        self._unwritten_events = []

    def _give_up(self, count: int) -> None:
        """Forget this many of the oldest rows kept in memory."""
        self.written_bytes += size_of(self._unwritten[:count])
        self._unwritten = self._unwritten[count:]

    def _note_living(self, given: Sequence[Row]) -> None:
        """Note which environments begin and end: of facts, which are told by invocations, none does."""
        for _, _, environment_id, event in given:
            kind = kind_of(event)
            if kind == _CREATING:
                self._database.execute("INSERT OR REPLACE INTO living VALUES (?, ?)", (environment_id, event))
            elif kind == _STOPPED:
                self._database.execute("DELETE FROM living WHERE environment_id = ?", (environment_id,))


def _now_ms() -> float:
    return time.time() * 1000

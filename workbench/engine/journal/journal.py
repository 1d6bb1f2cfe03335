"""The store of the stream: SQLite in WAL mode, written in batches and read by one thread.

One engine at a time has the file (an exclusive lock, which a crash releases); a second one keeps its events in memory. A crash of
the engine loses at most the last `FLUSH_INTERVAL_S` of events; nothing that a person saved is kept here.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from workbench.background import submit
from workbench.engine.journal.inherited import sound_event, sound_row
from workbench.engine.journal.opening import OpenedJournal, in_memory, open_journal, put_aside
from workbench.engine.journal.rows import HEAD_BYTES, MOST_READ_BYTES, ROW_BYTES, Row, bounded, ends_of, size_of, without_middle
from workbench.storage.sqlite_damage import is_damage

FLUSH_INTERVAL_S = 0.2
"""How long events wait for a batch, in seconds. Larger batches cost less per event. A read first writes what is pending, so it
never misses an event."""
KEPT_EVENTS = 2_000_000
"""How many events are kept when the file is opened; older ones are deleted."""
MOST_LOST = 10_000
"""The maximum number of a crashed engine's environments whose end is recorded."""
KEPT_BYTES = 1 << 30
"""Above this size the oldest events are deleted while the engine runs."""
KEPT_BYTES_IN_MEMORY = 64 << 20
"""The same if there is no file, or if another engine has it."""
FLUSH_BYTES = 1 << 20
"""A batch of this size is written at once, before FLUSH_INTERVAL_S is over."""
MOST_WAITING_BYTES = 16 << 20
"""Writers of log lines pause while more than this waits for the disk."""
MOST_UNWRITTEN_BYTES = 64 << 20
"""How much may wait for a full disk before the oldest events are dropped."""
MOST_OF_REQUEST_BYTES = 32 << 20
"""Of an invocation that logged more than this, only the first and the last lines are returned."""
_TRIMMED_PARTS = 20
"""Trimming deletes one of this many parts of the events at a time, so that it is rarely due and never takes long."""

T = TypeVar("T")

_CREATING, _STOPPED = b'"type":"sandbox.creating"', b'"type":"sandbox.stopped"'


class Journal:
    """Append-only store of events. Call its methods on the engine's loop; all disk work happens in one thread.

    The single thread is also the order: whatever is asked of it runs after everything that was appended before.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending: list[Row] = []
        self._unwritten: list[Row] = []
        """What could not be written yet. Used by the thread only."""
        self._pending_bytes = self._appended_bytes = 0
        self._written_bytes = 0
        """How much of `_appended_bytes` is on disk or was given up. Written by the thread only."""
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._timer: asyncio.TimerHandle | None = None
        self._database: sqlite3.Connection
        self.problem = ""
        """A sentence while writing fails (disk full), "" otherwise; events then wait in memory, and only followers see them."""
        self._opening = ""
        """The sentence from opening the file, which stays the problem when writing works."""
        self._is_open = False
        self._in_memory = False
        self._was_damaged = False
        self._inherited = 0
        """Events up to this number were in the file before, which may have come from anywhere: see `inherited`."""
        self.is_taken = False
        """Whether another engine of this workspace has the file; this one's events are kept in memory."""

    async def open(self) -> int:
        """Open or create the file and return the last sequence number. A file that is no journal is set aside, see `problem`."""
        self._is_open = True
        return await self._in_thread(self._open)

    def append(self, row: Row) -> None:
        """Keep a row; it is on disk within FLUSH_INTERVAL_S."""
        self._pending.append(row)
        self._pending_bytes += len(row[3]) + ROW_BYTES
        if self._pending_bytes > FLUSH_BYTES:
            self._write_pending()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_INTERVAL_S, self._flush_soon)

    @property
    def is_behind(self) -> bool:
        """Whether writers should pause because too much waits for the disk.

        False while writing fails: a full disk must not stop functions.
        """
        return self._appended_bytes - self._written_bytes > MOST_WAITING_BYTES and not self.problem

    async def written(self) -> None:
        """Return when everything appended so far is on disk."""
        self._write_pending()
        await self._in_thread(lambda: None)

    async def read(self, since: int, limit: int, until: int | None = None, most_bytes: int = MOST_READ_BYTES) -> list[Row]:
        """Return rows with seq above `since`, up to and including `until`, in order; fewer if they exceed `most_bytes`."""
        bound = until if until is not None else 2**62
        query = "SELECT seq, request_id, environment_id, event FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
        return await self._select(query, (since, bound, limit), most_bytes)

    async def of_request(self, request_id: str) -> list[Row]:
        """Return all rows of one invocation in order; of very many log lines only the first and the last."""
        self._write_pending()
        return await self._in_thread(self._of_request, request_id)

    async def of_environment(self, environment_id: str, until: int) -> list[Row]:
        """Return the rows of an environment that belong to no invocation (its INIT), up to a sequence number."""
        query = (
            "SELECT seq, request_id, environment_id, event FROM events"
            " WHERE environment_id = ? AND request_id IS NULL AND seq <= ? ORDER BY seq"
        )
        return await self._select(query, (environment_id, until))

    async def shrink(self) -> None:
        """Free the pages of the file that SQLite caches; they are read again when needed."""
        await self._in_thread(self._database.execute, "PRAGMA shrink_memory")

    async def lost_environments(self) -> list[bytes]:
        """Return the `sandbox.creating` events of environments that a crashed engine left without an end.

        An engine that ends normally leaves none.
        """
        return await self._in_thread(self._lost)

    async def close(self) -> None:
        """Write what is pending and close the file. Does nothing if it was never opened."""
        if not self._is_open:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._write_pending()
        await self._in_thread(self._database.close)
        self._executor.shutdown()

    async def _select(self, query: str, values: tuple[object, ...], most_bytes: int = MOST_READ_BYTES) -> list[Row]:
        self._write_pending()
        return await self._in_thread(self._guarded, lambda: bounded(self._found(query, values), most_bytes))

    def _of_request(self, request_id: str) -> list[Row]:
        return self._guarded(lambda: self._first_and_last(request_id))

    def _first_and_last(self, request_id: str) -> list[Row]:
        # Sizes first: an invocation may have logged more than this process should hold in memory.
        sizes = self._database.execute("SELECT seq, length(event) FROM events WHERE request_id = ? ORDER BY seq", (request_id,))
        first, last = ends_of(sizes.fetchall(), MOST_OF_REQUEST_BYTES)
        query = "SELECT seq, request_id, environment_id, event FROM events WHERE request_id = ? ORDER BY seq"
        return without_middle(self._found(query, (request_id,)), first, last)

    def _found(self, query: str, values: tuple[object, ...]) -> Iterable[Row]:
        """Yield the rows, checking those that were in the file before this engine opened it."""
        for row in self._database.execute(query, values):
            yield row if row[0] > self._inherited else sound_row(row)

    def _guarded(self, look: Callable[[], list[Row]]) -> list[Row]:
        """Return what `look` finds, or nothing if the file cannot be read. A damaged file is set aside."""
        try:
            return look()
        except sqlite3.Error as error:
            if is_damage(error):
                self._begin_anew()
            else:
                self.problem = f"History cannot be read: {error}."
            return []

    def _lost(self) -> list[bytes]:
        """Return the rows of environments without an end. Anything among them that is not an event is deleted."""
        return [row[3] for row in self._guarded(self._living)]

    def _living(self) -> list[Row]:
        query = "SELECT 0, '', environment_id, event FROM living LIMIT ?"
        rows = self._database.execute(query, (MOST_LOST,)).fetchall()
        sound = [row for row in rows if sound_event(row[3])]
        if len(sound) < len(rows):
            self._database.execute("DELETE FROM living")
            self._database.executemany("INSERT INTO living VALUES (?, ?)", [row[2:] for row in sound])
        return sound

    def _take(self) -> list[Row]:
        rows, self._pending = self._pending, []
        self._appended_bytes += self._pending_bytes
        self._pending_bytes = 0
        return rows

    def _flush_soon(self) -> None:
        self._timer = None
        self._write_pending()

    def _write_pending(self) -> None:
        """Write in the one thread, and so before whatever is asked of it next.

        Never awaited: a reader that is cancelled would otherwise take the rows it was about to write with it.
        """
        submit(self._executor, "Writing the journal", self._write, self._take())

    async def _in_thread(self, function: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)

    def _open(self) -> int:
        opened = open_journal(self._path)
        self._use(opened)
        query = "DELETE FROM events WHERE seq <= ?"
        # Only here: while the engine runs, `_trim` bounds the size instead of the number.
        self._guarded(lambda: self._database.execute(query, (opened.last_seq - KEPT_EVENTS,)).fetchall())
        return opened.last_seq

    def _use(self, opened: OpenedJournal) -> None:
        self._database, self.is_taken, self._in_memory = opened.database, opened.is_taken, opened.in_memory
        self._opening = self.problem = opened.problem
        self._inherited = opened.last_seq  # everything above is written by this engine and need not be checked

    def _begin_anew(self) -> None:
        """Set aside a file that turned out to be damaged while in use, and go on with a new one; the second time, in memory."""
        with contextlib.suppress(sqlite3.Error):  # closing writes too, and may find the damage again
            self._database.close()
        told = "" if self._was_damaged else put_aside(self._path, "damaged")
        self._use(in_memory(self._opening) if self._was_damaged else open_journal(self._path))
        self._was_damaged = True
        self._opening = self.problem = told or "History is not being stored: the disk does not keep what is written to it."

    def _write(self, rows: list[Row]) -> None:
        """Write rows in one transaction. If it fails, the next batch tries again: a full disk may have room then."""
        self._unwritten += rows
        if not self._unwritten:
            return
        try:
            self._database.execute("BEGIN")
            self._database.executemany("INSERT INTO events VALUES (?, nullif(?, ''), ?, ?)", self._unwritten)
            self._note_living(self._unwritten)
            self._trim()
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            self._not_written(error)
        else:
            self._give_up(len(self._unwritten))
            self.problem = self._opening

    def _not_written(self, error: sqlite3.Error) -> None:
        with contextlib.suppress(sqlite3.Error):  # SQLite rolls back some failures itself and then has no transaction
            self._database.execute("ROLLBACK")
        # Rows that cannot be stored would fail with every further batch and block the journal: they are given up.
        is_rows_fault = isinstance(error, sqlite3.DataError | sqlite3.IntegrityError)
        while size_of(self._unwritten) > (0 if is_rows_fault else MOST_UNWRITTEN_BYTES):
            self._give_up(len(self._unwritten) // 10 + 1)
        if is_damage(error) and not is_rows_fault and not self._in_memory:
            self._begin_anew()
        else:
            self.problem = f"History is not being stored: {error}."

    def _give_up(self, count: int) -> None:
        """Forget this many of the oldest rows kept in memory."""
        self._written_bytes += size_of(self._unwritten[:count])
        self._unwritten = self._unwritten[count:]

    def _trim(self) -> None:
        """Delete the oldest rows if the file is too large. It does not shrink: SQLite uses the free pages again."""
        used, free, size = (self._database.execute(f"PRAGMA {name}").fetchone()[0]
                            for name in ("page_count", "freelist_count", "page_size"))
        if (used - free) * size > (KEPT_BYTES_IN_MEMORY if self._in_memory else KEPT_BYTES):
            (first, last) = self._database.execute("SELECT min(seq), max(seq) FROM events").fetchone()
            self._database.execute("DELETE FROM events WHERE seq <= ?", (first + (last - first) // _TRIMMED_PARTS,))

    def _note_living(self, rows: list[Row]) -> None:
        # The type is looked for in the encoded bytes, as decoding every event would cost more than writing it.
        for _, _, environment_id, event in rows:
            if event.find(_CREATING, 0, HEAD_BYTES) >= 0:
                self._database.execute("INSERT OR REPLACE INTO living VALUES (?, ?)", (environment_id, event))
            elif event.find(_STOPPED, 0, HEAD_BYTES) >= 0:
                self._database.execute("DELETE FROM living WHERE environment_id = ?", (environment_id,))

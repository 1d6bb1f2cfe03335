"""The stream's memory: SQLite in WAL mode, written in batches by one thread, read by the same.

One engine at a time has the file (an exclusive lock that a crash releases); a second one keeps its events in memory.
A crash of the engine loses at most the last `FLUSH_INTERVAL_S` of events; what a person saved is not in here.
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
from workbench.engine.events.inherited import sound_event, sound_row
from workbench.engine.events.journal_file import OpenedJournal, in_memory, is_damage, open_journal, put_aside
from workbench.engine.events.rows import HEAD_BYTES, MOST_READ_BYTES, ROW_BYTES, Row, bounded, ends_of, size_of, without_middle

FLUSH_INTERVAL_S = 0.2
"""Larger batches cost less an event. Readers write what is pending first, so they never miss one."""
KEPT_EVENTS = 2_000_000
MOST_LOST = 10_000
"""The maximum number of a crashed engine's environments whose end is recorded."""
KEPT_BYTES = 1 << 30
"""Above this the oldest events go while the engine runs."""
KEPT_BYTES_IN_MEMORY = 64 << 20
"""The same where there is no file, or another engine has it."""
FLUSH_BYTES = 1 << 20
"""A batch of this size is written at once, however little time has passed."""
MOST_WAITING_BYTES = 16 << 20
"""Writers of log lines wait while this much is on its way to the disk."""
MOST_UNWRITTEN_BYTES = 64 << 20
"""How much waits for a full disk before the oldest events are dropped."""
MOST_OF_REQUEST_BYTES = 32 << 20
"""Of an invocation that logged more than this, its first and its last lines are told."""
_TRIMMED_PARTS = 20
"""Trimming removes one of this many parts at a time."""

T = TypeVar("T")

_CREATING, _STOPPED = b'"type":"sandbox.creating"', b'"type":"sandbox.stopped"'


class Journal:
    """Append-only store of events. All methods are called on the engine's loop; disk work happens in one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending: list[Row] = []
        self._unwritten: list[Row] = []
        """Of the thread: what the disk did not take yet."""
        self._pending_bytes = self._appended_bytes = 0
        self._written_bytes = 0
        """Of the thread: what of `_appended_bytes` is on disk, or was given up."""
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._timer: asyncio.TimerHandle | None = None
        self._database: sqlite3.Connection
        self.problem = ""
        """A sentence while writing fails (disk full); events then wait in memory, where only followers have seen them."""
        self._opening = ""
        """What there was to say when the file was opened."""
        self._is_open = False
        self._in_memory = False
        self._was_damaged = False
        self._inherited = 0
        """Events up to this number were in the file before, which may have come from anywhere."""
        self.is_taken = False
        """Whether another engine of this workspace has the file; this one's events live in memory."""

    async def open(self) -> int:
        """Open or create it; returns the last sequence number. What is no journal is set aside, see `problem`."""
        self._is_open = True
        return await self._in_thread(self._open)

    def append(self, row: Row) -> None:
        """Keep an event; it is on disk within FLUSH_INTERVAL_S."""
        self._pending.append(row)
        self._pending_bytes += len(row[3]) + ROW_BYTES
        if self._pending_bytes > FLUSH_BYTES:
            self._write_pending()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_INTERVAL_S, self._flush_soon)

    @property
    def is_behind(self) -> bool:
        """Whether more waits for the disk than should. Where it takes nothing at all, nobody is to wait for it."""
        return self._appended_bytes - self._written_bytes > MOST_WAITING_BYTES and not self.problem

    async def written(self) -> None:
        """Return when everything appended so far is on disk."""
        self._write_pending()
        await self._in_thread(lambda: None)

    async def read(self, since: int, limit: int, until: int | None = None, most_bytes: int = MOST_READ_BYTES) -> list[Row]:
        """Rows with seq above `since`, up to and including `until`, in order; fewer where they are more than `most_bytes`."""
        bound = until if until is not None else 2**62
        query = "SELECT seq, request_id, environment_id, event FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
        return await self._select(query, (since, bound, limit), most_bytes)

    async def of_request(self, request_id: str) -> list[Row]:
        """All rows of one invocation, in order; of very many log lines the first and the last."""
        self._write_pending()
        return await self._in_thread(self._of_request, request_id)

    async def of_environment(self, environment_id: str, until: int) -> list[Row]:
        """The rows of an environment that belong to no invocation (its init), up to a sequence number."""
        query = (
            "SELECT seq, request_id, environment_id, event FROM events"
            " WHERE environment_id = ? AND request_id IS NULL AND seq <= ? ORDER BY seq"
        )
        return await self._select(query, (environment_id, until))

    async def shrink(self) -> None:
        """Give up the pages of the file that are kept in memory; they are read again when they are needed."""
        await self._in_thread(self._database.execute, "PRAGMA shrink_memory")

    async def lost_environments(self) -> list[bytes]:
        """The `sandbox.creating` events of environments that an engine which crashed left without an end.

        An engine that ends in order leaves none.
        """
        return await self._in_thread(self._lost)

    async def close(self) -> None:
        """Write what is pending and close the file; nothing is to be done where it was never opened."""
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
        sizes = self._database.execute("SELECT seq, length(event) FROM events WHERE request_id = ? ORDER BY seq", (request_id,))
        first, last = ends_of(sizes.fetchall(), MOST_OF_REQUEST_BYTES)
        query = "SELECT seq, request_id, environment_id, event FROM events WHERE request_id = ? ORDER BY seq"
        return without_middle(self._found(query, (request_id,)), first, last)

    def _found(self, query: str, values: tuple[object, ...]) -> Iterable[Row]:
        """The rows; those that were in the file before this engine only as far as they are events."""
        for row in self._database.execute(query, values):
            yield row if row[0] > self._inherited else sound_row(row)

    def _guarded(self, look: Callable[[], list[Row]]) -> list[Row]:
        """Nothing where the file turns out to be damaged; it is set aside then."""
        try:
            return look()
        except sqlite3.Error as error:
            if is_damage(error):
                self._begin_anew()
            else:
                self.problem = f"History cannot be read: {error}."
            return []

    def _lost(self) -> list[bytes]:
        """What is no event among them would be told at every start: it goes."""
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
        """In the one thread, so before whatever is asked of it next; never awaited: a cancelled reader takes no rows along."""
        submit(self._executor, "Writing the journal", self._write, self._take())

    async def _in_thread(self, function: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)

    def _open(self) -> int:
        opened = open_journal(self._path)
        self._use(opened)
        query = "DELETE FROM events WHERE seq <= ?"
        self._guarded(lambda: self._database.execute(query, (opened.last_seq - KEPT_EVENTS,)).fetchall())
        return opened.last_seq

    def _use(self, opened: OpenedJournal) -> None:
        self._database, self.is_taken, self._in_memory = opened.database, opened.is_taken, opened.in_memory
        self._opening = self.problem = opened.problem
        self._inherited = opened.last_seq

    def _begin_anew(self) -> None:
        """The file turned out to be damaged while it was in use: it is set aside, and what comes is kept in a new one."""
        with contextlib.suppress(sqlite3.Error):
            self._database.close()
        told = "" if self._was_damaged else put_aside(self._path, "damaged")
        self._use(in_memory(self._opening) if self._was_damaged else open_journal(self._path))
        self._was_damaged = True
        self._opening = self.problem = told or "History is not being stored: the disk does not keep what is written to it."

    def _write(self, rows: list[Row]) -> None:
        """What could not be written is tried again with the next batch: a full disk may have room again by then."""
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
        with contextlib.suppress(sqlite3.Error):
            self._database.execute("ROLLBACK")
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
        """Let the oldest rows go while there is too much; the room is used again."""
        used, free, size = (self._database.execute(f"PRAGMA {name}").fetchone()[0]
                            for name in ("page_count", "freelist_count", "page_size"))
        if (used - free) * size > (KEPT_BYTES_IN_MEMORY if self._in_memory else KEPT_BYTES):
            (first, last) = self._database.execute("SELECT min(seq), max(seq) FROM events").fetchone()
            self._database.execute("DELETE FROM events WHERE seq <= ?", (first + (last - first) // _TRIMMED_PARTS,))

    def _note_living(self, rows: list[Row]) -> None:
        for _, _, environment_id, event in rows:
            if event.find(_CREATING, 0, HEAD_BYTES) >= 0:
                self._database.execute("INSERT OR REPLACE INTO living VALUES (?, ?)", (environment_id, event))
            elif event.find(_STOPPED, 0, HEAD_BYTES) >= 0:
                self._database.execute("DELETE FROM living WHERE environment_id = ?", (environment_id,))

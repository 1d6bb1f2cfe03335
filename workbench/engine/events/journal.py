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

from workbench.engine.events.rows import HEAD_BYTES, Row, ends_of, without_middle
from workbench.model.failures import EngineError

FLUSH_INTERVAL_S = 0.2
"""Larger batches cost less an event. Readers write what is pending first, so they never miss one."""
LOCK_WAIT_S = 3.0
"""How long an engine waits for one that is just ending."""
KEPT_EVENTS = 2_000_000
KEPT_BYTES = 1 << 30
"""Above this the oldest events go while the engine runs."""
KEPT_BYTES_IN_MEMORY = 64 << 20
"""The same where another engine has the file."""
FLUSH_BYTES = 1 << 20
"""So much is written at once, however little time has passed."""
MOST_WAITING_BYTES = 16 << 20
"""Who writes log lines waits while so much is on its way to the disk."""
MOST_UNWRITTEN_BYTES = 64 << 20
"""So much waits for a disk that is full; then the oldest events are given up."""
MOST_READ_BYTES = 4 << 20
"""The answer to a reader, however many rows it asked for."""
MOST_OF_REQUEST_BYTES = 16 << 20
"""Of an invocation that logged more than this, its first and its last lines are told."""
_ROW_BYTES = 200
"""What a row costs beside its text."""
_TRIMMED_PARTS = 20
"""One of so many parts goes at a time."""

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, request_id TEXT, environment_id TEXT, event BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS events_of_request ON events (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_of_environment ON events (environment_id) WHERE request_id IS NULL;
CREATE TABLE IF NOT EXISTS living (environment_id TEXT PRIMARY KEY, event BLOB NOT NULL) WITHOUT ROWID;
"""
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
        self._is_usable = True
        self.is_taken = False
        """Whether another engine of this workspace has the file; this one's events live in memory."""

    async def open(self) -> int:
        """Open or create it; returns the last sequence number. Raises EngineError when the file is not usable."""
        try:
            return await self._in_thread(self._open)
        except sqlite3.Error as error:
            self._is_usable = False
            self._executor.shutdown()
            message = f"The journal {self._path} can not be used: {error}."
            raise EngineError(message, "Move it away; a new one is made.") from error

    def append(self, row: Row) -> None:
        """Keep an event; it is on disk within FLUSH_INTERVAL_S."""
        self._pending.append(row)
        self._pending_bytes += len(row[3]) + _ROW_BYTES
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

    async def read(self, since: int, limit: int, until: int | None = None) -> list[Row]:
        """Rows with seq above `since`, up to and including `until`, in order; fewer where they are large."""
        bound = until if until is not None else 2**62
        query = "SELECT seq, request_id, environment_id, event FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
        return await self._select(query, (since, bound, limit))

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

    async def lost_environments(self) -> list[bytes]:
        """The `sandbox.creating` events of environments that an engine which crashed left without an end.

        An engine that ends in order leaves none.
        """
        rows = await self._in_thread(lambda: self._database.execute("SELECT event FROM living").fetchall())
        return [event for (event,) in rows]

    async def close(self) -> None:
        """Write what is pending and close the file; nothing is to be done where it could not be opened."""
        if not self._is_usable:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._write_pending()
        await self._in_thread(self._database.close)
        self._executor.shutdown()

    async def _select(self, query: str, values: tuple[object, ...]) -> list[Row]:
        self._write_pending()
        return await self._in_thread(lambda: _bounded(self._database.execute(query, values)))

    def _of_request(self, request_id: str) -> list[Row]:
        sizes = self._database.execute("SELECT seq, length(event) FROM events WHERE request_id = ? ORDER BY seq", (request_id,))
        first, last = ends_of(sizes.fetchall(), MOST_OF_REQUEST_BYTES)
        query = "SELECT seq, request_id, environment_id, event FROM events WHERE request_id = ? ORDER BY seq"
        return without_middle(self._database.execute(query, (request_id,)), first, last)

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
        self._executor.submit(self._write, self._take())

    async def _in_thread(self, function: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)

    def _open(self) -> int:
        try:
            self._connect(str(self._path))
        except sqlite3.OperationalError as error:
            self.is_taken = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
            self.problem = f"This engine's history is not kept ({error}): another engine of this workspace may be writing it."
            self._connect(":memory:")
        (last,) = self._database.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
        self._database.execute("DELETE FROM events WHERE seq <= ?", (last - KEPT_EVENTS,))
        return int(last)

    def _connect(self, path: str) -> None:
        self._database = sqlite3.connect(path, timeout=LOCK_WAIT_S, isolation_level=None)
        self._database.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        # Request ids are random, so their index is written all over: keep it in memory (KiB) and copy its pages back less often.
        self._database.execute("PRAGMA cache_size=-32000")
        self._database.execute("PRAGMA wal_autocheckpoint=8000")
        self._database.executescript(_SCHEMA)

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
            self.problem = f"History is not being stored: {error}."
            kept_bytes = MOST_UNWRITTEN_BYTES if isinstance(error, sqlite3.OperationalError) else 0
            while _size(self._unwritten) > kept_bytes:
                self._give_up(len(self._unwritten) // 10 + 1)
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
        else:
            self._give_up(len(self._unwritten))
            self.problem = self.problem if self.is_taken else ""

    def _give_up(self, count: int) -> None:
        """So many of the oldest rows need no memory any more."""
        self._written_bytes += _size(self._unwritten[:count])
        self._unwritten = self._unwritten[count:]

    def _trim(self) -> None:
        """Let the oldest rows go while there is too much; the room is used again."""
        used, free, size = (self._database.execute(f"PRAGMA {name}").fetchone()[0]
                            for name in ("page_count", "freelist_count", "page_size"))
        if (used - free) * size > (KEPT_BYTES_IN_MEMORY if self.is_taken else KEPT_BYTES):
            (first, last) = self._database.execute("SELECT min(seq), max(seq) FROM events").fetchone()
            self._database.execute("DELETE FROM events WHERE seq <= ?", (first + (last - first) // _TRIMMED_PARTS,))

    def _note_living(self, rows: list[Row]) -> None:
        for _, _, environment_id, event in rows:
            if event.find(_CREATING, 0, HEAD_BYTES) >= 0:
                self._database.execute("INSERT OR REPLACE INTO living VALUES (?, ?)", (environment_id, event))
            elif event.find(_STOPPED, 0, HEAD_BYTES) >= 0:
                self._database.execute("DELETE FROM living WHERE environment_id = ?", (environment_id,))


def _size(rows: list[Row]) -> int:
    return sum(len(row[3]) + _ROW_BYTES for row in rows)


def _bounded(found: Iterable[Row]) -> list[Row]:
    rows, left = [], MOST_READ_BYTES
    for row in found:
        rows.append(row)
        left -= len(row[3])
        if left <= 0:
            break
    return rows

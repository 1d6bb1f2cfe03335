"""The stream's memory: SQLite in WAL mode, written in batches by one thread, read by the same.

One engine at a time has the file (an exclusive lock that a crash releases); a second one keeps its events in memory.
A crash of the engine loses at most the last `FLUSH_INTERVAL_S` of events; what a person saved is not in here.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from workbench.model.failures import EngineError

FLUSH_INTERVAL_S = 0.2
"""Larger batches cost less an event. Readers write what is pending first, so they never miss one."""
LOCK_WAIT_S = 3.0
"""How long an engine waits for one that is just ending."""
KEPT_EVENTS = 2_000_000
MOST_UNWRITTEN = 200_000
"""So many events wait for a disk that is full; then the oldest are given up."""

T = TypeVar("T")
Row = tuple[int, str, str, bytes]
"""seq, request id, environment id, the event's JSON."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, request_id TEXT, environment_id TEXT, event BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS events_of_request ON events (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_of_environment ON events (environment_id) WHERE request_id IS NULL;
CREATE TABLE IF NOT EXISTS living (environment_id TEXT PRIMARY KEY, event BLOB NOT NULL) WITHOUT ROWID;
"""
_CREATING, _STOPPED = b'"type":"sandbox.creating"', b'"type":"sandbox.stopped"'
_HEAD_BYTES = 120
"""The type stands near the beginning of an event's JSON."""


class Journal:
    """Append-only store of events. All methods are called on the engine's loop; disk work happens in one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending: list[Row] = []
        self._unwritten: list[Row] = []
        """Of the thread: what the disk did not take yet."""
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
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_INTERVAL_S, self._flush_soon)

    async def written(self) -> None:
        """Return when everything appended so far is on disk."""
        self._write_pending()
        await self._in_thread(lambda: None)

    async def read(self, since: int, limit: int, until: int | None = None) -> list[Row]:
        """Rows with seq above `since`, up to and including `until`, in order."""
        bound = until if until is not None else 2**62
        query = "SELECT seq, request_id, environment_id, event FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
        return await self._select(query, (since, bound, limit))

    async def of_request(self, request_id: str) -> list[Row]:
        """All rows of one invocation, in order."""
        query = "SELECT seq, request_id, environment_id, event FROM events WHERE request_id = ? ORDER BY seq"
        return await self._select(query, (request_id,))

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
        return await self._in_thread(lambda: self._database.execute(query, values).fetchall())

    def _take(self) -> list[Row]:
        rows, self._pending = self._pending, []
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
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            self.problem = f"History is not being stored: {error}."
            kept = MOST_UNWRITTEN if isinstance(error, sqlite3.OperationalError) else 0
            self._unwritten = self._unwritten[max(0, len(self._unwritten) - kept):]
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
        else:
            self._unwritten = []
            self.problem = self.problem if self.is_taken else ""

    def _note_living(self, rows: list[Row]) -> None:
        for _, _, environment_id, event in rows:
            if event.find(_CREATING, 0, _HEAD_BYTES) >= 0:
                self._database.execute("INSERT OR REPLACE INTO living VALUES (?, ?)", (environment_id, event))
            elif event.find(_STOPPED, 0, _HEAD_BYTES) >= 0:
                self._database.execute("DELETE FROM living WHERE environment_id = ?", (environment_id,))

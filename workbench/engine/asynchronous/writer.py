"""Writes the queue's file in one thread: what waits while something is being written goes to the disk together.

New events of such a group are one statement. Python gives up its global lock for each statement and has to wait for it again
while the engine's loop is busy, so a statement for each of them would cost more than the disk does.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from workbench.engine.asynchronous.queue_file import open_queue
from workbench.model.failures import WorkspaceError

T = TypeVar("T")
NewRow = tuple[str, int, int, bytes, bytes]
"""A new event: its function, when it is due, when it was accepted (both in epoch milliseconds), its head, its payload."""
_Change = Callable[[sqlite3.Connection], Any]

_INSERT = "INSERT INTO events (function, state, due_ms, accepted_ms, attempts, backoffs, why, head, payload) VALUES "
_VALUES = "(?, 0, ?, ?, 0, 0, '', ?, ?)"
_MOST_ROWS = 64
"""How many rows one statement inserts: 320 values, of 999 that a statement may have everywhere. Python keeps one of each length
prepared (SQLite, "Limits": SQLITE_MAX_VARIABLE_NUMBER before 3.32).
"""


class _Group:
    """What goes to the disk together: new events, then changes, each with the future that its caller awaits."""

    def __init__(self) -> None:
        self.rows: list[NewRow] = []
        self.changes: list[_Change] = []
        self.added: list[asyncio.Future[Any]] = []
        self.changed: list[asyncio.Future[Any]] = []

    def __bool__(self) -> bool:
        return bool(self.rows or self.changes)

    def commit(self, database: sqlite3.Connection) -> list[Any]:
        """Write all of it or nothing, and return the numbers of the new events, then what each change returns."""
        if not self.changes and len(self.rows) <= _MOST_ROWS:
            return _added(database, self.rows)  # one statement is a transaction of its own
        database.execute("BEGIN IMMEDIATE")
        try:
            results = [*_added(database, self.rows), *(change(database) for change in self.changes)]
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise
        return results

    def succeeded(self, results: Sequence[Any]) -> None:
        """Give the callers their results."""
        for done, result in zip((*self.added, *self.changed), results, strict=True):
            if not done.done():  # its caller was not canceled meanwhile
                done.set_result(result)

    def failed(self, error: BaseException) -> None:
        """Have the callers receive the error."""
        for done in (*self.added, *self.changed):
            if not done.done():
                done.set_exception(error)
                done.exception()  # a canceled caller does not ask for it


class QueueWriter:
    """The file. Use it on the engine's loop. All changes are made in the order in which they were asked for, new events before
    those that wait with them; reads may overtake changes whose callers still wait.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="queue")
        self._database: sqlite3.Connection | None = None
        self._pending = _Group()
        self._writing: asyncio.Future[list[Any]] | None = None

    async def open(self) -> None:
        """Open the file. Raises sqlite3.Error and OSError if the machine keeps it from being opened."""
        await asyncio.get_running_loop().run_in_executor(self._executor, self._open)

    def add(self, row: NewRow) -> asyncio.Future[int]:
        """Keep a new event; the future has its number once it is on disk, or WorkspaceError, and then it is not kept.

        The numbers increase in the order of these calls, and none is used twice.
        """
        kept: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._pending.rows.append(row)
        self._pending.added.append(kept)
        self._begin()
        return kept

    async def write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `change` returns once it is on disk. Raises WorkspaceError, and then nothing of it is.

        The change is written even if the caller is canceled. `change` is called in the thread.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._pending.changes.append(change)
        self._pending.changed.append(done)
        self._begin()
        return await done

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `query` finds; it is called in the thread. Raises WorkspaceError."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._guarded, query)

    async def close(self) -> None:
        """Close the file, after what waits is on disk. Idempotent."""
        while self._writing is not None:
            await asyncio.wait([self._writing])
        database, self._database = self._database, None
        if database is not None:
            await asyncio.get_running_loop().run_in_executor(self._executor, database.close)
        self._executor.shutdown()

    def _open(self) -> None:
        self._database = open_queue(self.path)

    def _begin(self) -> None:
        if self._writing is None and self._pending:
            group, self._pending = self._pending, _Group()
            self._writing = asyncio.get_running_loop().run_in_executor(self._executor, self._guarded, group.commit)
            self._writing.add_done_callback(lambda written: self._written(group, written))

    def _written(self, group: _Group, written: asyncio.Future[list[Any]]) -> None:
        self._writing = None
        self._begin()
        error = written.exception()
        if error is None:
            group.succeeded(written.result())
        else:
            group.failed(error)

    def _guarded(self, call: Callable[[sqlite3.Connection], T]) -> T:
        if self._database is None:
            raise WorkspaceError("The queue of asynchronous invocations is not open.", "Start the engine again.")
        try:
            return call(self._database)
        except sqlite3.Error as error:
            raise WorkspaceError(f"The queue of asynchronous invocations could not be written: {error}.",
                                 f"Check the disk of {self.path.parent}.") from error


def _added(database: sqlite3.Connection, rows: Sequence[NewRow]) -> list[int]:
    """Insert new events and return their numbers, which follow one another: nobody else writes this file."""
    numbers: list[int] = []
    for begin in range(0, len(rows), _MOST_ROWS):
        some = rows[begin:begin + _MOST_ROWS]
        values = tuple(chain.from_iterable(some))
        last = database.execute(_INSERT + ", ".join([_VALUES] * len(some)), values).lastrowid or 0
        numbers += range(last - len(some) + 1, last + 1)
    return numbers

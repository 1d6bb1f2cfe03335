"""Writes the queue's file in one thread: changes that wait while one is being written go to the disk together."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from workbench.engine.asynchronous.queue_file import open_queue
from workbench.model.failures import WorkspaceError

T = TypeVar("T")
_Waiting = tuple[Callable[[sqlite3.Connection], Any], "asyncio.Future[Any]"]


class QueueWriter:
    """The file. Use it on the engine's loop. All calls run in the order in which they were made, except that reads may overtake
    changes whose callers still wait.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="queue")
        self._database: sqlite3.Connection | None = None
        self._pending: list[_Waiting] = []
        self._writing: asyncio.Future[list[Any]] | None = None

    async def open(self) -> None:
        """Open the file. Raises sqlite3.Error and OSError if the machine keeps it from being opened."""
        await asyncio.get_running_loop().run_in_executor(self._executor, self._open)

    async def write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `change` returns once it is on disk. Raises WorkspaceError, and then nothing of it is.

        The change is written even if the caller is canceled. `change` is called in the thread.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._pending.append((change, done))
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
            batch, self._pending = self._pending, []
            changes = [change for change, _ in batch]
            self._writing = asyncio.get_running_loop().run_in_executor(self._executor, self._commit, changes)
            self._writing.add_done_callback(lambda written: self._written(batch, written))

    def _written(self, batch: list[_Waiting], written: asyncio.Future[list[Any]]) -> None:
        self._writing = None
        self._begin()
        error = written.exception()
        results: list[Any] = written.result() if error is None else [None] * len(batch)
        for (_, done), result in zip(batch, results, strict=True):
            if done.done():
                continue
            if error is None:
                done.set_result(result)
            else:
                done.set_exception(error)
                done.exception()  # a canceled caller does not ask for it

    def _commit(self, changes: list[Callable[[sqlite3.Connection], Any]]) -> list[Any]:
        def together(database: sqlite3.Connection) -> list[Any]:
            database.execute("BEGIN IMMEDIATE")
            try:
                results = [change(database) for change in changes]
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise
            return results

        return self._guarded(together)

    def _guarded(self, call: Callable[[sqlite3.Connection], T]) -> T:
        if self._database is None:
            raise WorkspaceError("The queue of asynchronous invocations is not open.", "Start the engine again.")
        try:
            return call(self._database)
        except sqlite3.Error as error:
            raise WorkspaceError(f"The queue of asynchronous invocations could not be written: {error}.",
                                 f"Check the disk of {self.path.parent}.") from error

"""The records on disk: one SQLite file in the workspace's state folder, written in transactions that outlive a crash.

A change is acknowledged only when it is on disk. A file that is damaged or of a later version is set aside and reported.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from workbench.engine.registry.attached import ATTACHED
from workbench.engine.registry.override_records import OVERRIDES
from workbench.engine.registry.records import KINDS, Record
from workbench.model.failures import WorkspaceError
from workbench.storage.safe_files import Unfit, open_regular, set_aside
from workbench.storage.state_file import UNTOLD
from workbench.storage.state_home import own_folder

_VERSION = 1
_TABLE = ("CREATE TABLE records (kind TEXT NOT NULL, key TEXT NOT NULL, record BLOB NOT NULL, PRIMARY KEY (kind, key)) "
          "WITHOUT ROWID")
_SEPARATOR = "\x1f"
_KINDS = {kind.__name__: kind for kind in (*KINDS, *ATTACHED, *OVERRIDES)}


class RegistryStore:
    """The file. Use it on the engine's loop; a thread of its own does the work, one call after the other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="registry")
        self._database: sqlite3.Connection | None = None

    async def load(self) -> list[Record]:
        """Open the file, or begin one, and return all records."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._load)

    async def commit(self, kept: Iterable[Record], removed: Iterable[Record]) -> None:
        """Write and remove records in one transaction. Raises WorkspaceError, and then nothing has changed."""
        await asyncio.get_running_loop().run_in_executor(self._executor, self._commit, tuple(kept), tuple(removed))

    async def close(self) -> None:
        """Close the file."""
        def close() -> None:
            if self._database is not None:
                self._database.close()

        await asyncio.get_running_loop().run_in_executor(self._executor, close)
        self._executor.shutdown()

    def _load(self) -> list[Record]:
        if not self._path.exists():
            return []
        try:
            self._database = self._opened()
            rows = self._database.execute("SELECT kind, record FROM records").fetchall()
            return [msgspec.json.decode(record, type=_KINDS[kind]) for kind, record in rows if kind in _KINDS]
        except (sqlite3.Error, msgspec.MsgspecError, Unfit, OSError, ValueError):
            self._set_aside()
            return []

    def _set_aside(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                set_aside(self._path.with_name(self._path.name + suffix), "damaged", UNTOLD if not suffix else "")

    def _opened(self) -> sqlite3.Connection:
        """Open the file, created for this user alone. Raises sqlite3.Error, Unfit and OSError, ValueError for a later version."""
        os.close(open_regular(self._path, os.O_RDWR | os.O_CREAT))
        database = sqlite3.connect(self._path, check_same_thread=False)
        # FULL: an acknowledged change survives the machine's power, too. WAL: two writes to the disk per change and not six.
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise ValueError(version)
        if version < _VERSION:
            with database:
                database.execute(_TABLE)
                database.execute(f"PRAGMA user_version = {_VERSION}")
        return database

    def _commit(self, kept: tuple[Record, ...], removed: tuple[Record, ...]) -> None:
        try:
            if self._database is None:
                own_folder(self._path.parent)
                self._database = self._opened()
            with self._database:
                self._database.executemany(
                    "DELETE FROM records WHERE kind = ? AND key = ?", [_identity(each) for each in removed])
                self._database.executemany(
                    "INSERT OR REPLACE INTO records VALUES (?, ?, ?)",
                    [(*_identity(each), msgspec.json.encode(each)) for each in kept])
        except (sqlite3.Error, Unfit, OSError) as error:
            raise WorkspaceError(f"The change could not be saved: {error}.", f"Check the disk of {self._path.parent}.") from error


def _identity(record: Record) -> tuple[str, str]:
    return type(record).__name__, _SEPARATOR.join(record.key)

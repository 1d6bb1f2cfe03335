"""Records on disk: one SQLite file in the workspace's state folder, written in transactions that outlive a crash.

A change is acknowledged only when it is on disk. A file that is damaged or of a later version is set aside and reported.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from workbench.engine.registry.attached import ATTACHED
from workbench.engine.registry.override_records import OVERRIDES
from workbench.engine.registry.records import KINDS, Record
from workbench.model.failures import WorkspaceError
from workbench.storage.safe_files import Reason, Unfit, check_regular, open_regular, set_aside
from workbench.storage.sqlite_damage import is_damage
from workbench.storage.state_file import UNTOLD
from workbench.storage.state_home import own_folder

_VERSION = 1
_TABLE = ("CREATE TABLE records (kind TEXT NOT NULL, key TEXT NOT NULL, record BLOB NOT NULL, PRIMARY KEY (kind, key)) "
          "WITHOUT ROWID")
_LARGEST_BYTES = 4_000_000_000
"""A larger file is set aside; records of a few KB never make one."""
_BESIDE = ("", "-wal", "-shm", "-journal")
"""The file, and what SQLite keeps beside it."""
_SEPARATOR = "\x1f"
RECORD_KINDS: Mapping[str, type[Record]] = {kind.__name__: kind for kind in (*KINDS, *ATTACHED, *OVERRIDES)}
"""Every kind of record by the name that it is stored under."""


class RegistryStore:
    """The file. Use it on the engine's loop; a thread of its own does the work, one call after the other."""

    def __init__(self, path: Path, kinds: Mapping[str, type[Record]] = RECORD_KINDS) -> None:
        """`kinds`: every kind of record that the file may have, by its name."""
        self._path = path
        self._kinds = kinds
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="registry")
        self._database: sqlite3.Connection | None = None

    async def load(self) -> list[Record]:
        """Open the file and return all records. Raises WorkspaceError if the machine keeps it from being read."""
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
        if not os.path.lexists(self._path):
            return []
        try:
            self._database = self._opened()
            if self._database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise Unfit("damaged")  # zeros in a page would be read as records that are not there
            rows = self._database.execute("SELECT kind, record FROM records").fetchall()
            return [msgspec.json.decode(record, type=self._kinds[kind]) for kind, record in rows if kind in self._kinds]
        except Unfit as unfit:
            self._set_aside(unfit.reason)
        except sqlite3.Error as error:
            if not is_damage(error):
                self._close()
                raise self._unreadable(error) from error
            self._set_aside("damaged")
        except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
            self._set_aside("damaged")
        except OSError as error:
            raise self._unreadable(error) from error
        return []

    def _unreadable(self, error: Exception) -> WorkspaceError:
        return WorkspaceError(f"What the API made is not there and cannot be changed: {self._path} cannot be read ({error}).",
                              "Check its disk and its access rights, then start the engine again.")

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _set_aside(self, reason: Reason) -> None:
        self._close()
        for suffix in _BESIDE:
            with contextlib.suppress(OSError):
                set_aside(self._path.with_name(self._path.name + suffix), reason, UNTOLD if not suffix else "")

    def _opened(self) -> sqlite3.Connection:
        """Open the file, created for this user alone. Raises sqlite3.Error and OSError, Unfit for one that is not ours."""
        own_folder(self._path.parent)
        for suffix in _BESIDE:
            check_regular(self._path.with_name(self._path.name + suffix), missing_ok=True)
        os.close(open_regular(self._path, os.O_RDWR | os.O_CREAT))
        if self._path.stat().st_size > _LARGEST_BYTES:
            raise Unfit("too-large")
        database = sqlite3.connect(self._path, check_same_thread=False)
        try:
            _prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _commit(self, kept: tuple[Record, ...], removed: tuple[Record, ...]) -> None:
        try:
            if self._database is None:
                self._database = self._opened()
            with self._database:
                self._database.executemany(
                    "DELETE FROM records WHERE kind = ? AND key = ?", [_identity(each) for each in removed])
                self._database.executemany(
                    "INSERT OR REPLACE INTO records VALUES (?, ?, ?)",
                    [(*_identity(each), msgspec.json.encode(each)) for each in kept])
        except (sqlite3.Error, Unfit, OSError) as error:
            raise WorkspaceError(f"The change could not be saved: {error}.", f"Check the disk of {self._path.parent}.") from error


def _prepare(database: sqlite3.Connection) -> None:
    """Bring a database into the form of this version. Raises sqlite3.Error, and Unfit for a later version or another schema."""
    database.execute("PRAGMA trusted_schema = OFF")
    # FULL: an acknowledged change survives the machine's power, too. WAL: two writes to the disk per change and not six.
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version > _VERSION:
        raise Unfit("later-version")
    if version < _VERSION:
        with database:
            database.execute("BEGIN")  # Python begins no transaction for these, and half of them would read as damage
            database.execute(_TABLE)
            database.execute(f"PRAGMA user_version = {_VERSION}")
    if database.execute("SELECT sql FROM sqlite_master LIMIT 2").fetchall() != [(_TABLE,)]:
        raise Unfit("damaged")


def _identity(record: Record) -> tuple[str, str]:
    return type(record).__name__, _SEPARATOR.join(record.key)

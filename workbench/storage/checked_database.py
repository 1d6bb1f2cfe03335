"""A SQLite file of our own state: for this user alone, checked when it is opened, and never a reason not to start.

What is in its place and cannot be used (a link, a folder, a damaged file, one of a later version) is set aside under a name that
says why, and reported once (`state_file.untold`); a new file is begun.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from workbench.storage.safe_files import Reason, Unfit, check_regular, open_regular, set_aside
from workbench.storage.sqlite_damage import is_damage
from workbench.storage.state_file import UNTOLD
from workbench.storage.state_home import own_folder

_BESIDE = ("", "-wal", "-shm", "-journal")
"""The file, and what SQLite keeps beside it."""


class CheckedDatabase:
    """One file with one table. Every call blocks; make them from one thread at a time.

    What was committed survives a crash of the machine (`synchronous = FULL`).
    """

    def __init__(self, path: Path, table: str, version: int, largest_bytes: int) -> None:
        """`table`: the statement that creates it. `version` is kept in the file. A file of more bytes is set aside."""
        self.path = path
        self._table = table
        self._version = version
        self._largest_bytes = largest_bytes
        self._connection: sqlite3.Connection | None = None

    @property
    def exists(self) -> bool:
        """Whether anything was ever kept."""
        return self._connection is not None or os.path.lexists(self.path)

    def connection(self) -> sqlite3.Connection:
        """Return the open file; the first call opens it. Raises sqlite3.Error and OSError for what is wrong with the machine."""
        if self._connection is None:
            try:
                self._connection = self._opened()
            except Unfit as unfit:
                self._connection = self._begun_anew(unfit.reason)
            except sqlite3.Error as error:
                if not is_damage(error):
                    raise
                self._connection = self._begun_anew("damaged")
        return self._connection

    def close(self) -> None:
        """Close the file. The next call opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _begun_anew(self, reason: Reason) -> sqlite3.Connection:
        for suffix in _BESIDE:
            with contextlib.suppress(FileNotFoundError):
                set_aside(self.path.with_name(self.path.name + suffix), reason, UNTOLD if not suffix else "")
        try:
            return self._opened()
        except Unfit as unfit:
            raise OSError(f"{self.path} cannot be replaced ({unfit.reason})") from unfit

    def _opened(self) -> sqlite3.Connection:
        own_folder(self.path.parent)
        for suffix in _BESIDE:
            check_regular(self.path.with_name(self.path.name + suffix), missing_ok=True)
        os.close(open_regular(self.path, os.O_RDWR | os.O_CREAT))
        if self.path.stat().st_size > self._largest_bytes:
            raise Unfit("too-large")
        connection = sqlite3.connect(self.path, check_same_thread=False)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Bring it into the form of this version. Raises sqlite3.Error, and Unfit for a later version or another schema."""
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > self._version:
            raise Unfit("later-version")
        if version < self._version:
            with connection:
                connection.execute("BEGIN")  # Python begins no transaction for these, and half of them would read as damage
                connection.execute(self._table)
                connection.execute(f"PRAGMA user_version = {self._version}")
        tables = connection.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' LIMIT 2").fetchall()
        if tables != [(self._table,)] or connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise Unfit("damaged")

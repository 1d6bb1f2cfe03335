"""Opens the queue's file: one SQLite database in the person's state folder, of a known version, for one engine at a time.

It is not in the workspace's own folder, which a clone may have brought: what is in the queue is run.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from workbench.storage.safe_files import Unfit, check_regular, open_regular, set_aside
from workbench.storage.sqlite_damage import is_damage
from workbench.storage.state_file import UNTOLD
from workbench.storage.state_home import own_folder

VERSION = 2
_FIRST_VERSION = (
    "CREATE TABLE events (event_id INTEGER PRIMARY KEY AUTOINCREMENT, function TEXT NOT NULL, state INTEGER NOT NULL, "
    "due_ms INTEGER NOT NULL, accepted_ms INTEGER NOT NULL, attempts INTEGER NOT NULL, backoffs INTEGER NOT NULL, "
    "why TEXT NOT NULL, head BLOB NOT NULL, last BLOB, payload BLOB NOT NULL)",
    "CREATE INDEX events_due ON events (function, state, due_ms, event_id)",
    "CREATE TABLE clocks (function TEXT PRIMARY KEY, held_ms INTEGER, offset_ms INTEGER NOT NULL) WITHOUT ROWID",
)
_SINCE_SECOND = (
    "CREATE TABLE ended (number INTEGER PRIMARY KEY, event_id INTEGER NOT NULL UNIQUE, condition TEXT NOT NULL, "
    "ended_ms INTEGER NOT NULL, why TEXT NOT NULL, attempts INTEGER NOT NULL, accepted_ms INTEGER NOT NULL, head BLOB NOT NULL, "
    "payload BLOB NOT NULL)",
)
_LARGEST_BYTES = 64_000_000_000
"""A larger file is set aside; it would be a queue of 64,000 events of the largest size."""
_LONGEST_VALUE_BYTES = 16_000_000
"""The maximum size of a value: an event is 1 MB, a response 6 MB."""
_CHECKED_BYTES = 32_000_000
"""A larger file is not read as a whole at the start, which would take seconds."""
_LOCK_WAIT_S = 3.0
"""How long an engine waits for the lock of one that is just ending, in seconds."""
_BESIDE = ("", "-wal", "-shm", "-journal")
"""The file, and what SQLite keeps beside it."""


def open_queue(path: Path) -> sqlite3.Connection:
    """Return the database, a new one where there is none. One that is damaged, foreign or of a later version is set aside.

    Raises sqlite3.Error and OSError if the machine keeps it from being opened. Blocks; call it in the thread that uses it.
    """
    own_folder(path.parent)
    for is_last in (False, True):  # the second time with the old file set aside
        try:
            return _opened(path)
        except Unfit as unfit:
            if is_last:
                raise OSError(f"{path} cannot be set aside") from unfit
            _put_aside(path, unfit)
    raise AssertionError


def _opened(path: Path) -> sqlite3.Connection:
    for suffix in _BESIDE:
        check_regular(path.with_name(path.name + suffix), missing_ok=True)
    os.close(open_regular(path, os.O_RDWR | os.O_CREAT))
    if path.stat().st_size > _LARGEST_BYTES:
        raise Unfit("too-large")
    database = sqlite3.connect(path, timeout=_LOCK_WAIT_S, isolation_level=None)
    try:
        _prepare(database)
    except sqlite3.Error as error:
        database.close()
        if is_damage(error):
            raise Unfit("damaged") from error
        raise
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection) -> None:
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE_BYTES)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA locking_mode = EXCLUSIVE")  # a second engine of this workspace must not run the same events
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")  # an accepted event survives the machine's power, too
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise Unfit("later-version")
    if version < VERSION:
        _create(database, _SINCE_SECOND if version else (*_FIRST_VERSION, *_SINCE_SECOND))
    if {row[0] for row in database.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL AND name <> 'sqlite_sequence'")
        } != {*_FIRST_VERSION, *_SINCE_SECOND}:
        raise Unfit("damaged")
    pages, page_bytes = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    if pages * page_bytes < _CHECKED_BYTES and database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise Unfit("damaged")


def _create(database: sqlite3.Connection, tables: Sequence[str]) -> None:
    database.execute("BEGIN IMMEDIATE")  # half of these would read as damage
    for statement in tables:
        database.execute(statement)
    database.execute(f"PRAGMA user_version = {VERSION}")
    database.execute("COMMIT")


def _put_aside(path: Path, unfit: Unfit) -> None:
    for suffix in _BESIDE:
        with contextlib.suppress(OSError):
            set_aside(path.with_name(path.name + suffix), unfit.reason, UNTOLD if not suffix else "")

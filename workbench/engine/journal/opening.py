"""Opens the journal's file with care: it may have come with a clone, be damaged, or not be a journal at all.

A file that cannot be our journal is set aside, with what SQLite keeps beside it, and a new one is begun. If no file can be had (a
full disk, another engine), events are kept in memory. Nothing in a file is run: one with a trigger or view is not ours.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from workbench.engine.journal.schema import INDEXED_SINCE, VERSION, create, known_definitions
from workbench.storage.safe_files import Reason, Unfit, check_regular, set_aside
from workbench.storage.sqlite_damage import is_damage
from workbench.storage.state_file import sentence_of

LOCK_WAIT_S = 3.0
"""How long an engine waits for the lock of one that is just ending, in seconds."""
LARGEST_BYTES = 8_000_000_000
"""A larger file is set aside; an engine keeps far less."""
LONGEST_VALUE_BYTES = 64_000_000
"""The maximum size of a value: more than the largest event, a payload of 6 MB as JSON in JSON. SQLite's own limit is 1 GB."""
MOST_SEQ = 2**53
"""A larger sequence number is no event's, and numbering could not go on from it."""

_MEMORY = ":memory:"
_ROLLBACK = "-journal"
"""Ours has none (it writes ahead); one that was brought along may have SQLite delete any file it names."""
ROLLBACK_WAIT_S = LOCK_WAIT_S
"""How long to wait for the end of one: another engine that creates the file at this moment has one for some milliseconds, until
its database writes ahead. One that was brought along stays.
"""
_LOOK_S = 0.01
_LAST_SEQ = "SELECT coalesce(max(seq), 0) FROM (SELECT max(seq) AS seq FROM events UNION ALL SELECT max(seq) FROM blocks)"
_BESIDE = ("-wal", "-shm", _ROLLBACK)


class OpenedJournal(msgspec.Struct, frozen=True):
    """A database that can be written. `problem`: a sentence for the person, or "". `is_taken`: another engine has the file."""

    database: sqlite3.Connection
    last_seq: int
    problem: str = ""
    is_taken: bool = False
    in_memory: bool = False


def open_journal(path: Path) -> OpenedJournal:
    """Return the journal, a new one, or one in memory; never fails because of what is in the folder.

    Blocks. Call it in the thread that uses the database, because SQLite connections are bound to their thread.
    """
    told = ""
    for _ in range(2):  # the second time with the old file set aside
        try:
            _check_names(path)
            database = _connected(str(path))
            return OpenedJournal(database, _checked_last_seq(database), told)
        except Unfit as unfit:
            told = put_aside(path, unfit.reason)
        except sqlite3.Error as error:
            if not is_damage(error):
                return in_memory(_why_not(error), is_taken=error.sqlite_errorcode == sqlite3.SQLITE_BUSY)
            told = put_aside(path, "damaged")
    return in_memory(told or "This engine's history is not kept: its file cannot be set aside.")


def put_aside(path: Path, reason: Reason) -> str:
    """Rename the file together with what belongs to it, so that it can still be opened, and return a sentence about it."""
    try:
        target = set_aside(path, reason) if os.path.lexists(path) else path.with_name(f"{path.name}.{reason}")
    except OSError as error:
        return f"This engine's history is not kept: {path} cannot be set aside ({error.strerror or error})."
    for name in _BESIDE:
        with suppress(OSError):
            os.rename(f"{path}{name}", f"{target}{name}")
    return sentence_of(path.name, reason, str(target))


def _check_names(path: Path) -> None:
    """Raise Unfit where SQLite would open, or delete, something else than its own files."""
    until_s = time.monotonic() + ROLLBACK_WAIT_S
    while os.path.lexists(f"{path}{_ROLLBACK}"):
        if time.monotonic() > until_s or not _may_be_an_engines(Path(f"{path}{_ROLLBACK}")):
            raise Unfit("damaged")
        time.sleep(_LOOK_S)
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        check_regular(name, own=False, missing_ok=True, single=True)
    with suppress(FileNotFoundError):
        if path.lstat().st_size > LARGEST_BYTES:
            raise Unfit("too-large")


def _may_be_an_engines(rollback: Path) -> bool:
    """Whether another engine may be writing this rollback journal now: a file that was changed a moment ago."""
    try:
        status = rollback.lstat()
    except FileNotFoundError:
        return True  # it was
    return stat.S_ISREG(status.st_mode) and time.time() - status.st_mtime < ROLLBACK_WAIT_S


def _connected(path: str) -> sqlite3.Connection:
    """Open the database. Raises sqlite3.Error, and Unfit for one that is not ours."""
    database = sqlite3.connect(path, timeout=LOCK_WAIT_S, isolation_level=None)
    try:
        # First what protects against a hostile file (sqlite.org, "Defense Against The Dark Arts"), before anything of it is read.
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE_BYTES)
        database.execute("PRAGMA trusted_schema=OFF")
        database.execute("PRAGMA cell_size_check=ON")
        # Before the first table: a file that grew can then be shrunk in steps, by giving free pages back to the disk. And before
        # the lock: this reads the file, and of two engines that both kept a lock for reading, none could ever write.
        database.execute("PRAGMA auto_vacuum=INCREMENTAL")
        database.execute("PRAGMA locking_mode=EXCLUSIVE")
        database.execute("PRAGMA journal_mode=WAL")
        _check_schema(database)
        # What is deleted is overwritten where that costs nothing; what a person has forgotten, everywhere, see `forgetting`.
        database.execute("PRAGMA secure_delete=FAST")
        # A power failure may lose the last batches but damages nothing in WAL mode; FULL would wait for the disk at every batch.
        database.execute("PRAGMA synchronous=NORMAL")
        # Request IDs are random, so their index is written all over: keep it in memory (KiB) and copy its pages back less often.
        database.execute("PRAGMA cache_size=-32000")
        database.execute("PRAGMA wal_autocheckpoint=8000")
        _bring_up_to_date(database)
    except BaseException:
        with suppress(sqlite3.Error):
            database.close()
        raise
    return database


def _bring_up_to_date(database: sqlite3.Connection) -> None:
    """Make what is missing in the file. Raises Unfit for one of a later version, which this one might damage."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise Unfit("later-version")
    (is_new,) = database.execute("SELECT NOT EXISTS (SELECT 1 FROM sqlite_master)").fetchone()
    create(database)
    if is_new or version >= INDEXED_SINCE:
        database.execute(f"PRAGMA user_version={VERSION}")


def _check_schema(database: sqlite3.Connection) -> None:
    """Raise Unfit unless everything in the schema is ours."""
    if not _definitions(database) <= known_definitions():
        raise Unfit("damaged")


def _definitions(database: sqlite3.Connection) -> set[tuple[object, ...]]:
    return set(database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master LIMIT 100"))


def last_seq(database: sqlite3.Connection) -> int:
    """Return the number of the last event, 0 if there is none."""
    (last,) = database.execute(_LAST_SEQ).fetchone()
    return int(last)


def _checked_last_seq(database: sqlite3.Connection) -> int:
    try:
        last = last_seq(database)
        if last > MOST_SEQ:
            raise Unfit("damaged")
    except BaseException:
        database.close()
        raise
    return last


def in_memory(problem: str, *, is_taken: bool = False) -> OpenedJournal:
    """Return a journal in memory, which ends with the engine."""
    return OpenedJournal(_connected(_MEMORY), 0, problem, is_taken, in_memory=True)


def _why_not(error: sqlite3.Error) -> str:
    if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
        return f"This engine's history is not kept ({error}): another engine of this workspace may be writing it."
    return f"This engine's history is not kept: {error}."

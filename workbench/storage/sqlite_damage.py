"""Whether SQLite failed because of a file, or because of the machine: a sound file must not be set aside for a full disk."""

from __future__ import annotations

import sqlite3

_OF_THE_MACHINE = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT})


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file is at fault and not the machine. The low byte is the primary code of an extended one."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF not in _OF_THE_MACHINE

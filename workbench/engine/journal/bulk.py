"""Writes many rows with few statements.

Python gives up its global lock for each statement that SQLite runs, also for each row of an `executemany`, and has to wait for it
again while the engine's loop is busy; so each row would also interrupt that loop.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import chain

MOST_VALUES = 999
"""How many values a statement may have everywhere. Source: SQLite, "Limits": SQLITE_MAX_VARIABLE_NUMBER before 3.32."""
_MOST_ROWS = 128


def insert(database: sqlite3.Connection, into: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows of equal length. `into`: the statement up to its values."""
    begin = 0
    while begin < len(rows):
        width = len(rows[0])
        some = rows[begin:begin + _power_of_two(min(len(rows) - begin, MOST_VALUES // width, _MOST_ROWS))]
        places = ",".join([f"({','.join('?' * width)})"] * len(some))
        database.execute(f"{into} VALUES {places}", tuple(chain.from_iterable(some)))
        begin += len(some)


def _power_of_two(most: int) -> int:
    """Return the largest one up to a number. With few different lengths, Python has the statements prepared."""
    return 1 << (most.bit_length() - 1)

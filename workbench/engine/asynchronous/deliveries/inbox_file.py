"""The inbox on disk: one SQLite file in the workspace's state folder, bounded in number and size."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from workbench.model.failures import WorkspaceError
from workbench.model.inbox import InboxFilter, InboxMessage
from workbench.storage.checked_database import CheckedDatabase

_VERSION = 1
_TABLE = ("CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, function_name TEXT NOT NULL, "
          "request_id TEXT NOT NULL, kind TEXT NOT NULL, size_bytes INTEGER NOT NULL, message BLOB NOT NULL)")
_LARGEST_BYTES = 1_000_000_000
"""A larger file is set aside; the bounds make none of a quarter of that."""


class Bounds(msgspec.Struct, frozen=True):
    """What an inbox holds at most; the oldest messages make room for new ones."""

    messages: int = 10_000
    size_bytes: int = 100_000_000


class InboxFile:
    """The file. Every call blocks; make them from one thread at a time. Raises WorkspaceError if the disk refuses.

    What was added is on disk. The file is opened when it is first needed, and made when there is something to keep.
    """

    def __init__(self, path: Path, bounds: Bounds) -> None:
        self._database = CheckedDatabase(path, _TABLE, _VERSION, _LARGEST_BYTES)
        self._bounds = bounds
        self._held: Bounds | None = None  # what it holds; None until it was counted, which takes as long as reading it

    def add(self, messages: Sequence[InboxMessage]) -> list[int]:
        """Keep messages, all or none of them, and return their ids."""
        encoded = [msgspec.json.encode(each) for each in messages]
        with self._changing() as connection:
            held = self._held or _counted(connection)
            ids = [_inserted(connection, *each) for each in zip(messages, encoded, strict=True)]
            more = Bounds(held.messages + len(encoded), held.size_bytes + sum(map(len, encoded)))
            left = self._room_made(connection, more)
        self._held = left
        return ids

    def read(self, wanted: InboxFilter, before: int, most: int, most_bytes: int) -> list[InboxMessage]:
        """Return messages with ids below `before`, newest first, up to the bounds; at least one if there is any."""
        condition, values = _condition(wanted)
        query = f"SELECT id, message FROM messages WHERE id < ? AND {condition} ORDER BY id DESC LIMIT ?"  # noqa: S608
        found: list[InboxMessage] = []
        with self._reading() as connection:
            for number, encoded in connection.execute(query, [before, *values, most]) if connection is not None else ():
                most_bytes -= len(encoded)
                if found and most_bytes < 0:
                    break
                found.append(msgspec.structs.replace(msgspec.json.decode(encoded, type=InboxMessage), id=number))
        return found

    def remove(self, wanted: InboxFilter) -> int:
        """Delete messages, and return how many there were."""
        if not self._database.exists:
            return 0
        condition, values = _condition(wanted)
        self._held = None
        with self._changing() as connection:
            return connection.execute(f"DELETE FROM messages WHERE {condition}", values).rowcount  # noqa: S608

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """Have the file for the block, None if there is none."""
        try:
            yield self._database.connection() if self._database.exists else None
        except (sqlite3.Error, OSError) as error:
            raise self._refused("read", error) from error

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """Have a transaction for the block, undone if it fails."""
        try:
            with self._database.connection() as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise self._refused("written", error) from error

    def _refused(self, done: str, error: Exception) -> WorkspaceError:
        folder = self._database.path.parent
        return WorkspaceError(f"The inbox cannot be {done}: {error}.", f"Check the disk of {folder}.")

    def _room_made(self, connection: sqlite3.Connection, held: Bounds) -> Bounds:
        """Delete the oldest messages beyond the bounds, and return what is left."""
        count, size_bytes, last = held.messages, held.size_bytes, 0
        for number, row_bytes in connection.execute("SELECT id, size_bytes FROM messages ORDER BY id"):
            if count <= self._bounds.messages and size_bytes <= self._bounds.size_bytes:
                break
            count, size_bytes, last = count - 1, size_bytes - row_bytes, number
        connection.execute("DELETE FROM messages WHERE id <= ?", [last])
        return Bounds(count, size_bytes)


def _counted(connection: sqlite3.Connection) -> Bounds:
    return Bounds(*connection.execute("SELECT count(*), coalesce(sum(size_bytes), 0) FROM messages").fetchone())


def _inserted(connection: sqlite3.Connection, message: InboxMessage, encoded: bytes) -> int:
    row = (message.target, message.function_name, message.request_id, message.kind, len(encoded), encoded)
    query = "INSERT INTO messages (target, function_name, request_id, kind, size_bytes, message) VALUES (?, ?, ?, ?, ?, ?)"
    return connection.execute(query, row).lastrowid or 0


def _condition(wanted: InboxFilter) -> tuple[str, list[Any]]:
    """Return which rows are wanted, as SQL with its parameters."""
    given = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value}
    return " AND ".join(f"{name} = ?" for name in given) or "1", list(given.values())

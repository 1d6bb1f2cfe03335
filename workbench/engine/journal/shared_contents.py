"""Documents, texts of code and long events in the journal: each once, by its SHA-256, whoever has it.

A journal may have come with a clone: what is read is bounded and checked, shown to people, and never run.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable

_PUT = "INSERT INTO contents VALUES (?, ?)"
_USERS = ("SELECT 1 FROM uses WHERE hash = ?1 UNION ALL SELECT 1 FROM whole_events WHERE hash = ?1 LIMIT 1")
_SIZE = "SELECT length(data) FROM contents WHERE hash = ?"


class SharedContents:
    """Writes and reads them, in the transactions of others. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def put(self, content: bytes, level: int = 6) -> bytes:
        """Keep a content if it is not there yet, compressed at a level of zlib's, and return its digest."""
        digest = hashlib.sha256(content).digest()
        if not self.size_bytes(digest):
            self._database.execute(_PUT, (digest, zlib.compress(content, level)))
        return digest

    def find(self, digest: bytes, most_bytes: int) -> bytes | None:
        """Return a content by its digest; None if it is not there, or not what it should be."""
        row = self._database.execute("SELECT data FROM contents WHERE hash = ?", (digest,)).fetchone()
        if row is None or not isinstance(row[0], bytes):
            return None
        try:
            content = zlib.decompressobj().decompress(row[0], most_bytes)
        except zlib.error:
            return None
        return content if hashlib.sha256(content).digest() == digest else None

    def size_bytes(self, digest: bytes) -> int:
        """Return how much a content takes; 0 if it is not there."""
        row = self._database.execute(_SIZE, (digest,)).fetchone()
        return int(row[0]) if row is not None else 0

    def drop_unused(self, digests: Iterable[bytes]) -> int:
        """Delete those of the contents that nobody has any more. Return how much they took, in bytes."""
        freed = 0
        for digest in digests:
            if self._database.execute(_USERS, (digest,)).fetchone() is None:
                freed += self.size_bytes(digest)
                self._database.execute("DELETE FROM contents WHERE hash = ?", (digest,))
        return freed

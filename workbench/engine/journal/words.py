"""The log lines of the journal, found by their words: a full-text index says which blocks have them, the lines decide.

Source: SQLite, "FTS5": a table without content and without positions takes the least, and its rows are removed by giving their
text again.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator

import msgspec

from workbench.engine.journal.rows import Row, is_lines

_WORD = re.compile(r"[^\W_]+")
"""As FTS5's tokenizer sees words; a query for anything else would be one for a phrase, which this index cannot answer."""

_MOST_TEXT = 8_000_000
"""How many characters of a block are indexed; a single line may have 6 MB as JSON in JSON."""


class _Line(msgspec.Struct):
    record: str | msgspec.Raw = ""


_decode = msgspec.json.Decoder(list[_Line]).decode


class Words:
    """Writes and reads the index, in the transactions of others. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def add(self, block: int, rows: Iterable[Row]) -> None:
        """Index the lines of a block."""
        text = _text(rows)
        if text:
            self._database.execute("INSERT INTO words (rowid, line) VALUES (?, ?)", (block, text))

    def remove(self, block: int, rows: Iterable[Row]) -> None:
        """Remove a block with these rows."""
        text = _text(rows)
        if text:
            self._database.execute("INSERT INTO words (words, rowid, line) VALUES ('delete', ?, ?)", (block, text))

    def blocks(self, text: str, before: int) -> Iterator[int]:
        """Yield the numbers of blocks that may have lines with this text, the latest first; all blocks for text without words."""
        query = " ".join(f'"{word}"*' for word in _WORD.findall(text))
        if query:
            found = self._database.execute(
                "SELECT rowid FROM words WHERE words MATCH ? AND rowid < ? ORDER BY rowid DESC", (query, before))
        else:
            found = self._database.execute("SELECT seq FROM blocks WHERE seq < ? ORDER BY seq DESC", (before,))
        for (block,) in found:
            yield block


def _text(rows: Iterable[Row]) -> str:
    """Return all log lines as one text, JSON lines as they are. Lines that no engine could have written are left out."""
    lines: list[str] = []
    for row in rows:
        if not is_lines(row[3]):
            continue
        try:
            found = _decode(b"[" + row[3] + b"]")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        lines += (line.record if isinstance(line.record, str) else bytes(line.record).decode() for line in found)
    return "\n".join(lines)[:_MOST_TEXT]

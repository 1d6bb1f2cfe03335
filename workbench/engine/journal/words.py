"""Log lines, events and results, found by their words: a full-text index says which blocks have them, the lines decide.

The index has four tables for the eras of the journal. Words cannot be taken out of one cheaply (SQLite only marks them), but all
of them at once: a table is emptied when no block of its era is left, and begins another era.
Without such an index, in an SQLite that has none, every block is looked through.
Source: SQLite, "FTS5": a table without content and without positions takes the least.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator

from workbench.engine.journal.block_texts import BlockTexts
from workbench.engine.journal.schema import LINES_ALONE, WORD_TABLES, has_words

_ERA_PARTS = 3
"""An era is this part of what is kept: when the fourth begins, the first is gone."""
_WORD = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")
"""As FTS5's tokenizer sees words, accents being a part of them; a query for anything else would be one for a phrase, which this
index cannot answer.
"""
_MOST_TEXT = 8_000_000
"""How many characters of a block are indexed; a single line may have 6 MB as JSON in JSON."""

_INSERT = "INSERT INTO {} (rowid, line) VALUES (?, ?)"
_DELETE = "INSERT INTO {0} ({0}, rowid, line) VALUES ('delete', ?, ?)"
_CLEAN = "INSERT INTO {0} ({0}) VALUES ('optimize')"
_EARLIER = "SELECT coalesce((SELECT value FROM facts WHERE name = ?), 0)"
_EMPTY = "INSERT INTO {0} ({0}) VALUES ('delete-all')"
_ALL = "SELECT seq FROM blocks INDEXED BY blocks_of_era WHERE seq <= ? ORDER BY seq DESC"
"""The index has few pages; of the table, each page has one or two blocks."""
_FIND = "SELECT rowid FROM {0} WHERE {0} MATCH ? AND rowid <= ? ORDER BY rowid DESC"


class Words:
    """Writes and reads the index, in the transactions of others. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection, kept_bytes: int) -> None:
        """`kept_bytes`: how large the journal becomes."""
        self._database = database
        self._are_there = has_words(database)
        self._era_bytes = kept_bytes // _ERA_PARTS
        self._oldest = self._newest = self._newest_bytes = 0
        self.begin()

    def begin(self) -> None:
        """Look at what is in the file: at the beginning, and after a transaction that was rolled back."""
        (oldest, newest) = self._database.execute("SELECT coalesce(min(era), 0), coalesce(max(era), 0) FROM blocks").fetchone()
        sizes = "SELECT coalesce(sum(size), 0) FROM blocks WHERE era = ?"
        (self._newest_bytes,) = self._database.execute(sizes, (newest,)).fetchone()
        self._oldest, self._newest = oldest, newest

    def era_for(self, size: int) -> int:
        """Return the era of the next block, which has this size in bytes."""
        if self._newest_bytes > self._era_bytes and self._newest - self._oldest < len(WORD_TABLES) - 1:
            self._newest, self._newest_bytes = self._newest + 1, 0
        self._newest_bytes += size
        return self._newest

    def add(self, era: int, block: int, texts: BlockTexts) -> None:
        """Index the texts of a block."""
        self._write(_INSERT, era, block, texts.words)

    def replace(self, era: int, block: int, before: BlockTexts, after: BlockTexts) -> None:
        """Index the texts of a block that has others now. Words that are gone stay in the table until `clean`."""
        (earlier,) = self._database.execute(_EARLIER, (LINES_ALONE,)).fetchone()
        for statement, texts in ((_DELETE, before), (_INSERT, after)):
            self._write(statement, era, block, texts.lines if block <= earlier else texts.words)

    def _write(self, statement: str, era: int, block: int, texts: list[str]) -> None:
        text = "\n".join(texts)[:_MOST_TEXT] if self._are_there else ""
        if text:
            self._database.execute(statement.format(_table(era)), (block, text))

    def clean(self, eras: Iterable[int]) -> None:
        """Write the tables of these eras anew, without what was deleted."""
        for era in set(eras) if self._are_there else ():
            self._database.execute(_CLEAN.format(_table(era)))

    def keep(self, kept_bytes: int) -> None:
        """Take the size that the journal may have from now on."""
        self._era_bytes = kept_bytes // _ERA_PARTS

    def prune(self) -> None:
        """Empty the tables of eras that are over, after blocks were deleted."""
        (oldest,) = self._database.execute("SELECT min(era) FROM blocks").fetchone()
        for era in range(self._oldest, self._newest + 1 if oldest is None else oldest) if self._are_there else ():
            self._database.execute(_EMPTY.format(_table(era)))
        self._oldest = self._newest if oldest is None else oldest

    def blocks(self, text: str, last: int) -> Iterator[int]:
        """Yield the numbers of blocks up to `last` that may have lines with this text, the latest first.

        For a text without words, these are all blocks. The middle of a word is not found, its beginning is.
        """
        query = " ".join(f'"{word}"*' for word in _WORD.findall(text))
        if not (query and self._are_there):
            yield from self._numbers(_ALL, last)
            return
        for era in range(self._newest, self._oldest - 1, -1):
            yield from self._numbers(_FIND.format(_table(era)), query, last)

    def _numbers(self, query: str, *values: str | int) -> Iterator[int]:
        return (block for (block,) in self._database.execute(query, values))


def _table(era: int) -> str:
    return WORD_TABLES[era % len(WORD_TABLES)]

"""What the journal is given to write: rows, or what rows are made of when they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from workbench.engine.journal.rows import ROW_BYTES, Row
from workbench.engine.journal.told import OfRequest, told_by


class Unmade(Protocol):
    """Events that are not made yet, see `engine.events.facts`. Its length is roughly theirs, in bytes."""

    def __len__(self) -> int: ...

    def make(self, last_seq: int, made: Made) -> None:
        """Add their rows, and what they tell the index; `last_seq` is the number of the last one."""


Entry = tuple[int, str, str, bytes | Unmade]
"""A row, or several that are made when they are written."""


class Made:
    """Rows, and what they tell the index, which need not be taken out of their JSON where they have just been made."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.rows: list[Row] = []
        self.given: list[Row] = []
        """Those among the rows that were made before."""
        self.told: list[OfRequest] = []
        for seq, request_id, environment_id, unmade in entries:
            if isinstance(unmade, bytes):
                self.take((seq, request_id, environment_id, unmade))
            else:
                unmade.make(seq, self)

    def take(self, row: Row) -> None:
        """Add a row that was made before."""
        self.rows.append(row)
        self.given.append(row)
        told = told_by(row)
        if told is not None:
            self.told.append(told)


def size_of(entries: Sequence[Entry]) -> int:
    """Return roughly how much memory entries take, in bytes."""
    return sum([len(entry[3]) for entry in entries]) + ROW_BYTES * len(entries)

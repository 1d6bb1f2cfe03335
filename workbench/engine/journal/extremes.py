"""Between which figures the invocations of each stretch of the journal are, so that a filter need not look at most of them.

A stretch is 8,192 events, about a thousand plain invocations, and has one row of some 50 bytes. A row says too much rather than
too little: what was forgotten still counts in it, and several names share a bit. Of what an earlier version wrote there are no
rows: all of it is looked at.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from workbench.engine.journal.conditions import Value
from workbench.engine.journal.noted import Noted
from workbench.engine.journal.schema import COLD_BIT, NAME_BITS, NO_CIRCUMSTANCE_BIT, UNMEASURED, WARM_BIT

STRETCH_BITS = 13
"""The number of a stretch is that of its events without these bits."""
_AT_ONCE = 16
"""As many stretches that follow each other are looked at with one statement."""
_NONE = 2**62, -1

Range = tuple[int, int]
"""The least and the largest value."""
Window = tuple[int, int]
"""Events below the first number, from the second one on."""

_FIGURES = ("received_us", "duration_us", "used_mb", "mb_ms")
_WIDENED = ", ".join([
    *(f"least_{name} = min(least_{name}, excluded.least_{name}), most_{name} = max(most_{name}, excluded.most_{name})"
      for name in _FIGURES),
    *(f"{name} = {name} | excluded.{name}" for name in ("circumstance_bits", "name_bits"))])
_PUT = "INSERT INTO extremes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_NOTE = f"{_PUT} ON CONFLICT (stretch) DO UPDATE SET {_WIDENED}"
_FIND = "SELECT stretch FROM extremes WHERE stretch <= ? AND stretch > ? {} ORDER BY stretch DESC"
_UNMEASURED = "SELECT coalesce((SELECT value FROM facts WHERE name = ?), 0), coalesce((SELECT min(seq) FROM invocations), 0)"


def _row(number: int, some: Sequence[Noted]) -> tuple[int, ...]:
    """Return the row of a stretch with these invocations. `mb_ms`: Billed Duration times Memory Size, which make the cost."""
    mb_ms = [noted.billed_ms * noted.memory_mb for noted in some if noted.billed_ms is not None and noted.memory_mb is not None]
    durations_us = [noted.duration_us for noted in some if noted.duration_us is not None]
    used_mb = [noted.used_mb for noted in some if noted.used_mb is not None]
    ranges = map(_range, ([noted.received_us for noted in some], durations_us, used_mb, mb_ms))
    return number, *chain.from_iterable(ranges), _circumstance_bits(some), _name_bits(some)


def _range(values: Sequence[int]) -> Range:
    return (min(values), max(values)) if values else _NONE


def _circumstance_bits(some: Iterable[Noted]) -> int:
    numbers = {noted.circumstance for noted in some}
    return sum(1 << bit for bit in {NO_CIRCUMSTANCE_BIT if each is None else each % NO_CIRCUMSTANCE_BIT for each in numbers})


def _name_bits(some: Iterable[Noted]) -> int:
    named = {(noted.function, noted.version, noted.sandbox, noted.status, noted.error, noted.is_cold) for noted in some}
    bits = {COLD_BIT if is_cold else WARM_BIT for *_, is_cold in named}
    return sum(1 << bit for bit in bits | {name % NAME_BITS for *names, _ in named for name in names if name is not None})


class Extremes:
    """Writes and reads them, in the transactions of others. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def note(self, changed: Iterable[Noted]) -> None:
        """Take in invocations as they are now."""
        stretches: defaultdict[int, list[Noted]] = defaultdict(list)
        for noted in changed:
            stretches[noted.seq >> STRETCH_BITS].append(noted)
        for number, some in stretches.items():
            self._database.execute(_NOTE, _row(number, some))

    def prune(self, seq: int) -> None:
        """Delete the stretches that end with an event, or before it."""
        self._database.execute("DELETE FROM extremes WHERE stretch < ?", ((seq + 1) >> STRETCH_BITS,))

    def windows(self, seq: int, where: str, values: list[Value]) -> Iterator[Window]:
        """Yield where invocations below a number may be, the latest first. `where`: what a stretch must have."""
        (earlier, first) = self._database.execute(_UNMEASURED, (UNMEASURED,)).fetchone()
        bound = (earlier >> STRETCH_BITS) if earlier else -1
        found = self._database.execute(_FIND.format(where), ((seq - 1) >> STRETCH_BITS, bound, *values))
        for until, since in _joined(stretch for (stretch,) in found):
            yield min(until << STRETCH_BITS, seq), since << STRETCH_BITS
        until = min((bound + 1) << STRETCH_BITS, seq)
        while until > first:
            since = max(until - (_AT_ONCE << STRETCH_BITS), 0)
            yield until, since
            until = since


def _joined(stretches: Iterable[int]) -> Iterator[Window]:
    """Yield runs of stretches that follow each other, from the last one to the first."""
    until = since = 0
    for stretch in stretches:
        if until and stretch == since - 1 and until - since < _AT_ONCE:
            since = stretch
            continue
        if until:
            yield until, since
        until, since = stretch + 1, stretch
    if until:
        yield until, since

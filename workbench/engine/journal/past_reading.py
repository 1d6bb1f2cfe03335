"""Reads the index of invocations: pages, filtered, the latest first, and counts."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from workbench.engine.journal.conditions import (
    Value,
    conditions,
    fine_conditions,
    is_about_marks,
    is_about_time,
    is_fine,
    stretch_conditions,
)
from workbench.engine.journal.cost_figures import NO_COST, CostInSql
from workbench.engine.journal.extremes import Extremes, Window
from workbench.engine.journal.rows import NEWEST
from workbench.engine.journal.short_ids import unpacked_id
from workbench.engine.journal.tallies import Tallies
from workbench.model.past_invocations import PastInvocation, PastInvocationFilter

_FEW_WINDOWS = 10
"""In so many windows invocations are counted by looking at them."""
STRETCH_S = 0.05
"""After this long a look for what no index has ends, with the invocations that it was at."""


class PastReading:
    """Reads it. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection, tallies: Tallies, extremes: Extremes) -> None:
        self._database = database
        self._tallies = tallies
        self._extremes = extremes
        self._cost = NO_COST

    def take_cost(self, cost: CostInSql) -> None:
        """Take what an invocation costs, for filters that ask for it."""
        self._cost = cost

    def page(
        self, seq: int, limit: int, wanted: PastInvocationFilter, skip: int = 0
    ) -> tuple[list[PastInvocation], int | None]:
        """Return at most `limit` invocations whose first event has a number below `seq`, the latest first, after `skip` of them.

        The second result says where to go on, None after the last one. A page may be short and not be the last: a look for what
        no index has takes STRETCH_S.
        """
        if is_fine(wanted):
            return self._fine(seq, limit, wanted)
        found = self._skipping(seq, limit, wanted, skip) if skip else self.before(seq, limit, wanted)
        return found, found[-1].seq if len(found) == limit else None

    def before(self, seq: int, limit: int, wanted: PastInvocationFilter) -> list[PastInvocation]:
        """Return at most `limit` invocations whose first event has a number below `seq`, for a filter that is not fine."""
        where, values = conditions(wanted)
        found: list[PastInvocation] = []
        for until, since in self._coarse_windows(seq, wanted):
            found += self._named(_NEAR.format(where), until, since, *values, limit - len(found))
            if len(found) == limit:
                break
        return found

    def _coarse_windows(self, seq: int, wanted: PastInvocationFilter) -> Iterable[Window]:
        if not conditions(wanted)[0]:
            return [(seq, 0)]
        return self._extremes.windows(seq, *stretch_conditions(wanted)) if self._are_any(wanted) else ()

    def among(self, seqs: Collection[int], wanted: PastInvocationFilter) -> dict[int, PastInvocation]:
        """Return those of the invocations that have these first events."""
        where, values = self._all_conditions(wanted)
        found = self._named(_AMONG.format(",".join("?" * len(seqs)), where), *seqs, *values)
        return {each.seq: each for each in found}

    def count(self, wanted: PastInvocationFilter) -> int | None:
        """Return how many there are; None for what no index has: it would take too long to count them."""
        if is_fine(wanted):
            return None
        if not is_about_time(wanted):
            return self._tallies.count(wanted)
        if not self._are_any(wanted):
            return 0
        where, values = conditions(wanted)
        windows = list(self._coarse_windows(NEWEST, wanted))
        if len(windows) > _FEW_WINDOWS:  # an index has all that is asked for, in a fifth of the rows
            return self._number(_COUNT.format(where), *values)
        return sum(self._number(_COUNT_NEAR.format(where), until, since, *values) for until, since in windows)

    def _number(self, query: str, *values: Value) -> int:
        return int(self._database.execute(query, values).fetchone()[0])

    def _fine(self, seq: int, limit: int, wanted: PastInvocationFilter) -> tuple[list[PastInvocation], int | None]:
        """Look at the invocations themselves, some thousand at a time, where such ones may be."""
        where, values = self._all_conditions(wanted)
        found: list[PastInvocation] = []
        until_s = time.monotonic() + STRETCH_S
        for until, since in self._windows(seq, wanted):
            found += self._named(_NEAR.format(where), until, since, *values, limit - len(found))
            if len(found) == limit:
                return found, found[-1].seq
            if since and time.monotonic() > until_s:
                return found, since
        return found, None

    def _windows(self, seq: int, wanted: PastInvocationFilter) -> Iterable[Window]:
        if is_about_marks(wanted):
            return [(seq, 0)]  # they are found by their numbers
        return self._extremes.windows(seq, *stretch_conditions(wanted, self._cost))

    def _all_conditions(self, wanted: PastInvocationFilter) -> tuple[str, list[Value]]:
        where, values = conditions(wanted)
        fine, more = fine_conditions(wanted, self._cost)
        return f"{where} {fine}", values + more

    def _skipping(self, seq: int, limit: int, wanted: PastInvocationFilter, skip: int) -> list[PastInvocation]:
        where, values = conditions(wanted)
        return self._named(f"{_NEAR.format(where)} OFFSET ?", seq, 0, *values, limit, skip)

    def _are_any(self, wanted: PastInvocationFilter) -> bool:
        """Whether there are such invocations at any time."""
        return self._tallies.count(msgspec.structs.replace(wanted, since_ms=None, until_ms=None)) > 0

    def _named(self, rows: str, *values: Value) -> list[PastInvocation]:
        return [_past(row) for row in self._database.execute(_NAMED.format(rows), values)]


_NAMED = """
SELECT i.seq, request_id, environment_id, f.name, v.name, b.name, is_cold, received_us / 1000.0, ended_us / 1000.0, s.name,
    e.name, i.duration_us / 1000.0, billed_ms, init_us / 1000.0, r.duration_us / 1000.0, memory_mb, used_mb, c.cause, c.alias,
    c.deployment, m.is_starred, m.name
FROM ({}) i JOIN names f ON f.id = function JOIN names v ON v.id = version JOIN names b ON b.id = sandbox
    LEFT JOIN names s ON s.id = status LEFT JOIN names e ON e.id = error LEFT JOIN circumstances c ON c.id = i.circumstance
    LEFT JOIN marks m ON m.seq = i.seq LEFT JOIN restores r ON r.seq = i.seq ORDER BY i.seq DESC
"""
_NEAR = "SELECT * FROM invocations NOT INDEXED WHERE seq < ? AND seq >= ? {} ORDER BY seq DESC LIMIT ?"
_AMONG = "SELECT * FROM invocations NOT INDEXED WHERE seq IN ({}) {}"
_COUNT_NEAR = "SELECT count(*) FROM invocations NOT INDEXED WHERE seq < ? AND seq >= ? {}"
_COUNT = "SELECT count(*) FROM invocations INDEXED BY invocations_by_time WHERE true {}"
_TEXTS = ("status", "error_type", "trigger", "alias", "deployment", "name")


def _past(row: tuple[Any, ...]) -> PastInvocation:
    values = dict(zip(PastInvocation.__struct_fields__, row, strict=True))
    texts = {name: values[name] or "" for name in _TEXTS}
    return PastInvocation(**values | texts | {
        "request_id": unpacked_id(values["request_id"], hyphens=True), "environment_id": unpacked_id(values["environment_id"]),
        "is_cold": bool(values["is_cold"]), "is_starred": bool(values["is_starred"])})

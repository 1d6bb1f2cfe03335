"""Writes one row per invocation with what history, metrics and cost need, so that no event has to be decoded for them."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from workbench.engine.journal.bulk import insert
from workbench.engine.journal.circumstances import Circumstances
from workbench.engine.journal.deployments import Deployments
from workbench.engine.journal.extremes import Extremes
from workbench.engine.journal.marks import Marks
from workbench.engine.journal.noted import Noted
from workbench.engine.journal.past_reading import PastReading
from workbench.engine.journal.restores import Restores
from workbench.engine.journal.short_ids import packed_id, unpacked_id
from workbench.engine.journal.tallies import Kind, Tallies
from workbench.engine.journal.told import STOPPED, Figures, OfRequest, Told
from workbench.engine.journal.whole_events import WholeEvents
from workbench.model.failures import CANCELED, CANCELED_STATUS

_NEVER_BEGAN = "failure"
"""The status of an invocation whose environment was given up before it had begun: there will be no report."""
_BY_PERSON = "cancelled"
"""Why an environment was given up if a person canceled what it was for."""
_MOST_OPEN = 20_000
"""As many invocations may be without a report at a time; the oldest are left as they are."""


OpenInvocations = dict[str, Noted]
"""What is noted of invocations that go on, by their request IDs."""


class InvocationIndex:
    """Writes the index, in the transactions of others. For the journal's thread.

    `past` reads it; `marks` are what people say of invocations, `deployments` what these ran,
    `whole_events` what they were sent, where that was long.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._tallies = Tallies(database)
        self._restores = Restores(database)
        self._circumstances = Circumstances(database)
        self._extremes = Extremes(database)
        self.past = PastReading(database, self._tallies, self._extremes)
        self.marks = Marks(database)
        self.deployments = Deployments(database)
        self.whole_events = WholeEvents(database)
        self._names: dict[str, int] = {}
        self.open: OpenInvocations = {}
        """Those without a report."""

    def take(self, told: Iterable[OfRequest]) -> None:
        """Note what events tell of invocations."""
        changed: dict[int, Noted] = {}
        for request_id, event in told:
            noted = self._noted(request_id, event)
            if noted is not None:
                changed[noted.seq] = noted
        insert(self._database, "INSERT OR REPLACE INTO invocations", [each.row for each in changed.values()])
        self._count(changed.values())
        self._extremes.note(changed.values())
        self._circumstances.write()

    def begin(self) -> None:
        """Look at what is in the file, after a transaction that was rolled back: its rows will come again."""
        self._names.clear()
        self._circumstances.begin()
        self.whole_events.begin()
        latest = self._database.execute("SELECT * FROM invocations WHERE status IS NULL ORDER BY seq DESC LIMIT ?", (_MOST_OPEN,))
        noted = [Noted(*row) for row in reversed(latest.fetchall())]
        for each in noted:
            each.is_cold, each.counted = bool(each.is_cold), each.kind
        self.open = {unpacked_id(each.request_id, hyphens=True): each for each in noted}

    def _count(self, changed: Iterable[Noted]) -> None:
        changes: Counter[Kind] = Counter()
        for noted in changed:
            if noted.counted is not None:
                changes[noted.counted] -= 1
            noted.counted = noted.kind
            changes[noted.counted] += 1
        self._tallies.change(changes)

    def prune(self, seq: int) -> None:
        """Delete the invocations that began up to an event."""
        self._tallies.prune(seq)
        self._restores.prune(seq)
        self._extremes.prune(seq)
        self.whole_events.prune(seq)
        self.marks.prune(seq)
        self._circumstances.prune(seq)
        for request_id in [each for each, noted in self.open.items() if noted.seq <= seq]:
            del self.open[request_id]  # its report would bring it back
        self._database.execute("DELETE FROM invocations WHERE seq <= ?", (seq,))

    def forget(self, seq: int) -> None:
        """Delete one invocation."""
        self._tallies.forget(seq)
        self.whole_events.forget(seq)
        for table in ("marks", "restores", "invocations"):
            self._database.execute(f"DELETE FROM {table} WHERE seq = ?", (seq,))  # noqa: S608 (names of our tables)
        for request_id in [each for each, noted in self.open.items() if noted.seq == seq]:
            del self.open[request_id]

    def put_back(self, tables: Mapping[str, Sequence[tuple[Any, ...]]], begun: Collection[int]) -> int:
        """Put rows of deleted invocations back, of those whose first events are back. Return how many invocations they are."""
        for table, rows in tables.items():
            for row in (row for row in rows if row[0] in begun):
                places = ", ".join("?" * len(row))
                self._database.execute(f"INSERT OR REPLACE INTO {table} VALUES ({places})", row)  # noqa: S608 (our tables)
        back = [row[0] for row in tables["invocations"] if row[0] in begun]
        for seq in back:
            self._tallies.put_back(seq)
        return len(back)

    def _noted(self, request_id: str, event: Told) -> Noted | None:
        """Return the row as it is now; None for an event whose invocation is not known here."""
        if event.type == "sandbox.assigned":
            noted = self.open[request_id] = self._assigned(request_id, event)
            if len(self.open) > _MOST_OPEN:
                del self.open[next(iter(self.open))]
            return noted
        known = self.open.get(request_id)
        if known is not None and event.record.metrics is not None:
            self._report(known, event, event.record.metrics)
            del self.open[request_id]
        elif known is not None and event.type == STOPPED:
            status = CANCELED_STATUS if event.record.reason == _BY_PERSON else _NEVER_BEGAN
            known.ended_us, known.status = round(event.time_ms * 1000), self._name(status)
            del self.open[request_id]
        elif known is not None:
            known.version = self._name(event.record.version)
        return known

    def _assigned(self, request_id: str, event: Told) -> Noted:
        told = event.record
        return Noted(
            event.seq, packed_id(request_id), packed_id(event.environment_id), self._name(event.function_name),
            self._name(told.version), self._name(told.sandbox), told.start == "cold",
            round((told.received_ms or event.time_ms) * 1000),
            circumstance=self._circumstances.number((told.deployment, told.trigger, told.alias), event.seq))

    def _report(self, noted: Noted, event: Told, figures: Figures) -> None:
        error, init_ms = event.record.error_type, figures.init_duration_ms
        status = CANCELED_STATUS if error == CANCELED else event.record.status
        noted.ended_us, noted.status = round(event.time_ms * 1000), self._name(status)
        noted.error = self._name(error) if error else None
        noted.duration_us, noted.billed_ms = round(figures.duration_ms * 1000), figures.billed_duration_ms
        noted.init_us = None if init_ms is None else round(init_ms * 1000)
        noted.memory_mb, noted.used_mb = figures.memory_size, figures.memory_used
        if figures.restore_duration_ms is not None:
            self._restores.note(noted.seq, figures.restore_duration_ms)

    def _name(self, name: str) -> int:
        """Return the number of a name that occurs often."""
        number = self._names.get(name)
        if number is None:
            self._database.execute("INSERT OR IGNORE INTO names (name) VALUES (?)", (name,))
            (number,) = self._database.execute("SELECT id FROM names WHERE name = ?", (name,)).fetchone()
            self._names[name] = number
        return int(number)

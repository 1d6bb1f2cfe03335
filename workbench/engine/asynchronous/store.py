"""The events of the queue on disk, and the clocks that were moved. Every change is on disk before its caller goes on."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import msgspec

from workbench.engine.asynchronous.clocks import QueueClock
from workbench.engine.asynchronous.ended import Ended
from workbench.engine.asynchronous.ends import End, EndedRow, keep, latest
from workbench.engine.asynchronous.entries import Entry, State
from workbench.engine.asynchronous.events import Attempt, QueuedEvent
from workbench.engine.asynchronous.writer import QueueWriter
from workbench.model.lambda_names import Scope

_STATES = get_args(State)
_ENTRIES = "event_id, state, due_ms, accepted_ms, attempts, backoffs, why, head, last, payload FROM events"
_LISTED = _ENTRIES.replace("payload", "coalesce(substr(payload, 1, 1000), x''), length(payload)")
"""SQLite's substr has NULL for an empty payload, with which many callers send their events."""
_FUNCTIONS = """WITH RECURSIVE found(function) AS (
    SELECT min(function) FROM events
    UNION ALL SELECT (SELECT min(function) FROM events WHERE function > found.function) FROM found
    WHERE found.function IS NOT NULL
) SELECT function FROM found WHERE function IS NOT NULL"""
"""From one to the next in the index: DISTINCT would read all of it, and a moved clock asks after every event."""


class _Head(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of an event never changes, except for its payload."""

    request_id: str
    scope: Scope
    function_name: str
    qualifier: str = ""
    trace_id: str = ""
    durable_name: str = ""
    tenant_id: str = ""


_encode_head = msgspec.json.Encoder().encode
_decode_head = msgspec.json.Decoder(_Head).decode


class Wanted(msgspec.Struct, frozen=True):
    """Which events of a function may be tried: those due at `now_ms`, up to `most`, without those in `running`."""

    function: str
    now_ms: int
    most: int
    running: frozenset[int]


class Due(msgspec.Struct, frozen=True):
    """What was found of one function: the events to try, and when the next one is due; None if there is no other."""

    function: str
    entries: Sequence[Entry]
    next_ms: int | None


class Listed(msgspec.Struct, frozen=True):
    """An event as it is listed: only the first 1,000 bytes of its payload are read, which has `payload_bytes`."""

    entry: Entry
    payload_bytes: int


class QueueStore:
    """The queue's tables. Use it on the engine's loop. Every call raises WorkspaceError if the disk does not do it."""

    def __init__(self, writer: QueueWriter) -> None:
        self._writer = writer

    def add(self, entry: Entry) -> asyncio.Future[int]:
        """Keep an event that waits for its first attempt; the future has its number. That of the entry does not count."""
        event = entry.event
        head = _encode_head(_Head(
            request_id=event.request_id, scope=event.scope, function_name=event.function_name, qualifier=event.qualifier,
            trace_id=event.trace_id, durable_name=entry.durable_name, tenant_id=event.tenant_id))
        return self._writer.add((entry.key, entry.due_ms, event.accepted_ms, head, event.payload))

    async def update(self, entry: Entry, end: End | None = None) -> bool:
        """Keep what has changed of an event, its payload excepted. False if the event is not there any more.

        `end`: how it ended, so that it is among those that ended last from then on.
        """
        last = None if entry.last is None else msgspec.json.encode(entry.last)
        return await self._change(
            "UPDATE events SET state = ?, due_ms = ?, accepted_ms = ?, attempts = ?, backoffs = ?, why = ?, last = ?"
            " WHERE event_id = ?", _STATES.index(entry.state), entry.due_ms, entry.event.accepted_ms, entry.attempts,
            entry.backoffs, entry.why, last, entry.event.event_id, end=end) > 0

    async def set_payload(self, event_id: int, payload: bytes) -> bool:
        """Replace an event's payload. False if the event is not there."""
        return await self._change("UPDATE events SET payload = ? WHERE event_id = ?", payload, event_id) > 0

    async def remove(self, event_id: int, end: End | None = None) -> bool:
        """Remove an event. False if it was not there any more. `end` as in `update`."""
        return await self._change("DELETE FROM events WHERE event_id = ?", event_id, end=end) > 0

    async def ended(self, most: int) -> list[Ended]:
        """Return the events that ended last, the oldest first; the file keeps no others."""
        return [_ended(row) for row in await self._writer.write(lambda database: latest(database, most))]

    async def ask_about(self, function: str, before_ms: int) -> int:
        """Have the events of a function that were accepted earlier wait for the person, and return how many they are."""
        return await self._change("UPDATE events SET state = 1 WHERE function = ? AND state = 0 AND accepted_ms < ?",
                                  function, before_ms)

    async def go_on_with(self, function: str) -> int:
        """Let the events of a function that wait for the person be tried, and return how many they were."""
        return await self._change("UPDATE events SET state = 0 WHERE function = ? AND state = 1", function)

    async def entry(self, event_id: int) -> Entry | None:
        """Return one event with its payload, None if it is not there."""
        found = await self._entries("WHERE event_id = ?", event_id)
        return found[0] if found else None

    async def page(self, functions: Sequence[str], after: int, limit: int, offset: int = 0) -> list[Listed]:
        """Return events of some functions with larger numbers than `after`, ordered by number, without the first `offset`."""
        # The plus keeps SQLite from the index by function, after which it would have to sort all of them.
        query = f"{_PAGE} AND +function IN ({_marks(functions)}) ORDER BY event_id LIMIT ? OFFSET ?"
        return [Listed(_entry(row[:-1]), row[-1]) for row in await self._rows(query, after, *functions, limit, offset)]

    async def settled(self, after: int, limit: int) -> list[Entry]:
        """Return events with larger numbers than `after` that are settled and were not removed, in the order of their numbers."""
        return await self._entries("WHERE state = 2 AND event_id > ? ORDER BY event_id LIMIT ?", after, limit)

    async def due(self, wanted: Sequence[Wanted]) -> list[Due]:
        """Return what can be tried now of each function, in the order in which it is due."""
        return await self._writer.read(lambda database: [_due(database, each) for each in wanted])

    async def counts(self) -> dict[str, tuple[int, int, int]]:
        """Return for each function with events how many wait, how many of those wait for the person, how many are settled."""
        found: dict[str, list[int]] = {}
        for function, state, count in await self._rows("SELECT function, state, count(*) FROM events GROUP BY function, state"):
            found.setdefault(function, [0] * len(_STATES))[state] = count
        return {function: (waiting + asked, asked, settled) for function, (waiting, asked, settled) in found.items()}

    async def functions(self) -> list[str]:
        """Return the functions that have events."""
        return [function for (function,) in await self._rows(_FUNCTIONS)]

    async def clocks(self) -> dict[str, QueueClock]:
        """Return the clocks that were kept."""
        return {key: QueueClock(held, offset) for key, held, offset in await self._rows("SELECT * FROM clocks")}

    async def keep_clocks(self, clocks: Mapping[str, QueueClock]) -> None:
        """Keep these clocks and no others."""
        rows = [(key, clock.held_ms, clock.offset_ms) for key, clock in clocks.items()]

        def replace(database: sqlite3.Connection) -> None:
            database.execute("DELETE FROM clocks")
            database.executemany("INSERT INTO clocks VALUES (?, ?, ?)", rows)

        await self._writer.write(replace)

    async def _change(self, statement: str, *values: Any, end: End | None = None) -> int:
        return await self._writer.write(_rows_of(statement, values, end))

    async def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return await self._writer.read(lambda database: database.execute(query, values).fetchall())

    async def _entries(self, condition: str, *values: Any) -> list[Entry]:
        return await self._writer.read(lambda database: _found(database, condition, *values))


_PAGE = f"SELECT {_LISTED} WHERE event_id > ?"
_WAITING = "FROM events WHERE function = ? AND state = 0 ORDER BY due_ms, event_id LIMIT ?"


def _rows_of(statement: str, values: tuple[Any, ...], end: End | None) -> Callable[[sqlite3.Connection], int]:
    def change(database: sqlite3.Connection) -> int:
        if end is not None:
            keep(database, end)
        return database.execute(statement, values).rowcount

    return change


def _due(database: sqlite3.Connection, wanted: Wanted) -> Due:
    most = len(wanted.running) + wanted.most + 1
    ahead = [(event_id, due_ms) for event_id, due_ms in database.execute(
        f"SELECT event_id, due_ms {_WAITING}", (wanted.function, most)) if event_id not in wanted.running]
    due = [event_id for event_id, due_ms in ahead if due_ms <= wanted.now_ms][:wanted.most]
    entries = _found(database, f"WHERE event_id IN ({_marks(due)}) ORDER BY due_ms, event_id", *due)
    left = ahead[len(due):]
    return Due(wanted.function, entries, left[0][1] if left else None)


def _found(database: sqlite3.Connection, condition: str, *values: Any) -> list[Entry]:
    return [_entry(row) for row in database.execute(f"SELECT {_ENTRIES} {condition}", values)]


def _entry(row: tuple[Any, ...]) -> Entry:
    event_id, state, due_ms, accepted_ms, attempts, backoffs, why, encoded, last, payload = row
    head = _decode_head(encoded)
    return Entry(
        event=_event(head, event_id, accepted_ms, payload), due_ms=due_ms, durable_name=head.durable_name,
        state=_STATES[state], attempts=attempts, backoffs=backoffs, why=why,
        last=None if last is None else msgspec.json.decode(last, type=Attempt))


def _ended(row: EndedRow) -> Ended:
    head = _decode_head(row.head)
    event = _event(head, row.event_id, row.accepted_ms, row.payload)
    entry = Entry(event=event, due_ms=row.ended_ms, durable_name=head.durable_name, attempts=row.attempts)
    return Ended(entry, row.condition, row.ended_ms, row.why)


def _event(head: _Head, event_id: int, accepted_ms: int, payload: bytes) -> QueuedEvent:
    return QueuedEvent(
        event_id=event_id, request_id=head.request_id, scope=head.scope, function_name=head.function_name,
        qualifier=head.qualifier, payload=payload, accepted_ms=accepted_ms, trace_id=head.trace_id, tenant_id=head.tenant_id)


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))

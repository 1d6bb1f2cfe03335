"""The events that ended last, on disk beside those that wait, with their payloads: a later engine can send them again, too."""

from __future__ import annotations

import sqlite3

import msgspec

_KEEP = (
    "INSERT OR REPLACE INTO ended (event_id, condition, ended_ms, why, attempts, accepted_ms, head, payload) "
    "SELECT event_id, ?, ?, ?, ?, accepted_ms, head, payload FROM events WHERE event_id = ?")
_LATEST = (
    "SELECT event_id, condition, ended_ms, why, attempts, accepted_ms, head, payload FROM ended ORDER BY number DESC LIMIT ?")
_FORGET = "DELETE FROM ended WHERE event_id IN ({})"
_FORGET_OLDER = "DELETE FROM ended WHERE number <= (SELECT number FROM ended ORDER BY number DESC LIMIT 1 OFFSET ?)"


class End(msgspec.Struct, frozen=True, kw_only=True):
    """How an event ended. `gone`: events that ended before, and are not to be kept any more."""

    event_id: int
    condition: str
    ended_ms: int
    attempts: int
    why: str = ""
    gone: tuple[int, ...] = ()


class EndedRow(msgspec.Struct, frozen=True, array_like=True):
    """An event as it is kept. `head` is what of it never changed, as the queue encodes it."""

    event_id: int
    condition: str
    ended_ms: int
    why: str
    attempts: int
    accepted_ms: int
    head: bytes
    payload: bytes


def keep(database: sqlite3.Connection, end: End) -> None:
    """Keep an event that is in the queue still, in the transaction that ends it. One that is not there is not kept."""
    database.execute(_KEEP, (end.condition, end.ended_ms, end.why, end.attempts, end.event_id))
    if end.gone:
        database.execute(_FORGET.format(", ".join("?" * len(end.gone))), end.gone)


def latest(database: sqlite3.Connection, most: int) -> list[EndedRow]:
    """Return what ended last, the oldest first, and keep nothing that ended before."""
    database.execute(_FORGET_OLDER, (most,))
    return [EndedRow(*row) for row in database.execute(_LATEST, (most,))][::-1]

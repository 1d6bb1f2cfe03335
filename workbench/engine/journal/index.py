"""One row per invocation with what history, metrics and cost need, so that no event has to be decoded for them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from workbench.engine.journal.bulk import insert
from workbench.engine.journal.rows import Row, kind_of
from workbench.model.function_version import LATEST
from workbench.model.past_invocations import UNFINISHED, PastInvocation, PastInvocationFilter

_TOLD = frozenset((b"sandbox.assigned", b"platform.start", b"platform.report"))
"""The types of events that say what is in the index."""
_MOST_NEAR = 20_000
"""As many invocations are looked at one by one before the index is."""
_MOST_OPEN = 20_000
"""As many invocations may be without a report at a time; the oldest are left as they are."""


class _Figures(msgspec.Struct, rename="camel"):
    duration_ms: float
    billed_duration_ms: int
    memory_size: int = msgspec.field(name="memorySizeMB")
    memory_used: int = msgspec.field(name="maxMemoryUsedMB")
    init_duration_ms: float | None = None


class _Record(msgspec.Struct, rename="camel"):
    """The record of one of the three kinds of events."""

    start: str = ""
    sandbox: str = ""
    received_ms: float = 0.0
    version: str = LATEST
    status: str = "success"
    error_type: str = ""
    metrics: _Figures | None = None


class _Event(msgspec.Struct, rename="camel"):
    seq: int
    time_ms: float
    type: str
    record: _Record
    function_name: str = ""
    environment_id: str = ""


_decode = msgspec.json.Decoder(_Event).decode


class _Noted(msgspec.Struct):
    """A row of the index, in the order of its columns; times in microseconds."""

    seq: int
    request_id: bytes | str
    environment_id: bytes | str
    function: int
    version: int
    sandbox: int
    is_cold: bool
    received_us: int
    ended_us: int | None = None
    status: int | None = None
    error: int | None = None
    duration_us: int | None = None
    billed_ms: int | None = None
    init_us: int | None = None
    memory_mb: int | None = None
    used_mb: int | None = None


class InvocationIndex:
    """Writes and reads the index, in the transactions of others. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._names: dict[str, int] = {}
        self._open: dict[str, _Noted] = {}

    def take(self, rows: Iterable[Row]) -> None:
        """Note what rows say of invocations."""
        changed: dict[int, _Noted] = {}
        for _, request_id, _, encoded in rows:
            if request_id and kind_of(encoded) in _TOLD:
                with contextlib.suppress(msgspec.MsgspecError):  # a file that came with a clone may have anything
                    noted = self._noted(request_id, _decode(encoded))
                    if noted is not None:
                        changed[noted.seq] = noted
        insert(self._database, "INSERT OR REPLACE INTO invocations", [msgspec.structs.astuple(each) for each in changed.values()])

    def forget(self) -> None:
        """Forget what was noted since the last commit: the transaction was rolled back, and its rows will come again."""
        self._names.clear()
        self._open.clear()

    def before(self, seq: int, limit: int, wanted: PastInvocationFilter) -> list[PastInvocation]:
        """Return at most `limit` invocations whose first event has a number below `seq`, the latest first."""
        where, values = _conditions(wanted)
        far = self._far_from(seq) if where else 0
        found = self._named(_NEAR.format(where), seq, far, *values, limit)
        if len(found) < limit and far:
            # They are rare: the index, where it has all that is asked for, is a fifth of the rows. It cannot be the first to be
            # asked, because it collects and sorts all that an often invoked function has.
            rest = limit - len(found)
            if wanted.since_ms is None and wanted.until_ms is None:
                return found + self._named(_FAR.format(where), far, *values, rest)
            return found + self._named(_NEAR.format(where), far, 0, *values, rest)
        return found

    def among(self, seqs: Collection[int], wanted: PastInvocationFilter) -> dict[int, PastInvocation]:
        """Return those of the invocations that have these first events."""
        where, values = _conditions(wanted)
        found = self._named(_AMONG.format(",".join("?" * len(seqs)), where), *seqs, *values)
        return {each.seq: each for each in found}

    def count(self, wanted: PastInvocationFilter) -> int:
        """Return how many there are."""
        where, values = _conditions(wanted)
        (count,) = self._database.execute(_COUNT.format(where), values).fetchone()
        return int(count)

    def prune(self, seq: int) -> None:
        """Delete the invocations that began up to an event."""
        self._database.execute("DELETE FROM invocations WHERE seq <= ?", (seq,))

    def _far_from(self, seq: int) -> int:
        """Return the first event of the invocation that is _MOST_NEAR before an event; 0 if there are fewer."""
        (far,) = self._database.execute("SELECT coalesce((SELECT seq FROM invocations WHERE seq < ? ORDER BY seq DESC "
                                        "LIMIT 1 OFFSET ?), 0)", (seq, _MOST_NEAR)).fetchone()
        return int(far)

    def _named(self, rows: str, *values: int | str) -> list[PastInvocation]:
        return [_past(row) for row in self._database.execute(_NAMED.format(rows), values)]

    def _noted(self, request_id: str, event: _Event) -> _Noted | None:
        """Return the row as it is now; None for an event whose invocation is not known here."""
        if event.type == "sandbox.assigned":
            noted = self._open[request_id] = self._assigned(request_id, event)
            if len(self._open) > _MOST_OPEN:
                del self._open[next(iter(self._open))]
            return noted
        known = self._open.get(request_id)
        if known is not None and event.record.metrics is not None:
            self._report(known, event, event.record.metrics)
            del self._open[request_id]
        elif known is not None:
            known.version = self._name(event.record.version)
        return known

    def _assigned(self, request_id: str, event: _Event) -> _Noted:
        return _Noted(
            event.seq, _short(request_id), _short(event.environment_id), self._name(event.function_name), self._name(LATEST),
            self._name(event.record.sandbox), event.record.start == "cold",
            round((event.record.received_ms or event.time_ms) * 1000))

    def _report(self, noted: _Noted, event: _Event, figures: _Figures) -> None:
        error, init_ms = event.record.error_type, figures.init_duration_ms
        noted.ended_us, noted.status = round(event.time_ms * 1000), self._name(event.record.status)
        noted.error = self._name(error) if error else None
        noted.duration_us, noted.billed_ms = round(figures.duration_ms * 1000), figures.billed_duration_ms
        noted.init_us = None if init_ms is None else round(init_ms * 1000)
        noted.memory_mb, noted.used_mb = figures.memory_size, figures.memory_used

    def _name(self, name: str) -> int:
        """Return the number of a name that occurs often."""
        number = self._names.get(name)
        if number is None:
            self._database.execute("INSERT OR IGNORE INTO names (name) VALUES (?)", (name,))
            (number,) = self._database.execute("SELECT id FROM names WHERE name = ?", (name,)).fetchone()
            self._names[name] = number
        return int(number)


_NAMED = """
SELECT i.seq, request_id, environment_id, f.name, v.name, b.name, is_cold, received_us / 1000.0, ended_us / 1000.0, s.name,
    e.name, duration_us / 1000.0, billed_ms, init_us / 1000.0, memory_mb, used_mb
FROM ({}) i JOIN names f ON f.id = function JOIN names v ON v.id = version JOIN names b ON b.id = sandbox
    LEFT JOIN names s ON s.id = status LEFT JOIN names e ON e.id = error ORDER BY i.seq DESC
"""
_NEAR = "SELECT * FROM invocations NOT INDEXED WHERE seq < ? AND seq >= ? {} ORDER BY seq DESC LIMIT ?"
_FAR = ("SELECT * FROM invocations WHERE seq IN (SELECT seq FROM invocations INDEXED BY invocations_of_function WHERE seq < ? {} "
        "ORDER BY seq DESC LIMIT ?)")
_AMONG = "SELECT * FROM invocations NOT INDEXED WHERE seq IN ({}) {}"
_COUNT = "SELECT count(*) FROM invocations WHERE true {}"
_NAME = "(SELECT id FROM names WHERE name = ?)"


def _conditions(wanted: PastInvocationFilter) -> tuple[str, list[int | str]]:
    """Return what to add to a WHERE, and its values."""
    is_unfinished = wanted.status == UNFINISHED
    given: list[tuple[str, int | str | None]] = [
        (f"function = {_NAME}", wanted.function_name or None),
        (f"version = {_NAME}", wanted.version or None),
        (f"status = {_NAME}", None if is_unfinished else wanted.status or None),
        ("is_cold = ?", int(wanted.start == "cold") if wanted.start else None),
        ("received_us >= ? * 1000", wanted.since_ms),
        ("received_us < ? * 1000", wanted.until_ms)]
    parts = [f"AND {condition}" for condition, value in given if value is not None]
    return " ".join([*parts, *(["AND status IS NULL"] if is_unfinished else [])]), [v for _, v in given if v is not None]


def _past(row: tuple[Any, ...]) -> PastInvocation:
    values = dict(zip(PastInvocation.__struct_fields__, row, strict=True))
    return PastInvocation(**values | {
        "request_id": _long(values["request_id"], hyphens=True), "environment_id": _long(values["environment_id"]),
        "is_cold": bool(values["is_cold"]), "status": values["status"] or "", "error_type": values["error_type"] or ""})


def _short(name: str) -> bytes | str:
    """Return the 16 bytes of a UUID, with or without hyphens; the text itself for anything else."""
    digits = name.replace("-", "")
    try:
        short = bytes.fromhex(digits)
    except ValueError:
        return name
    return short if len(short) == 16 and short.hex() == digits and name in (digits, _hyphens_in(digits)) else name


def _long(short: bytes | str, *, hyphens: bool = False) -> str:
    if not isinstance(short, bytes) or len(short) != 16:
        return str(short)
    return _hyphenated(short) if hyphens else short.hex()


def _hyphenated(short: bytes) -> str:
    return _hyphens_in(short.hex())


def _hyphens_in(text: str) -> str:
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

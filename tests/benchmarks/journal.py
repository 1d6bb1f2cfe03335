"""The journal with a million plain invocations: bytes each on disk, rows written per second, opening, counting, finding.

JOURNAL_INVOCATIONS makes it shorter. The floor of writing is SQLite with the same rows and nothing else, as the first version of
the journal had them (3.9 KB an invocation). What was learned: blocks of 256 KiB at zlib's level 6 take 299 bytes an invocation
and 27 us of compression without Python's global lock; decoding three events for the index and adding lines to the full-text
index take about as long again. SQLite's `execute` gives back one page of an `incremental_vacuum`, a script all of them.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec

from workbench.engine.journal.journal import Journal
from workbench.engine.journal.rows import Row
from workbench.model.events import StreamEvent

INVOCATIONS = int(os.environ.get("JOURNAL_INVOCATIONS", "1000000"))
FLOOR_INVOCATIONS = min(INVOCATIONS, 20_000)
AT_ONCE = 200
_ENVIRONMENT = uuid.UUID(int=7).hex


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        floor = _floor(Path(folder) / "floor.sqlite")
        asyncio.run(_measure(Path(folder) / "journal.sqlite", floor))


def _invocation(seq: int, number: int) -> Iterator[Row]:
    """Yield the events of a warm invocation that logs one line, with the times and IDs of its own."""
    request_id, at_ms = str(uuid.UUID(int=random.getrandbits(128), version=4)), 1_795_992_354_370 + number
    duration_ms = random.randrange(1_000) / 1_000 + 0.2
    trace_id = f"Root=1-6b0cab22-{random.getrandbits(96):024x};Parent={random.getrandbits(64):016x};Sampled=0"
    records: list[tuple[str, object]] = [
        ("sandbox.assigned", {"requestId": request_id, "start": "warm", "receivedMs": at_ms + 0.304, "sandbox": "process"}),
        ("sandbox.payload", {"requestId": request_id, "kind": "event", "text": f'{{"n": {number}}}', "sizeBytes": 12}),
        ("sandbox.thawed", {"durationMs": random.randrange(90_000) / 1e6}),
        ("platform.start", {"requestId": request_id, "version": "$LATEST", "tracing": {
            "type": "X-Amzn-Trace-Id", "value": trace_id}}),
        ("function", f"order {number} of {random.getrandbits(32):x} paid"),
        ("sandbox.payload", {"requestId": request_id, "kind": "result", "text": '{"hello": null}', "sizeBytes": 15}),
        ("platform.runtimeDone", {"requestId": request_id, "status": "success", "metrics": {
            "durationMs": duration_ms, "producedBytes": 15}, "spans": [{
                "name": "responseLatency", "startMs": at_ms + 0.427, "durationMs": duration_ms / 2}]}),
        ("platform.report", {"requestId": request_id, "status": "success", "metrics": {
            "durationMs": duration_ms, "billedDurationMs": 1, "memorySizeMB": 256, "maxMemoryUsedMB": 10}}),
    ]
    for place, (kind, record) in enumerate(records):
        event = StreamEvent(
            seq=seq + place, time_ms=at_ms + place / 7, type=kind, function_name="Function", environment_id=_ENVIRONMENT,
            request_id=request_id, record=record)  # type: ignore[arg-type]
        yield seq + place, request_id, _ENVIRONMENT, msgspec.json.encode(event)


def _rows(count: int) -> Iterator[list[Row]]:
    """Yield the rows of some invocations at a time."""
    seq = 1
    for start in range(0, count, AT_ONCE):
        rows: list[Row] = []
        for number in range(start, min(start + AT_ONCE, count)):
            rows += _invocation(seq + len(rows), number)
        seq += len(rows)
        yield rows


def _floor(path: Path) -> float:
    """SQLite alone: invocations per second of its own time."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, request_id TEXT, environment_id TEXT, event BLOB)")
    database.execute("CREATE INDEX of_request ON events (request_id)")
    taken_s = 0.0
    for rows in _rows(FLOOR_INVOCATIONS):
        begun_s = time.perf_counter()
        database.execute("BEGIN")
        database.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
        database.execute("COMMIT")
        taken_s += time.perf_counter() - begun_s
    database.close()
    each_bytes = path.stat().st_size / FLOOR_INVOCATIONS
    print(f"floor, SQLite with a row per event: {FLOOR_INVOCATIONS / taken_s:8,.0f}/s   {each_bytes:6.0f} bytes each")
    return FLOOR_INVOCATIONS / taken_s


async def _measure(path: Path, floor: float) -> None:
    journal = Journal(path)
    await journal.open()
    taken_s = 0.0
    for rows in _rows(INVOCATIONS):
        begun_s = time.perf_counter()
        for row in rows:
            journal.append(row)
        await journal.written()
        taken_s += time.perf_counter() - begun_s
    request_id = rows[-1][1]
    await journal.close()
    rate, each_bytes = INVOCATIONS / taken_s, path.stat().st_size / INVOCATIONS
    print(f"{'journal:':<36}{rate:8,.0f}/s   {each_bytes:6.0f} bytes each (aim: 600)   {rate / floor:.2f} of the floor",
          flush=True)
    begun_s = time.perf_counter()
    journal = Journal(path)
    await journal.open()
    print(f"opening with {INVOCATIONS:,} invocations: {(time.perf_counter() - begun_s) * 1000:.0f} ms (aim: 300)")
    for name, look in (
            ("the events of one", lambda: journal.of_request(request_id)),
            ("the last 100 in the index", lambda: journal.invocations()),
            ("a line in the middle, by its words", lambda: journal.lines_with(f"order {INVOCATIONS // 2} of")),
            ("100 lines with a common word", lambda: journal.lines_with("paid")),
            ("a word that is nowhere", lambda: journal.lines_with("nowhere"))):
        begun_s = time.perf_counter()
        found = await look()
        print(f"{name:<36}{(time.perf_counter() - begun_s) * 1000:8.1f} ms   {len(found)} found")
    await journal.close()


if __name__ == "__main__":
    main()

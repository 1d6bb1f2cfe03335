"""The journal with a million plain invocations: bytes each on disk, rows written per second, opening, counting, finding, pruning.

JOURNAL_INVOCATIONS makes it shorter, or as large as the bound (2,600,000). The floor of writing is SQLite with the same rows and
nothing else, as the first version of the journal had them (3.9 KB an invocation). What was learned: blocks of 256 KiB at zlib's
level 3 take half the time of level 6 and a tenth more space; looking for a row's type several times, and one statement per row,
took as long as all compression; of 40 us an invocation, half is without Python's global lock. A process of its own would take at
most a tenth off the engine's (its loop takes 0.9 ms for an invocation, with this thread or without). SQLite's `execute` gives
back one page of an `incremental_vacuum`, a script all of them. Numbers of each kind, kept beside the rows, make counting cost
nothing; an index by time has all that is asked of a time. Signatures take 3 to 4 ms of CPU for a block of 256 KiB with the words
of its log, events and results, since its rows are taken apart once for all that; the writer takes a tenth less than when each did
it for itself. Their row of 5.6 KB takes 1.5 pages: the last part of a value shares a page with others where it is small enough.

Of 82 us of CPU an invocation (with reading the message), signatures took 23, texts of blocks 14, the index 25, compression 10;
of signatures, threes and fours are 10 and pairs were 7. With pairs marked as bytes at their own numbers, a type found by one
split, and what events of an invocation have in common taken apart once, it is 78. Not gained: level 2 or 1 of zlib (1 us for 1
and 5 % of space), sets in place of marked bytes (three times slower), threes and fours in one loop (slower). Left out: to sign
blocks later, which under a load that lasts is the same work.

Then, of a process that is fed with facts (`load` has the sum): keys of requests were written all over a table, a page of 4 KB for
each, twice; by stretches of the journal they are together, and reading one looks once in each stretch. With numpy, threes, fours
and pairs take a fifth; without, a list in place of marked bytes takes as long, and `map` with `setitem` longer. `sqlite3` looks
for adapters of bytes and truth values, and `in` with bytes on both sides asks for a number first: each makes an exception inside,
2,000 instructions. Not gained: IDs of rows once for each block instead of in each row (5 % more space as numbers, 1 % less by
columns, no time), more memory for zlib (slower), no collection of garbage.
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.benchmarks.measures import percentile
from workbench.engine.journal import store
from workbench.engine.journal.invocation_history import InvocationHistory
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.parts import KEY_BITS, STRETCH_BITS
from workbench.engine.journal.rows import Row
from workbench.model.events import StreamEvent
from workbench.model.past_invocations import PastInvocationFilter, Place

INVOCATIONS = int(os.environ.get("JOURNAL_INVOCATIONS", "1000000"))
FLOOR_INVOCATIONS = min(INVOCATIONS, 20_000)
BOUND_BYTES = store.KEPT_BYTES
AT_ONCE = 200
EVENTS = 8
FIRST_MS = 1_795_992_354_370
SIGNS = "%%%%%"
KEY = f"(block + :step) >> {STRETCH_BITS} << {KEY_BITS} | owner & {(1 << KEY_BITS) - 1}"
"""In SQL, the key of an owner of a block that comes again :step later, see `parts`."""
_ENVIRONMENT = uuid.UUID(int=7).hex


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        floor = _floor(Path(folder) / "floor.sqlite")
        asyncio.run(_measure(Path(folder) / "journal.sqlite", floor))


def _invocation(seq: int, number: int) -> Iterator[Row]:
    """Yield the events of a warm invocation that logs one line, with the times and IDs of its own.

    The oldest one has signs in its line that no other has, and a word in its result that all others have in their lines.
    """
    request_id, at_ms = str(uuid.UUID(int=random.getrandbits(128), version=4)), FIRST_MS + number
    duration_ms = random.randrange(1_000) / 1_000 + 0.2
    trace_id = f"Root=1-6b0cab22-{random.getrandbits(96):024x};Parent={random.getrandbits(64):016x};Sampled=0"
    records: list[tuple[str, object]] = [
        ("sandbox.assigned", {"requestId": request_id, "start": "warm", "receivedMs": at_ms + 0.304, "sandbox": "process",
                              "deployment": "5f2c41d0a7e39b86"}),
        ("sandbox.payload", {"requestId": request_id, "kind": "event", "text": f'{{"n": {number}}}', "sizeBytes": 12}),
        ("sandbox.thawed", {"durationMs": random.randrange(90_000) / 1e6}),
        ("platform.start", {"requestId": request_id, "version": "$LATEST", "tracing": {
            "type": "X-Amzn-Trace-Id", "value": trace_id}}),
        ("function", f"order {number} of {random.getrandbits(32):x} paid{'' if number else f' {SIGNS}'}"),
        ("sandbox.payload", {"requestId": request_id, "kind": "result", "text": '{"%s": null}' % ("hello" if number else "paid"),
                             "sizeBytes": 15}),
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


def batches(count: int, first: int = 0) -> Iterator[list[Row]]:
    """Yield the rows of some invocations at a time."""
    for start in range(first, first + count, AT_ONCE):
        rows: list[Row] = []
        for number in range(start, min(start + AT_ONCE, first + count)):
            rows += _invocation(number * EVENTS + 1, number)
        yield rows


def _floor(path: Path) -> float:
    """SQLite alone: invocations per second of its own time."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, request_id TEXT, environment_id TEXT, event BLOB)")
    database.execute("CREATE INDEX of_request ON events (request_id)")
    taken_s = 0.0
    for rows in batches(FLOOR_INVOCATIONS):
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
    taken_s, request_id = await written(journal, batches(INVOCATIONS))
    await journal.close()
    rate, each_bytes = INVOCATIONS / sum(taken_s), path.stat().st_size / INVOCATIONS
    print(f"{'journal:':<36}{rate:8,.0f}/s   {each_bytes:6.0f} bytes each (aim: 600)   {rate / floor:.2f} of the floor, "
          f"longest batch {max(taken_s) * 1000:.0f} ms", flush=True)
    journal = await _opened(path)
    await _asked(journal, request_id)
    await journal.close()
    await _pruned(path)
    await _at_the_bound(path)


async def written(journal: Journal, batches: Iterable[list[Row]]) -> tuple[list[float], str]:
    """Return how long each batch took to be on disk, in seconds, and the last request ID."""
    taken_s, request_id = [], ""
    for rows in batches:
        begun_s = time.perf_counter()
        for row in rows:
            journal.append(row)
        await journal.written()
        taken_s.append(time.perf_counter() - begun_s)
        request_id = rows[-1][1]
    return taken_s, request_id


async def _opened(path: Path) -> Journal:
    begun_s = time.perf_counter()
    journal = Journal(path)
    last = await journal.open()
    print(f"opening with {last // EVENTS:,} invocations: {(time.perf_counter() - begun_s) * 1000:.0f} ms (aim: 300)")
    return journal


async def _asked(journal: Journal, request_id: str) -> None:
    history, middle_ms = InvocationHistory(journal), FIRST_MS + INVOCATIONS // 2

    async def past(text: str = "", place: Place = "log", **wanted: Any) -> int:
        return len((await history.invocations(PastInvocationFilter(**wanted), text=text, place=place)).invocations)

    async def lines(text: str) -> int:
        return len((await history.lines(text)).lines)

    async def events() -> int:
        return len(await journal.of_request(request_id))

    looks: dict[str, Callable[[], Awaitable[int]]] = {
        "the events of one": events,
        "the last 100": past,
        "the last 100 of a version": lambda: past(version="$LATEST"),
        "failed ones (there are none)": lambda: past(status="error"),
        "cold ones of a function (none)": lambda: past(function_name="Function", start="cold"),
        "100 ms in the middle": lambda: past(since_ms=middle_ms, until_ms=middle_ms + 100),
        "how many there are": lambda: history.count(PastInvocationFilter()),
        "how many warm ones of a function": lambda: history.count(PastInvocationFilter(function_name="Function", start="warm")),
        "how many received since the middle": lambda: history.count(PastInvocationFilter(since_ms=middle_ms)),
        "how many failed (there are none)": lambda: history.count(PastInvocationFilter(status="error")),
        "failed ones since the middle (none)": lambda: past(status="error", since_ms=middle_ms),
        "a line in the middle, by its words": lambda: lines(f"order {INVOCATIONS // 2} of"),
        "100 lines with a common word": lambda: lines("paid"),
        "a word that is nowhere": lambda: lines("nowhere"),
        "signs that the oldest line has": lambda: past(text=SIGNS),
        "signs that are nowhere": lambda: past(text="=>=>"),
        "a common word, in the oldest result": lambda: past(text="paid", place="result"),
        "a common word, in events (nowhere)": lambda: past(text="paid", place="event"),
        "the invocation of a line": lambda: past(text=f"order {INVOCATIONS // 2} of"),
        "100 invocations of a common word": lambda: past(text="paid")}
    for name, look in looks.items():
        taken = [await _taken(look) for _ in range(3)]
        wall_ms, cpu_ms, found = min(taken)
        print(f"{name:<36}{wall_ms:8.1f} ms   {cpu_ms:8.1f} ms of CPU   {found:,} found", flush=True)


async def _taken(look: Callable[[], Awaitable[int]]) -> tuple[float, float, int]:
    """Return how long a look took, its CPU time, both in ms, and how much it found."""
    begun_s, cpu_s = time.perf_counter(), time.process_time()
    found = await look()
    return (time.perf_counter() - begun_s) * 1000, (time.process_time() - cpu_s) * 1000, found


async def _pruned(path: Path) -> None:
    """As at 1 GB, but at the size that the file has now: for each new block an old one goes."""
    store.KEPT_BYTES = before = path.stat().st_size
    journal = await _opened(path)
    first = await journal.read(0, 1)
    more = list(batches(FLOOR_INVOCATIONS, first=INVOCATIONS))
    stalls_s: list[float] = []
    watching = asyncio.create_task(_watch_the_loop(stalls_s))
    taken_s, _ = await written(journal, more)
    watching.cancel()
    idle_s: list[float] = []
    watching = asyncio.create_task(_watch_the_loop(idle_s))
    await asyncio.sleep(sum(taken_s) / 4)
    watching.cancel()
    gone = (await journal.read(0, 1))[0][0] - first[0][0]
    await journal.close()
    print(f"at the bound: {FLOOR_INVOCATIONS / sum(taken_s):8,.0f}/s, longest batch of {AT_ONCE} {max(taken_s) * 1000:.0f} ms, "
          f"{gone // EVENTS:,} gone, {path.stat().st_size / before:.2f} of the size; "
          f"the loop's longest stall {max(stalls_s) * 1000:.0f} ms, 99 of 100 below {percentile(stalls_s, 0.99) * 1000:.1f} "
          f"(without writing: {max(idle_s) * 1000:.0f} and {percentile(idle_s, 0.99) * 1000:.1f})")


async def _at_the_bound(path: Path) -> None:
    """Open a journal of 1 GB: the one that is there, several times one after the other (its words once)."""
    database = sqlite3.connect(path, isolation_level=None)
    (begin, last) = database.execute("SELECT min(first_seq) - 1, max(seq) FROM blocks").fetchone()
    times, span = math.ceil(BOUND_BYTES / path.stat().st_size), last - begin
    columns = ", ".join(row[1] for row in database.execute("PRAGMA table_info(invocations)"))[len("seq, "):]
    database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000; BEGIN")
    for number in range(1, times):
        step = {"step": number * span, "last": last}
        for table, values, up_to in (
                ("blocks", "seq + :step, first_seq + :step, written_ms, era, size, data", "seq"),
                ("parts", f"{KEY}, block + :step", "block"), ("invocations", f"seq + :step, {columns}", "seq"),
                ("grams", "block + :step, log, event, result", "block")):
            database.execute(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE {up_to} <= :last", step)
    for statement in ("DELETE FROM events", f"UPDATE tallies SET count = count * {times}", "COMMIT", "PRAGMA journal_mode=WAL"):
        database.execute(statement)
    database.close()
    print(f"a journal of {path.stat().st_size / 1e6:,.0f} MB:")
    history = InvocationHistory(journal := await _opened(path))
    middle = PastInvocationFilter(since_ms=FIRST_MS + INVOCATIONS // 2)
    for name, wanted in (("how many there are", PastInvocationFilter()), ("how many received since the middle", middle)):
        wall_ms, cpu_ms, found = await _taken(lambda wanted=wanted: history.count(wanted))  # type: ignore[misc]
        print(f"{name:<36}{wall_ms:8.1f} ms   {cpu_ms:8.1f} ms of CPU   {found:,} found", flush=True)
    for text in (SIGNS, "=>=>"):
        taken = [await _taken(lambda text=text: _found_with(history, text)) for _ in range(3)]  # type: ignore[misc]
        wall_ms, cpu_ms, found = min(taken)
        print(f"{'signs: ' + text:<36}{wall_ms:8.1f} ms   {cpu_ms:8.1f} ms of CPU   {found:,} found", flush=True)
    await journal.close()


async def _found_with(history: InvocationHistory, text: str) -> int:
    """Return how many invocations of all that logged a text are on the first page."""
    return len((await history.invocations(PastInvocationFilter(), text=text)).invocations)


async def _watch_the_loop(stalls_s: list[float]) -> None:
    """Note how much later than asked for the loop goes on."""
    while True:
        begun_s = time.perf_counter()
        await asyncio.sleep(0.001)
        stalls_s.append(time.perf_counter() - begun_s - 0.001)


if __name__ == "__main__":
    main()

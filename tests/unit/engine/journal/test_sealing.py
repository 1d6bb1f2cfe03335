"""The journal over a long time: packed, found again, bounded, shrunk, and taken over from its first version."""

from __future__ import annotations

import os
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest

from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.journal import blocks, schema, sealing, store, words
from workbench.engine.journal.invocation_history import InvocationHistory
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.rows import NEWEST, Row
from workbench.model.events import StreamEvent
from workbench.model.past_invocations import LogLine, PastInvocation, PastInvocationFilter

FIRST_VERSION = """
CREATE TABLE events (seq INTEGER PRIMARY KEY, request_id TEXT, environment_id TEXT, event BLOB NOT NULL);
CREATE INDEX events_of_request ON events (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX events_of_environment ON events (environment_id) WHERE request_id IS NULL;
CREATE TABLE living (environment_id TEXT PRIMARY KEY, event BLOB NOT NULL) WITHOUT ROWID;
"""


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of some invocations instead of some hundred."""
    monkeypatch.setattr(blocks, "SEALED_BYTES", 4_000)
    monkeypatch.setattr(sealing, "SEALED_BYTES", 4_000)


def _invocation(stream: Stream, number: int, *, function: str = "F", environment: str = "e") -> str:
    """Publish what an invocation publishes, and return its request ID."""
    request_id = str(uuid.UUID(int=number))
    where = {"function_name": function, "environment_id": environment, "request_id": request_id}
    record = {"requestId": request_id, "start": "cold" if number == 1 else "warm", "receivedMs": 1000.5, "sandbox": "process"}
    stream.publish("sandbox.assigned", record, **where)
    stream.publish("platform.start", {"requestId": request_id, "version": "7"}, **where)
    stream.publish_lines("function", [f"order {number} paid", "Ünïcode {\"a\": 1}"], **where)
    metrics = {"durationMs": 2.5, "billedDurationMs": 3, "memorySizeMB": 128, "maxMemoryUsedMB": 40}
    if number == 1:
        metrics["initDurationMs"] = 100.25
    stream.publish("platform.report", {"requestId": request_id, "status": "success", "metrics": metrics}, **where)
    return request_id


async def _stream(path: Path) -> Stream:
    stream = Stream(Journal(path), Clock())
    await stream.open()
    return stream


async def _past(stream: Stream, before: int = NEWEST, limit: int = 100, **wanted: Any) -> list[PastInvocation]:
    history = InvocationHistory(stream._journal)
    return (await history.invocations(PastInvocationFilter(**wanted), before=before, limit=limit)).invocations


async def _lines(stream: Stream, text: str, before: int = NEWEST, limit: int = 100) -> list[LogLine]:
    return (await InvocationHistory(stream._journal).lines(text, before=before, limit=limit)).lines


def _count(path: Path, table: str) -> int:
    with sqlite3.connect(path) as database:
        (count,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    database.close()
    return int(count)


async def test_everything_is_found_again_wherever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    stream = await _stream(path)
    ids = []
    for number in range(1, 59):
        ids.append(_invocation(stream, number))
        if number % 7 == 0:
            await stream._journal.written()
    last = stream.seq
    await stream._journal.close()
    assert _count(path, "blocks") > 5
    assert 0 < _count(path, "events") < 30

    stream = await _stream(path)
    assert stream.seq == last
    seqs = [event["seq"] for event in msgspec.json.decode(await stream.page(0, 1_000))]
    assert seqs == list(range(1, last + 1))
    assert [event["seq"] for event in msgspec.json.decode(await stream.page(33, 9))] == list(range(34, 43))
    for number, request_id in enumerate(ids, 1):
        events = msgspec.json.decode(await stream.invocation(request_id), type=list[StreamEvent])
        assert next(event.record for event in events if event.type == "function") == f"order {number} paid"
        assert len(events) == 5
    await stream._journal.close()


async def test_the_index_has_what_history_and_cost_need(tmp_path: Path) -> None:
    stream = await _stream(tmp_path / "j.sqlite")
    ids = [_invocation(stream, number, function="FG"[number % 2]) for number in range(1, 41)]
    newest = await _past(stream, limit=3)
    assert [each.request_id for each in newest] == ids[-1:-4:-1]
    (first,) = await _past(stream, before=2)
    assert first.is_cold
    assert (first.request_id, first.function_name, first.version, first.sandbox) == (ids[0], "G", "7", "process")
    assert (first.status, first.error_type, first.environment_id, first.received_ms) == ("success", "", "e", 1000.5)
    figures = (first.duration_ms, first.billed_duration_ms, first.init_duration_ms)
    assert figures == (2.5, 3, 100.25)
    assert (first.memory_size_mb, first.max_memory_used_mb) == (128, 40)
    of_f = await _past(stream, limit=100, function_name="F")
    assert [each.request_id for each in of_f] == ids[1::2][::-1]
    await stream._journal.close()


async def test_an_invocation_without_a_report_is_in_the_index_too(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    stream = await _stream(path)
    stream.publish("sandbox.assigned", {"requestId": "r", "start": "warm"}, function_name="F", environment_id="e", request_id="r")
    (running,) = await _past(stream)
    assert (running.request_id, running.status, running.ended_ms, running.duration_ms) == ("r", "", None, None)
    await stream._journal.close()


async def test_lines_are_found_by_their_words(tmp_path: Path) -> None:
    stream = await _stream(tmp_path / "j.sqlite")
    for number in range(1, 61):
        _invocation(stream, number)
    journal = stream._journal
    assert [line.text for line in await _lines(stream, "order 17 paid")] == ["order 17 paid"]
    assert [line.text for line in await _lines(stream, "ORDER 17")] == ["order 17 paid"]
    assert [line.text for line in await _lines(stream, "order", limit=2)] == ["order 60 paid", "order 59 paid"]
    (second,) = await _lines(stream, "order", limit=1, before=(await _lines(stream, "order", limit=1))[0].seq)
    assert second.text == "order 59 paid"
    assert len(await _lines(stream, '{"a":', limit=1_000)) == 60
    assert len(await _lines(stream, "ünï", limit=1_000)) == 60
    assert await _lines(stream, "never_written") == []
    await journal.close()


async def test_lines_are_found_where_sqlite_has_no_full_text_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (schema, words):
        monkeypatch.setattr(module, "has_words", lambda _: False)
    stream = await _stream(tmp_path / "j.sqlite")
    for number in range(1, 61):
        _invocation(stream, number)
    assert [line.text for line in await _lines(stream, "rder 17 p")] == ["order 17 paid"]
    await stream._journal.close()


async def test_a_journal_of_the_first_version_is_taken_over_a_part_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    stream = await _stream(tmp_path / "other.sqlite")
    ids = [_invocation(stream, number) for number in range(1, 201)]
    rows = await stream._journal.read(0, 10_000)
    await stream._journal.close()
    with sqlite3.connect(path) as database:
        database.executescript(FIRST_VERSION)
        database.executemany("INSERT INTO events VALUES (?, nullif(?, ''), ?, ?)", rows)
    database.close()

    stream = await _stream(path)
    assert stream.seq == rows[-1][0]
    for number in range(201, 240):
        ids.append(_invocation(stream, number))
        await stream._journal.written()
        for request_id in (ids[0], ids[100], ids[-1]):
            assert len(msgspec.json.decode(await stream.invocation(request_id))) == 5
    assert [each.request_id for each in await _past(stream, limit=1_000)] == ids[::-1]
    assert len(await _lines(stream, "order", limit=1_000)) == 239
    await stream._journal.close()
    assert _count(path, "events") < 40
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (4,)
    database.close()


async def test_a_file_of_a_later_version_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    await (await _stream(path))._journal.close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version=99")
    database.close()
    stream = await _stream(path)
    assert "was written by a later version of Lambda Workbench: it was set aside" in stream._journal.problem
    await stream._journal.close()


async def test_what_is_too_old_or_too_much_goes_and_the_file_shrinks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "KEPT_BYTES", 1_000_000)
    monkeypatch.setattr(sealing, "_VACUUMED_PAGES", 50)
    path = tmp_path / "j.sqlite"
    stream = await _stream(path)
    ids = []
    for number in range(1, 1_500):
        ids.append(_invocation(stream, number))
        noise = [os.urandom(500).hex() for _ in range(4)]
        stream.publish_lines("function", noise, function_name="F", environment_id="e", request_id=ids[-1])
        if number % 20 == 0:
            await stream._journal.written()
    assert msgspec.json.decode(await stream.invocation(ids[0])) == []
    assert len(msgspec.json.decode(await stream.invocation(ids[-1]))) == 9
    assert await _lines(stream, "order 17 paid") == []
    oldest = (await _past(stream, limit=10_000))[-1]
    (first, *_) = msgspec.json.decode(await stream.page(0, 1))
    assert 1 < first["seq"] <= oldest.seq
    monkeypatch.setattr(sealing, "KEPT_MS", -1)
    for _ in range(200):
        stream.publish("platform.start", {})
        await stream._journal.written()
    await stream._journal.close()
    assert [_count(path, table) for table in ("blocks", "parts", "invocations")] == [0, 0, 0]
    assert path.stat().st_size < 400_000


async def test_a_write_that_failed_is_repeated_whole(tmp_path: Path) -> None:
    stream = await _stream(tmp_path / "j.sqlite")
    journal = stream._journal
    database = journal._store._database
    (pages,) = await journal._in_thread(lambda: database.execute("PRAGMA page_count").fetchone())
    await journal._in_thread(lambda: database.execute(f"PRAGMA max_page_count={pages}").fetchone())
    ids = []
    for number in range(1, 60):
        ids.append(_invocation(stream, number))
        await journal.written()
    assert "full" in journal.problem
    await journal._in_thread(lambda: database.execute("PRAGMA max_page_count=100000").fetchone())
    assert [each.request_id for each in await _past(stream, limit=1_000)] == ids[::-1]
    assert len(msgspec.json.decode(await stream.page(0, 1_000))) == stream.seq
    assert journal.problem == ""
    await journal.close()


async def test_rows_of_a_first_version_that_no_engine_wrote_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    rows: list[Row] = [(seq, "r", "e", b'{"no": "event"}' * 100) for seq in range(1, 50)]
    with sqlite3.connect(path) as database:
        database.executescript(FIRST_VERSION)
        database.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
    database.close()
    stream = await _stream(path)
    for number in range(1, 5):
        _invocation(stream, number)
        await stream._journal.written()
    events = msgspec.json.decode(await stream.page(0, 1_000), type=list[StreamEvent])
    assert {event.type for event in events if event.seq < 50} == {"sandbox.elided"}
    assert len(await _past(stream)) == 4
    await stream._journal.close()

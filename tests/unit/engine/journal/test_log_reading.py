"""The log of a journal by place and by number: every entry once, in order, whether it is in a block or not."""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.journal import blocks, contents, log_reading, sealing
from workbench.engine.journal.entries import count_of
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.log_reading import LogReading
from workbench.engine.logs.engine_log import EngineLog
from workbench.model.events import StreamEvent
from workbench.model.function_failures import exited
from workbench.model.log_entries import LogEntry, entries_of
from workbench.model.log_queries import LogExtent


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (blocks, contents, sealing, log_reading):
        monkeypatch.setattr(module, "SEALED_BYTES", 4_000)


@contextlib.asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Stream]:
    journal = Journal(path)
    stream = Stream(journal, Clock())
    await stream.open()
    yield stream
    await journal.close()


@pytest.fixture
async def stream(tmp_path: Path) -> AsyncIterator[Stream]:
    async with opened(tmp_path / "j.sqlite") as stream:
        yield stream


METRICS = {"durationMs": 2.5, "billedDurationMs": 3, "memorySizeMB": 128, "maxMemoryUsedMB": 40}


def run(stream: Stream, number: int, *lines: str, failure: str = "", log: Any = "text") -> str:
    """Publish what an invocation publishes."""
    request_id = str(uuid.UUID(int=number))
    origin: dict[str, Any] = {"function_name": "F", "environment_id": "e", "request_id": request_id}
    stream.publish("platform.initStart", {"initializationType": "on-demand", "phase": "init", "runtimeVersion": "python"},
                   function_name="F", environment_id="e", log=log)
    stream.publish("platform.initReport", {"initializationType": "on-demand", "phase": "init", "status": "success",
                                           "metrics": {"durationMs": 5}}, function_name="F", environment_id="e", log=log)
    assigned = {"requestId": request_id, "start": "warm", "receivedMs": 1.0, "sandbox": "process"}
    stream.publish("sandbox.assigned", assigned, **origin)
    stream.publish("platform.start", {"requestId": request_id, "version": "$LATEST"}, log=log, **origin)
    stream.publish_lines("function", lines, **origin)
    result: dict[str, Any] = {"requestId": request_id, "kind": "result", "text": failure or "null", "sizeBytes": 4}
    stream.publish("sandbox.payload", result | ({"isFatal": True} if failure else {}), **origin)
    report = {"requestId": request_id, "status": "failure" if failure else "success", "metrics": METRICS}
    stream.publish("platform.report", report, log=log, **origin)
    return request_id


async def events_of(stream: Stream) -> list[StreamEvent]:
    return msgspec.json.decode(await stream.page(0, 100_000), type=list[StreamEvent])


async def paged(log: EngineLog, extent: LogExtent, limit: int) -> list[LogEntry]:
    found: list[LogEntry] = []
    while len(found) < extent.end - extent.first:
        found += await log.page(extent.first + len(found), limit)
    return found


async def test_every_entry_is_at_its_place(stream: Stream) -> None:
    for number in range(1, 60):
        run(stream, number, *(f"line {number}.{line} of an invocation" for line in range(number % 7)),
            log=("text", "json", "none", "text-new")[number % 4])
    log = EngineLog(stream._journal, stream)
    expected = list(entries_of(await events_of(stream)))

    extent = await log.extent()
    assert extent == LogExtent(first=0, end=len(expected), seq=stream.seq)
    assert len(await stream._journal.look(lambda contents, _: contents.blocks_between(0, 2**60), [])) > 5
    for limit in (1, 7, 250):
        assert await paged(log, extent, limit) == expected
    assert await log.page(extent.end, 5) == []


async def test_what_is_written_later_follows_without_gap(stream: Stream) -> None:
    run(stream, 1, "first")
    log = EngineLog(stream._journal, stream)
    before = await log.extent()
    for number in range(2, 40):
        run(stream, number, "a line", "another line")
    after = await log.extent()

    entries = await log.page(before.end, 1_000)
    assert after.end - before.end == len(entries)
    assert entries[0].seq == min(entry.seq for entry in entries_of(await events_of(stream)) if entry.seq > before.seq)


async def test_a_failure_says_what_lambda_said(stream: Stream) -> None:
    request_id = str(uuid.UUID(int=5))
    failed = exited(request_id, code=1, signal=None)
    run(stream, 5, "before", failure=failed.payload().decode())
    log = EngineLog(stream._journal, stream)
    text = (await log.page(0, 100))[-1].text

    assert text.splitlines()[0].startswith(f"RequestId: {request_id} Error: Runtime exited")
    assert "END RequestId" in text
    assert "REPORT RequestId" in text


async def test_entries_by_number(stream: Stream) -> None:
    for number in range(1, 60):
        run(stream, number, f"line {number}", "again")
    log = EngineLog(stream._journal, stream)
    entries = {entry.seq: entry for entry in entries_of(await events_of(stream))}
    some = sorted(entries)[::9]

    assert await log.picked(some[::-1]) == [entries[number] for number in some[::-1]]
    assert await log.picked([10**9]) == [LogEntry(seq=10**9)]


async def test_a_journal_from_before_is_counted_backward_and_then_goes_on(tmp_path: Path) -> None:
    async with opened(tmp_path / "old.sqlite") as stream:
        for number in range(1, 60):
            run(stream, number, f"line {number}", "again")
        expected = list(entries_of(await events_of(stream)))
    database = sqlite3.connect(tmp_path / "old.sqlite")
    database.executescript("DROP TABLE log_entries; PRAGMA user_version=3")
    database.close()

    async with opened(tmp_path / "old.sqlite") as stream:
        log = EngineLog(stream._journal, stream)
        extent = await log.extent()
        while not extent.is_whole:
            extent = await log.extent()
        assert extent.end - extent.first == len(expected)
        assert await paged(log, extent, 100) == expected

        for number in range(60, 90):
            run(stream, number, f"line {number}", "again")
        later = await log.extent()
        assert later.first == extent.first
        assert await paged(log, later, 100) == list(entries_of(await events_of(stream)))


async def test_places_that_are_wrong_are_counted_again(tmp_path: Path, stream: Stream) -> None:
    for number in range(1, 60):
        run(stream, number, f"line {number}", "again")
    log = EngineLog(stream._journal, stream)
    right = await log.extent()

    def falsify(contents: contents.Contents) -> None:  # as in a file that came with a clone
        contents.database.execute("UPDATE log_entries SET count = 1000000000 WHERE block = (SELECT max(block) FROM log_entries)")

    await stream._journal.look(lambda contents, _: falsify(contents), None)
    await log.extent()
    extent = await log.extent()
    assert extent.end - extent.first == right.end - right.first


async def test_deleted_blocks_move_the_beginning_and_no_entry(stream: Stream) -> None:
    for number in range(1, 60):
        run(stream, number, f"line {number}", "again")
    log = EngineLog(stream._journal, stream)
    before = await log.extent()
    page = await log.page(before.end - 10, 10)

    def prune(contents: contents.Contents) -> None:
        reading = LogReading(contents)
        block = contents.blocks_between(0, 2**60)[-1]
        reading._entries.delete(block)
        contents.database.execute("DELETE FROM blocks WHERE seq = ?", (block,))

    await stream._journal.look(lambda contents, _: prune(contents), None)
    after = await log.extent()
    assert after.first > before.first
    assert after.end == before.end
    assert await log.page(before.end - 10, 10) == page
    assert (await log.page(before.first, 1)) == [LogEntry(seq=0)]


def test_silent_events_are_not_counted() -> None:
    event = b'{"seq":1,"timeMs":1.0,"type":"platform.runtimeDone","record":{}}'
    assert count_of([(1, "", "", event)]) == 0
    assert count_of([(1, "", "", event[:-1] + b',"log":"json"}')]) == 1

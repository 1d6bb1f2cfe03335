from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import msgspec
import pytest

from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.journal import journal as journal_module
from workbench.engine.journal import opening
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.opening import open_journal
from workbench.model.events import StreamEvent


async def test_a_reader_that_is_cancelled_takes_no_rows_along(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    await journal.open()
    for seq in range(1, 300):
        journal.append((seq, "r", "e", b"{}"))
        reader = asyncio.create_task(journal.read(0, 10))
        await asyncio.sleep(0)
        reader.cancel()
    assert [row[0] for row in await journal.read(0, 1000)] == list(range(1, 300))
    await journal.close()


async def test_what_comes_after_its_end_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that prepares a function may have a last word for the stream; its flush would fail, and be logged."""
    monkeypatch.setattr(journal_module, "FLUSH_INTERVAL_S", 0.0)
    journal = Journal(tmp_path / "journal.sqlite")
    await journal.open()
    closing = asyncio.create_task(journal.close())
    await asyncio.sleep(0)
    journal.append((1, "r", "e", b"{}"))
    await closing
    journal.append((2, "r", "e", b"{}"))
    for _ in range(3):
        await asyncio.sleep(0)


async def test_goes_on_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = Journal(path)
    assert await journal.open() == 0
    first, second = (b'{"seq":%d,"timeMs":1,"type":"platform.start"}' % seq for seq in (1, 2))
    journal.append((1, "", "e", first))
    journal.append((2, "r", "e", second))
    await journal.close()
    again = Journal(path)
    assert await again.open() == 2
    assert await again.of_request("r") == [(2, "r", "e", second)]
    assert await again.of_environment("e", 2) == [(1, "", "e", first)]
    await again.close()


def test_of_two_that_make_the_file_at_once_one_has_it_and_the_other_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database has a rollback journal for a moment, until it writes ahead: that is no sign of damage."""
    monkeypatch.setattr(opening, "LOCK_WAIT_S", 0.05)
    both = Barrier(2)

    def begin(path: Path) -> tuple[bool, bool, str]:
        both.wait()
        opened = open_journal(path)
        both.wait()
        opened.database.close()
        return opened.is_taken, opened.in_memory, "" if opened.is_taken else opened.problem

    with ThreadPoolExecutor(2) as threads:
        for number in range(40):
            path = tmp_path / str(number) / "j.sqlite"
            path.parent.mkdir()
            assert sorted(threads.map(begin, (path, path))) == [(False, False, ""), (True, True, "")]
            assert [each.name for each in path.parent.iterdir()] == ["j.sqlite"]


async def test_a_second_engine_keeps_its_events_in_memory(tmp_path: Path) -> None:
    first, second = Journal(tmp_path / "j.sqlite"), Journal(tmp_path / "j.sqlite")
    await first.open()
    await second.open()
    second.append((1, "r", "e", b"x"))
    assert await second.of_request("r")
    assert "another engine" in second.problem
    assert await first.of_request("r") == []
    await first.close()
    await second.close()


async def test_environments_of_an_engine_that_crashed_are_said_to_be_gone(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    crashed = Stream(Journal(path), Clock())
    await crashed.open()
    for environment_id in ("ended", "lost"):
        crashed.publish("sandbox.creating", {}, function_name="F", environment_id=environment_id)
    crashed.publish("sandbox.stopped", {"reason": "idle"}, function_name="F", environment_id="ended")
    await crashed._journal.close()

    stream = Stream(Journal(path), Clock())
    await stream.open()
    (event,) = msgspec.json.decode(await stream.page(3, 10), type=list[StreamEvent])
    assert (event.type, event.environment_id, event.function_name) == ("sandbox.stopped", "lost", "F")
    await stream._journal.close()
    again = Stream(Journal(path), Clock())
    await again.open()
    assert again.seq == 4
    await again._journal.close()


async def test_a_file_that_is_no_journal_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"this is text, not a database" * 100)
    journal = Journal(path)
    assert await journal.open() == 0
    journal.append((1, "r", "e", b"x"))
    assert await journal.of_request("r") == [(1, "r", "e", b"x")]
    (kept,) = tmp_path.glob("journal.sqlite.damaged-*")
    assert str(kept) in journal.problem
    await journal.close()
    assert kept.read_bytes().startswith(b"this is text")
    again = Journal(path)
    assert (await again.open(), again.problem) == (1, "")
    await again.close()


def _damage(database: sqlite3.Connection) -> None:
    for statement in ("PRAGMA writable_schema=ON", "UPDATE sqlite_master SET rootpage=9999 WHERE name='events'",
                      "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA schema_version=77"):
        database.execute(statement)


async def test_a_journal_that_is_damaged_while_it_is_used_costs_no_event(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    await journal.open()
    for number in range(1, 3):
        await journal._in_thread(lambda: _damage(journal._store._database))
        journal.append((number, "r", "e", b"x"))
        await journal.written()
        journal.append((number + 10, "r", "e", b"y"))
        assert [row[0] for row in await journal.of_request("r")] == [number, number + 10]
        assert journal.problem
    assert len([path for path in tmp_path.iterdir() if ".damaged-" in path.name and path.name[-1].isdigit()]) == 1
    await journal.close()


async def test_followers_miss_nothing_between_journal_and_present(tmp_path: Path) -> None:
    stream = Stream(Journal(tmp_path / "j.sqlite"), Clock())
    await stream.open()
    for _ in range(7000):
        stream.publish("function", "before")
    seen: list[int] = []

    async def follow() -> None:
        async for frame in stream.frames(10):
            seen.extend(event["seq"] for event in msgspec.json.decode(frame) if event["type"] != "sandbox.elided")
            if seen[-1] == 7500:
                return

    task = asyncio.create_task(follow())
    for _ in range(500):
        stream.publish("function", "after")
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await task
    assert seen == list(range(11, 7501))
    await stream._journal.close()


async def test_what_a_follower_saw_survives_a_crash(tmp_path: Path) -> None:
    """Else the next engine would give the same numbers again, and the follower would take its events for old ones."""
    path = tmp_path / "j.sqlite"
    stream = Stream(Journal(path), Clock())
    await stream.open()
    stream.publish("platform.start", {})
    frames = stream.frames(0)
    await anext(frames)
    stream.publish("platform.report", {})
    await anext(frames)
    assert b"platform.report" in (tmp_path / "j.sqlite-wal").read_bytes()
    await frames.aclose()
    await stream._journal.close()


async def test_a_lost_environment_is_found_however_much_was_logged_after_it(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    crashed = Stream(Journal(path), Clock())
    await crashed.open()
    crashed.publish("sandbox.creating", {}, function_name="F", environment_id="lost")
    for number in range(60_000):
        crashed.publish("function", str(number), function_name="F", environment_id="lost", request_id="r")
    await crashed._journal.close()

    stream = Stream(Journal(path), Clock())
    await stream.open()
    (event,) = msgspec.json.decode(await stream.page(60_001, 10), type=list[StreamEvent])
    assert (event.type, event.environment_id) == ("sandbox.stopped", "lost")
    await stream._journal.close()


async def test_a_full_disk_that_has_room_again_loses_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    await journal.open()
    database = journal._store._database
    (pages,) = await journal._in_thread(lambda: database.execute("PRAGMA page_count").fetchone())
    await journal._in_thread(lambda: database.execute(f"PRAGMA max_page_count={pages + 2}").fetchone())
    for seq in range(1, 4):
        journal.append((seq, "r", "e", b"x" * 20_000))
    await journal.written()
    assert "full" in journal.problem
    await journal._in_thread(lambda: database.execute("PRAGMA max_page_count=100000").fetchone())
    journal.append((4, "r", "e", b"y"))
    assert [row[0] for row in await journal.of_request("r")] == [1, 2, 3, 4]
    assert journal.problem == ""
    await journal.close()


async def test_a_retry_takes_the_timer_of_the_next_batch_along(tmp_path: Path) -> None:
    """Both may be due at once, when the loop was held up; then the journal is closed, and nothing may come after that."""
    journal, may_go_on = Journal(tmp_path / "j.sqlite"), Event()
    await journal.open()
    busy = asyncio.create_task(journal._in_thread(may_go_on.wait))
    await asyncio.sleep(0)
    journal.append((1, "r", "e", b'{"seq":1}'))
    journal._flush_soon()
    journal.append((2, "r", "e", b'{"seq":2}'))
    next_batch = journal._timer
    journal._write_again()
    retry = journal._retry
    may_go_on.set()
    await busy
    await journal.close()
    assert next_batch is not None
    assert next_batch.cancelled()
    assert retry is not None
    assert retry.cancelled()
    assert journal._timer is None

"""The numbers of invocations of each kind are those of the rows, whatever happened to these."""

from __future__ import annotations

import itertools
import os
import random
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import pytest

from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.journal import blocks, sealing, store
from workbench.engine.journal.invocation_history import InvocationHistory
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.schema import VERSION
from workbench.model.past_invocations import UNFINISHED, PastInvocationFilter

KINDS = "SELECT function, version, coalesce(status, 0), is_cold, count(*) FROM invocations GROUP BY 1, 2, 3, 4"


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "SEALED_BYTES", 4_000)
    monkeypatch.setattr(sealing, "SEALED_BYTES", 4_000)


class Invocations:
    """Invocations of a journal that begin and end in any order."""

    def __init__(self, stream: Stream, seed: int = 1) -> None:
        self.stream = stream
        self.random = random.Random(seed)
        self.running: list[tuple[str, str]] = []

    def begin(self, function: str = "") -> None:
        request_id, function = str(uuid.UUID(int=self.random.getrandbits(128), version=4)), function or self.random.choice("FGH")
        start = self.random.choice(("cold", "warm", "warm"))
        self.stream.publish("sandbox.assigned", {"start": start, "sandbox": "process"}, function_name=function,
                            environment_id="e", request_id=request_id)
        if self.random.random() < 0.7:
            self.stream.publish("platform.start", {"version": self.random.choice("12")}, request_id=request_id)
        self.running.append((request_id, function))

    def end(self) -> None:
        request_id, _ = self.running.pop(self.random.randrange(len(self.running)))
        self.stream.publish("function", os.urandom(300).hex(), request_id=request_id)
        metrics = {"durationMs": 2.5, "billedDurationMs": 3, "memorySizeMB": 128, "maxMemoryUsedMB": 40}
        status = self.random.choice(("success", "success", "error", "timeout"))
        self.stream.publish("platform.report", {"status": status, "metrics": metrics}, request_id=request_id)

    async def some(self, count: int) -> None:
        """Have some things happen, and be written now and then."""
        for _ in range(count):
            (self.end if self.running and self.random.random() < 0.48 else self.begin)()
            if self.random.random() < 0.1:
                await self.stream._journal.written()
        await self.stream._journal.written()


async def _stream(path: Path) -> Stream:
    stream = Stream(Journal(path), Clock())
    await stream.open()
    return stream


async def _kinds(stream: Stream) -> tuple[list[Any], list[Any]]:
    """Return the kinds with their numbers, counted and kept."""
    database = stream._journal._store._database

    def found() -> tuple[list[Any], list[Any]]:
        kept = database.execute("SELECT * FROM tallies WHERE count <> 0 ORDER BY 1, 2, 3, 4").fetchall()
        return database.execute(KINDS).fetchall(), kept

    await stream._journal.written()
    return await stream._journal._in_thread(found)


async def _pages(stream: Stream, more: int | None) -> None:
    """Let the file grow by so many pages and no more; None for as many as it likes."""
    database = stream._journal._store._database

    def limit() -> None:
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count={1_000_000 if more is None else pages + more}").fetchone()

    await stream._journal._in_thread(limit)


async def test_they_are_those_of_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "KEPT_BYTES", 400_000)  # the oldest go meanwhile
    stream = await _stream(tmp_path / "j.sqlite")
    invocations = Invocations(stream)
    for _ in range(8):
        await invocations.some(200)
        counted, kept = await _kinds(stream)
        assert counted == kept
    assert len(kept) > 10
    assert sum(row[-1] for row in kept) < 700, "none was pruned"
    await stream._journal.close()


async def test_a_count_is_the_length_of_the_list(tmp_path: Path) -> None:
    stream = await _stream(tmp_path / "j.sqlite")
    await Invocations(stream).some(400)
    history = InvocationHistory(stream._journal)
    middle = (await history.invocations(PastInvocationFilter(), limit=1_000)).invocations[120].received_ms
    for function, version, status, start, since in itertools.product(
            ("", "F", "none"), ("", "1"), ("", "success", "error", UNFINISHED), ("", "cold"), (None, int(middle))):
        wanted = PastInvocationFilter(
            function_name=function, version=version, status=status, start=start, since_ms=since)  # type: ignore[arg-type]
        listed = (await history.invocations(wanted, limit=1_000)).invocations
        assert await history.count(wanted) == len(listed), wanted
    await stream._journal.close()


async def test_they_and_the_names_are_right_after_writes_that_failed(tmp_path: Path) -> None:
    """A function that was first seen while the disk was full, and invocations that ended then, are as if nothing had been."""
    stream = await _stream(tmp_path / "j.sqlite")
    invocations = Invocations(stream)
    for _ in range(20):
        invocations.begin("Before")
    await stream._journal.written()
    await _pages(stream, 2)
    while not stream._journal.problem:
        invocations.begin("While")
        invocations.end()
        await stream._journal.written()
    for _ in range(15):
        invocations.begin("While")
        invocations.end()
        await stream._journal.written()
    assert stream._journal.problem
    await _pages(stream, None)
    await stream._journal.written()
    counted, kept = await _kinds(stream)
    assert (stream._journal.problem, counted) == ("", kept)
    history, running = InvocationHistory(stream._journal), {request_id for request_id, _ in invocations.running}
    past = (await history.invocations(PastInvocationFilter(), limit=1_000)).invocations
    assert {each.request_id for each in past if not each.status} == running
    assert {each.function_name for each in past} == {"Before", "While"}
    assert await history.count(PastInvocationFilter(status=UNFINISHED)) == 20
    await stream._journal.close()


async def test_a_journal_of_the_second_version_is_counted_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    stream = await _stream(path)
    await Invocations(stream).some(200)
    counted, _ = await _kinds(stream)
    await stream._journal.close()
    with sqlite3.connect(path) as database:
        database.executescript("DROP TABLE tallies; DROP INDEX invocations_by_time; PRAGMA user_version=2")
    database.close()
    stream = await _stream(path)
    assert stream._journal.problem == ""
    assert await _kinds(stream) == (counted, counted)
    await Invocations(stream, 2).some(100)
    counted, kept = await _kinds(stream)
    assert counted == kept
    await stream._journal.close()
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)
    database.close()


async def test_a_block_that_goes_costs_what_is_in_it_and_not_what_is_in_the_file(tmp_path: Path) -> None:
    """Steps of SQLite's machine, which are the same on every machine. At 1 GB, the whole file took 0.3 s for each block."""
    stream = await _stream(tmp_path / "j.sqlite")
    database, sealing_part = stream._journal._store._database, stream._journal._store._sealing
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    def pruned() -> int:
        nonlocal steps
        steps = 0
        database.execute("BEGIN")
        oldest = database.execute("SELECT seq, first_seq, written_ms, data FROM blocks ORDER BY seq LIMIT 1").fetchone()
        database.set_progress_handler(count, 1)
        sealing_part._delete(*oldest)
        database.set_progress_handler(None, 1)
        database.execute("ROLLBACK")
        return steps

    async def grown_by(invocations: int) -> int:
        for _ in range(invocations):
            some.begin("F")
            some.end()
        await stream._journal.written()
        return await stream._journal._in_thread(pruned)

    some = Invocations(stream)
    small, large = await grown_by(200), await grown_by(2_000)
    assert large < 2 * small
    await stream._journal.close()


@pytest.mark.parametrize("count", ["9e999", "'many'", "-5", "9223372036854775807"])
async def test_numbers_that_came_with_a_clone_harm_nothing(tmp_path: Path, count: str) -> None:
    path = tmp_path / "j.sqlite"
    await (await _stream(path))._journal.close()
    with sqlite3.connect(path) as database:
        database.execute(f"INSERT INTO tallies VALUES (1, 1, 1, 0, {count}), (1, 1, 2, 0, {count})")
    database.close()
    stream = await _stream(path)
    assert await InvocationHistory(stream._journal).count(PastInvocationFilter()) >= 0
    assert stream._journal.problem == ""
    await stream._journal.close()

"""What a person forgets is gone from the files: no byte of it is in rows, blocks, the index of words, or the write-ahead log."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.journal import blocks, contents, sealing
from workbench.engine.journal.invocation_history import InvocationHistory
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.schema import LINES_ALONE
from workbench.engine.journal.signatures import may_have
from workbench.model.past_invocations import Mark, PastInvocationFilter, Retention

SECRET = "opensesame"


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (blocks, contents, sealing):
        monkeypatch.setattr(module, "SEALED_BYTES", 4_000)


@pytest.fixture
async def stream(tmp_path: Path) -> AsyncIterator[Stream]:
    stream = Stream(Journal(tmp_path / "j.sqlite"), Clock())
    await stream.open()
    yield stream
    await stream._journal.close()


def invocation(stream: Stream, number: int, secret: str = "", *, start: str = "warm") -> str:
    request_id, environment_id = str(uuid.UUID(int=number)), uuid.UUID(int=7_000 + number).hex
    common: dict[str, Any] = {"function_name": "F", "environment_id": environment_id, "request_id": request_id}
    if start == "cold" and secret:
        stream.publish_lines("function", [f"init {secret}init"], function_name="F", environment_id=environment_id)
    stream.publish("sandbox.assigned", {"requestId": request_id, "start": start, "receivedMs": 1_000.0 * number}, **common)
    stream.publish("sandbox.payload", {"requestId": request_id, "kind": "event", "text": f'{{"word":"{secret}event"}}'}, **common)
    stream.publish_lines("function", [f"order {number} {secret}line", "x" * 300], **common)
    stream.publish("sandbox.payload", {"requestId": request_id, "kind": "result", "text": f'"{secret}result"'}, **common)
    metrics = {"durationMs": 2.5, "billedDurationMs": 3, "memorySizeMB": 128, "maxMemoryUsedMB": 40}
    stream.publish("platform.report", {"requestId": request_id, "status": "success", "metrics": metrics}, **common)
    return request_id


def found_in_files(folder: Path, text: str) -> list[str]:
    return [path.name for path in folder.iterdir() if text.encode() in path.read_bytes()]


def unpacked(path: Path) -> bytes:
    """All that the file has, compressed or not."""
    with sqlite3.connect(path) as database:
        packed = [blocks.unpack(*row) for row in database.execute("SELECT data, first_seq, seq FROM blocks")]
        loose = database.execute("SELECT event FROM events").fetchall()
    database.close()
    return b"".join(row[3] for rows in packed for row in rows) + b"".join(row[0] for row in loose)


@pytest.mark.parametrize("later", [0, 40], ids=["in rows", "in blocks"])
async def test_nothing_of_it_is_left(stream: Stream, tmp_path: Path, later: int) -> None:
    history = InvocationHistory(stream._journal)
    for number in range(1, 4 if not later else 31):
        invocation(stream, number)
    invocation(stream, 500, SECRET, start="cold")
    await stream._journal.written()
    for number in range(600, 600 + later):
        invocation(stream, number)
        await stream._journal.written()
    before = await history.count(PastInvocationFilter())
    places = ("log", "event", "result", "any")
    for place in places:
        assert len((await history.invocations(PastInvocationFilter(), text=SECRET, place=place)).invocations) == 1
    (past,) = (await history.invocations(PastInvocationFilter(), text=SECRET, place="any")).invocations
    await history.mark([past.seq], Mark(is_starred=True, name=SECRET))
    assert found_in_files(tmp_path, SECRET)
    size = stream.seq
    assert await history.forget([past.seq]) == 1
    assert found_in_files(tmp_path, SECRET) == []
    assert await history.count(PastInvocationFilter()) == before - 1
    for place in places:
        assert (await history.invocations(PastInvocationFilter(), text=SECRET, place=place)).invocations == []
    assert msgspec.json.decode(await stream.invocation(past.request_id)) == []
    # Numbers have no gaps: an event says how many are gone.
    events = msgspec.json.decode(await stream.page(0, 100_000))
    seen = 0
    for event in events:
        first = event["record"]["first"] if event["type"] == "sandbox.elided" else event["seq"]
        assert first == seen + 1
        seen = event["seq"]
    assert seen == size
    # All others are as they were, found by their words too.
    (other,) = (await history.invocations(PastInvocationFilter(), text="order 2 ")).invocations
    assert other.request_id == str(uuid.UUID(int=2))
    await stream._journal.close()
    assert found_in_files(tmp_path, SECRET) == []
    assert SECRET.encode() not in unpacked(tmp_path / "j.sqlite")
    with sqlite3.connect(tmp_path / "j.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        words = {row[0] for table in range(4) for row in _vocabulary(database, table)}
        signatures = [each for row in database.execute("SELECT log, event, result FROM grams") for each in row]
    database.close()
    assert not any(may_have(signature, SECRET.encode()) for signature in signatures)
    assert [word for word in words if SECRET in word] == []


def _vocabulary(database: sqlite3.Connection, table: int) -> list[tuple[str]]:
    database.execute(f"CREATE VIRTUAL TABLE temp.v{table} USING fts5vocab('main', 'words_{table}', 'row')")
    return database.execute(f"SELECT term FROM temp.v{table}").fetchall()


@pytest.mark.parametrize("change", ["forget", "prune"])
async def test_an_engine_that_is_killed_before_it_has_overwritten_leaves_that_to_the_next(
    stream: Stream, tmp_path: Path, change: str
) -> None:
    for number in range(1, 4 if change == "forget" else 1):  # one alone is in rows, and a block is as old as its last event
        invocation(stream, number)
    invocation(stream, 500, SECRET)
    await stream._journal.written()
    killed = tmp_path / "killed"

    def kill_before_cleaning(statement: str) -> None:
        if "incremental_vacuum" in statement and not killed.exists():  # the files as they are then
            killed.mkdir()
            for path in tmp_path.glob("j.sqlite*"):
                shutil.copy(path, killed)

    await stream._journal.change(lambda _: stream._journal._store._database.set_trace_callback(kill_before_cleaning))
    history = InvocationHistory(stream._journal)
    if change == "forget":
        (past,) = (await history.invocations(PastInvocationFilter(), text=SECRET, place="any")).invocations
        await history.forget([past.seq])
    else:
        await stream._journal.keep(Retention(days=1))  # all of it is of 1970
        await stream._journal.prune()
    assert found_in_files(killed, SECRET), "else the test shows nothing"
    journal = Journal(killed / "j.sqlite")
    await journal.open()
    found = await InvocationHistory(journal).invocations(PastInvocationFilter(), text=SECRET, place="any")
    left = found_in_files(killed, SECRET)
    await journal.close()
    assert (left, found.invocations) == ([], [])


async def test_words_of_a_block_that_an_earlier_version_indexed_are_taken_out(stream: Stream, tmp_path: Path) -> None:
    """Its table has no words of events and results, so none must be taken out of it."""
    for number in range(1, 31):
        invocation(stream, number, SECRET if number == 9 else "")
        await stream._journal.written()
    await stream._journal.close()
    with sqlite3.connect(tmp_path / "j.sqlite") as database:
        database.execute("INSERT INTO words_0 (words_0) VALUES ('delete-all')")
        for data, first, last in database.execute("SELECT data, first_seq, seq FROM blocks").fetchall():
            lines = [event["record"] for row in blocks.unpack(data, first, last)
                     for event in msgspec.json.decode(b"[" + row[3] + b"]") if event["type"] == "function"]
            database.execute("INSERT INTO words_0 (rowid, line) VALUES (?, ?)", (last, "\n".join(lines)))
        database.execute("INSERT INTO facts SELECT ?, max(seq) FROM blocks", (LINES_ALONE,))
    database.close()
    again = Stream(Journal(tmp_path / "j.sqlite"), Clock())
    await again.open()
    history = InvocationHistory(again._journal)
    (past,) = (await history.invocations(PastInvocationFilter(), text=f"{SECRET}line")).invocations
    await history.forget([past.seq])
    assert found_in_files(tmp_path, SECRET) == []
    assert (await history.invocations(PastInvocationFilter(), text="order 10 ")).invocations != []
    await again._journal.close()
    with sqlite3.connect(tmp_path / "j.sqlite") as database:
        database.execute("INSERT INTO words_0 (words_0) VALUES ('integrity-check')")
        assert "order" in {row[0] for row in _vocabulary(database, 0)}
    database.close()


async def test_attempts_of_one_request_are_forgotten_together_and_what_is_not_there_is_not(stream: Stream) -> None:
    invocation(stream, 7)
    invocation(stream, 7)
    history = InvocationHistory(stream._journal)
    first = (await history.invocations(PastInvocationFilter())).invocations[-1]
    assert await history.forget([first.seq]) == 2
    assert await history.forget([first.seq]) == 0
    assert (await history.invocations(PastInvocationFilter())).invocations == []


@pytest.mark.parametrize("number", [1, 40], ids=["in rows", "in blocks"])
async def test_what_is_too_old_goes_when_less_is_kept(stream: Stream, tmp_path: Path, number: int) -> None:
    """Also where so little was invoked that nothing waits in a block."""
    for each in range(number):
        invocation(stream, each + 1, SECRET)  # all of 1970
    now = invocation(stream, int(stream.clock.epoch_ms(stream.clock.now_ns()) / 1000))
    history = InvocationHistory(stream._journal)
    assert await history.count(PastInvocationFilter()) == number + 1
    await stream._journal.keep(Retention(days=1))
    await stream._journal.prune()
    if number == 1:  # a block is as old as its last event
        assert [each.request_id for each in (await history.invocations(PastInvocationFilter())).invocations] == [now]
        await stream._journal.close()
        assert found_in_files(tmp_path, SECRET) == []
        assert SECRET.encode() not in unpacked(tmp_path / "j.sqlite")

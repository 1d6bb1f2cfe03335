"""Events longer than what the stream tells: kept whole, once each, within the journal's bound, gone with their invocations."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.journal import journal as journal_module
from workbench.engine.journal.deployments import DeploymentNote
from workbench.engine.journal.invocation_history import InvocationHistory
from workbench.engine.journal.journal import Journal
from workbench.model.past_invocations import PastInvocationFilter, Retention

SECRET = "opensesame"


@pytest.fixture
async def stream(tmp_path: Path) -> AsyncIterator[Stream]:
    stream = Stream(Journal(tmp_path / "j.sqlite"), Clock())
    await stream.open()
    yield stream
    await stream._journal.close()


def invoke(stream: Stream, number: int, event: bytes) -> int:
    """Publish an invocation as an environment does, and return the number of its first event."""
    request_id = str(uuid.UUID(int=number))
    common: dict[str, Any] = {"function_name": "F", "environment_id": "e", "request_id": request_id}
    received_ms = stream.clock.epoch_ms(stream.clock.now_ns())
    stream.publish("sandbox.assigned", {"requestId": request_id, "start": "warm", "receivedMs": received_ms}, **common)
    first = stream.seq
    stream.keep_event(first, event)
    told = {"requestId": request_id, "kind": "event", "text": event[:65_536].decode(errors="replace"), "sizeBytes": len(event)}
    stream.publish("sandbox.payload", told, **common)
    metrics = {"durationMs": 2.5, "billedDurationMs": 3, "memorySizeMB": 128, "maxMemoryUsedMB": 40}
    stream.publish("platform.report", {"requestId": request_id, "status": "success", "metrics": metrics}, **common)
    return first


def event_of(size_bytes: int, word: str = "") -> bytes:
    """Return JSON that no compression makes much smaller."""
    return msgspec.json.encode({"noise": os.urandom(size_bytes // 2).hex(), "word": word})


def counts(path: Path) -> list[int]:
    with sqlite3.connect(path) as database:
        found = [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("whole_events", "contents")]
    database.close()
    return found


async def test_they_come_back_whole_and_equal_ones_are_there_once(stream: Stream, tmp_path: Path) -> None:
    history, event = InvocationHistory(stream._journal), event_of(1_000_000)
    firsts = [invoke(stream, number, event if number < 4 else event_of(100_000)) for number in range(1, 6)]
    assert [await history.whole_event(first) for first in firsts[:3]] == [event] * 3
    assert len(await history.whole_event(firsts[4]) or b"") > 100_000
    assert await history.whole_event(1_000_000) is None
    await stream._journal.close()
    assert counts(tmp_path / "j.sqlite") == [5, 3]
    again = Stream(Journal(tmp_path / "j.sqlite"), Clock())
    await again.open()
    assert await InvocationHistory(again._journal).whole_event(firsts[0]) == event
    await again._journal.close()


async def test_forgotten_ones_are_gone_and_one_that_others_have_stays(stream: Stream, tmp_path: Path) -> None:
    history, shared = InvocationHistory(stream._journal), event_of(200_000)
    own = event_of(200_000, SECRET)
    firsts = [invoke(stream, number, event) for number, event in enumerate((shared, own, shared), 1)]
    await stream._journal.change(lambda index: index.deployments.keep(  # its settings have the same digest as an event
        DeploymentNote(name="d", architecture="arm64", configuration=msgspec.json.decode(own))))
    assert await history.forget(firsts[:1]) == 1
    assert await history.whole_event(firsts[0]) is None
    assert await history.whole_event(firsts[2]) == shared
    assert await history.forget(firsts[2:]) == 1
    assert await history.whole_event(firsts[1]) == own
    assert await history.forget(firsts[1:2]) == 1
    assert await stream._journal.look(lambda _, index: index.deployments.find("d"), None) is not None
    await stream._journal.close()
    assert counts(tmp_path / "j.sqlite") == [0, 1]


async def test_nothing_of_a_forgotten_one_is_left_in_the_file(stream: Stream, tmp_path: Path) -> None:
    noise = os.urandom(150_000)  # not to be compressed, so that its bytes are in the file as they are
    first = invoke(stream, 1, noise)
    invoke(stream, 2, event_of(100_000))
    await stream._journal.written()
    assert any(noise[70_000:70_050] in path.read_bytes() for path in tmp_path.iterdir())
    await InvocationHistory(stream._journal).forget([first])
    assert not any(noise[70_000:70_050] in path.read_bytes() for path in tmp_path.iterdir())


async def test_they_take_half_of_the_journal_at_most_and_the_oldest_go(stream: Stream, tmp_path: Path) -> None:
    history = InvocationHistory(stream._journal)
    await stream._journal.keep(Retention(megabytes=16))
    firsts = [invoke(stream, number, os.urandom(1_000_000)) for number in range(1, 15)]
    found = [await history.whole_event(first) is not None for first in firsts]
    assert found == [False] * 6 + [True] * 8
    assert await history.count(PastInvocationFilter()) == 14  # what was invoked is still known
    await stream._journal.close()
    assert (tmp_path / "j.sqlite").stat().st_size < 20 << 20


async def test_fewer_are_kept_when_less_is_kept(stream: Stream) -> None:
    history = InvocationHistory(stream._journal)
    firsts = [invoke(stream, number, os.urandom(1_000_000)) for number in range(1, 11)]
    await stream._journal.keep(Retention(megabytes=16))
    await stream._journal.prune()
    assert [await history.whole_event(first) is not None for first in firsts] == [False] * 2 + [True] * 8


async def test_they_go_with_invocations_that_are_too_old(stream: Stream, tmp_path: Path) -> None:
    first = invoke(stream, 1, event_of(300_000))
    await stream._journal.change(lambda index: index.prune(first + 10))
    assert await InvocationHistory(stream._journal).whole_event(first) is None
    await stream._journal.close()
    assert counts(tmp_path / "j.sqlite") == [0, 0]


async def test_what_waits_for_the_disk_is_bounded_and_a_full_one_costs_no_history(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    history, journal = InvocationHistory(stream._journal), stream._journal
    monkeypatch.setattr(journal_module, "MOST_WAITING_EVENT_BYTES", 500_000)
    firsts = [invoke(stream, number, event_of(300_000)) for number in range(1, 8)]
    await journal.written()
    found = [await history.whole_event(first) is not None for first in firsts]
    assert found[0]
    assert not all(found)
    later = invoke(stream, 8, event_of(300_000))  # what was given up counts no more
    assert await history.whole_event(later) is not None
    database = journal._store._database
    (pages,) = await journal._in_thread(lambda: database.execute("PRAGMA page_count").fetchone())
    await journal._in_thread(lambda: database.execute(f"PRAGMA max_page_count={pages + 20}").fetchone())
    last = invoke(stream, 9, event_of(400_000))
    await journal.written()
    assert "full" in journal.problem
    await journal.written()
    await journal._in_thread(lambda: database.execute("PRAGMA max_page_count=100000").fetchone())
    assert await history.whole_event(last) is None
    assert await history.count(PastInvocationFilter()) == 9

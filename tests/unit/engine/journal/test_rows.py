"""Blocks of log lines in the journal, and what is told of very long logs."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.events.stream import BLOCK_LINES, Stream
from workbench.engine.journal import contents, store
from workbench.engine.journal.journal import Journal
from workbench.model.events import StreamEvent


def _seqs(encoded: bytes) -> list[int]:
    return [event.seq for event in msgspec.json.decode(encoded, type=list[StreamEvent])]


async def _open(tmp_path: Path) -> Stream:
    stream = Stream(Journal(tmp_path / "j.sqlite"), Clock())
    await stream.open()
    return stream


async def test_pages_begin_and_end_anywhere_in_a_block(tmp_path: Path) -> None:
    stream = await _open(tmp_path)
    stream.publish("platform.start", {})
    stream.publish_lines("function", ["a", 'b},{"seq":1,', ""] * 200, function_name="F", environment_id="e", request_id="r")
    stream.publish("platform.report", {})
    assert stream.seq == 602
    for since, limit in ((0, 1000), (1, 1000), (7, 10), (251, 3), (250, 300), (600, 10), (601, 1), (602, 5)):
        assert _seqs(await stream.page(since, limit)) == list(range(since + 1, min(602, since + limit) + 1))
    assert _seqs(await stream.invocation("r")) == list(range(2, 602))
    await stream._journal.close()


async def test_every_line_is_an_event_of_its_own(tmp_path: Path) -> None:
    stream = await _open(tmp_path)
    stream.publish_lines("function", ["one", "two"], function_name="F", environment_id="e", request_id="r")
    events = msgspec.json.decode(await stream.page(0, 10), type=list[StreamEvent])
    assert [(event.seq, event.type, event.record, event.request_id) for event in events] == [
        (1, "function", "one", "r"), (2, "function", "two", "r")]
    await stream._journal.close()


async def test_of_a_very_long_log_the_ends_are_told_and_all_lifecycle_events(
    tmp_path: Path, monkeypatch: object
) -> None:
    monkeypatch.setattr(contents, "MOST_OF_REQUEST_BYTES", 300_000)  # type: ignore[attr-defined]
    stream = await _open(tmp_path)
    for part in range(3):
        stream.publish("platform.start", {"part": part}, request_id="r")
        stream.publish_lines("function", ["x" * 100] * 20 * BLOCK_LINES, environment_id="e", request_id="r")
    events = msgspec.json.decode(await stream.invocation("r"), type=list[StreamEvent])
    left_out = [event.fields() for event in events if event.type == "sandbox.elided"]
    assert [event.fields()["part"] for event in events if event.type == "platform.start"] == [0, 1, 2]
    assert sum(record["count"] for record in left_out) + sum(event.type == "function" for event in events) == 60 * BLOCK_LINES
    assert events[1].type == events[-1].type == "function"
    assert [event.seq for event in events] == sorted(event.seq for event in events)
    await stream._journal.close()


async def test_a_follower_who_does_not_read_costs_a_bounded_amount_and_gets_every_lifecycle_event(tmp_path: Path) -> None:
    stream = await _open(tmp_path)
    frames = stream.frames(0)
    stream.publish("platform.start", {"number": 0})
    seen = _lifecycle(await anext(frames))
    for number in range(1, 3_001):
        stream.publish("platform.start", {"number": number, "text": "x" * 2_000})
        stream.publish_lines("function", ["y" * 1_000] * 50, environment_id="e")
    (outbox,) = stream._outboxes
    assert outbox.is_lost
    assert not outbox._waiting
    stream.publish("platform.report", {"number": -1})
    async with asyncio.timeout(30):
        while not seen or seen[-1] != -1:
            seen += _lifecycle(await anext(frames))
    assert seen == [*range(3_001), -1]
    await frames.aclose()
    await stream._journal.close()


async def test_a_journal_that_is_too_large_lets_the_oldest_go_while_it_runs(tmp_path: Path, monkeypatch: object) -> None:
    monkeypatch.setattr(store, "KEPT_BYTES", 3_000_000)  # type: ignore[attr-defined]
    stream = await _open(tmp_path)
    for _ in range(40):
        stream.publish_lines("function", [os.urandom(500).hex() for _ in range(250)], environment_id="e")
        await stream._journal.written()
    assert (tmp_path / "j.sqlite").stat().st_size + (tmp_path / "j.sqlite-wal").stat().st_size < 40_000_000
    first, *_ = _seqs(await stream.page(0, 10))
    assert first > 1
    assert _seqs(await stream.page(stream.seq - 1, 10)) == [stream.seq]
    await stream._journal.close()


def _lifecycle(frame: bytes) -> list[int]:
    events = msgspec.json.decode(frame, type=list[StreamEvent])
    return [event.fields()["number"] for event in events if event.type.startswith("platform")]

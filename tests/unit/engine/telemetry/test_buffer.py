"""Batches of telemetry: by number, by size, by time; and what a slow subscriber loses."""

from __future__ import annotations

import asyncio

from workbench.engine.clock import Clock
from workbench.engine.telemetry.buffer import FULL_BATCHES_KEPT, TelemetryBuffer
from workbench.engine.telemetry.subscription import Buffering


async def test_a_batch_is_due_when_it_has_its_items() -> None:
    buffer = TelemetryBuffer(Buffering(max_items=1_000, timeout_ms=30_000), Clock())
    for number in range(1_001):
        buffer.add(b"%d" % number)
    assert len(await buffer.batch()) == 1_000
    buffer.seal()
    assert await buffer.batch() == [b"1000"]
    assert buffer.is_empty


async def test_a_batch_is_due_before_it_has_too_many_bytes() -> None:
    buffer = TelemetryBuffer(Buffering(max_bytes=262_144, timeout_ms=30_000), Clock())
    record = b"x" * 100_000
    for _ in range(3):
        buffer.add(record)
    assert await buffer.batch() == [record, record]


async def test_a_batch_is_due_some_time_after_its_first_record() -> None:
    buffer = TelemetryBuffer(Buffering(timeout_ms=25), Clock())
    waiting = asyncio.create_task(buffer.batch())
    buffer.add(b"only")
    assert await waiting == [b"only"]


async def test_what_is_too_much_is_dropped_and_counted_once() -> None:
    buffer = TelemetryBuffer(Buffering(max_items=1_000, timeout_ms=30_000), Clock())
    for _ in range(FULL_BATCHES_KEPT * 1_000 + 5):
        buffer.add(b"abc")
    dropped = buffer.take_dropped()
    assert (dropped.records, dropped.size_bytes) == (5, 15)
    assert buffer.take_dropped().records == 0
    await buffer.batch()
    buffer.add(b"abc")
    assert buffer.take_dropped().records == 0

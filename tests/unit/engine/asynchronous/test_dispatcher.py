"""How many events are tried at a time: never more of a function than its concurrency lets in, but always one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.engines import until
from tests.support.queue_in_test import FAILED, QueueInTest, condition_of, key_of
from workbench.engine.admission.loads import Share
from workbench.engine.asynchronous.dispatcher import MOST_OF_FUNCTION
from workbench.engine.invocation.request import InvokeOutcome, InvokeRequest


class Gated(QueueInTest):
    """A queue whose attempts last until `finish`."""

    def __init__(self, path: Path) -> None:
        self.running, self.most = 0, 0
        self._gate = asyncio.Condition()
        self._let = 0
        super().__init__(path)

    async def invoke(self, request: InvokeRequest) -> InvokeOutcome:
        self.running += 1
        self.most = max(self.most, self.running)
        async with self._gate:
            await self._gate.wait_for(lambda: self._let > 0)
            self._let -= 1
        self.running -= 1
        return await super().invoke(request)

    async def finish(self, count: int) -> None:
        """Let this many end."""
        async with self._gate:
            self._let += count
            self._gate.notify_all()
        await until(lambda: self._let == 0, 30)


async def _drained(tested: Gated, events: int, share: Share, at_once: int) -> None:
    tested.share = share
    await tested.begin()
    await asyncio.gather(*(tested.accept() for _ in range(events)))
    working = asyncio.ensure_future(tested.queue.work())
    for left in range(events, 0, -1):
        await until(lambda left=left: tested.running == min(at_once, left), 30)
        await tested.finish(1)
    await until(lambda: len(tested.settled) == events, 30)
    assert tested.most == at_once
    await tested.end(working)


async def test_no_more_are_tried_than_the_reserved_concurrency_lets_in(tmp_path: Path) -> None:
    await _drained(Gated(tmp_path / "queue.sqlite"), 9, Share(0, 3), at_once=3)


async def test_one_is_tried_where_others_take_all_concurrency(tmp_path: Path) -> None:
    await _drained(Gated(tmp_path / "queue.sqlite"), 4, Share(5, 5), at_once=1)


async def test_a_function_has_a_bound_of_its_own(tmp_path: Path) -> None:
    await _drained(Gated(tmp_path / "queue.sqlite"), MOST_OF_FUNCTION + 5, Share(0, 1_000), at_once=MOST_OF_FUNCTION)


async def test_concurrency_that_others_leave_is_used_within_a_second(tmp_path: Path) -> None:
    tested = Gated(tmp_path / "queue.sqlite")
    tested.share = Share(4, 4)
    await tested.begin()
    await asyncio.gather(*(tested.accept() for _ in range(6)))
    working = asyncio.ensure_future(tested.queue.work())
    await until(lambda: tested.running == 1, 30)
    tested.share = Share(1, 4)
    await tested.clock.forward(1)
    await until(lambda: tested.running == 4, 30)
    await tested.end(working)


async def test_a_held_queue_asks_the_disk_for_nothing(tmp_path: Path) -> None:
    tested = QueueInTest(tmp_path / "queue.sqlite")
    await tested.begin()
    await tested.queue.moves.hold("")
    working, asked = asyncio.ensure_future(tested.queue.work()), list[str]()
    await tested.clock.forward(0)
    await tested.queue._writer.read(lambda database: database.set_trace_callback(asked.append))
    for _ in range(5):
        await tested.accept()
    await tested.clock.forward(120)
    assert {statement.split()[0] for statement in asked} == {"INSERT"}
    await tested.end(working)


async def test_an_event_is_not_tried_while_it_is_changed(tmp_path: Path) -> None:
    """What is read of it may be older than the change: one that became due meanwhile ran with its old payload or attempts."""
    tested = QueueInTest(tmp_path / "queue.sqlite", lambda _: FAILED if len(tested.runs) < 2 else None)
    await tested.begin()
    working = asyncio.ensure_future(tested.queue.work())
    await tested.accept(b"[1]")
    store, running, changes = tested.queue._store, tested.queue._dispatcher.running, tested.queue.changes
    edits = ("set_payload", lambda: changes.edit(1, b"[2]")), ("update", lambda: changes.send_again(1))
    for attempt, (method, change) in enumerate(edits, 1):
        await until(lambda attempt=attempt: len(tested.runs) == attempt and not running.count(key_of()), 30)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store, method, _late(tested, getattr(store, method)))
            await change()
    await until(lambda: bool(tested.settled), 30)
    assert [payload for _, payload in tested.runs] == [b"[1]", b"[2]", b"[2]"]
    assert condition_of(tested.settled[0]) == ("Success", 1)
    await tested.end(working)


def _late(tested: QueueInTest, change: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A change before which the event becomes due, and the disk is asked what is."""
    async def after_that(*given: Any) -> Any:
        await tested.clock.forward(180)
        for _ in range(20):
            await tested.queue._writer.read(lambda _: None)
        return await change(*given)

    return after_that


async def test_what_an_earlier_engine_left_is_tried_without_being_asked_for(tmp_path: Path) -> None:
    tested = QueueInTest(tmp_path / "queue.sqlite")
    await tested.begin()
    await asyncio.gather(*(tested.accept(function=function) for function in ("A", "B", "A")))
    await tested.crash()
    working = asyncio.ensure_future(tested.queue.work())
    await until(lambda: len(tested.settled) == 3, 30)
    await tested.end(working)

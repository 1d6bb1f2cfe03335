"""The end of an event while its receiver cannot take it: tried again with growing pauses while the engine runs, and said."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.support.engines import until
from tests.support.queue_in_test import QueueInTest
from workbench.engine.asynchronous.events import Settled
from workbench.model.failures import WorkspaceError

FULL = WorkspaceError("The inbox cannot be written: database or disk is full.", "Check the disk.")


class Refusing(QueueInTest):
    """A queue whose receiver refuses as long as `error` is set. `tries`: with which events it was asked."""

    error: Exception | None = FULL
    wanted = True

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.tries: list[int] = []

    def is_wanted(self, _: Settled) -> bool:
        return self.wanted

    async def deliver(self, settled: Settled) -> None:
        self.tries.append(settled.event.event_id)
        if self.error is not None:
            raise self.error
        await super().deliver(settled)


async def test_what_cannot_be_delivered_is_tried_again_while_the_engine_runs(tmp_path: Path) -> None:
    tested = Refusing(tmp_path / "queue.sqlite")
    await tested.begin()
    working = asyncio.ensure_future(tested.queue.work())
    await tested.accept()
    for pause_s in (1, 2, 4, 8, 16, 32, 60, 60):
        await until(lambda: tested.clock.waiting == 2, 30)  # the dispatcher, and what is to be tried again
        tries = len(tested.tries)
        await tested.clock.forward(pause_s - 0.001)
        assert len(tested.tries) == tries
        await tested.clock.forward(0.001)
        await until(lambda tries=tries: len(tested.tries) == tries + 1, 30)
    assert tested.queue.shown.notice == (
        "What became of asynchronous invocations cannot be delivered, and is tried again: The inbox cannot be written: database "
        "or disk is full. Check the disk.")
    tested.error = None
    await until(lambda: tested.clock.waiting == 2, 30)
    await tested.clock.forward(60)
    await until(lambda: not tested.queue.shown.notice, 30)
    await tested.clock.forward(600)
    assert (len(tested.settled), len(tested.tries)) == (1, tries + 2)
    await tested.end(working)


async def test_what_an_earlier_engine_could_not_deliver_is_delivered_once(tmp_path: Path) -> None:
    tested = Refusing(tmp_path / "queue.sqlite")
    await tested.begin()
    await tested.queue.moves.hold("")
    for _ in range(45):  # more than two pages
        await tested.accept()
        await tested.queue.moves.step("")
    tested.error = None
    await tested.crash()
    await tested.queue.moves.resume("")
    working = asyncio.ensure_future(tested.queue.work())
    await until(lambda: len(tested.settled) == 45, 30)
    await tested.clock.forward(100)
    assert sorted(settled.event.event_id for settled in tested.settled) == list(range(1, 46))
    await tested.end(working)


async def test_an_event_that_nobody_is_to_hear_of_is_removed_with_one_write(tmp_path: Path) -> None:
    tested, statements = Refusing(tmp_path / "queue.sqlite"), list[str]()
    tested.wanted = False
    await tested.begin()
    await tested.queue.moves.hold("")
    await tested.accept()
    await tested.queue._writer.read(lambda database: database.set_trace_callback(statements.append))
    await tested.queue.moves.step("")
    changes: list[Any] = [each.split()[0] for each in statements if each.split()[0] in ("UPDATE", "DELETE")]
    assert changes == ["DELETE"]
    assert [event.fields()["condition"] for event in tested.told("sandbox.queueSettled")] == ["Success"]
    assert ((await tested.queue.shown.info()).waiting, tested.tries) == (0, [])
    await tested.queue.close()

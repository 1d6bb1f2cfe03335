"""How events come to the disk: those that come at once together, all or none of them, and each caller learns of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.queue_in_test import QueueInTest, key_of
from workbench.model.failures import ServiceError, WorkspaceError

ALL_PAGES = 1_000_000


async def _begun(folder: Path) -> QueueInTest:
    tested = QueueInTest(folder / "queue.sqlite")
    await tested.begin()
    return tested


async def _limit(tested: QueueInTest, pages: int) -> None:
    """Let the file become no larger than this, or than it is: then the disk is full for it."""
    await tested.queue._writer.read(lambda database: database.execute(f"PRAGMA max_page_count={pages}").fetchone())


async def _numbers(tested: QueueInTest) -> list[int]:
    return [event.event_id for event in (await tested.queue.shown.info(limit=1_000)).events]


async def test_what_comes_at_once_goes_to_the_disk_with_few_statements(tmp_path: Path) -> None:
    tested, statements = await _begun(tmp_path), list[str]()
    await tested.queue._writer.read(lambda database: database.set_trace_callback(statements.append))
    request_ids = await asyncio.gather(*(tested.accept(b"%d" % number) for number in range(200)))
    events = (await tested.queue.shown.info(limit=1_000)).events
    assert [(each.event_id, each.request_id, each.payload) for each in events] == [
        (number + 1, request_id, str(number)) for number, request_id in enumerate(request_ids)]
    assert [(event.fields()["eventId"], event.request_id) for event in tested.told("sandbox.queueAccepted")] == [
        *enumerate(request_ids, 1)]
    assert 4 <= sum(each.startswith("INSERT INTO events") for each in statements) <= 8
    await tested.queue.close()


async def test_a_change_and_new_events_of_one_group_are_all_there(tmp_path: Path) -> None:
    tested = await _begun(tmp_path)
    await tested.accept()
    await asyncio.gather(tested.accept(), tested.queue.changes.drop(1), tested.accept(), tested.queue.moves.hold(key_of()))
    assert await _numbers(tested) == [2, 3]
    assert [clock.function_name for clock in (await tested.queue.shown.info()).clocks if clock.is_held] == ["Function"]
    await tested.queue.close()


async def test_a_full_disk_refuses_every_caller_and_keeps_nothing(tmp_path: Path) -> None:
    tested = await _begun(tmp_path)
    await tested.accept()
    await _limit(tested, 1)
    large = b'"%s"' % (b"x" * 50_000)
    answers = await asyncio.gather(*(tested.accept(large) for _ in range(100)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {ServiceError}
    assert str(answers[0]).startswith("The queue of asynchronous invocations could not be written: database or disk is full.")
    assert (await _numbers(tested), len(tested.told("sandbox.queueAccepted"))) == ([1], 1)
    await _limit(tested, ALL_PAGES)
    await tested.accept(large)
    await tested.crash()
    assert await _numbers(tested) == [1, 2]
    await tested.queue.close()


async def test_an_event_is_told_and_kept_if_its_caller_hangs_up(tmp_path: Path) -> None:
    tested = await _begun(tmp_path)
    callers = [asyncio.ensure_future(tested.accept()) for _ in range(3)]
    await asyncio.sleep(0)
    for caller in callers[1:]:
        caller.cancel()
    await asyncio.wait(callers)
    assert [caller.cancelled() for caller in callers] == [False, True, True]
    assert await _numbers(tested) == [1, 2, 3]
    assert [event.fields()["eventId"] for event in tested.told("sandbox.queueAccepted")] == [1, 2, 3]
    await tested.queue.close()


async def test_no_number_is_used_twice(tmp_path: Path) -> None:
    """Also after the last event was removed, and after a group that could not be written."""
    tested = await _begun(tmp_path)
    await asyncio.gather(tested.accept(), tested.accept())
    await tested.queue.changes.drop(2)
    await tested.crash()
    with pytest.raises(WorkspaceError, match="nonsense"):
        await tested.queue._writer.write(lambda database: database.execute("nonsense"))
    await tested.accept()
    assert await _numbers(tested) == [1, 3]
    await tested.queue.close()

"""The queue under a held clock: retries and ages come out exactly, events are kept over crashes, none is lost.

Source of the times: Lambda guide, "How Lambda handles errors and retries with asynchronous invocation"; observed on Lambda:
retries 60 s and 120 s after a failure, and an age of 60 s ends an event with its first failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

import pytest

from tests.support.queue_in_test import FAILED, QueueInTest, Result, condition_of, key_of
from workbench.engine.asynchronous.clocks import ALL
from workbench.engine.asynchronous.deliveries.messages import record_of
from workbench.engine.asynchronous.ended import Ended, EndedEvents
from workbench.engine.asynchronous.retrying import Policy
from workbench.engine.invocation.request import InvokeRequest
from workbench.model.failures import SandboxError, ServiceError, Throttled

THROTTLE = Throttled("ConcurrentInvocationLimitExceeded")
NOT_FOUND = ServiceError("ResourceNotFoundException", 404, "Function not found: f")
RECURSION = ServiceError("RecursiveInvocationException", 400, "Recursion")


def under_a_held_clock(folder: Path, act: Callable[[QueueInTest], Awaitable[None]], *results: Result) -> QueueInTest:
    """Let `act` do something with a queue that is held; the last of `results` is that of all further attempts."""
    left = list(results)

    def answer(_: InvokeRequest) -> Result:
        return left.pop(0) if len(left) > 1 else (left[0] if left else None)

    async def run() -> QueueInTest:
        tested = QueueInTest(folder / "queue.sqlite", answer)
        await tested.begin()
        await tested.queue.moves.hold(ALL)
        await act(tested)
        await tested.queue.close()
        return tested

    return asyncio.run(run())


async def due_in_s(tested: QueueInTest) -> list[float]:
    """After how long each event is due, seen from when it was accepted."""
    events = (await tested.queue.shown.info(limit=100)).events
    return [(event.due_ms - event.accepted_ms) / 1000 for event in events]


def test_a_failing_function_is_tried_after_one_minute_and_after_two_more(tmp_path: Path) -> None:
    dues: list[list[float]] = []

    async def act(tested: QueueInTest) -> None:
        await tested.accept()
        for _ in range(3):
            dues.append(await due_in_s(tested))
            await tested.queue.moves.step(ALL)
        dues.append(await due_in_s(tested))

    tested = under_a_held_clock(tmp_path, act, FAILED)
    assert dues == [[0], [60], [180], []]
    [settled] = tested.settled
    assert condition_of(settled) == ("RetriesExhausted", 3)
    assert settled.settled_ms - settled.event.accepted_ms == 180_000
    assert settled.last is not None
    assert (settled.last.status_code, settled.last.error_message, settled.last.payload) == (200, "no", FAILED)


@pytest.mark.parametrize(("policy", "expected", "after_s"), [
    (Policy(retries=0), ("RetriesExhausted", 1), 0),
    (Policy(retries=1), ("RetriesExhausted", 2), 60),
    (Policy(age_s=60), ("EventAgeExceeded", 1), 0),
    (Policy(age_s=61), ("EventAgeExceeded", 2), 60),
    (Policy(age_s=180), ("EventAgeExceeded", 2), 60),
    (Policy(age_s=181), ("RetriesExhausted", 3), 180),
    (Policy(is_off=True), ("ZeroReservedConcurrency", 0), 0),
])
def test_retries_and_ages(tmp_path: Path, policy: Policy, expected: tuple[str, int], after_s: int) -> None:
    async def act(tested: QueueInTest) -> None:
        tested.policy = policy
        await tested.accept()
        await tested.queue.moves.forward(ALL, 600_000)

    [settled] = under_a_held_clock(tmp_path, act, FAILED).settled
    assert condition_of(settled) == expected
    assert settled.settled_ms - settled.event.accepted_ms == after_s * 1000


@pytest.mark.parametrize("refusal", [THROTTLE, SandboxError("No sandbox."), ServiceError("ServiceException", 500, "Oh")])
def test_throttles_and_system_errors_back_off_and_do_not_count(tmp_path: Path, refusal: Exception) -> None:
    waits: list[int] = []

    async def act(tested: QueueInTest) -> None:
        await tested.accept()
        await tested.queue.moves.forward(ALL, 21_600_000)
        waits.extend(event.fields()["inMs"] for event in tested.told("sandbox.queueScheduled"))

    tested = under_a_held_clock(tmp_path, act, refusal)
    assert waits[:11] == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]
    assert set(waits[9:]) == {300_000}
    [settled] = tested.settled
    assert condition_of(settled) == ("EventAgeExceeded", 0)
    assert settled.settled_ms - settled.event.accepted_ms == sum(waits)
    assert 21_300_000 <= sum(waits) < 21_600_000


def test_a_throttle_between_two_failures_takes_none_of_the_retries(tmp_path: Path) -> None:
    async def act(tested: QueueInTest) -> None:
        await tested.accept()
        await tested.queue.moves.forward(ALL, 300_000)

    tested = under_a_held_clock(tmp_path, act, FAILED, THROTTLE, FAILED, FAILED)
    [settled] = tested.settled
    assert condition_of(settled) == ("RetriesExhausted", 3)
    assert settled.settled_ms - settled.event.accepted_ms == 181_000
    assert len({event.request_id for event in tested.told("sandbox.queueAttempt")}) == 1


def test_an_event_that_ran_and_grows_too_old_over_throttles_keeps_what_the_function_answered(tmp_path: Path) -> None:
    """Source: observed: events that were never executed have no response in their record, those that were have one."""
    async def act(tested: QueueInTest) -> None:
        tested.policy = Policy(age_s=120)
        await tested.accept()
        await tested.queue.moves.forward(ALL, 600_000)

    [settled] = under_a_held_clock(tmp_path, act, FAILED, THROTTLE).settled
    assert condition_of(settled) == ("EventAgeExceeded", 1)
    assert settled.last is not None
    assert (settled.last.status_code, settled.last.payload) == (200, FAILED)
    assert b'"responsePayload":' in record_of(settled)


def test_recursion_and_a_deleted_function_end_an_event(tmp_path: Path) -> None:
    async def act(tested: QueueInTest) -> None:
        await tested.accept(function="Loop")
        await tested.accept(function="Gone")
        await tested.queue.moves.step(ALL)
        await tested.queue.moves.step(ALL)

    tested = under_a_held_clock(tmp_path, act, RECURSION, NOT_FOUND)
    assert list(map(condition_of, tested.settled)) == [("RecursiveInvocationDetected", 0)]
    [dropped] = tested.told("sandbox.queueDropped")
    assert dropped.function_name == "Gone"
    assert dropped.fields()["why"].startswith("Its function is not there any more.")


def test_a_function_has_a_clock_of_its_own(tmp_path: Path) -> None:
    async def act(tested: QueueInTest) -> None:
        moves = tested.queue.moves
        await moves.resume(ALL)
        await moves.hold(key_of("A"))
        await tested.accept(function="A")
        await moves.forward(key_of("A"), 60_000)
        info = await tested.queue.shown.info()
        assert [(clock.function_name, clock.is_held, clock.ahead_ms) for clock in info.clocks] == [
            ("", False, 0), ("A", True, 60_000)]
        assert tested.queue.shown.notice == ("The clock of the asynchronous queue of A is held: events wait until you step or "
                                             "resume it (workbench queue).")
        with pytest.raises(ServiceError, match="not held"):
            await moves.step(key_of("B"))

    assert under_a_held_clock(tmp_path, act).runs == [("A", b"{}")]


def test_a_clock_that_was_not_moved_is_never_beside_the_machines(tmp_path: Path) -> None:
    """Although that goes on while the queue is told of."""
    async def act(tested: QueueInTest) -> None:
        await tested.queue.moves.resume(ALL)
        clocks, readings = tested.queue._clocks, count(tested.now_ms)
        clocks.real_ms = lambda: next(readings)
        assert [clock.ahead_ms for clock in (await tested.queue.shown.info()).clocks] == [0]

    under_a_held_clock(tmp_path, act)


def test_edit_send_again_retry_and_drop(tmp_path: Path) -> None:
    async def act(tested: QueueInTest) -> None:
        changes, shown = tested.queue.changes, tested.queue.shown
        await tested.accept(b"1")
        await tested.accept(b"2")
        first, second = [event.event_id for event in (await shown.info(limit=9)).events]
        assert (await changes.retry(first)).outcome == "scheduled"
        await changes.edit(first, b"[3]")
        await changes.send_again(first)
        await changes.drop(second)
        [event] = (await shown.info(limit=9)).events
        assert (event.payload, event.attempts, event.due_ms) == ("[3]", 0, event.clock_ms)
        with pytest.raises(ServiceError, match="There is no event"):
            await changes.edit(second, b"1")
        with pytest.raises(ServiceError, match="Could not parse"):
            await changes.edit(first, b"{")
        await tested.queue.moves.forward(ALL, 180_000)

    tested = under_a_held_clock(tmp_path, act, FAILED)
    assert [payload for _, payload in tested.runs] == [b"1", b"[3]", b"[3]", b"[3]"]
    assert [event.fields()["why"] for event in tested.told("sandbox.queueDropped")] == ["It was dropped by hand."]


def test_what_ended_last_is_kept_with_its_payload(tmp_path: Path) -> None:
    async def act(tested: QueueInTest) -> None:
        tested.policy = Policy(retries=0)
        for payload in (b"1", b"2", b'"' + b"x" * 2_000 + b'"'):
            await tested.accept(payload)
        await tested.accept(b"4", "Other")
        await tested.queue.changes.retry(1)
        await tested.queue.changes.drop_all(key_of(), only_asked=False)
        info = await tested.queue.shown.info(ended=9)
        # The third one was not read whole when all were dropped, and could not be sent again.
        assert [(ended.event_id, ended.condition, ended.attempts, ended.payload, ended.why) for ended in info.ended] == [
            (2, "Dropped", 0, "2", "It was dropped by hand."), (1, "RetriesExhausted", 1, "1", "no")]
        assert await tested.queue.changes.payload(1) == b"1"
        assert (await tested.queue.shown.info(key_of("Other"), ended=9)).ended == ()
        with pytest.raises(ServiceError, match="not among those that ended last"):
            tested.queue.ended.event(3)

    under_a_held_clock(tmp_path, act, FAILED)


async def test_what_ended_last_is_there_after_a_kill_and_can_be_looked_at_whole(tmp_path: Path) -> None:
    """Written with the end itself, in the order of the ends, whatever their clocks say; the file keeps no more than that."""
    tested = QueueInTest(tmp_path / "queue.sqlite", lambda _: FAILED)
    tested.policy = Policy(retries=0)
    await tested.begin()
    await tested.queue.moves.hold(ALL)
    large = b'"' + b"x" * 5_000 + b'"'
    for payload in (large, b"2", b"3"):
        await tested.accept(payload)
    await tested.accept(b"4", "Other")
    await tested.queue.moves.forward(key_of("Other"), 60_000)
    await tested.queue.changes.retry(1)
    await tested.queue.changes.drop(3)
    before = await tested.queue.shown.info(ended=9)
    assert [(ended.event_id, ended.condition) for ended in before.ended] == [
        (3, "Dropped"), (1, "RetriesExhausted"), (4, "RetriesExhausted")]
    await tested.crash()
    after = await tested.queue.shown.info(ended=9)
    assert after.ended == before.ended
    assert after.waiting == 1
    assert await tested.queue.changes.payload(1) == large
    assert tested.queue.ended.event(4).function_name == "Other"
    tested.answer = lambda _: None
    for number in range(5, 300):
        await tested.accept(b"%d" % number)
        await tested.queue.changes.retry(number)
    kept = await tested.queue._writer.read(lambda database: database.execute("SELECT event_id FROM ended").fetchall())
    assert len(kept) <= 220
    await tested.crash()
    assert [ended.event_id for ended in (await tested.queue.shown.info(ended=999)).ended] == list(range(299, 99, -1))
    kept = await tested.queue._writer.read(lambda database: database.execute("SELECT event_id FROM ended").fetchall())
    assert sorted(kept) == [(number,) for number in range(100, 300)]
    await tested.queue.close()


def test_what_ended_last_is_bounded(tmp_path: Path) -> None:
    async def act(tested: QueueInTest) -> None:
        for payload in (b"1", b'"' + b"x" * 30 + b'"', b"3", b"4"):
            await tested.accept(payload)
        entries = [await tested.queue.changes.entry(number) for number in (1, 2, 3, 4)]
        few, small = EndedEvents(most=2), EndedEvents(most_bytes=30)
        for kept in (few, small):
            for entry in entries:
                kept.add(Ended(entry, "Success", 0))
            kept.add(Ended(entries[2], "Success", 0))
        assert [info.event_id for info in few.page(ALL, 9)] == [3, 4]
        assert [info.event_id for info in small.page(ALL, 9)] == [3, 4]
        assert [info.event_id for info in few.page(ALL, 1)] == [3]

    under_a_held_clock(tmp_path, act)


def test_the_list_is_read_from_any_place(tmp_path: Path) -> None:
    async def act(tested: QueueInTest) -> None:
        for _ in range(5):
            await tested.accept()
        info = await tested.queue.shown.info(limit=2, offset=3)
        assert ([event.event_id for event in info.events], info.waiting, info.settled) == ([4, 5], 5, 0)
        assert info.events[0].most_attempts == 3
        assert (await tested.queue.shown.info(limit=2, offset=9)).events == ()

    under_a_held_clock(tmp_path, act)


def test_old_events_are_asked_about_at_the_start(tmp_path: Path) -> None:
    async def act(tested: QueueInTest) -> None:
        await tested.queue.moves.resume(ALL)
        await tested.accept(b"1")
        await tested.clock.forward(3_601)
        await tested.crash()
        assert tested.queue.shown.notice.startswith("An asynchronous invocation is older than an hour")
        assert [event.state for event in (await tested.queue.shown.info(limit=9)).events] == ["asked"]
        assert await tested.queue.changes.drop_all(key_of("Other"), only_asked=True) == 0
        await tested.queue.moves.resume(ALL)
        assert [event.state for event in (await tested.queue.shown.info(limit=9)).events] == ["waiting"]

    under_a_held_clock(tmp_path, act)


def test_the_dispatcher_follows_time_and_a_clock_that_goes_on(tmp_path: Path) -> None:
    """Without a hold: what is due is tried at once, the retry a minute later; a hold stops that, and time stands still for it."""
    async def run() -> list[int]:
        tested = QueueInTest(tmp_path / "queue.sqlite", lambda _: FAILED)
        await tested.begin()
        working = asyncio.ensure_future(tested.queue.work())
        counts: list[int] = []

        async def after(seconds: float) -> None:
            await tested.clock.forward(seconds)
            for _ in range(20):  # the queue's thread is not on the clock
                await tested.queue.shown.recount()
                await tested.clock.forward(0)
            counts.append(len(tested.runs))

        await tested.accept()
        await after(1)
        await after(58)
        await after(2)
        await tested.queue.moves.hold(ALL)
        await after(1_000)
        await tested.queue.moves.resume(ALL)
        await after(100)
        await after(30)
        await tested.end(working)
        return counts

    assert asyncio.run(run()) == [1, 1, 2, 2, 2, 3]

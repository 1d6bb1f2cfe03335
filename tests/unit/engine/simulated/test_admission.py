"""Concurrency whatever happens to an engine: what is let in, what waits, what is throttled, and that no room is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.held_clock import settled
from tests.support.obedient_runtime import obey
from tests.support.simulated_engine import SimulatedEngine
from tests.unit.engine.simulated.test_interleavings import Invoke, Step, Story, play, steps
from workbench.background import begin_awaited
from workbench.engine.concurrency.machine_gate import LONGEST_WAIT_S, ROOM
from workbench.engine.environment.environment import Environment
from workbench.engine.invocation.request import InvokeOutcome
from workbench.model.failures import MachineFull, Throttled

DELAY_S = 0.02
FULL = ("ReservedFunctionConcurrentInvocationLimitExceeded", "ConcurrentInvocationLimitExceeded")


class Limited(NamedTuple):
    """What is allowed at a time."""

    account: int
    reserved: int | None
    machine: int

    @property
    def at_once(self) -> int:
        return self.account if self.reserved is None else self.reserved


limits = st.builds(
    Limited, st.sampled_from([1, 2, 5, 1_000]), st.sampled_from([None, None, 0, 1, 2]), st.sampled_from([1, 2, 100]))


def waits(count: int) -> str:
    """What those learn who wait for a machine that runs one environment."""
    return f"Waits for this machine: 1 execution environment runs, {count} request{'s wait' if count > 1 else ' waits'}."


def waits_told(engine: SimulatedEngine) -> list[str]:
    return [event.fields()["text"] for event in engine.events() if event.type == "sandbox.progress"]


def reason(call: asyncio.Task[InvokeOutcome]) -> str:
    """Why a call was throttled, "" if it was not."""
    error = call.exception() if call.done() and not call.cancelled() else None
    return error.reason if isinstance(error, Throttled) else ""


@settings(deadline=None, max_examples=60)
@given(limits, steps)
def test_in_whatever_order(tmp_path_factory: Any, limited: Limited, steps: list[Step]) -> None:
    """No more run at a time than may; who is refused at once is refused because so many ran; all room is given back."""
    async def tell(story: Story) -> None:
        engine, refused = story.engine, Counter[str]()
        engine.limit(account=limited.account, reserved=limited.reserved, machine=limited.machine)
        for step in steps:
            before, answered = engine.load.running, sum(call.done() for _, _, call in story.calls)
            await story.take(step)
            if isinstance(step, Invoke):
                await settled()
                ended = sum(call.done() for _, _, call in story.calls[:-1]) - answered  # canceled just before
                why = reason(story.calls[-1][2])
                refused[why] += bool(why)
                assert why not in FULL or engine.load.running >= limited.at_once
                assert why or before >= limited.at_once or engine.load.running >= before + 1 - ended or story.calls[-1][2].done()
            assert engine.load.running <= limited.at_once
            assert engine.pool.count + engine.pool.gate.promised <= limited.machine
        await story.end()
        assert (engine.load.running, engine.load.shared, engine.load.functions["Function"].running) == (0, 0, 0)
        assert (engine.pool.gate.waiting, engine.pool.gate.promised) == (0, 0)
        throttled = [why for _, _, call in story.calls if (why := reason(call))]
        assert Counter(throttled) == engine.load.functions["Function"].throttles
        told: Counter[str] = Counter()
        engine.admission.close()
        for event in engine.events():
            if event.type == "sandbox.throttled":
                told[event.fields()["reason"]] += event.fields()["count"]
        assert told == Counter(throttled)

    play(tmp_path_factory.getbasetemp(), tell, delay_s=DELAY_S)


def run(folder: Path, tell: Callable[[SimulatedEngine], Awaitable[None]]) -> None:
    async def told() -> None:
        engine = SimulatedEngine(folder, obey)
        try:
            await tell(engine)
        finally:
            await engine.close()
        assert engine.clock.waiting == 0

    asyncio.run(told())


def test_a_caller_who_sends_one_request_after_the_other_is_not_throttled_by_its_own(tmp_path: Path) -> None:
    """Its answer comes before its environment is free. One that stays away for long keeps its place, as on Lambda."""
    async def tell(engine: SimulatedEngine) -> None:
        engine.limit(reserved=1)
        first = engine.invoke({"linger": 0.2})
        await engine.clock.forward(0)
        assert first.done()
        second = engine.invoke({"linger": 1})
        await engine.clock.forward(0.1)
        assert not second.done()
        await engine.clock.forward(0.1)
        assert second.exception() is None
        third = engine.invoke({})
        await engine.clock.forward(0.25)
        assert reason(third) == "ReservedFunctionConcurrentInvocationLimitExceeded"
        await engine.clock.forward(1)

    run(tmp_path, tell)


def test_a_caller_who_sends_one_request_after_the_other_does_not_spill_over(tmp_path: Path) -> None:
    """As above. Who finds all that is provisioned at work does, at once; so does who has waited in vain."""
    async def tell(engine: SimulatedEngine) -> None:
        engine.shift(0, seed=1)
        engine.limit()
        engine.provisioned.provision({engine.resources.target("Versioned", "1").function.identity: 1})
        await engine.clock.forward(1)
        ran = [engine.invoke({"linger": 0.2}, of="Versioned:1")]
        for event in ({"linger": 0.2}, {"linger": 1}):
            await engine.clock.forward(0)
            assert ran[-1].done()
            ran.append(engine.invoke(event, of="Versioned:1"))
            await engine.clock.forward(0)
            assert not ran[-1].done()
            await engine.clock.forward(0.2)
        ran.append(engine.invoke({}, of="Versioned:1"))  # none will be free within FREE_SOON_S
        await engine.clock.forward(0.25)
        ran.append(engine.invoke({"sleep": 1}, of="Versioned:1"))
        await engine.clock.forward(3)
        assert [call.exception() for call in ran] == [None] * len(ran)
        told = [event.fields().get("concurrency", "") for event in engine.events() if event.type == "sandbox.assigned"]
        assert told == ["provisioned", "provisioned", "provisioned", "spillover", "spillover"]

    run(tmp_path, tell)


def test_what_is_reserved_or_provisioned_after_an_invocation_holds_for_the_next(tmp_path: Path) -> None:
    """The limits of one are remembered as long as nothing changes."""
    async def tell(engine: SimulatedEngine) -> None:
        engine.shift(0, seed=1)
        engine.limit()
        ran = [engine.invoke({}), engine.invoke({}, of="Versioned:1")]
        await engine.clock.forward(1)
        engine.limit(reserved=0)
        ran += [engine.invoke({}), engine.invoke({}, of="Versioned:1")]
        await engine.clock.forward(1)
        engine.provisioned.provision({engine.resources.target("Versioned", "1").function.identity: 1})
        await engine.clock.forward(1)
        ran.append(engine.invoke({}, of="Versioned:1"))
        await engine.clock.forward(1)
        engine.limit()
        ran.append(engine.invoke({}))
        await engine.clock.forward(1)
        assert [reason(call) for call in ran] == ["", "", "ReservedFunctionConcurrentInvocationLimitExceeded", "", "", ""]
        told = [event.fields().get("concurrency", "") for event in engine.events() if event.type == "sandbox.assigned"]
        assert told == ["", "", "", "provisioned", ""]

    run(tmp_path, tell)


def test_a_full_machine_serves_all_who_wait_in_their_order(tmp_path: Path) -> None:
    """Nobody is throttled, and no more environments run than may."""
    async def tell(engine: SimulatedEngine) -> None:
        engine.limit(machine=3)
        calls = [engine.invoke({"sleep": 1}) for _ in range(12)]
        done: list[int] = []
        for number, call in enumerate(calls):
            call.add_done_callback(lambda _, number=number: done.append(number))  # type: ignore[misc]
        await engine.clock.forward(0.5)
        assert (engine.pool.count, engine.pool.gate.waiting, engine.load.running) == (3, 9, 12)
        await engine.clock.forward(4)
        assert done == list(range(12))
        assert len(engine.provider.made) == 3
        told = waits_told(engine)
        assert told[0] == "Waits for this machine: 3 execution environments run, 1 request waits."
        assert told[8] == "Waits for this machine: 3 execution environments run, 9 requests wait."
        assert told[9:] == 9 * ["This machine has room."]

    run(tmp_path, tell)


def test_who_waits_for_this_machine_may_leave_and_does_not_wait_for_ever(tmp_path: Path) -> None:
    async def tell(engine: SimulatedEngine) -> None:
        engine.limit(machine=1)
        engine.pool.add(engine.prepared.key, lambda: engine.factory.make(engine.prepared))  # nobody lets it go
        leaves, stays = engine.invoke({}, request_id="leaves"), engine.invoke({})
        await engine.clock.forward(1)
        assert engine.invoker.cancel("leaves")
        await engine.clock.forward(0)
        assert (leaves.done(), engine.load.running) == (True, 1)
        leaves.exception()
        await engine.clock.forward(LONGEST_WAIT_S)
        with pytest.raises(MachineFull, match="within 15 minutes: 1 execution environment runs"):
            await stays
        assert (engine.load.running, engine.pool.gate.waiting) == (0, 0)

    run(tmp_path, tell)


def test_a_turn_goes_to_the_next_if_its_caller_leaves_as_it_comes(tmp_path: Path) -> None:
    """An environment that is free, and the room for a new one."""
    async def tell(engine: SimulatedEngine) -> None:
        pool, key = engine.pool, engine.prepared.key

        def make() -> Environment:
            return engine.factory.make(engine.prepared)

        def lease() -> asyncio.Task[tuple[Environment, bool]]:
            return begin_awaited("A request", pool.lease(key, engine.prepared, make, told.append), asyncio.CancelledError)

        engine.limit(machine=1)
        environment = pool.add(key, make)
        first, second = lease(), lease()
        await settled()
        pool.release(key, environment)
        first.cancel()
        await settled()
        assert second.result() == (environment, False)
        first, second = lease(), lease()
        await settled()
        pool.discard(key, environment, "cold")
        first.cancel()
        await settled()
        made, is_new = second.result()
        assert (made is environment, is_new, pool.count, pool.gate.promised) == (False, True, 1, 0)
        assert told == [waits(1), waits(2), ROOM, waits(1), waits(2), ROOM]

    told: list[str] = []
    run(tmp_path, tell)


def test_throttles_are_told_at_once_and_then_together(tmp_path: Path) -> None:
    async def tell(engine: SimulatedEngine) -> None:
        engine.limit(reserved=0)
        calls = [engine.invoke({}) for _ in range(50)]
        await engine.clock.forward(0)
        assert {reason(call) for call in calls} == {"ReservedFunctionConcurrentInvocationLimitExceeded"}
        told = [event.fields()["count"] for event in engine.events()]
        assert told == [1]
        await engine.clock.forward(1)
        assert [event.fields()["count"] for event in engine.events()] == [1, 49]

    run(tmp_path, tell)


def test_only_those_who_are_waited_for_have_a_rate(tmp_path: Path) -> None:
    """Events of a queue are limited by how many run at a time."""
    async def tell(engine: SimulatedEngine) -> None:
        engine.limit(reserved=1)
        reasons = []
        for number in range(24):
            call = engine.invoke({}, is_synchronous=number >= 12)
            await engine.clock.forward(0.001)
            reasons.append(reason(call))
        assert reasons == 22 * [""] + 2 * ["ReservedFunctionInvocationRateLimitExceeded"]

    run(tmp_path, tell)

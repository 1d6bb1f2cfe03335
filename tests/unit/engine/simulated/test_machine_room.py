"""This machine's memory, whatever happens to an engine: who waits for it is told so, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.held_clock import settled
from tests.support.obedient_runtime import obey
from tests.support.simulated_engine import SimulatedEngine
from tests.unit.engine.simulated.test_interleavings import MEMORY_MB, Step, Story, play, steps
from workbench.model.engine_api import Settings

DELAY_S = 0.02
CURE = "Raise --machine-memory (Memory for environments in the settings), or stop environments or other programs."


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([1, MEMORY_MB, 300, 1_000]), steps)
def test_environments_take_no_more_than_they_were_given(tmp_path_factory: Any, budget_mb: int, steps: list[Step]) -> None:
    """Counted by their sizes. One always runs, and all who wait have their turn."""
    async def tell(story: Story) -> None:
        engine = story.engine
        engine.limit(memory_mb=budget_mb)
        for step in steps:
            await story.take(step)
            sizes_mb = MEMORY_MB * (engine.pool.count + engine.pool.gate.promised)
            assert sizes_mb <= max(budget_mb, MEMORY_MB)
            assert not engine.pool.gate.waiting or sizes_mb
        await story.end()
        assert (engine.pool.gate.waiting, engine.pool.gate.promised) == (0, 0)

    play(tmp_path_factory.getbasetemp(), tell, delay_s=DELAY_S)


@settings(deadline=None, max_examples=60)
@given(steps, st.lists(st.sampled_from([0, 100, MEMORY_MB, 300, 10_000]), min_size=40, max_size=40))
def test_nobody_waits_for_ever_however_little_is_available(
        tmp_path_factory: Any, steps: list[Step], available_mb: list[int]) -> None:
    """Other programs take and give back memory meanwhile. Where nothing is available, nothing is made beside what is there."""
    async def tell(story: Story) -> None:
        engine = story.engine
        for number, step in enumerate(steps):
            engine.available_mb, before = available_mb[number % len(available_mb)], there(engine)
            await story.take(step)
            if engine.available_mb < MEMORY_MB:
                assert there(engine) <= max(before, 1)
        engine.available_mb = 0
        await story.end()
        assert (engine.pool.gate.waiting, engine.pool.gate.promised) == (0, 0)

    play(tmp_path_factory.getbasetemp(), tell, delay_s=DELAY_S)


def there(engine: SimulatedEngine) -> int:
    """How many there are, and are about to be made. Idle ones count: they have their memory, and serve without being asked."""
    return engine.pool.count + engine.pool.gate.promised


def run(folder: Path, tell: Callable[[SimulatedEngine], Awaitable[None]], timeout_s: int = 60) -> None:
    async def told() -> None:
        engine = SimulatedEngine(folder, obey, timeout_s=timeout_s)
        try:
            await tell(engine)
        finally:
            await engine.close()
        assert engine.clock.waiting == 0

    asyncio.run(told())


def waits_told(engine: SimulatedEngine) -> list[str]:
    return [event.fields()["text"] for event in engine.events() if event.type == "sandbox.progress"]


def test_what_the_settings_give_is_counted_by_sizes_and_idle_ones_make_room(tmp_path: Path) -> None:
    async def tell(engine: SimulatedEngine) -> None:
        engine.shift(0, seed=1)
        engine.limit(memory_mb=300)
        calls = [engine.invoke({"sleep": 5}) for _ in range(3)]
        await engine.clock.forward(1)
        assert waits_told(engine) == [
            "Waits for this machine: 2 execution environments of 128 MB leave 44 MB of 300 MB for one of 128 MB, 1 request waits."
            f" {CURE}"]
        assert engine.pool.gate.sentence == waits_told(engine)[0]
        await engine.clock.forward(20)
        assert (all(call.done() for call in calls), engine.pool.count, engine.pool.gate.sentence) == (True, 2, "")
        other = engine.invoke({}, of="Versioned:1")
        await engine.clock.forward(1)
        assert other.exception() is None
        assert sorted(each.function.name for each in engine.pool) == ["Function", "Versioned"]

    run(tmp_path, tell)


def test_what_is_measured_is_counted_without_what_the_running_ones_may_still_take(tmp_path: Path) -> None:
    """What another program gives back is noticed within a second."""
    async def tell(engine: SimulatedEngine) -> None:
        engine.available_mb = 300
        calls = [engine.invoke({"sleep": 8}) for _ in range(3)]
        await engine.clock.forward(3)
        assert [call.done() for call in calls] == 3 * [False]
        assert waits_told(engine)[0].startswith(
            "Waits for this machine: 2 execution environments of 128 MB leave 44 MB of 1,000,000 MB for one of 128 MB, 1 request")
        engine.available_mb = 400
        await engine.clock.forward(1)
        assert engine.pool.count == 3
        await engine.clock.forward(10)

    run(tmp_path, tell)


def test_what_an_environment_has_taken_already_is_not_counted_twice(tmp_path: Path) -> None:
    async def tell(engine: SimulatedEngine) -> None:
        engine.available_mb = 150
        first = engine.invoke({"take": 110, "sleep": 5})
        await engine.clock.forward(1)
        second = engine.invoke({})
        await engine.clock.forward(1)
        assert (first.done(), second.done()) == (False, True)
        await engine.clock.forward(5)

    run(tmp_path, tell)


def test_functions_that_wait_for_each_other_do_not_do_so_for_long(tmp_path: Path) -> None:
    """What the running ones might still take is given to whoever has waited ten seconds, if it is there."""
    async def tell(engine: SimulatedEngine) -> None:
        engine.available_mb = 130
        outer, inner = engine.invoke({"sleep": 50}), engine.invoke({})
        await engine.clock.forward(9)
        assert not inner.done()
        await engine.clock.forward(2)
        assert (outer.done(), inner.done()) == (False, True)
        await engine.clock.forward(60)

    run(tmp_path, tell)


def test_one_always_runs_where_nothing_is_available(tmp_path: Path) -> None:
    """An idle environment ends first, and what it had is looked for again when it is gone."""
    async def tell(engine: SimulatedEngine) -> None:
        engine.shift(0, seed=1)
        engine.available_mb = 0
        first, second = engine.invoke({"sleep": 30}), engine.invoke({})
        await settled()
        await engine.clock.forward(20)
        assert (engine.pool.count, engine.pool.gate.waiting) == (1, 1)
        await engine.clock.forward(20)
        assert (first.done(), second.done(), len(engine.provider.made)) == (True, True, 1)
        other = engine.invoke({}, of="Versioned:1")
        await engine.clock.forward(1)
        assert other.exception() is None
        assert [each.function.name for each in engine.pool] == ["Versioned"]

    run(tmp_path, tell)


def test_so_many_for_each_core_unless_the_settings_say_otherwise(tmp_path: Path) -> None:
    async def tell(engine: SimulatedEngine) -> None:
        room = engine.pool.gate.room
        room.follow(Settings())
        assert room.at_most == "This machine runs at most 100 execution environments at a time, 50 for each core."
        room.follow(Settings(machine_environments=7))
        assert room.at_most == "This machine runs at most 7 execution environments at a time, as the workspace's settings say."
        room.follow(Settings(machine_memory_mb=1_000))
        assert room.cannot_hold((2, 1_001), (0, 0)) == (
            "This machine has 1,000 MB for execution environments. 2 are requested, which may take 1,001 MB.")
        assert room.cannot_hold((2, 900), (1, 200)).endswith(" 1 are provisioned for others.")
        assert room.cannot_hold((2, 900), (1, 100)) == ""

    run(tmp_path, tell)


def test_what_is_about_to_be_made_counts(tmp_path: Path) -> None:
    """An environment ends, and two wait for what it leaves: the second waits on."""
    async def tell(engine: SimulatedEngine) -> None:
        engine.limit(memory_mb=MEMORY_MB)
        environment = engine.pool.add(engine.prepared.key, lambda: engine.factory.make(engine.prepared))
        calls = [engine.invoke({"sleep": 1}) for _ in range(2)]
        await settled()
        engine.pool.discard(environment.key, environment, "cold")
        assert (engine.pool.gate.promised, engine.pool.gate.waiting) == (1, 1)
        await engine.clock.forward(3)
        assert all(call.done() for call in calls)

    run(tmp_path, tell)

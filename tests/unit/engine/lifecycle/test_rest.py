"""A sandbox is frozen once it has rested for a moment, and never in between two invocations that follow each other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.held_clock import HeldClock
from tests.support.obedient_runtime import obey
from tests.support.simulated_engine import SimulatedEngine
from workbench.engine.lifecycle.rest import REST_S, Rest, rest_s


async def test_it_is_frozen_after_its_rest_unless_that_ends_before() -> None:
    clock, frozen = HeldClock(), []
    rest = Rest(clock, lambda: frozen.append(clock.now_ns()), REST_S)
    rest.begin()
    rest.begin()
    await clock.forward(REST_S * 0.9)
    assert rest.end() is False
    await clock.forward(1)
    assert frozen == []
    rest.begin()
    await clock.forward(1)
    assert len(frozen) == 1
    assert [rest.end(), rest.end()] == [True, False]
    assert clock.waiting == 0


async def test_a_container_is_frozen_at_once() -> None:
    frozen: list[bool] = []
    rest = Rest(HeldClock(), lambda: frozen.append(True), rest_s("docker"))
    rest.begin()
    assert (frozen, rest.end()) == ([True], True)
    assert rest_s("process") == rest_s("isolated") == REST_S


@pytest.mark.parametrize(("pause_s", "thawed"), [(REST_S / 2, 0), (REST_S * 2, 1)])
def test_a_thaw_is_told_only_of_what_was_frozen(tmp_path: Path, pause_s: float, thawed: int) -> None:
    async def run() -> None:
        engine = SimulatedEngine(tmp_path, obey)
        try:
            await engine.answer({"sleep": 0})
            (sandbox,) = engine.provider.made
            engine.invoke({"sleep": 0}, "first")
            await engine.clock.forward(0.001)
            await engine.clock.forward(pause_s)
            assert sandbox.thawed.is_set() is not bool(thawed)
            engine.invoke({"sleep": 0}, "second")
            await engine.clock.forward(0.001)
            assert engine.types("second")["sandbox.thawed"] == thawed
        finally:
            await engine.close()
        assert engine.clock.waiting == 0

    asyncio.run(run())

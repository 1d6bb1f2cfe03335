"""Work that can wait: until nobody waits for a cold start, and not for ever."""

from __future__ import annotations

import asyncio

import pytest

from workbench.engine.clock import Clock
from workbench.engine.concurrency import quiet_period as lull_module
from workbench.engine.concurrency.quiet_period import QuietPeriod


@pytest.fixture
def quiet_period(monkeypatch: pytest.MonkeyPatch) -> QuietPeriod:
    monkeypatch.setattr(lull_module, "PAUSE_S", 0)
    return QuietPeriod(Clock())


async def test_it_comes_when_the_last_block_has_ended(quiet_period: QuietPeriod) -> None:
    done = []

    async def work() -> None:
        await quiet_period.wait()
        done.append("work")

    with quiet_period.hold_off():
        task = asyncio.create_task(work())
        with pytest.raises(RuntimeError), quiet_period.hold_off():
            raise RuntimeError
        for _ in range(20):
            await asyncio.sleep(0)
        done.append("block")
    await task
    assert done == ["block", "work"]


async def test_it_comes_at_the_end_whatever_goes_on(quiet_period: QuietPeriod) -> None:
    with quiet_period.hold_off():
        task = asyncio.create_task(quiet_period.wait())
        await asyncio.sleep(0)
        quiet_period.end()
        await task
        await quiet_period.wait()


async def test_nothing_is_put_off_for_ever(quiet_period: QuietPeriod, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lull_module, "LONGEST_S", 0.01)
    with quiet_period.hold_off():
        await quiet_period.wait()

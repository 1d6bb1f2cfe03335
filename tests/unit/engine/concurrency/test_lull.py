"""Work that can wait: until nobody waits for a cold start, and not for ever."""

from __future__ import annotations

import asyncio

import pytest

from workbench.engine.concurrency import lull as lull_module
from workbench.engine.concurrency.lull import Lull


@pytest.fixture
def lull(monkeypatch: pytest.MonkeyPatch) -> Lull:
    monkeypatch.setattr(lull_module, "PAUSE_S", 0)
    return Lull()


async def test_it_comes_when_the_last_block_has_ended(lull: Lull) -> None:
    done = []

    async def work() -> None:
        await lull.wait()
        done.append("work")

    with lull.away():
        task = asyncio.create_task(work())
        with pytest.raises(RuntimeError), lull.away():
            raise RuntimeError
        for _ in range(20):
            await asyncio.sleep(0)
        done.append("block")
    await task
    assert done == ["block", "work"]


async def test_it_comes_at_the_end_whatever_goes_on(lull: Lull) -> None:
    with lull.away():
        task = asyncio.create_task(lull.wait())
        await asyncio.sleep(0)
        lull.end()
        await task
        await lull.wait()


async def test_nothing_is_put_off_for_ever(lull: Lull, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lull_module, "LONGEST_S", 0.01)
    with lull.away():
        await lull.wait()

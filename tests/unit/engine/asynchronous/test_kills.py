"""The engine is killed at every point at which it uses the disk: what was acknowledged holds, and the rest is whole or was not.

The disk takes what came before the kill, and nothing after it, so that each point is tried and none by luck.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.support.engines import until
from tests.support.queue_in_test import FAILED, QueueInTest, Result, condition_of, key_of
from workbench.engine.asynchronous.clocks import ALL
from workbench.engine.invocation.request import InvokeRequest

POINTS = range(9)
"""More than the disk's calls of any of these; then nothing is killed."""
ENDS = {b"1": ("Success", 1), b'"fails"': ("RetriesExhausted", 3), b"2": ("Success", 1), b"3": ("Success", 1)}
Work = Callable[[QueueInTest], Coroutine[Any, Any, Any]]


class Killed:
    """A queue with an event that succeeds (1) and one that fails, both accepted, which is killed while it does something."""

    def __init__(self, folder: Path) -> None:
        self.tested = QueueInTest(folder / "queue.sqlite", self._answer)
        self.request_ids: dict[bytes, str] = {}
        self._ran: set[tuple[bytes, str]] = set()

    def _answer(self, request: InvokeRequest) -> Result:
        self._ran.add((request.payload, request.request_id))
        return FAILED if request.payload == b'"fails"' else None

    async def during(self, work: Work, point: int, *, steps: int = 0) -> bool:
        """Kill it at a point, after some attempts, and return whether the work was acknowledged."""
        await self.tested.begin()
        await self.tested.queue.moves.hold(ALL)
        for payload in (b"1", b'"fails"'):
            self.request_ids[payload] = await self.tested.accept(payload)
        for _ in range(steps):
            await self.tested.queue.moves.step(ALL)
        return await self.tested.killed_during(work(self.tested), point)

    async def drained(self) -> dict[bytes, list[tuple[Any, ...]]]:
        """Run what is left and return with which conditions each event ended."""
        working = asyncio.ensure_future(self.tested.queue.work())
        await self.tested.queue.moves.hold(ALL)
        await self.tested.queue.moves.forward(ALL, 600_000)

        async def is_empty() -> bool:  # also of what was left to be delivered
            return not (await self.tested.queue.shown.info(limit=9)).events

        await until(is_empty, 30)
        await self.tested.end(working)
        ends: dict[bytes, list[tuple[Any, ...]]] = {}
        assert len({payload for payload, _ in self._ran}) == len(self._ran), "each has one request ID in all attempts"
        for settled in self.tested.settled:
            ends.setdefault(settled.event.payload, []).append(condition_of(settled))
            assert settled.event.request_id == self.request_ids.get(settled.event.payload, settled.event.request_id)
        return ends


@pytest.mark.parametrize("point", POINTS)
async def test_accepting(tmp_path: Path, point: int) -> None:
    killed = Killed(tmp_path)
    is_done = await killed.during(lambda tested: tested.accept(b"2"), point)
    assert is_done or point == 0, "one call of the disk is enough"
    ends = await killed.drained()
    assert ends == {payload: [ENDS[payload]] for payload in (*killed.request_ids, *([b"2"] if is_done else []))}


@pytest.mark.parametrize("point", POINTS)
async def test_accepting_several_at_once(tmp_path: Path, point: int) -> None:
    async def both(tested: QueueInTest) -> None:
        await asyncio.gather(tested.accept(b"2"), tested.accept(b"3"))

    killed = Killed(tmp_path)
    is_done = await killed.during(both, point)
    assert is_done is (point >= 2), "the second waits while the first is written"
    ends = await killed.drained()
    assert {payload: ends[payload] for payload in killed.request_ids} == {each: [ENDS[each]] for each in killed.request_ids}
    assert set(ends) - set(killed.request_ids) == {payload for payload, needs in ((b"2", 1), (b"3", 2)) if point >= needs}


@pytest.mark.parametrize("steps", range(4))
@pytest.mark.parametrize("point", POINTS)
async def test_trying(tmp_path: Path, point: int, steps: int) -> None:
    """Each event has its end, and at most one attempt and one delivery were made again."""
    killed = Killed(tmp_path)
    await killed.during(lambda tested: tested.queue.moves.step(ALL), point, steps=steps)
    ends = await killed.drained()
    assert {payload: set(found) for payload, found in ends.items()} == {each: {ENDS[each]} for each in killed.request_ids}
    assert 4 <= len(killed.tested.runs) <= 5
    assert 2 <= sum(map(len, ends.values())) <= 3


@pytest.mark.parametrize("point", POINTS)
async def test_dropping(tmp_path: Path, point: int) -> None:
    killed = Killed(tmp_path)
    is_done = await killed.during(lambda tested: tested.queue.changes.drop(1), point)
    ends = await killed.drained()
    assert ends == {payload: [ENDS[payload]] for payload in ((b'"fails"',) if is_done else (b"1", b'"fails"'))}
    assert is_done or point < 2


@pytest.mark.parametrize("point", POINTS)
async def test_editing(tmp_path: Path, point: int) -> None:
    killed = Killed(tmp_path)
    is_done = await killed.during(lambda tested: tested.queue.changes.edit(1, b"2"), point)
    ends = await killed.drained()
    assert ends == {payload: [ENDS[payload]] for payload in (b"2" if is_done else b"1", b'"fails"')}


@pytest.mark.parametrize("point", POINTS)
async def test_moving_a_clock(tmp_path: Path, point: int) -> None:
    killed = Killed(tmp_path)
    is_done = await killed.during(lambda tested: tested.queue.moves.hold(key_of()), point)
    clocks = {clock.function_name for clock in (await killed.tested.queue.shown.info()).clocks if clock.is_held}
    assert clocks == ({"", "Function"} if is_done else {""})
    assert await killed.drained() == {payload: [ENDS[payload]] for payload in killed.request_ids}

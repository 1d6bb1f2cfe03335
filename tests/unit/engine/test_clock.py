"""All waiting of the engine is its clock's, and so a test's that holds it."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

import workbench.engine
from tests.support.held_clock import HeldClock, settled
from workbench.background import begin_awaited
from workbench.engine.clock import Clock
from workbench.engine.debugging.time_limits import TimeLimits

ENGINE = Path(workbench.engine.__file__).parent
WAITS = frozenset({"sleep", "timeout", "timeout_at", "wait_for", "call_later", "call_at"})
OF_THE_WORLD = {
    "clock.py": "the clock itself",
    "loop_lag.py": "measures the loop's own time",
    "functions.py": "looks again at a template that a program has emptied to save it",
    "workspace_watch.py": "pauses between looks at a file system that failed",
    "journal/journal.py": "gathers rows for one write to the disk",
    "journal/opening.py": "waits for another engine, which makes the file at this moment",
    "logs/search_process.py": "waits for another program, which looks through the log",
    "inward.py": "limits a connection over a real network",
    "debugging/dap_port.py": "waits for a debugger, another program",
    "debugging/cdp_port.py": "waits for a debugger, another program",
    "environment/refusals.py": "limits a look at a file system that may not answer",
    "services_endpoint/moto.py": "waits for a server, another program",
    "credentials/asking.py": "waits for another program, which asks AWS over a real network",
    "asynchronous/deliveries/deliveries.py": "limits a call of another service over a real network",
    "deployments/notes.py": "waits for a last look at a file system, which may not answer",
    "stored_code.py": "limits a download over a real network",
    "sandboxes.py": "asks a package registry again, over a real network",
}
"""What waits for something that no clock of ours can forward, and why."""


def waits(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of each wait for time that is the loop's. `self._clock.sleep` is not."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        whose = ast.unparse(node.func.value)
        timed = any(keyword.arg == "timeout" for keyword in node.keywords)
        if (node.func.attr in WAITS and "clock" not in whose) or (whose == "asyncio" and node.func.attr == "wait" and timed):
            yield node.lineno, node.func.attr


def test_nothing_in_the_engine_waits_by_another_clock() -> None:
    files = {path.relative_to(ENGINE).as_posix(): path for path in ENGINE.rglob("*.py")}
    found = {name: list(waits(path.read_text("utf-8"))) for name, path in files.items()}
    waiting = {name: lines for name, lines in found.items() if lines}
    assert {name: lines for name, lines in waiting.items() if name not in OF_THE_WORLD} == {}
    assert OF_THE_WORLD.keys() == waiting.keys(), "an exception that is none any more"


@pytest.mark.parametrize(("source", "found"), [
    ("await asyncio.sleep(1)", ["sleep"]),
    ("loop.call_later(1, work)", ["call_later"]),
    ("await asyncio.wait([task], timeout=3)", ["wait"]),
    ("await self._clock.sleep(1)", []),
    ("await asyncio.wait([task])", []),
])
def test_waits_are_found(source: str, found: list[str]) -> None:
    assert [name for _, name in waits(source)] == found


async def test_a_held_clock_wakes_each_at_its_time() -> None:
    clock, woken = HeldClock(), []

    async def sleep(name: str, duration_s: float) -> None:
        begun_ns = clock.now_ns()
        await clock.sleep(duration_s)
        woken.append((name, (clock.now_ns() - begun_ns) / 1e9))

    tasks = [begin_awaited(name, sleep(name, duration_s)) for name, duration_s in (("late", 2), ("soon", 1), ("also late", 2))]
    await clock.forward(0.999)
    assert woken == []
    await clock.forward(1.5)
    assert woken == [("soon", 1), ("late", 2), ("also late", 2)]
    await asyncio.gather(*tasks)
    assert clock.waiting == 0


@pytest.mark.parametrize("make", [HeldClock, Clock])
async def test_a_limit_that_is_kept_ends_with_its_block(make: type[Clock]) -> None:
    clock = make()
    async with clock.timeout(60):
        await asyncio.sleep(0)
    if isinstance(clock, HeldClock):
        assert clock.waiting == 0


async def test_a_limit_that_is_over_ends_the_block() -> None:
    clock, ends = HeldClock(), []

    async def wait() -> None:
        try:
            async with clock.timeout(5):
                await asyncio.Event().wait()
        except TimeoutError:
            ends.append(clock.now_ns())

    task, begun_ns = begin_awaited("wait", wait()), clock.now_ns()
    await clock.forward(4.9)
    assert ends == []
    await clock.forward(1)
    assert ends == [begun_ns + 5 * 10**9]
    await task


async def test_whoever_is_canceled_within_a_limit_is_canceled() -> None:
    clock = HeldClock()

    async def wait() -> None:
        async with clock.timeout(5):
            await asyncio.Event().wait()

    task = begin_awaited("wait", wait())
    await settled()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert clock.waiting == 0


async def test_limits_that_are_held_count_none_of_the_time() -> None:
    clock, expired = HeldClock(), []
    limits = TimeLimits(clock)
    limits.start(3, lambda: expired.append(clock.now_ns()))
    begun_ns = clock.now_ns()
    await clock.forward(2)
    limits.hold()
    await clock.forward(100)
    limits.go_on()
    await clock.forward(0.5)
    assert expired == []
    await clock.forward(1)
    assert expired == [begun_ns + 103 * 10**9]

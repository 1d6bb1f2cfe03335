"""A runtime is killed at any moment of its INIT, also when INIT has succeeded and the engine does not know it yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.obedient_runtime import obey
from tests.support.simulated_engine import SimulatedEngine
from tests.support.simulated_sandbox import SimulatedRuntime, SimulatedSandbox
from workbench.background import begin_awaited
from workbench.engine.environment.state import State

DELAY_S = 0.02
"""What a sandbox takes to be made, to start and to have its output drained: INIT is known that long after it has succeeded."""
INIT_S = 0.01
moments_ms = st.integers(1, round((INIT_S + DELAY_S) * 1000) - 1)
"""Since the runtime was started."""
SUCCEEDED_MS = round((INIT_S + DELAY_S / 2) * 1000)


def play(folder: Path, tell: Callable[[SimulatedEngine], Awaitable[None]], *, failures: int = 0) -> None:
    """Runtimes begin after INIT_S; the first `failures` of them exit instead."""
    left = failures

    async def script(runtime: SimulatedRuntime) -> int:
        nonlocal left
        if left:
            left -= 1
            return 1
        await runtime.sleep(INIT_S)
        return await obey(runtime)

    async def run() -> None:
        engine = SimulatedEngine(folder, script, delay_s=DELAY_S)
        try:
            await tell(engine)
        finally:
            await engine.close()

    asyncio.run(run())


async def started(engine: SimulatedEngine, count: int) -> SimulatedSandbox:
    """Let time pass until so many sandboxes were made and the runtime of the last one has just been started."""
    while len(engine.provider.made) < count or not engine.provider.made[-1].is_alive:
        await engine.clock.forward(0.001)
    return engine.provider.made[-1]


@settings(deadline=None, max_examples=30)
@example(SUCCEEDED_MS)
@given(moments_ms)
def test_one_that_is_made_ahead_is_not_offered(tmp_path_factory: Any, moment_ms: int) -> None:
    async def tell(engine: SimulatedEngine) -> None:
        prepared = engine.prepared
        environment = engine.pool.add(prepared.key, lambda: engine.factory.make(prepared, "provisioned-concurrency"))
        initialized = begin_awaited("INIT", environment.initialize())
        sandbox = await started(engine, 1)
        await engine.clock.forward(moment_ms / 1000)
        assert not initialized.done()
        sandbox.kill()
        await engine.clock.forward(1)
        await initialized
        assert environment.state is State.NEEDS_INIT

    play(tmp_path_factory.getbasetemp(), tell)


@settings(deadline=None, max_examples=30)
@example(SUCCEEDED_MS)
@given(moments_ms)
def test_an_invocation_whose_init_is_repeated_is_told_how_its_runtime_ended(tmp_path_factory: Any, moment_ms: int) -> None:
    async def tell(engine: SimulatedEngine) -> None:
        call = engine.invoke({"sleep": 1})
        sandbox = await started(engine, 2)
        await engine.clock.forward(moment_ms / 1000)
        sandbox.kill()
        await engine.clock.forward(1)
        assert (await call).result.error_type == "Runtime.ExitError"

    play(tmp_path_factory.getbasetemp(), tell, failures=1)

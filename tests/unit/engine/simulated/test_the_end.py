"""An engine ends while an invocation runs: it is reported before its environment is gone, and as what it was."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.obedient_runtime import obey
from tests.support.simulated_engine import SimulatedEngine

DELAY_MS = 20
"""What a sandbox takes to have its output drained, and for each other step of its life."""
LINGER_MS = 30
"""How long a runtime may stay away after its answer."""


async def ended_after_the_answer(folder: Path, linger_ms: int, moment_ms: int) -> SimulatedEngine:
    """An engine that ended at this moment after an invocation's answer."""
    engine = SimulatedEngine(folder, obey, delay_s=DELAY_MS / 1000)
    call = engine.invoke({"linger": linger_ms / 1000}, "request")
    while not call.done():
        await engine.clock.forward(0.001)
    await engine.clock.forward(moment_ms / 1000)
    await engine.close()
    return engine


@settings(deadline=None, max_examples=50)
@example(linger_ms=0, moment_ms=DELAY_MS // 2)
@example(linger_ms=LINGER_MS, moment_ms=LINGER_MS // 2)
@given(linger_ms=st.sampled_from([0, LINGER_MS]), moment_ms=st.integers(0, LINGER_MS + DELAY_MS + 5))
def test_one_that_has_answered_is_reported(tmp_path_factory: Any, linger_ms: int, moment_ms: int) -> None:
    engine = asyncio.run(ended_after_the_answer(tmp_path_factory.getbasetemp(), linger_ms, moment_ms))
    types = [event.type for event in engine.events()]
    assert types.index("platform.report") < types.index("sandbox.stopped")
    assert engine.types("request")["platform.report"] == 1
    was_back = moment_ms >= linger_ms
    assert engine.report("request")["status"] == ("success" if was_back else "failure")

"""A function with stopwatches of its own, and what the engine says of the same invocation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.benchmarks.measures import percentile
from tests.support.engines import EngineInTest
from tests.support.workspaces import WorkspaceBuilder
from workbench.engine.clock import Clock
from workbench.model.function import SandboxKind
from workbench.state.invocation import Invocation, fold_invocation

FUNCTIONS = ("First", "Second", "Third", "Fourth")
MEMORY_FUNCTION = "Memory"
DURATION_BOUND_MS, INIT_BOUND_MS, MEMORY_BOUND = 2.0, 5.0, 0.05
SIZES_MB = (64, 256, 900)

_STOPWATCHES = """
    import time
    began_ns = time.monotonic_ns()
    import json, os
    time.sleep(0.05)

    def work(work_ms):
        until_ns = time.thread_time_ns() + work_ms * 1_000_000
        while time.thread_time_ns() < until_ns:
            sum(range(100))

    def handler(event, context):
        began = time.monotonic_ns()
        work(event["workMs"])
        time.sleep(event["sleepMs"] / 1000)
        return {"module": module, "handler": [began, time.monotonic_ns()]}

    module = [began_ns, time.monotonic_ns()]
"""
"""All readings are of the monotonic clock, which is one for the engine, processes and containers of a Linux machine."""

_ALLOCATES = """
    def handler(event, context):
        kept = bytearray(event["mb"] * 2**20)
        for page in range(0, len(kept), 4096):
            kept[page] = 1
        return len(kept)
"""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The engine's figures minus the function's own, in ms. The init ones are None for a warm start.

    `before_ms` is the part of Init Duration before the module's first instruction, `init_ms` what Init Duration has beyond
    that part and the module's stopwatch.
    """

    duration_ms: float
    before_ms: float | None
    init_ms: float | None


def figures_workspace(root: Path, memory_mb: int = 1769) -> Path:
    """Four functions with stopwatches and one that allocates; all have a whole vCPU, so that no quota stops a clock."""
    builder = WorkspaceBuilder(root)
    for name in FUNCTIONS:
        builder.function(name, {"app.py": _STOPWATCHES}, memory_mb=memory_mb)
    return builder.function(MEMORY_FUNCTION, {"app.py": _ALLOCATES}, memory_mb=memory_mb).write()


async def differences(
    engine: EngineInTest, functions: Sequence[str], rounds: int, *, cold: bool, sandbox: SandboxKind | None = None
) -> list[Difference]:
    """So many invocations of each function, those of one function one after the other, all functions at the same time."""
    taken = await asyncio.gather(*(_in_a_row(engine, name, rounds, cold, sandbox) for name in functions))
    return [difference for row in taken for difference in row]


async def memory_mb(engine: EngineInTest, size_mb: int, *, sandbox: SandboxKind | None = None) -> int:
    """Max Memory Used of a new environment whose handler allocated and touched so much."""
    invocation = await engine.invoke({"mb": size_mb}, MEMORY_FUNCTION, cold=True, sandbox=sandbox)
    assert (invocation.status, invocation.payload) == ("success", str(size_mb * 2**20)), invocation.document()
    assert invocation.metrics is not None
    return invocation.metrics.max_memory_used_mb


def least_disturbed(taken: Sequence[Difference]) -> tuple[float, float]:
    """The lower quartiles of Duration's differences (all) and Init Duration's (the cold ones; 0.0 without), in ms.

    On a machine with other work the upper half tells of that work.
    """
    cold = [each.init_ms for each in taken if each.init_ms is not None]
    return percentile([each.duration_ms for each in taken], 0.25), percentile(cold, 0.25) if cold else 0.0


async def _in_a_row(
    engine: EngineInTest, function: str, rounds: int, cold: bool, sandbox: SandboxKind | None
) -> list[Difference]:
    """Functions sleep for different times, so that they do not all end in the same millisecond for the same two cores."""
    taken = []
    for number in range(rounds):
        event = {"workMs": 2, "sleepMs": 20 + 7 * FUNCTIONS.index(function) + 3 * (number % 5)}
        taken.append(_difference(*await _invoke(engine, function, event, cold, sandbox)))
    return taken


async def _invoke(
    engine: EngineInTest, function: str, event: object, cold: bool, sandbox: SandboxKind | None
) -> tuple[Invocation, float]:
    answer = await engine.client.invoke(function, msgspec.json.encode(event), cold=cold, sandbox=sandbox)
    events = await engine.client.invocation_events(answer.request_id)
    invocation = fold_invocation(events, answer.request_id)
    invocation.payload = answer.payload.decode()
    assert invocation.status == "success", invocation.document()
    return invocation, max((each.time_ms for each in events if each.type == "platform.initReport"), default=0.0)


def _difference(invocation: Invocation, init_ended_ms: float) -> Difference:
    own = json.loads(invocation.payload)
    metrics = invocation.metrics
    assert metrics is not None
    duration_ms = metrics.duration_ms - _length_ms(own["handler"])
    if metrics.init_duration_ms is None:
        return Difference(duration_ms=duration_ms, before_ms=None, init_ms=None)
    init_began_ms = init_ended_ms - metrics.init_duration_ms
    before_ms = Clock().epoch_ms(own["module"][0]) - init_began_ms
    return Difference(duration_ms=duration_ms, before_ms=before_ms,
                      init_ms=metrics.init_duration_ms - before_ms - _length_ms(own["module"]))


def _length_ms(readings_ns: Sequence[int]) -> float:
    return (readings_ns[1] - readings_ns[0]) / 1e6

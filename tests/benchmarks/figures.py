"""The figures of the REPORT against stopwatches inside the function and known allocations, with their bounds.

Duration: minus a stopwatch inside the handler, at most 2 ms. What lies between is the runtime client's: reading the event,
encoding the result, two HTTP requests. Init Duration: minus the time before the module's first instruction (the interpreter's
start) and the stopwatch inside the module, at most 5 ms. Max Memory Used: minus that of the same function without an
allocation, within 5 %.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.measures import percentile
from tests.support.docker_images import images_or_reason
from tests.support.engines import EngineInTest, engine_in_test
from tests.support.figures import (
    DURATION_BOUND_MS,
    FUNCTIONS,
    INIT_BOUND_MS,
    MEMORY_BOUND,
    SIZES_MB,
    Difference,
    differences,
    figures_workspace,
    memory_mb,
)
from workbench.model.function import SandboxKind

COLD_ROUNDS, WARM_ROUNDS, MEMORY_ROUNDS = 10, 50, 3


def main() -> None:
    images = images_or_reason()
    kinds: dict[SandboxKind, dict[str, str]] = {"process": {}}
    if isinstance(images, str):
        print(f"without Docker: {images}")
    else:
        kinds["docker"] = {"python3.11": images["python"]}
    for kind, used in kinds.items():
        asyncio.run(_measure(kind, used))


async def _measure(kind: SandboxKind, images: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with engine_in_test(figures_workspace(Path(folder)), sandbox=kind, images=images) as engine:
            for when, functions in (("at rest", FUNCTIONS[:1]), ("4 running", FUNCTIONS)):
                cold = await _rounds(engine, functions, COLD_ROUNDS, cold=True)
                warm = await _rounds(engine, functions, WARM_ROUNDS, cold=False)
                _show(f"{kind}, Duration, {when}", [each.duration_ms for each in warm], DURATION_BOUND_MS)
                _show(f"{kind}, Duration of cold starts, {when}", [each.duration_ms for each in cold], DURATION_BOUND_MS)
                init_ms = [each.init_ms for each in cold if each.init_ms is not None]
                _show(f"{kind}, Init Duration, {when}", init_ms, INIT_BOUND_MS)
            await _measure_memory(engine, kind)


async def _rounds(engine: EngineInTest, functions: Sequence[str], rounds: int, *, cold: bool) -> list[Difference]:
    await differences(engine, functions, 1, cold=True)
    return await differences(engine, functions, rounds, cold=cold)


async def _measure_memory(engine: EngineInTest, kind: SandboxKind) -> None:
    for size_mb in SIZES_MB:
        counted = [await memory_mb(engine, size_mb) - await memory_mb(engine, 0) for _ in range(MEMORY_ROUNDS)]
        worst = max(abs(each - size_mb) / size_mb for each in counted)
        print(f"{f'{kind}, Max Memory Used of {size_mb} MB':<46}{statistics.median(counted):8.0f} MB  off by {worst:6.2%} at most"
              f"   (bound {MEMORY_BOUND:.0%})", flush=True)


def _show(name: str, differences_ms: list[float], bound_ms: float) -> None:
    within = sum(0 <= each <= bound_ms for each in differences_ms) / len(differences_ms)
    print(f"{name:<46}{statistics.median(differences_ms):8.3f} ms  (least {min(differences_ms):.3f}, 95 % under "
          f"{percentile(differences_ms, 0.95):.3f})   {within:4.0%} within the bound of {bound_ms:.0f} ms", flush=True)


if __name__ == "__main__":
    main()

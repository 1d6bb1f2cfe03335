"""An alias that shifts its traffic between two versions."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from pathlib import Path

from tests.support.obedient_runtime import obey
from tests.support.simulated_engine import SimulatedEngine

INVOCATIONS, WEIGHT = 10_000, 0.1
LARGEST_CHI_SQUARED = 6.63
"""With one degree of freedom, a fair draw exceeds it once in a hundred seeds; the seed of this test is fixed."""


async def shifted(folder: Path, invocations: int) -> tuple[Counter[str], dict[str, set[str]]]:
    """How often each version ran, and the environments of each, by what the answers and the stream tell."""
    engine = SimulatedEngine(folder, obey)
    try:
        engine.shift(WEIGHT, seed=1)
        engine.limit(account=10_000)
        ran: Counter[str] = Counter()
        for _ in range(0, invocations, 20):
            calls = [engine.invoke({}, of="Versioned:live") for _ in range(20)]
            await engine.clock.forward(0.01)
            ran.update([call.result().executed_version for call in calls])
        environments: defaultdict[str, set[str]] = defaultdict(set)
        for event in engine.events():
            if event.type == "platform.start":
                environments[event.fields()["version"]].add(event.environment_id)
        return ran, environments
    finally:
        await engine.close()


def test_every_version_has_its_share_and_environments_of_its_own(tmp_path: Path) -> None:
    ran, environments = asyncio.run(shifted(tmp_path, 400))
    assert set(ran) == set(environments) == {"1", "2"}
    assert not environments["1"] & environments["2"]


def test_over_10_000_draws_every_version_has_its_share(tmp_path: Path) -> None:
    """What every invocation draws, without the invocations."""
    engine = SimulatedEngine(tmp_path, obey)
    engine.shift(WEIGHT, seed=1)
    drawn = Counter(engine.resources.target("Versioned", "live").function.version for _ in range(INVOCATIONS))
    expected = {"1": INVOCATIONS * (1 - WEIGHT), "2": INVOCATIONS * WEIGHT}
    assert sum((drawn[version] - count) ** 2 / count for version, count in expected.items()) < LARGEST_CHI_SQUARED

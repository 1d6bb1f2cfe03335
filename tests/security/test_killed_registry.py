"""`kill -9` of the engine in the middle of changes. `dev.py bench killed_registry` does it 200 times."""

from __future__ import annotations

from pathlib import Path

from tests.support.killed_registry import KilledRegistry

KILLS = 4
SEED = 20_261_129


def test_what_was_acknowledged_survives(tmp_path: Path) -> None:
    registry = KilledRegistry(tmp_path, SEED)
    registry.run(KILLS)
    assert registry.problems == []
    assert registry.kills == KILLS

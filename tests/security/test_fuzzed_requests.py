"""Requests as nobody should send them, to a real engine: each is answered, none as a fault of ours, and the log stays in lines.

`dev.py bench attack` sends 50,000.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.fuzzed_engine import SEED, fuzz

REQUESTS = 1_000


def test_a_callers_mistake_is_4xx_in_one_line(tmp_path: Path) -> None:
    found = fuzz(tmp_path / "workspace", seed=SEED, requests=REQUESTS)
    assert found.answered > REQUESTS // 2
    assert found.faults == []
    assert "Traceback" not in found.log
    assert " ERROR " not in found.log
    assert found.still_works

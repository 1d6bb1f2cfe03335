"""Valid and broken requests for every operation, made from botocore's model, to a real engine: none is a fault of ours.

`dev.py bench modeled_requests` sends 100,000.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.modeled_engine import run

REQUESTS = 2_000
SEED = 20_261_129


def test_every_request_is_answered(tmp_path: Path) -> None:
    found = run(tmp_path / "workspace", seed=SEED, requests=REQUESTS)
    assert found.faults == []
    assert "Traceback" not in found.log
    assert " ERROR " not in found.log
    assert min(found.statuses[200], found.statuses[201]) > 3, "some of them are carried out"

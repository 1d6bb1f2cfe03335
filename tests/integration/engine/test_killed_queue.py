"""A real engine is killed while it accepts and runs events: each accepted event runs, with its request ID, as often as it has to.

The whole, with 10,000 events and 50 kills, is `dev.py bench killed_queue`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.killed_queue import KilledQueue

pytestmark = pytest.mark.skipif("os.name == 'nt'", reason="Windows has no SIGKILL.")


def test_what_was_accepted_runs(tmp_path: Path) -> None:
    queue = KilledQueue(tmp_path, 20261130)
    queue.run(2, 48)
    assert queue.problems == []
    assert len(queue.accepted) >= 20

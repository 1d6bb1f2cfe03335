"""200 kills of an engine in the middle of changes through the API: what was acknowledged must be there.

KILLS and SEED make it shorter or repeat one. Nothing was lost in 200 kills beside other work (two cores, a load of 12 to 20),
which took 22 minutes: a kill and the restart after it 6.6 s.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from tests.support.killed_registry import KilledRegistry

TOLD_AFTER = 20
"""Kills between two lines of output: on a busy machine all of them take half an hour."""


def main() -> None:
    kills, seed = int(os.environ.get("KILLS", "200")), int(os.environ.get("SEED", "20261129"))
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        registry = KilledRegistry(Path(folder) / "workspace", seed)
        while registry.kills < kills and not registry.problems:
            registry.run(min(registry.kills + TOLD_AFTER, kills))
            took_s = time.monotonic() - begun_s
            found = registry.problems or "nothing was lost"
            print(f"  {registry.kills} kills in {took_s:.0f} s (seed {seed}): {found}", flush=True)


if __name__ == "__main__":
    main()

"""10,000 events accepted while the engine is killed 50 times: each one must run.

KILLS, EVENTS and SEED make it shorter or repeat one.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from tests.support.killed_queue import KilledQueue


def main() -> None:
    kills, events = int(os.environ.get("KILLS", "50")), int(os.environ.get("EVENTS", "10000"))
    seed, begun_s = int(os.environ.get("SEED", "20261130")), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        queue = KilledQueue(Path(folder), seed)
        queue.run(kills, events, within_s=1_800)
        problems, runs = queue.problems, queue.runs
    again = sum(runs.values()) - sum(3 if number % 3 == 0 else 1 for number in runs)
    print(f"  {queue.kills} kills, {len(queue.accepted):,} events accepted in {time.monotonic() - begun_s:.0f} s (seed {seed}): "
          f"{len(problems)} lost, {again} attempts made again")
    for problem in problems[:20]:
        print(f"  {problem}")


if __name__ == "__main__":
    main()

"""Windows and engines killed 100 times while a person works: nothing that was kept may be lost, nothing may be left.

KILLS and SEED make it shorter or repeat one.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from tests.support.killed_window import KilledWindow

_HOMES = ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")


def main() -> None:
    kills, seed, begun_s = int(os.environ.get("KILLS", "100")), int(os.environ.get("SEED", "20261130")), time.monotonic()
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, {name: f"{folder}/{name.lower()}" for name in _HOMES}):
        killed = KilledWindow(Path(folder), seed)
        killed.run(kills)
    took_s = time.monotonic() - begun_s
    print(f"  {killed.kills} kills in {took_s:.0f} s (seed {seed}): {len(killed.problems)} losses or leftovers")
    print(f"  {', '.join(f'{flow} {count}' for flow, count in killed.flows.most_common())}")
    for problem in killed.problems[:20]:
        print(f"  {problem}")


if __name__ == "__main__":
    main()

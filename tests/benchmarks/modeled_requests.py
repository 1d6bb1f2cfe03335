"""100,000 requests made from botocore's model, valid and broken, to one engine: no fault, memory flat.

REQUESTS and SEED make it shorter or repeat one.

It found that an image which cannot run in the sandbox that was chosen was answered with 500, which clients repeat in vain; it is
400 since. 100,000 took six minutes beside other work; the engine had 81 MB after a tenth of them and 85 MB at the end.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from tests.support.modeled_engine import run


def main() -> None:
    requests, seed = int(os.environ.get("REQUESTS", "100000")), int(os.environ.get("SEED", "20261129"))
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder) / "workspace", seed=seed, requests=requests)
    early_mb, late_mb = found.memory_mb
    print(f"{requests:,} requests in {time.monotonic() - begun_s:.0f} s (seed {seed}): {len(found.faults)} faults, "
          f"{found.log.count('Traceback')} tracebacks; engine {early_mb:.0f} MB after a tenth, {late_mb:.0f} MB at the end")
    print("  " + ", ".join(f"{status}: {count:,}" for status, count in sorted(found.statuses.items())))
    for fault in found.faults[:20]:
        print(f"  {fault}")


if __name__ == "__main__":
    main()

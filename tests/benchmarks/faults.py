"""1,000 random faults against one engine with three functions in every sandbox: what was done, how long it took, what was found.

The first finding ends it: its seed and the number of the fault lead there again (FAULTS_SEED, FAULTS_COUNT).
A restart of the Docker daemon is not among the faults, because the daemon of a machine has other users; the `docker_cable`
tests of the sandbox cut the connection to it instead. Nor is a jump of the machine's clock, for the same reason: the engine reads
the wall clock once, at its start (tests/contract/test_faults.py has a jump of that reading).
"""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
import time
from pathlib import Path

from tests.support.docker_images import images_or_reason
from tests.support.faults import FaultRun, run_faults
from tests.support.faults_kinds import kinds_for

FAULTS = 1_000


def main() -> None:
    seed = int(os.environ.get("FAULTS_SEED") or secrets.randbelow(1_000_000))
    count = int(os.environ.get("FAULTS_COUNT") or FAULTS)
    images = images_or_reason()
    if isinstance(images, str):
        print(f"without Docker: {images}")
    used = {} if isinstance(images, str) else {"python3.11": images["python"]}
    print(f"seed {seed}, {count:,} faults", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        begun_s = time.monotonic()
        run = FaultRun(Path(folder), seed, used)
        try:
            asyncio.run(run_faults(run, kinds_for(run), count))
        finally:
            _show(run)
        print(f"{run.audit_file():,} events without a gap, {time.monotonic() - begun_s:.0f} s; "
              f"{len(run.engine_ids)} engines one after the other, nothing left running")


def _show(run: FaultRun) -> None:
    for name, times in sorted(run.done.items(), key=lambda item: -item[1]):
        print(f"{name:<32}{times:5}   {run.took_s[name] / times:6.2f} s each, the next invocations included")
    print(f"{'all':<32}{run.done.total():5}", flush=True)


if __name__ == "__main__":
    main()

"""1,000 random faults against one engine with three functions in every sandbox: what was done, how long it took, what was found.

The first finding ends it: its seed and the number of the fault lead there again (FAULTS_SEED, FAULTS_COUNT). With
FAULTS_PREPARED=1 the engine keeps sandboxes prepared, and faults happen to these too.
A restart of the Docker daemon is not among the faults, because the daemon of a machine has other users:
tests/contract/test_docker_restart.py restarts one of its own. Nor is a jump of the machine's clock, for the same reason:
tests/security/test_clock_jumps.py has jumps of the reading.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.support.docker_images import images_or_reason
from tests.support.faults import FaultRun, run_faults
from tests.support.faults_kinds import kinds_for
from workbench.model.function import SandboxKind
from workbench.sandbox.isolated.probe import isolated_status

FAULTS = 1_000


def main() -> None:
    seed = int(os.environ.get("FAULTS_SEED") or secrets.randbelow(1_000_000))
    count = int(os.environ.get("FAULTS_COUNT") or FAULTS)
    images = images_or_reason()
    if isinstance(images, str):
        print(f"without Docker: {images}")
    used = {} if isinstance(images, str) else {"python3.11": images["python"]}
    kinds = sandboxes(used)
    keep_prepared = bool(os.environ.get("FAULTS_PREPARED"))
    print(f"seed {seed}, {count:,} faults{', sandboxes kept prepared' if keep_prepared else ''}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        begun_s = time.monotonic()
        run = FaultRun(Path(folder), seed, used, kinds, keep_prepared=keep_prepared)
        try:
            asyncio.run(run_faults(run, kinds_for(run), count, told=_tell))
        finally:
            _show(run)
        print(f"{run.audit_file():,} events without a gap, {time.monotonic() - begun_s:.0f} s; "
              f"{len(run.engine_ids)} engines one after the other, nothing left running")


def sandboxes(images: Mapping[str, str]) -> tuple[SandboxKind, ...]:
    """Those that this machine has."""
    isolated = isolated_status()
    if not isolated.available:
        print(f"without the isolated sandbox: {isolated.detail}")
    return ("process", *(("isolated",) if isolated.available else ()), *(("docker",) if images else ()))


def _tell(number: int) -> None:
    if number % 100 == 0:
        print(f"{number:,} …", flush=True)


def _show(run: FaultRun) -> None:
    for name, times in sorted(run.done.items(), key=lambda item: -item[1]):
        print(f"{name:<32}{times:5}   {run.took_s[name] / times:6.2f} s each, the next invocations included")
    print(f"{'all':<32}{run.done.total():5}", flush=True)


if __name__ == "__main__":
    main()

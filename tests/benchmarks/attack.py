"""The attacks of `tests/security` at length: 1 GB floods, 50,000 fuzzed requests; what the engine needed and how others fared.

ATTACK_REQUESTS, ATTACK_FLOOD_MB and ATTACK_SEED make it shorter or repeat one. Kills of runtimes and engine are `bench faults`.
A flood of short lines costs by its lines: it is measured for ATTACK_FLOOD_S seconds instead (20).
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path

import psutil

from tests.benchmarks.measures import percentile, show
from tests.security.test_floods import FLOOD, Flooded
from tests.support.engines import served
from tests.support.fuzzed_engine import SEED, fuzz
from tests.support.workspaces import WorkspaceBuilder
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

BY_TIME = ("print", "two characters", "empty lines", "single bytes")
BY_SIZE = ("no line end", "binary")
AT_REST = 500


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        _floods(Path(folder) / "floods")
        _requests(Path(folder) / "requests")


def _floods(root: Path) -> None:
    size_mb, seconds = int(os.environ.get("ATTACK_FLOOD_MB", "1000")), float(os.environ.get("ATTACK_FLOOD_S", "20"))
    builder = WorkspaceBuilder(root)
    builder.function("Flood", {"app.py": FLOOD}, timeout_s=900)
    workspace = builder.function("Neighbour", {"app.py": "def handler(event, context):\n    return 'here'\n"}).write()
    with served(workspace, "--sandbox", "process") as server:
        connection = read_connection(state_directory(workspace))
        assert connection is not None
        engine = Flooded(server.url, connection.token, psutil.Process(server.process.pid))
        engine.invoke("Neighbour", {})
        at_rest_ms = [_neighbour_ms(engine) for _ in range(AT_REST)]
        show("a neighbour at rest", at_rest_ms, remark=_p99(at_rest_ms))
        for kind in BY_TIME:
            _flood(engine, kind, {"kind": kind, "seconds": seconds}, at_rest_ms)
        for kind in BY_SIZE:
            _flood(engine, kind, {"kind": kind, "seconds": 800, "megabytes": size_mb}, at_rest_ms)


def _flood(engine: Flooded, kind: str, event: object, at_rest_ms: list[float]) -> None:
    flood = threading.Thread(target=engine.invoke, args=("Flood", event, 900))
    flood.start()
    taken_ms, peak_mb = [], 0.0
    while flood.is_alive():
        taken_ms.append(_neighbour_ms(engine))
        peak_mb = max(peak_mb, engine.memory_mb)
    engine.invoke("Neighbour", {})
    remark = f"{_p99(taken_ms)}, {percentile(taken_ms, 0.99) / percentile(at_rest_ms, 0.99):.1f} times; " \
             f"engine {peak_mb:.0f} MB, afterwards {engine.memory_mb:.0f} MB"
    show(f"beside a flood: {kind}", taken_ms, at_rest_ms, remark=remark)


def _neighbour_ms(engine: Flooded) -> float:
    begun_s = time.perf_counter()
    engine.invoke("Neighbour", {})
    return (time.perf_counter() - begun_s) * 1000


def _p99(values_ms: list[float]) -> str:
    return f"p99 {percentile(values_ms, 0.99):.1f} ms"


def _requests(workspace: Path) -> None:
    seed, requests = int(os.environ.get("ATTACK_SEED", SEED)), int(os.environ.get("ATTACK_REQUESTS", "50000"))
    begun_s = time.monotonic()
    found = fuzz(workspace, seed=seed, requests=requests)
    print(f"{found.answered:,} of {requests:,} fuzzed requests answered in {time.monotonic() - begun_s:.0f} s (seed {seed}): "
          f"{len(found.faults)} faults, {found.log.count('Traceback')} tracebacks, "
          f"the function {'works' if found.still_works else 'does NOT work'} afterwards")
    for what, status, body in found.faults[:20]:
        print(f"  {status} for {what}: {body!r}")


if __name__ == "__main__":
    main()

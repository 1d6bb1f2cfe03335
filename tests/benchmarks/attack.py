"""The attacks of `tests/security` at length: 1 GB floods, 500 kills, 50,000 fuzzed requests.

What the engine needed, how others fared, what was left.

ATTACK_REQUESTS, ATTACK_KILLS, ATTACK_FLOOD_MB and ATTACK_SEED make it shorter or repeat one, ATTACK_ONLY names parts (floods,
kills, requests). All faults, not kills alone, are `bench faults`. A flood of short lines costs by its lines: it is measured for
ATTACK_FLOOD_S seconds instead (20).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import threading
import time
from pathlib import Path

import psutil

from tests.benchmarks.faults import sandboxes
from tests.benchmarks.measures import percentile, show
from tests.security.test_floods import CALLER_HEAD, FLOOD, LARGE, Flooded, follower_head
from tests.support.docker_images import images_or_reason
from tests.support.engines import served
from tests.support.faults import FaultRun, run_faults
from tests.support.faults_kinds import kinds_for
from tests.support.fuzzed_engine import SEED, fuzz
from tests.support.workspaces import WorkspaceBuilder
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

BY_TIME = ("print", "two characters", "empty lines", "single bytes")
COMPUTES = "nothing"
"""The floor: a function that writes nothing and computes. It takes one of the machine's cores, as a flood does."""
BY_SIZE = ("no line end", "binary")
AT_REST = 500
AFTERWARDS_S = 12.0


def main() -> None:
    parts = {"floods": _floods, "kills": _kills, "requests": _requests}
    with tempfile.TemporaryDirectory() as folder:
        for name in os.environ.get("ATTACK_ONLY", ",".join(parts)).split(","):
            parts[name](Path(folder) / name)


def _floods(root: Path) -> None:
    size_mb, seconds = int(os.environ.get("ATTACK_FLOOD_MB", "1000")), float(os.environ.get("ATTACK_FLOOD_S", "20"))
    builder = WorkspaceBuilder(root)
    builder.function("Flood", {"app.py": FLOOD}, timeout_s=900)
    builder.function("Large", {"app.py": LARGE})
    workspace = builder.function("Neighbour", {"app.py": "def handler(event, context):\n    return 'here'\n"}).write()
    with served(workspace, "--sandbox", "process", is_whole=True) as server:
        connection = read_connection(state_directory(workspace))
        assert connection is not None
        engine = Flooded(server.url, connection.token, psutil.Process(server.process.pid))
        engine.invoke("Neighbour", {})
        at_rest_ms = [_neighbor_ms(engine) for _ in range(AT_REST)]
        show("a neighbor at rest", at_rest_ms, remark=_p99(at_rest_ms))
        floor_ms = _flood(engine, COMPUTES, {"kind": COMPUTES, "seconds": seconds}, at_rest_ms)
        for kind in BY_TIME:
            _flood(engine, kind, {"kind": kind, "seconds": seconds}, at_rest_ms, floor_ms)
        _unread(engine)
        for kind in BY_SIZE:
            _flood(engine, kind, {"kind": kind, "seconds": 800, "megabytes": size_mb}, at_rest_ms, floor_ms)


def _flood(
    engine: Flooded, kind: str, event: object, at_rest_ms: list[float], floor_ms: list[float] | None = None,
) -> list[float]:
    """Print what a neighbor takes beside a flood, as a multiple of what it takes at rest and beside one that only computes."""
    flood = threading.Thread(target=engine.invoke, args=("Flood", event, 900))
    flood.start()
    taken_ms, peak_mb = [], 0.0
    while flood.is_alive():
        taken_ms.append(_neighbor_ms(engine))
        peak_mb = max(peak_mb, engine.memory_mb)
    remark = f"{_p99(taken_ms)}, {_times(taken_ms, at_rest_ms)} that at rest, " \
             f"{_times(taken_ms, floor_ms or taken_ms)} the floor's; " \
             f"engine {peak_mb:.0f} MB, afterwards {_afterwards_mb(engine):.0f} MB"
    show(f"beside a flood: {kind}", taken_ms, at_rest_ms, remark=remark)
    return taken_ms


def _unread(engine: Flooded) -> None:
    """20 followers, then 20 callers, who read nothing."""
    for name, head in (("followers", follower_head(engine.token)), ("callers", CALLER_HEAD)):
        with contextlib.ExitStack() as sockets:
            for _ in range(20):
                sockets.enter_context(engine.ask(head))
            if name == "followers":
                engine.invoke("Flood", {"kind": "print", "seconds": 3})
            peak_mb = max((_neighbor_ms(engine), engine.memory_mb)[1] for _ in range(100))
        print(f"20 {name} who do not read: engine {peak_mb:.0f} MB, afterwards {_afterwards_mb(engine):.0f} MB", flush=True)


def _afterwards_mb(engine: Flooded) -> float:
    """The engine's memory some seconds later: housekeeping gives it back."""
    time.sleep(AFTERWARDS_S)
    engine.invoke("Neighbour", {})
    return engine.memory_mb


def _kills(folder: Path) -> None:
    """Of runtimes, extensions, namespaces, everything, and the engine, in every sandbox; what is right after each is checked."""
    images = images_or_reason()
    used = {} if isinstance(images, str) else {"python3.11": images["python"]}
    seed, kills = int(os.environ.get("ATTACK_SEED", SEED)), int(os.environ.get("ATTACK_KILLS", "500"))
    run = FaultRun(folder, seed, used, sandboxes(used))
    kinds = {name: kind for name, kind in kinds_for(run).items() if "killed" in name}
    begun_s = time.monotonic()
    try:
        asyncio.run(run_faults(run, kinds, kills))
    finally:
        for name, times in sorted(run.done.items(), key=lambda item: -item[1]):
            print(f"{name:<32}{times:5}   {run.took_s[name] / times:6.2f} s each, the next invocations included")
        print(f"{run.done.total()} of {kills} kills in {', '.join(run.kinds)}, {time.monotonic() - begun_s:.0f} s (seed {seed}); "
              f"{len(run.engine_ids)} engines one after the other", flush=True)
    served = sorted(run.served_after_s)
    print(f"{run.audit_file():,} events without a gap, nothing left running; a killed engine's successor answered after "
          f"{served[len(served) // 2]:.1f} s, {served[-1]:.1f} s at most")


def _neighbor_ms(engine: Flooded) -> float:
    begun_s = time.perf_counter()
    engine.invoke("Neighbour", {})
    return (time.perf_counter() - begun_s) * 1000


def _times(taken_ms: list[float], than_ms: list[float]) -> str:
    return f"{percentile(taken_ms, 0.99) / percentile(than_ms, 0.99):.1f} times"


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

"""A hundred cold starts of one function at once in the isolated sandbox, beside the plain process: how many a second, and memory.

Memory is that of all that an environment consists of (runtime, supervisor, bwrap, who holds network and /tmp, slirp4netns), the
proportional set size, where pages that several share count once; without that of the engine. Afterwards all are stopped, and
nothing may be left: no process but the one that waits for the next start, no control group, no disk, no folder (those of other
engines on this machine count, too).

Learned (two cores with a load of 5 to 8 beside, Python): 8 to 18 environments a second where the process sandbox starts 25 to
58; 4.6 MB and eight processes each instead of 3.6 MB and one, and nothing left. Node.js: 5 to 9 a second, 7.6 MB instead of 6.7.
Most of that time is the two cores': for each environment twice bwrap, a mount, slirp4netns and its mount namespace, and two forks
of what makes sockets, beside the runtime. All stop within 1 to 3 s.
"""

from __future__ import annotations

import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from tests.benchmarks.engine_calls import EngineCalls
from tests.benchmarks.measures import percentile
from tests.support.engines import served
from tests.support.workspaces import WorkspaceBuilder
from workbench.model.function import SandboxKind
from workbench.sandbox.isolated.probe import isolated_status
from workbench.sandbox.process.engine_folder import GROUP_PREFIX
from workbench.sandbox.process.orphans import TEMP_PREFIX

STARTS = 100
ROUNDS = 3
KINDS: tuple[SandboxKind, ...] = ("process", "isolated")
HOLD_S = 4
"""So long each invocation keeps its environment from the others, and is not counted. On a slow machine the first are free before
the last have begun, and serve these as well.
"""

PYTHON = f"import time\ndef handler(event, context):\n    time.sleep({HOLD_S})\n"
NODE = f"exports.handler = () => new Promise((done) => setTimeout(done, {HOLD_S * 1000}));\n"
PATIENCE_S = 20.0
SPARE = {"processes": 4, "control groups": 0, "disks": 1, "folders": 1}
"""What is made ahead for the next environment."""


def main() -> None:
    status = isolated_status()
    if not status.available:
        print(status.detail, status.hint)
        return
    with tempfile.TemporaryDirectory() as folder:
        builder = WorkspaceBuilder(Path(folder) / "app").function("Python", {"app.py": PYTHON}, memory_mb=512, timeout_s=60)
        workspace = builder.function("Node", {"app.js": NODE}, runtime="nodejs20.x", memory_mb=512, timeout_s=60).write()
        with served(workspace, is_whole=True) as server:
            calls = EngineCalls(workspace)
            calls.change_settings({"preparedSandboxes": "none"})
            for function in ("Python", "Node"):
                for kind in KINDS:
                    calls.cold(function, kind)
                for number in range(ROUNDS):
                    for kind in KINDS if number % 2 == 0 else KINDS[::-1]:
                        compare(calls, workspace, function, kind, server.process.pid)


def compare(calls: EngineCalls, workspace: Path, function: str, kind: SandboxKind, engine_pid: int) -> None:
    """One round: start them, weigh them, stop them, look for what is left."""
    calls.rest(function)
    before = left(engine_pid)
    times_ms, took_s = all_at_once(workspace, function, kind)
    members = psutil.Process(engine_pid).children(recursive=True)
    there = len(calls.environments())
    each_mb = sum(map(pss_mb, members)) / there
    begin_s = time.perf_counter()
    calls.rest(function)
    stopped_s = time.perf_counter() - begin_s
    print(f"{function}, {kind}: {there} for {STARTS} in {took_s:.1f} s, {there / took_s:.0f} a second; each took "
          f"{percentile(times_ms, 0.5):.0f} ms (median), {percentile(times_ms, 0.99):.0f} (p99); {each_mb:.1f} MB and "
          f"{len(members) / there:.1f} processes each; stopped in {stopped_s:.1f} s; left: {still_left(engine_pid, before)}",
          flush=True)


def all_at_once(workspace: Path, function: str, kind: SandboxKind) -> tuple[list[float], float]:
    """Milliseconds of each, and seconds for all."""
    ready = threading.Barrier(STARTS + 1)

    def one() -> float:
        calls = EngineCalls(workspace)
        ready.wait()
        return calls.warm(function, kind) - HOLD_S * 1000

    with ThreadPoolExecutor(STARTS) as threads:
        waiting = [threads.submit(one) for _ in range(STARTS)]
        ready.wait()
        begin_s = time.perf_counter()
        times_ms = [each.result() for each in waiting]
        took_s = time.perf_counter() - begin_s - HOLD_S
    return times_ms, took_s


def pss_mb(process: psutil.Process) -> float:
    """Its share of what it has in memory."""
    try:
        return float(process.memory_full_info().pss) / 2**20
    except psutil.NoSuchProcess:
        return 0.0


def left(engine_pid: int) -> dict[str, int]:
    """What environments consist of, counted."""
    return {
        "processes": len(psutil.Process(engine_pid).children(recursive=True)),
        "control groups": len(list(Path("/sys/fs/cgroup").glob(f"memory/**/{GROUP_PREFIX}{engine_pid}-*/*/"))),
        "disks": len(list(Path("/sys/block").glob("loop*/loop/backing_file"))),
        "folders": len(list(Path(tempfile.gettempdir()).glob(f"{TEMP_PREFIX}*"))),
    }


def still_left(engine_pid: int, before: dict[str, int]) -> str:
    """What there is more of than before, once it has had some time to go: one that waits for the next start is none of that."""
    until = time.monotonic() + PATIENCE_S
    while True:
        now = left(engine_pid)
        more = {name: count - before[name] for name, count in now.items() if count > before[name] + SPARE[name]}
        if not more or time.monotonic() > until:
            return str(more or "nothing")
        time.sleep(0.1)


if __name__ == "__main__":
    main()

"""Asynchronous events accepted while the queue is held, then drained by real handlers: none is lost, and the engine stays small.

Each handler appends its event's number to a file of its environment, so that what ran is known from outside. Told: how fast the
events were accepted and drained, CPU time of the engine for each, its memory over time. EVENTS (100,000) and SANDBOX (process)
change it; RESERVED gives the function that much reserved concurrency.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import psutil

from tests.benchmarks.queue_accepts import engine_pid
from tests.support.engines import served
from tests.support.workspaces import one_function
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

CODE = """
import os

log = open(os.path.join(os.environ["RUNS"], str(os.getpid())), "a", buffering=1)

def handler(event, context):
    log.write(f"{event}\\n")
"""
EVENTS, SANDBOX = int(os.environ.get("EVENTS", "100000")), os.environ.get("SANDBOX", "process")
RESERVED = os.environ.get("RESERVED", "")
CALLERS = 16
LOOK_S = 0.5
POINTS = 12
MOST_MB = 120


class Watched:
    """An engine's process: its memory over time, and its CPU time."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.memory_mb: list[float] = []

    @property
    def cpu_s(self) -> float:
        """What it took so far."""
        taken = self._process.cpu_times()
        return taken.user + taken.system

    async def watch(self) -> None:
        """Look at its memory until this is canceled."""
        while True:
            self.memory_mb.append(self._process.memory_info().rss / 2**20)
            await asyncio.sleep(LOOK_S)

    def over_time(self) -> str:
        """The memory at some points in time."""
        step = max(len(self.memory_mb) // POINTS, 1)
        return " ".join(f"{each:.0f}" for each in self.memory_mb[::step])


async def accepted(client: EngineClient) -> float:
    """Have all events accepted, each with its number, and return how many that were per second."""
    numbers, begun_s = iter(range(EVENTS)), time.perf_counter()

    async def caller() -> None:
        for number in numbers:
            await client.queue.send("Function", str(number).encode())

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return EVENTS / (time.perf_counter() - begun_s)


async def drained(client: EngineClient) -> float:
    """Let the queue go, and return how many events ran per second."""
    begun_s = time.perf_counter()
    await client.queue.resume()
    while left := (await client.queue.info(limit=0)).waiting:  # noqa: ASYNC110 (of another process)
        await asyncio.sleep(min(max(left / 10_000, 0.1), 2))
    return EVENTS / (time.perf_counter() - begun_s)


async def measured(workspace: Path) -> list[str]:
    """Accept and drain, and return what is to be told."""
    connection, engine = read_connection(state_directory(workspace)), Watched(engine_pid(workspace))
    assert connection is not None
    watching = asyncio.create_task(engine.watch())
    async with EngineClient(connection) as client:
        await client.queue.hold()
        cpu_s = [engine.cpu_s]
        accepts_per_s = await accepted(client)
        cpu_s.append(engine.cpu_s)
        drained_per_s = await drained(client)
        cpu_s.append(engine.cpu_s)
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    accepting_ms, draining_ms = (1000 * (after - before) / EVENTS for before, after in pairwise(cpu_s))
    most_mb = max(engine.memory_mb)
    return [f"accepted at {accepts_per_s:,.0f}/s ({accepting_ms:.2f} ms of CPU each)",
            f"drained at {drained_per_s:,.0f}/s ({draining_ms:.2f} ms of CPU of the engine each)",
            f"engine over time: {engine.over_time()} MB; at most {most_mb:.0f} (aim: {MOST_MB})"]


def what_ran(folder: Path) -> Counter[int]:
    """How often each event ran."""
    return Counter(int(line) for file in folder.iterdir() for line in file.read_text().splitlines())


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        runs = Path(temporary) / "runs"
        runs.mkdir()
        runs.chmod(0o777)
        properties = f"ReservedConcurrentExecutions: {RESERVED}" if RESERVED else ""
        workspace = one_function(Path(temporary) / "w", CODE, environment={"RUNS": str(runs)}, properties=properties)
        with served(workspace, "--sandbox", SANDBOX, is_whole=True):
            told = asyncio.run(measured(workspace))
        ran = what_ran(runs)
    lost, again = EVENTS - len(ran), sum(ran.values()) - len(ran)
    print("\n".join(f"  {line}" for line in (f"{EVENTS:,} events: {lost:,} lost, {again:,} ran again", *told)), flush=True)


if __name__ == "__main__":
    main()

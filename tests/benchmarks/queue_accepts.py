"""Durable accepts of the asynchronous queue while its clock is held: over HTTP, and inside the engine, beside the disk's floor.

The floor is SQLite alone: the same row, FULL, as many in one transaction as there are callers. CALLERS and EVENTS (of each
caller) make it shorter. Also told: the engine's memory with all events waiting, and how fast they drain.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlparse

import psutil

from tests.benchmarks.invocations import PATH
from tests.support.engines import ServeProcess, served
from tests.support.queue_in_test import QueueInTest
from tests.support.workspaces import one_function
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.engine.asynchronous.clocks import ALL
from workbench.engine.asynchronous.queue_file import open_queue
from workbench.workspace.state_directory import state_directory

CODE = "def handler(event, context):\n    return None\n"
ROUNDS = 3
CALLERS, EVENTS = int(os.environ.get("CALLERS", "64")), int(os.environ.get("EVENTS", "500"))
ROW = ("INSERT INTO events (function, state, due_ms, accepted_ms, attempts, backoffs, why, head, last, payload)"
       " VALUES ('f', 0, ?, 0, 0, 0, '', zeroblob(250), NULL, '{}')")


def over_http(server: ServeProcess) -> float:
    """Accepts per second."""
    parts = urlparse(server.url)
    command = [sys.executable, "-m", "tests.benchmarks.load_client", str(parts.hostname), str(parts.port), PATH, str(CALLERS),
               str(EVENTS), "{}", "X-Amz-Invocation-Type: Event"]
    return CALLERS * EVENTS / float(json.loads(subprocess.check_output(command, text=True))["seconds"])


async def inside(folder: Path) -> float:
    """The same without HTTP and checks."""
    tested = QueueInTest(folder / "queue.sqlite")
    await tested.begin()
    await tested.queue.moves.hold(ALL)

    async def caller() -> None:
        for _ in range(EVENTS):
            await tested.accept()

    begun_s = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    took_s = time.perf_counter() - begun_s
    await tested.queue.close()
    return CALLERS * EVENTS / took_s


def floor(folder: Path) -> float:
    """Rows per second of SQLite alone."""
    database: sqlite3.Connection = open_queue(folder / "queue.sqlite")
    begun_s = time.perf_counter()
    for number in range(EVENTS):
        database.execute("BEGIN IMMEDIATE")
        database.executemany(ROW, [(number,)] * CALLERS)
        database.execute("COMMIT")
    took_s = time.perf_counter() - begun_s
    database.close()
    return CALLERS * EVENTS / took_s


def drained(workspace: Path) -> tuple[int, float, float]:
    """How many events ran, how many per second, and the largest memory of the engine meanwhile, in MB."""
    connection = read_connection(state_directory(workspace))
    assert connection is not None
    process, most_mb = psutil.Process(connection.pid), 0.0

    async def drain() -> tuple[int, float]:
        nonlocal most_mb
        async with EngineClient(connection) as client:
            waiting = (await client.queue.info(limit=0)).waiting
            begun_s = time.perf_counter()
            await client.queue.resume()
            while (await client.queue.info(limit=0)).waiting:
                most_mb = max(most_mb, process.memory_info().rss / 2**20)
                await asyncio.sleep(0.2)
            return waiting, waiting / (time.perf_counter() - begun_s)

    return (*asyncio.run(drain()), most_mb)


def hold(workspace: Path) -> float:
    """Hold the queue, and return the engine's memory in MB."""
    connection = read_connection(state_directory(workspace))
    assert connection is not None

    async def held() -> None:
        async with EngineClient(connection) as client:
            await client.queue.hold()

    asyncio.run(held())
    return psutil.Process(connection.pid).memory_info().rss / 2**20


def main() -> None:
    rounds: list[tuple[float, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        workspace = one_function(Path(folder) / "w", CODE)
        with served(workspace, "--sandbox", "process", is_whole=True) as server:
            before_mb = hold(workspace)
            for number in range(ROUNDS):
                here = Path(folder) / str(number)
                rounds.append((over_http(server), asyncio.run(inside(here / "a")), floor(here / "b")))
            waiting_mb = hold(workspace)
            count, per_s, most_mb = drained(workspace)
    http, alone, disk = (statistics.median(row[index] for row in rounds) for index in range(3))
    print(f"  durable accepts  {http:,.0f}/s over HTTP, {alone:,.0f}/s inside; floor (SQLite alone) {disk:,.0f}/s")
    print(f"  {count:,} waiting: engine {before_mb:.0f} -> {waiting_mb:.0f} MB; "
          f"drained at {per_s:,.0f}/s with at most {most_mb:.0f} MB")


if __name__ == "__main__":
    main()

"""Durable accepts of the asynchronous queue while its clock is held: boto3's signed requests over several connections.

Beside them, in each round, two floors: a server of the same HTTP library that only answers 202, and one that also keeps one row
for each request, with the queue's own writer. Told of each: the rate, and the CPU time of the server for one request, which other
work on the machine changes least. CALLERS, EVENTS (of each caller) and ROUNDS make it shorter.

What was learned: a statement for each event, and a task for each accept, cost more than the disk; a dispatcher that is woken by
each accept, though its clock is held, asks the disk as often as the callers do.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse

import msgspec
import psutil

from tests.benchmarks import prepared_client
from tests.support.engines import served
from tests.support.workspaces import one_function
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

CODE = "def handler(event, context):\n    return None\n"
CALLERS, EVENTS = int(os.environ.get("CALLERS", "32")), int(os.environ.get("EVENTS", "500"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
PREPARED = 200
FLOOR = """
import asyncio, sys
from pathlib import Path
from aiohttp import web
import uvloop
from workbench.engine.asynchronous.writer import QueueWriter

async def main():
    writer = QueueWriter(Path(sys.argv[1])) if len(sys.argv) > 1 else None
    if writer is not None:
        await writer.open()
    async def answer(request):
        body = await request.read()
        if writer is not None:
            await writer.add(("f", 0, 0, bytes(250), body))
        return web.Response(status=202)
    app = web.Application()
    app.add_routes([web.post("/{rest:.*}", answer)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print("listening on http://127.0.0.1:%d" % runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()

uvloop.run(main())
"""


class Measured(msgspec.Struct, frozen=True):
    """One load: requests per second, the server's CPU time for each in ms, the 99th percentile of the answers in ms."""

    per_s: float
    cpu_ms: float
    p99_ms: float


class Server(msgspec.Struct, frozen=True):
    """A server under load: its address, its process, the requests that are sent to it."""

    url: str
    pid: int
    requests: Path

    def measure(self) -> Measured:
        """Send all requests."""
        parts, process, count = urlparse(self.url), psutil.Process(self.pid), CALLERS * EVENTS
        command = [sys.executable, "-m", "tests.benchmarks.prepared_client", str(parts.hostname), str(parts.port),
                   str(self.requests), str(CALLERS), str(EVENTS)]
        before = process.cpu_times()
        answer = json.loads(subprocess.check_output(command, text=True))
        after = process.cpu_times()
        cpu_s = after.user + after.system - before.user - before.system
        return Measured(count / answer["seconds"], 1000 * cpu_s / count, answer["p99Ms"])


@contextmanager
def floor(folder: Path, *arguments: str) -> Iterator[Server]:
    """Have a floor for the block."""
    with subprocess.Popen([sys.executable, "-c", FLOOR, *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            requests = folder / f"{process.pid}.requests"
            prepared_client.prepare(requests, url, PREPARED)
            yield Server(url, process.pid, requests)
        finally:
            process.terminate()


def engine_pid(workspace: Path) -> int:
    """The process of the engine."""
    connection = read_connection(state_directory(workspace))
    assert connection is not None
    return connection.pid


def held(workspace: Path) -> int:
    """Hold the queue and return how many events wait."""
    connection = read_connection(state_directory(workspace))
    assert connection is not None

    async def hold() -> int:
        async with EngineClient(connection) as client:
            return (await client.queue.hold()).waiting

    return asyncio.run(hold())


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        workspace = one_function(folder / "w", CODE)
        with (served(workspace, "--sandbox", "process", is_whole=True) as engine, floor(folder) as bare,
              floor(folder, str(folder / "floor" / "queue.sqlite")) as rows):
            process = psutil.Process(engine_pid(workspace))
            prepared_client.prepare(folder / "engine.requests", engine.url, PREPARED)
            servers = {"engine": Server(engine.url, process.pid, folder / "engine.requests"), "one row": rows, "202 only": bare}
            held(workspace)
            before_mb = process.memory_info().rss / 2**20
            rounds = [{name: each.measure() for name, each in servers.items()} for _ in range(ROUNDS)]
            waiting, waiting_mb = held(workspace), process.memory_info().rss / 2**20
    assert waiting == ROUNDS * CALLERS * EVENTS, waiting
    found = {name: [statistics.median(getattr(each[name], figure) for each in rounds) for figure in Measured.__struct_fields__]
             for name in servers}
    for name, (per_s, cpu_ms, p99_ms) in found.items():
        print(f"  {name:<10}{per_s:8,.0f}/s  {cpu_ms:6.3f} ms of CPU each  p99 {p99_ms:5.1f} ms   "
              f"{found['engine'][0] / per_s:5.2f} of its rate, {found['engine'][1] / cpu_ms:5.2f} of its CPU")
    print(f"  {waiting:,} on disk: engine {before_mb:.0f} -> {waiting_mb:.0f} MB  (aim: over 3,000/s)")


if __name__ == "__main__":
    main()

"""Warm invocations through the HTTP API: latency of one caller, and invocations/s of 10 callers with 10 environments.

Floor: the same HTTP server library answering a constant from the same kind of process. What is between floor and engine is
the runtime's own round trip (two requests of a Python process), six events with their journal, freeze and thaw.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlparse

from tests.support.engines import served
from tests.support.workspaces import one_function

HELLO = "def handler(event, context):\n    return {'hello': event.get('name')}\n"
PATH = "/2015-03-31/functions/Function/invocations"
FLOOR = """
from aiohttp import web
import asyncio, uvloop
async def answer(request):
    await request.read()
    return web.Response(body=b'{"hello": null}', content_type="application/json")
async def main():
    app = web.Application(); app.add_routes([web.post("/{rest:.*}", answer)])
    runner = web.AppRunner(app, access_log=None); await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0); await site.start()
    print("listening on http://127.0.0.1:%d" % runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()
uvloop.run(main())
"""


def measure(url: str, clients: int, requests: int) -> tuple[float, float]:
    """Median latency in ms and requests/s."""
    parts = urlparse(url)
    command = [sys.executable, "-m", "tests.benchmarks.load_client", str(parts.hostname), str(parts.port), PATH]
    answer = json.loads(subprocess.check_output([*command, str(clients), str(requests)], text=True))
    return statistics.median(answer["latencies_ms"]), clients * requests / answer["seconds"]


def main() -> None:
    floor = subprocess.Popen([sys.executable, "-c", FLOOR], stdout=subprocess.PIPE, text=True)
    assert floor.stdout is not None
    floor_url = floor.stdout.readline().split()[-1]
    with (tempfile.TemporaryDirectory() as folder,
          served(one_function(Path(folder), HELLO), "--sandbox", "process", is_whole=True) as engine):
        measure(engine.url, 10, 20)
        rounds = [
            (measure(engine.url, 1, 1000), measure(floor_url, 1, 1000), measure(engine.url, 10, 500), measure(floor_url, 10, 500))
            for _ in range(5)
        ]
    floor.terminate()
    floor.communicate()
    one, one_floor = (statistics.median(row[index][0] for row in rounds) for index in (0, 1))
    ten, ten_floor = (statistics.median(row[index][1] for row in rounds) for index in (2, 3))
    print(f"warm, 1 caller:    {one:8.3f} ms     floor {one_floor:8.3f} ms    ratio {one / one_floor:5.2f}   (aim: under 1.5 ms)")
    print(f"warm, 10 callers:  {ten:8.0f} /s     floor {ten_floor:8.0f} /s    ratio {ten / ten_floor:5.2f}   (aim: over 1,500/s)")


if __name__ == "__main__":
    main()

"""Synchronous warm invocations with 10 callers, beside their floor in the same run.

The floor is `passing_server`: the same HTTP library, callers and runtimes behind a server that only passes payloads on. The
function has 1,769 MB, a whole CPU, so that its share of a CPU limits nobody. Rounds are interleaved; ratios are those of the
medians. What is told of threads is CPU time, which other work on the machine does not change much: of the engine's loop, and of
all other threads together, which is the journal's but for a hundredth.

What was learned (two cores with a load of 15 to 20, five interleaved rounds; CPU of the loop for each invocation, before and
after, floor 135 to 141 us): process 785 -> 448 us, isolated 1,443 -> 453 us; of the floor's rate 0.19 -> 0.31 and 0.06 -> 0.37.
With a load of 8: process 893 -> 469 us and 0.23 -> 0.49; in other rounds 0.47 and, isolated, 0.42, p99 40 and 36 ms beside 9.
With no other work on the cores: 0.34 and, isolated, 0.30, p99 15 and 17 ms beside 4.
In another run a process took 828 us; 611 once sandboxes rested before they were frozen, files of the kernel stayed open and
routes and IDs were cheaper; 463 once what every invocation asks was remembered. What is left is spread over some 850 calls of
Python; the three sends and receives of an invocation take 90 us of the system's time, at the floor 55. The journal's thread takes
60 us, of which compression, without Python's global lock, is two thirds. One collection of the garbage that a start leaves took
44 ms.

Then (a load of 9 to 20, so only CPU of the loop counts, the least of six to eight rounds beside the code before; floor 133 to 138
us): process 444 to 456 -> 392 to 408 us, once nothing was awaited that is there already (a body, a sandbox that runs, versions),
and trust was looked at every 2 ms. What the rest consists of, roughly, each left out in turn (417 us with all): events 85, of
which the journal's rows, which other threads read, are 70; the memory's peak 20. HTTP, middlewares and routing take 63, the
Lambda API 45. The system takes a quarter of the loop's time, most of it for sends and receives, and gives the core to a runtime
or caller once in each invocation. Nothing was gained by a shorter switch interval, nor by runtimes that may not interrupt
others (SCHED_BATCH); timers are no cost (0.5 us for one that is made and canceled).

Then, with no other work on the cores: 0.29 (process 2,164 and isolated 2,110 of 7,347 a second) -> 0.45 (2,575 and 2,592 of
5,781), p99 13.3 and 13.8 -> 8.3 and 8.5 ms, loop 375 -> 332 us, once the journal's file is kept by a process of its own under
load: its thread held Python's lock while the loop had to go on. Without any journal it would be 0.48. The process has a low
priority, which gives a tenth. In samples of the loop, two fifths are the three sends of an invocation; aiohttp's router is 4 us.

Those samples count time in which the loop had lost its core, as it does when a send wakes a runtime or caller: of the loop's CPU,
sends are a tenth, the kernel is a fifth, and Python's interpreter two thirds, flat over some 500 calls. So the next step was
counted in instructions of the loop's thread outside of the kernel, which other work on the machine does not change (callgrind,
one caller, nothing in the background, 300 invocations): 993,000 -> 953,000 for each, floor 306,000. Two thirds of that came from
small bodies read without a coroutine and a look-up of the application, a REPORT that needs no turn of the loop, time limits that
are only canceled, and the form of log events known in advance; the rest from IDs, tracing headers, spans, concurrency looked up
once, and from telling at once that a request is for no function URL. Not counted there: whether an environment is provisioned was
asked of each idle one, in two calls. Of the 953,000, HTTP and the Lambda API with nothing behind them are 390,000, events
138,000 (numbering, encoding and keeping them 62,000). Not gained: packing rows instead of pickling them for the journal's process
(pickle knows strings that come again); a smaller buffer for the memory's peak (8 us are the kernel's, which writes the whole
status). The journal's process takes a third of the loop's CPU for each invocation, on cores that are full: a third of it for the
signatures of blocks, a tenth to find out the types of rows again and again.

Who gets a core when there are too few (two cores, a load of 10 to 32, so only the order counts): with a weight for each
environment 1,104 a second, with one for all environments together 1,443, p99 31 and 26 ms; with half, a quarter and a tenth of
that weight 1,276, 529 and 148, because what else runs then starves the runtimes. The journal's process in a session of its own
at a niceness of 10 does not keep up (18 to 52 of the 90 us an invocation needs; the engine grew from 103 to 158 MB in 32,000
invocations, and took more than 20 s to end): what is gained with less is borrowed. In the engine's session, where niceness
counts between the two, 5 leaves it what it needs, 10 nearly, 19 does not.

ROUNDS and REQUESTS (of each caller in a round) make it shorter. INVOCATIONS goes on, in steps of 20,000, until there were as
many, with a follower of the stream that never reads: what grows is a leak.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import msgspec
import psutil

from tests.benchmarks.measures import percentile
from tests.security.test_floods import follower_head
from tests.support.engines import served
from tests.support.workspaces import one_function
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

CODE = "def handler(event, context):\n    return {'hello': event.get('name')}\n"
PATH = "/2015-03-31/functions/Function/invocations"
CALLERS = 10
ROUNDS, REQUESTS = int(os.environ.get("ROUNDS", "5")), int(os.environ.get("REQUESTS", "500"))
INVOCATIONS = int(os.environ.get("INVOCATIONS", "0"))
STEP = 20_000
KINDS = ("process", "isolated")


class Served(msgspec.Struct, frozen=True):
    """What answers: where, in which process, and with which header it is asked."""

    url: str
    pid: int
    header: str = ""


class Load(msgspec.Struct, frozen=True):
    """What one round gave. Times of threads are microseconds of CPU for each invocation."""

    per_s: float
    p99_ms: float
    loop_us: float
    others_us: float


def loaded(asked: Served, requests: int = REQUESTS) -> Load:
    """Send a round of requests."""
    parts, before = urlparse(asked.url), _cpu_ns(asked.pid)
    command = [sys.executable, "-m", "tests.benchmarks.load_client", str(parts.hostname), str(parts.port), PATH,
               str(CALLERS), str(requests), "{}", asked.header]
    answer = json.loads(subprocess.check_output(command, text=True))
    count = CALLERS * requests
    loop_us, others_us = ((after - begun) / 1000 / count for begun, after in zip(before, _cpu_ns(asked.pid), strict=True))
    return Load(count / answer["seconds"], percentile(answer["latencies_ms"], 0.99), loop_us, others_us)


def _cpu_ns(pid: int) -> tuple[int, int]:
    """CPU time of a process's main thread, and of its other threads together."""
    taken = {int(task.name): int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()}
    return taken[pid], sum(taken.values()) - taken[pid]


@contextlib.contextmanager
def passing(folder: Path) -> Iterator[Served]:
    """The floor."""
    (folder / "app.py").write_text(CODE)
    command = [sys.executable, "-m", "tests.benchmarks.passing_server", str(folder), str(CALLERS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Served(process.stdout.readline().split()[-1], process.pid)
        process.communicate()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        floor_folder = Path(folder) / "floor"
        floor_folder.mkdir()
        workspace = one_function(Path(folder) / "workspace", CODE, memory_mb=1769)
        engine = stack.enter_context(served(workspace, "--sandbox", "process", is_whole=True))
        connection = read_connection(state_directory(workspace))
        assert connection is not None
        asked = {"floor": stack.enter_context(passing(floor_folder))}
        asked |= {kind: Served(engine.url, connection.pid, f"X-Workbench-Sandbox: {kind}") for kind in KINDS}
        _rounds(asked)
        if INVOCATIONS:
            with _silent_follower(engine.url, connection.token):
                _on_and_on(asked[KINDS[0]])


def _rounds(asked: dict[str, Served]) -> None:
    for each in asked.values():
        loaded(each, 50)
    taken: dict[str, list[Load]] = {name: [] for name in asked}
    names = list(asked)
    for number in range(ROUNDS):
        for name in (*names[number % len(names):], *names[:number % len(names)]):
            taken[name].append(loaded(asked[name]))
    floor = _median([each.per_s for each in taken["floor"]])
    for name, loads in taken.items():
        per_s, p99_ms, loop_us, others_us = (
            _median([getattr(each, field) for each in loads]) for field in Load.__struct_fields__)
        print(f"{name:<10}{per_s:8,.0f}/s   ratio {per_s / floor:5.2f}   p99 {p99_ms:6.2f} ms   CPU for each: "
              f"loop {loop_us:6.0f} us, other threads {others_us:5.0f} us", flush=True)


@contextlib.contextmanager
def _silent_follower(url: str, token: str) -> Iterator[None]:
    parts = urlparse(url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as follower:
        follower.sendall(follower_head(token).encode())
        yield


def _on_and_on(asked: Served) -> None:
    for number in range(0, INVOCATIONS, STEP):
        load = loaded(asked, STEP // CALLERS)
        memory_mb = psutil.Process(asked.pid).memory_info().rss / 2**20
        print(f"{number + STEP:>10,}{load.per_s:8,.0f}/s   p99 {load.p99_ms:6.2f} ms   loop {load.loop_us:5.0f} us, "
              f"other threads {load.others_us:4.0f} us   {memory_mb:6.1f} MB", flush=True)


def _median(values: list[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    main()

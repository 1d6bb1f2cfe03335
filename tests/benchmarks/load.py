"""Synchronous warm invocations with 10 callers, beside their floor in the same run.

The floor is `passing_server`: the same HTTP library, callers and runtimes behind a server that only passes payloads on. The
function has 1,769 MB, a whole CPU, so that its share of a CPU limits nobody. Rounds are interleaved; ratios are those of the
medians. What is told of threads is CPU time, which other work on the machine does not change much: of the engine's loop, and of
all other threads together, which is the journal's but for a hundredth.

What was learned. First, in CPU of the loop for each invocation of a process: 785 to 893 -> 332 us (floor 112 to 141). Sandboxes
rest before they are frozen, files of the kernel stay open, what every invocation asks is remembered; nothing is awaited that is
there already; the journal's file is kept by a process of its own, as its thread held Python's lock.

Since then in instructions of the loop's thread outside of the kernel, which other work on the machine does not change (callgrind,
one caller, nothing in the background, 300 invocations; floor 306,000 to 310,000):

993,000 -> 943,000          small bodies without a coroutine, a REPORT without a turn of the loop, limits that are only canceled
943,000 -> 740,000          plain invocations pass neither router nor middlewares nor the model's parameters, and their answer's
                            head is joined instead of going through aiohttp's headers (`gateway/direct_invocations`): HTTP and
                            the Lambda API with nothing behind them take 189,000 instead of 390,000
740,000 -> 643,000          of an invocation's six events, only facts are noted, from which the journal's process makes them, or
                            the loop where somebody follows (`engine/events/facts`)
643,000 -> 628,000          members of enumerations have names of their own: Python 3.11 takes 900 to look one up
628,000 -> 589,000          alarms whose timers stay when they are given up, UUIDs made by the hundred, limits of an admission
                            that hold until something changes, headers looked up in a dict, five coroutines less, an `ioctl` with
                            room to write to (5,000 -> 1,000)

What the rest consists of, as of 628,000 and with what it takes to leave each out: HTTP and the Lambda API 189,000, the Runtime
API 130,000 (the floor has both), noting facts 37,000, the memory's peak 18,000, an admission 22,000, who may call the Runtime
API 10,000. The peak takes 8 us of the kernel as well, which writes the whole status; the rest is flat over some 160 calls of
Python. In samples of time, two fifths are the three sends of an invocation, as the loop loses its core where one wakes a runtime
or caller: of its CPU they are a tenth, the kernel is a fifth.

The journal's process took 845,000 instructions for each invocation, 92 to 97 us of CPU on cores that are full; it takes
565,000 and 68 to 79 (fed with facts like an engine's, 100,000 invocations; nothing of their work waits, so that this is all of
it). To 621,000: bits of signatures marked by numpy, what facts tell the index no longer read out of their JSON, keys of requests
by stretches of the journal, signs that texts have in common taken apart once. Further: threes and fours added up by numpy, and
two ways of `sqlite3` and of `in` to make exceptions inside, see `journal`. Of what remains, zlib is 83,000, Python's own loop
94,000, JSON 35,000. numpy takes that process 0.07 s and 13 MB, once. Facts are pickled in 5 us (rows took 2.5), and are a fifth
as long.

What the journal's process is told was pickled at once in the journal's thread: under Python's lock for 1.1 ms in the median, for
4.7 in one of ten, with other work on the cores; in parts on the loop it is 0.17 and 0.23. All requests waited for that.

The runtimes take 45 us more of user mode than the floor's and 15 of the kernel, with the same program (there two sends and two
receives, which map and unmap 256 KB each, and four page faults) and two more headers: libc takes 7 % instead of 4, because
`setenv` keeps each value of _X_AMZN_TRACE_ID in a tree, as on Lambda. The rest may be caches that are cold: they are interrupted
0.4 instead of 0.15 times for each. Fewer system calls there, or `next` sent with the answer, would be the floor's gain as well.

Not gained: events written as JSON by hand instead of dicts encoded by msgspec, hashes of keys that are kept, packing rows instead
of pickling them for the journal's process, a smaller buffer for the memory's peak, a shorter switch interval, runtimes that may
not interrupt others (SCHED_BATCH). One collection of the garbage that a start leaves took 44 ms.

Who gets a core when there are too few (two cores, a load of 10 to 32, so only the order counts): with a weight for each
environment 1,104 a second, with one for all environments together 1,443, p99 31 and 26 ms; with half, a quarter and a tenth of
that weight 1,276, 529 and 148, because what else runs then starves the runtimes. The journal's process in a session of its own
at a niceness of 10 does not keep up: the engine grew from 103 to 158 MB in 32,000 invocations, and took more than 20 s to end. In
the engine's session, where niceness counts between the two, 5 leaves it what it needs, 10 nearly, 19 does not.

With all of this, on two cores that did nothing else: 0.55 to 0.59 of the floor in three runs, p99 5.3 to 7.6 ms; the state of the
loop at 628,000 and the journal's process at 845,000 had 0.52 to 0.57 and 7.7 to 8.4 in turns with them.

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

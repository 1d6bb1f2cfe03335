"""What watching imports costs a cold start: `python -m tests.benchmarks import_tracing`.

In processes, each round imports the module in two fresh interpreters, one with the watch of our Python runtime client and one
without, in alternating order; the time is taken inside the interpreter, around the import and the making of the report.

In Docker a nearly empty function is started under AWS's client, from the container's start to its first `next`: untraced,
traced, and traced without the byte code that the sandbox has made once for an image.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.docker_cold_start import HELLO, BareDocker
from tests.benchmarks.measures import in_turns, show
from tests.support.docker_images import images_or_reason
from workbench.sandbox.docker.byte_code import ensure_byte_code
from workbench.sandbox.docker.engine import connect, find_engine
from workbench.sandbox.docker.init_trace import InitTrace, make_trace

BOOTSTRAPS = Path(__file__).resolve().parents[2] / "workbench" / "runtimes" / "bootstraps"
LIMIT = 1.05

CHILD = """
import importlib, sys
from time import perf_counter_ns
module, bootstraps, watched = sys.argv[1], sys.argv[2], sys.argv[3] == "on"
sys.path.insert(0, bootstraps)
from bootstrap import ImportWatch
watch = ImportWatch(None)
before = perf_counter_ns()
if watched:
    watch.start()
importlib.import_module(module)
if watched:
    watch.stop()
    watch.report()
print(perf_counter_ns() - before, len(watch.records))
"""


def measure(module: str, watched: bool) -> tuple[int, int]:
    """Nanoseconds one import took in a fresh interpreter, and how many imports were recorded."""
    command = [sys.executable, "-c", CHILD, module, str(BOOTSTRAPS), "on" if watched else "off"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    took_ns, records = map(int, output.split())
    return took_ns, records


def compare(module: str, rounds: int) -> float:
    """Print the medians of both kinds and return the ratio of watched to not watched."""
    times: dict[bool, list[int]] = {True: [], False: []}
    records = 0
    for number in range(rounds):
        for watched in (number % 2 == 0, number % 2 == 1):
            took_ns, recorded = measure(module, watched)
            times[watched].append(took_ns)
            records = max(records, recorded)
    plain_ms, watched_ms = (statistics.median(times[watched]) / 1e6 for watched in (False, True))
    ratio = watched_ms / plain_ms
    print(f"{module:<12} off {plain_ms:8.2f} ms   on {watched_ms:8.2f} ms   ratio {ratio:.3f}   {records} imports >= 0.1 ms")
    return ratio


def compare_in_docker(rounds: int) -> None:
    """Print what the trace adds to INIT there."""
    images = images_or_reason()
    if isinstance(images, str):
        print(images)
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        code = root / "code"
        code.mkdir()
        (code / "app.py").write_text(HELLO)
        traced, compiling = (_trace(root / name) for name in ("traced", "compiling"))
        engine = find_engine()
        assert ensure_byte_code(connect(engine.endpoint), images["python"], traced.folder, {})
        bare = BareDocker(engine, images["python"], code)
        with bare.network() as network:
            taken = in_turns({
                "untraced": lambda: bare.first_next(network)[1],
                "traced": lambda: bare.first_next(network, traced)[1],
                "compiling": lambda: bare.first_next(network, compiling)[1],
            }, rounds)
        assert traced.read()
        assert compiling.read()
        show("Docker: INIT untraced", taken["untraced"])
        show("Docker: INIT traced", taken["traced"], taken["untraced"], "aim: under 1.05")
        show("Docker: INIT traced, without byte code", taken["compiling"], taken["untraced"])


def _trace(folder: Path) -> InitTrace:
    folder.mkdir()
    trace = make_trace("python3.11", (), folder / "shared", folder)
    assert trace is not None
    return trace


def main() -> int:
    """0 when every module stays below the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=["boto3", "numpy"])
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    compare_in_docker(arguments.rounds)
    ratios = [compare(module, arguments.rounds) for module in arguments.modules]
    return 0 if max(ratios) < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())

"""The isolated sandbox beside the plain process and Docker, in one run: cold, and warm.

From the request to the answer of the engine's API, Python and Node.js, no sandbox prepared. Every environment is at rest before
the next is measured. Of the isolated sandbox there are two: one that finds its network ready (as a rule: it is made ahead for the
next environment), and one that has to wait until slirp4netns is started, as when two start within a second.

Learned: nsenter, bwrap, setpriv and the supervisor's shell take 11 ms of CPU, the runtime for Python 17 ms as in a process, the
engine 16 instead of 11: by CPU time an isolated start is 1.6 of a process's, and on a machine with more work than cores it waits
that much longer. Python, the quickest of eight, two cores with a load of 6: process 37 ms, isolated 60 (1.6), Docker 285 (0.21),
isolated with its network's start 101; their medians 62, 131 (2.1), 453 (0.29) and 121. Node.js, medians of four: 228, 253 (1.1),
982 (0.26) and 404. Variables of the function once reached all of these programs: its LD_LIBRARY_PATH alone made loaders look for
700 files that are not there. A disk for /tmp takes 1 ms to attach and 3 to 5 to mount, ahead of need. What the first start of
a function has to find out took 1.3 s there, and takes 0.25 since the loader lists all libraries of an interpreter in one run.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.benchmarks.docker_cold_start import HELLO
from tests.benchmarks.engine_calls import EngineCalls
from tests.benchmarks.measures import in_turns, show
from tests.support.docker_images import images_or_reason
from tests.support.engines import served
from tests.support.workspaces import WorkspaceBuilder
from workbench.sandbox.isolated.holders import REFILL_DELAY_S
from workbench.sandbox.isolated.probe import isolated_status

ROUNDS = 20
NODE = "exports.handler = async () => ({});\n"
AHEAD_S = REFILL_DELAY_S + 0.3
ISOLATED, ALL_OF_IT = "isolated", "isolated, its network's start included"


def main() -> None:
    status = isolated_status()
    if not status.available:
        print(status.detail, status.hint)
        return
    images = images_or_reason()
    with tempfile.TemporaryDirectory() as folder:
        builder = WorkspaceBuilder(Path(folder) / "app").function("Python", {"app.py": HELLO}, memory_mb=512)
        workspace = builder.function("Node", {"app.js": NODE}, runtime="nodejs20.x", memory_mb=512).write()
        with served(workspace, is_whole=True):
            calls = EngineCalls(workspace)
            settings = {} if isinstance(images, str) else {
                "images": {"python3.11": images["python"], "nodejs20.x": images.get("node", "")}}
            calls.change_settings({**settings, "preparedSandboxes": "none"})
            kinds = ["process", "isolated", *([] if isinstance(images, str) else ["docker"])]
            for function in ("Python", "Node"):
                compare(calls, function, kinds)


def compare(calls: EngineCalls, function: str, kinds: list[str]) -> None:
    """Measure one function in turns and print its figures, with their ratios to the plain process and to Docker."""

    def cold(kind: str) -> float:
        calls.rest(function)
        time.sleep(AHEAD_S)
        return calls.cold(function, kind)[0]

    def all_of_it() -> float:
        cold("isolated")
        calls.rest(function)
        return calls.cold(function, "isolated")[0]

    measures = {kind: lambda kind=kind: cold(kind) for kind in kinds}
    taken = in_turns({**measures, ALL_OF_IT: all_of_it}, ROUNDS)
    for name, values in taken.items():
        show(f"{function}: cold, {name}", values, taken["process"], "aim: at most 1.8" if name == ISOLATED else "")
    if "docker" in taken:
        show(f"{function}: cold, isolated", taken[ISOLATED], taken["docker"], "of Docker; aim: at most 0.2")
    quickest = ", ".join(f"{name} {min(values):.1f} ms" for name, values in taken.items())
    print(f"{function}: the quickest of each: {quickest}", flush=True)
    warm = in_turns({kind: lambda kind=kind: calls.warm(function, kind) for kind in kinds}, ROUNDS * 5)
    for name, values in warm.items():
        show(f"{function}: warm, {name}", values, warm["process"])


if __name__ == "__main__":
    main()

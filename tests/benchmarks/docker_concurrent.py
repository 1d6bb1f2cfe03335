"""Fifty cold starts of one function at once, through the HTTP API, without an error; and how many a second.

Beside it in the same run what dockerd alone gives, eight in flight: create and start of as many plain containers of the same
image (a shell that waits), each with a network of its own on the default bridge, and each joining the network of a container made
before; and of the same hardened containers as ours on the bridge until AWS's client for Python asks for its first event. Ours are
counted from the first request to the last answer; eight find a network that was made ahead.

Learned: fifty at once are bound by the machine's cores. Making networks ahead, and holding the /tmp of those that found none,
wait until no environment starts; the plain containers run no Python, which is what remains between them and ours.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.benchmarks.docker_cold_start import HELLO, BareDocker
from tests.benchmarks.engine_calls import EngineCalls
from tests.benchmarks.measures import in_turns, percentile
from tests.support.docker_images import images_or_reason
from tests.support.engines import served
from tests.support.workspaces import PYTHON_RUNTIME, one_function
from workbench.sandbox.docker.engine import connect, find_engine
from workbench.sandbox.docker.pause_containers import LONGEST_DELAY_S
from workbench.sandbox.docker.user import USER

STARTS = 50
IN_FLIGHT = 8
ROUNDS = 3
MEMORY_MB = 256


class ContainersAlone:
    """Containers by the SDK alone, one connection a thread."""

    def __init__(self, image: str, code: Path) -> None:
        self._image = image
        self._code = code
        self._endpoint = find_engine().endpoint
        self._own = threading.local()
        self._made: list[str] = []

    def plain(self, network_mode: str) -> float:
        """Plain containers a second."""
        return self._rate(lambda: self._start(network_mode))

    def hardened(self) -> float:
        """Runtimes a second that asked for their first event."""
        return self._rate(self._first_next)

    def _rate(self, start: Callable[[], None]) -> float:
        """How many a second; they are removed afterwards."""
        with ThreadPoolExecutor(IN_FLIGHT) as threads:
            begin_s = time.perf_counter()
            list(threads.map(lambda _: start(), range(STARTS)))
            took_s = time.perf_counter() - begin_s
            list(threads.map(lambda each: self._client().remove_container(each, v=True, force=True), self._made))
        self._made.clear()
        return STARTS / took_s

    def _start(self, network_mode: str) -> None:
        client = self._client()
        host_config = client.create_host_config(network_mode=network_mode)
        created = client.create_container(image=self._image, entrypoint=["/bin/sh", "-c", "read _"], command=[], user=USER,
                                          stdin_open=True, host_config=host_config)["Id"]
        self._made.append(created)
        client.start(created)

    def _first_next(self) -> None:
        if not hasattr(self._own, "bare"):
            self._own.bare = BareDocker(find_engine(), self._image, self._code)
        self._made.append(self._own.bare.first_next_of("bridge")[0])

    def _client(self) -> Any:
        if not hasattr(self._own, "client"):
            self._own.client = connect(self._endpoint)
        return self._own.client


def all_at_once(workspace: Path) -> tuple[list[float], list[str], float]:
    """Milliseconds of each that succeeded, what became of the others, and seconds for all."""
    times: list[float] = []
    errors: list[str] = []

    def one(calls: EngineCalls) -> None:
        try:
            times.append(calls.cold("Function")[0])
        except (OSError, AssertionError) as error:
            errors.append(repr(error))

    connections = [EngineCalls(workspace) for _ in range(STARTS)]
    with ThreadPoolExecutor(STARTS) as threads:
        begin_s = time.perf_counter()
        list(threads.map(one, connections))
        return times, errors, time.perf_counter() - begin_s


def compare(workspace: Path, calls: EngineCalls, alone: ContainersAlone, bare: BareDocker) -> None:
    """Measure all in turns and print the medians."""
    times: list[float] = []
    errors: list[str] = []

    def engine() -> float:
        taken, failed, took_s = all_at_once(workspace)
        times.extend(taken)
        errors.extend(failed)
        calls.rest("Function")
        time.sleep(LONGEST_DELAY_S)
        return len(taken) / took_s

    with bare.network() as joined:
        measures = {"bridge": lambda: alone.plain("bridge"), "joined": lambda: alone.plain(joined),
                    "hardened": alone.hardened, "engine": engine}
        rates = {name: statistics.median(values) for name, values in in_turns(measures, ROUNDS).items()}
    print(f"dockerd alone, {IN_FLIGHT} in flight: plain on bridges {rates['bridge']:.1f}/s, in joined networks "
          f"{rates['joined']:.1f}/s; hardened on bridges to first next {rates['hardened']:.1f}/s")
    print(f"engine: {STARTS} cold starts at once, {len(errors)} errors in {len(times) + len(errors)}, {rates['engine']:.1f}/s, "
          f"{rates['engine'] / rates['bridge']:.2f} of the plain, {rates['engine'] / rates['hardened']:.2f} of the hardened; "
          f"median {statistics.median(times):.0f} ms, p90 {percentile(times, 0.9):.0f} ms", flush=True)
    for error in errors[:5]:
        print(f"  {error}")


def main() -> None:
    images = images_or_reason()
    if isinstance(images, str):
        print(images)
        return
    with tempfile.TemporaryDirectory() as folder:
        workspace = one_function(Path(folder), HELLO, memory_mb=MEMORY_MB, timeout_s=60)
        Path(folder).chmod(0o755)
        with served(workspace, "--sandbox", "docker", is_whole=True):
            calls = EngineCalls(workspace)
            calls.change_settings({"sandbox": "docker", "images": {PYTHON_RUNTIME: images["python"]},
                                   "preparedSandboxes": "none"})
            calls.cold("Function")
            time.sleep(LONGEST_DELAY_S)
            bare = BareDocker(find_engine(), images["python"], workspace / "function")
            compare(workspace, calls, ContainersAlone(images["python"], workspace / "function"), bare)


if __name__ == "__main__":
    main()

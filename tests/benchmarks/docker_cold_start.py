"""A cold start in the Docker sandbox through the HTTP API, from request to answer.

Floor of the same run: nothing but the SDK's create and start of the same hardened container from the same image, until its
runtime asks a bare listener for the first event; once with a network of its own and once joining a network made earlier, as
the sandbox does. What lies between floor and engine: the HTTP round trip, the pipe for output, the import trace, twelve events,
and the invocation itself. The engine is measured at rest (no environment is there), when the new environment replaces an idle
one, and again and again without a rest, where the removal of the one before last competes with each start.

Learned: joining a network halves the start. A removal under way costs more than all that the engine adds, so it waits until the
cold invocation is over. Changing threads, asking Docker for what the id of the container tells and a shell for the trace were
half of what the engine added. With a sandbox kept ready (the default) somebody waits for 112 ms instead of 477, a quarter
(medians of 8 and 12 starts in one run, request to answer, two cores with a load of 5; the quickest took 94 and 217 ms).
"""

from __future__ import annotations

import socket
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.engine_calls import EngineCalls
from tests.benchmarks.measures import in_turns, show
from tests.support.docker_images import images_or_reason
from tests.support.engines import served
from tests.support.workspaces import PYTHON_RUNTIME, one_function
from workbench.sandbox.docker.code import CodePlaces
from workbench.sandbox.docker.container import ContainerPlan, create_container
from workbench.sandbox.docker.engine import connect, find_engine
from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.docker.init_trace import InitTrace
from workbench.sandbox.docker.pause_containers import LONGEST_DELAY_S
from workbench.sandbox.docker.user import USER

ROUNDS = 20
MEMORY_MB = 512
HELLO = "def handler(event, context):\n    return {'hello': event.get('name')}\n"


class BareListener:
    """Notes when something was first sent to it, and never answers."""

    def __init__(self, host: str) -> None:
        self._socket = socket.create_server((host, 0))
        self.port: int = self._socket.getsockname()[1]
        self.first_request_s = 0.0
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        connection.recv(4096)
        self.first_request_s = time.perf_counter()
        connection.close()

    def wait(self) -> float:
        """When the first request came (perf_counter seconds)."""
        self._thread.join(30)
        self._socket.close()
        assert self.first_request_s, "the container never called"
        return self.first_request_s


class BareDocker:
    """Containers as the sandbox makes them, by the SDK alone."""

    def __init__(self, engine: EngineInfo, image: str, code: Path) -> None:
        self._engine = engine
        self._client: Any = connect(engine.endpoint)
        self._image = image
        self._code = CodePlaces(task=str(code), layers="")

    def first_next(self, network_mode: str, trace: InitTrace | None = None) -> tuple[float, float]:
        """Milliseconds from create, and from start, to the first request of the runtime; the container is removed afterwards."""
        identifier, from_create_ms, from_start_ms = self.first_next_of(network_mode, trace)
        self.remove(identifier)
        return from_create_ms, from_start_ms

    def first_next_of(self, network_mode: str, trace: InitTrace | None = None) -> tuple[str, float, float]:
        """As `first_next`, the container's id before it; the container is there still."""
        host = self._engine.bridge_address or "127.0.0.1"
        listener = BareListener(host)
        plan = self._plan(network_mode, f"{host}:{listener.port}", trace)
        begin_s = time.perf_counter()
        identifier = create_container(self._client, plan, self._code)
        try:
            self._client.start(identifier)
            started_s = time.perf_counter()
            first_s = listener.wait()
        except BaseException:
            self.remove(identifier)
            raise
        return identifier, (first_s - begin_s) * 1000, (first_s - started_s) * 1000

    def remove(self, identifier: str) -> None:
        """Kill and remove one."""
        self._client.remove_container(identifier, v=True, force=True)

    @contextmanager
    def network(self) -> Iterator[str]:
        """The network mode that joins an idle container's network."""
        created = self._client.create_container(image=self._image, entrypoint=["/bin/sh", "-c", "read _"], command=[], user=USER,
                                                stdin_open=True)["Id"]
        try:
            self._client.start(created)
            yield f"container:{created}"
        finally:
            self._client.remove_container(created, v=True, force=True)

    def _plan(self, network_mode: str, runtime_api: str, trace: InitTrace | None) -> ContainerPlan:
        variables = {
            "AWS_LAMBDA_RUNTIME_API": runtime_api, "_HANDLER": "app.handler", "LAMBDA_TASK_ROOT": "/var/task",
            "AWS_REGION": "us-east-1", "AWS_LAMBDA_FUNCTION_NAME": "floor", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB), "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/floor",
            "AWS_LAMBDA_LOG_STREAM_NAME": "floor", **(trace.variables() if trace else {}),
        }
        return ContainerPlan(
            name=f"floor-{uuid.uuid4().hex[:8]}", image=self._image, command=("/lambda-entrypoint.sh", "app.handler"),
            environment=variables, labels={}, memory_mb=MEMORY_MB, ephemeral_storage_mb=512, network_mode=network_mode,
            extra_hosts={}, run_folder=None, has_shell=True, init=self._engine.has_init, trace=trace,
        )


def compare(calls: EngineCalls, bare: BareDocker) -> None:
    """Measure all in turns and print the figures."""
    inits: list[float] = []

    def at_rest() -> float:
        took_ms, init_ms = calls.cold("Function")
        inits.append(init_ms)
        calls.rest("Function")
        return took_ms

    def replacing() -> float:
        calls.cold("Function")
        took_ms, _ = calls.cold("Function")
        calls.rest("Function")
        return took_ms

    _have_networks(calls)
    with bare.network() as joined:
        taken = in_turns({
            "own network": lambda: bare.first_next("bridge")[0],
            "joined network": lambda: bare.first_next(joined)[0],
            "at rest": at_rest,
            "replacing": replacing,
        }, ROUNDS)
        calls.cold("Function")
        in_a_row = in_turns({"joined network": lambda: bare.first_next(joined)[0]}, ROUNDS)
    busy = [calls.cold("Function")[0] for _ in range(ROUNDS)]
    floor = taken["joined network"]
    show("create to first next, own network", taken["own network"])
    show("create to first next, joined network (floor)", floor)
    show("engine: INIT", inits[1:])
    show("engine: cold invocation at rest", taken["at rest"], floor, "aim: within 5 % of the floor")
    show("  the same, beside the SDK on the default bridge", taken["at rest"], taken["own network"], "aim: at most 0.60")
    show("engine: cold invocation replacing an idle one", taken["replacing"], floor)
    show("engine: cold invocations in a row", busy, in_a_row["joined network"])


def compare_kept_ready(calls: EngineCalls, bare: BareDocker) -> None:
    """What the same start costs who waits for it when its sandbox was made ahead, as it is by default."""
    inits: list[float] = []

    def kept_ready() -> float:
        calls.wait_until_prepared()
        took_ms, init_ms = calls.cold("Function")
        inits.append(init_ms)
        return took_ms

    calls.cold("Function")
    with bare.network() as joined:
        taken = in_turns({"joined network": lambda: bare.first_next(joined)[0], "kept ready": kept_ready}, ROUNDS)
    show("engine: INIT with one kept ready", inits[1:])
    show("engine: cold invocation with one kept ready", taken["kept ready"], taken["joined network"], "aim: under 0.35")


def _have_networks(calls: EngineCalls) -> None:
    """Two environments at a time, and the time the engine takes to make networks ahead for as many."""
    for _ in range(2):
        calls.cold("Function")
        time.sleep(LONGEST_DELAY_S)
    calls.rest("Function")


def main() -> None:
    images = images_or_reason()
    if isinstance(images, str):
        print(images)
        return
    with tempfile.TemporaryDirectory() as folder:
        workspace = one_function(Path(folder), HELLO, memory_mb=MEMORY_MB)
        Path(folder).chmod(0o755)
        with served(workspace, "--sandbox", "docker", is_whole=True):
            calls = EngineCalls(workspace)
            settings = {"sandbox": "docker", "images": {PYTHON_RUNTIME: images["python"]}}
            bare = BareDocker(find_engine(), images["python"], workspace / "function")
            calls.change_settings({**settings, "preparedSandboxes": "none"})
            compare(calls, bare)
            calls.change_settings(settings)
            compare_kept_ready(calls, bare)


if __name__ == "__main__":
    main()

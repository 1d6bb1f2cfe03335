"""From `start()` to the runtime's first event request, with a container started ahead and without, beside the SDK's floor.

Floor of the same run: the SDK's create and start of the same hardened container with a network of its own on the default bridge,
as a tool without pause containers does it; and the same joining a network made earlier. Ours is what the engine waits for: create
and start of the sandbox, start alone where it was created ahead, and start after `make_ready`.

Learned: a container that only waits for its word leaves nothing but the runtime's own start. A volume in memory for /tmp that a
pause container has mounted already costs a start nothing (ratio 1.01 to a file system of the container's own, 40 rounds in
turns).
"""

from __future__ import annotations

import asyncio
import tempfile
import time
import uuid
from pathlib import Path

from tests.benchmarks.docker_cold_start import HELLO, MEMORY_MB, BareDocker, BareListener
from tests.benchmarks.measures import in_turns, show
from tests.support.docker_images import images_or_reason
from tests.support.docker_sandboxes import function_in, write_function
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.docker.engine import find_engine
from workbench.sandbox.docker.pause_containers import LONGEST_DELAY_S
from workbench.sandbox.docker.provider import DockerSandboxProvider
from workbench.sandbox.protocol import RuntimePlan, SandboxSpec

ROUNDS = 20
AHEAD = ("nothing", "created", "ready")


class Ours:
    """One environment after the other by the provider itself, on a loop that runs for one measure at a time."""

    def __init__(self, runner: asyncio.Runner, provider: DockerSandboxProvider, function: FunctionConfiguration) -> None:
        self._runner = runner
        self._provider = provider
        self._function = function
        self._runtime_plan = runner.run(self._prepare())

    async def _prepare(self) -> RuntimePlan:
        runtime_plan = await self._provider.prepare(self._function, lambda _: None)
        await asyncio.sleep(LONGEST_DELAY_S)
        return runtime_plan

    def measure(self, ahead: str) -> float:
        """Milliseconds until the first request; `ahead`: how far the sandbox had come before."""
        return self._runner.run(self._first_next(ahead))

    async def _first_next(self, ahead: str) -> float:
        address = self._provider.address()
        listener = BareListener(address.bind_host)
        spec = self._spec(f"{address.advertised_host}:{listener.port}")
        begin_s = time.perf_counter()
        sandbox = await self._provider.create(spec, lambda _: None)
        try:
            if ahead == "ready":
                await sandbox.make_ready()
            begin_s = time.perf_counter() if ahead != "nothing" else begin_s
            await sandbox.start()
            return (await asyncio.to_thread(listener.wait) - begin_s) * 1000
        finally:
            await sandbox.terminate()
            await self._provider.release(spec.environment_id)

    def _spec(self, runtime_api: str) -> SandboxSpec:
        variables = {
            "AWS_LAMBDA_RUNTIME_API": runtime_api, "_HANDLER": "app.handler", "AWS_REGION": "us-east-1",
            "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB), "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
            "AWS_LAMBDA_LOG_STREAM_NAME": "s",
        }
        return SandboxSpec(environment_id=uuid.uuid4().hex, engine_id="benchmark", function=self._function,
                           runtime_plan=self._runtime_plan, environment=variables, runtime_api=runtime_api)


def compare(bare: BareDocker, ours: Ours) -> None:
    """Measure all in turns and print the figures."""
    with bare.network() as joined:
        taken = in_turns({
            "bridge": lambda: bare.first_next("bridge")[0],
            "joined": lambda: bare.first_next(joined)[0],
            **{ahead: lambda ahead=ahead: ours.measure(ahead) for ahead in AHEAD},  # type: ignore[misc]
        }, ROUNDS)
    floor = taken["bridge"]
    show("SDK: create to first next, default bridge (floor)", floor)
    show("SDK: create to first next, joined network", taken["joined"], floor)
    show("sandbox: create to first next", taken["nothing"], floor, "aim: at most 0.60")
    show("sandbox created ahead: start to first next", taken["created"], floor)
    show("sandbox made ready: start to first next", taken["ready"], floor, "aim: under 100 ms")


def main() -> None:
    images = images_or_reason()
    if isinstance(images, str):
        print(images)
        return
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        Path(folder).chmod(0o755)
        code = write_function(Path(folder) / "code", HELLO)
        provider = runner.run(_provider(Path(folder), images["python"]))
        try:
            ours = Ours(runner, provider, function_in(code, memory_mb=MEMORY_MB))
            compare(BareDocker(find_engine(), images["python"], code), ours)
        finally:
            runner.run(provider.close())


async def _provider(folder: Path, image: str) -> DockerSandboxProvider:
    """On the runner's loop, where it stays."""
    return DockerSandboxProvider(engine_id=f"benchmark-{uuid.uuid4().hex[:8]}", state_folder=folder / "state",
                                 image_for=lambda _runtime, _architecture: image)


if __name__ == "__main__":
    main()

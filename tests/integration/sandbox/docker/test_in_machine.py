"""The Docker sandbox where the engine is in a virtual machine: no pipes, control groups or bridge within reach.

The engine is real; only what is known of it is replaced, so that everything goes through its API as with Docker Desktop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

import workbench.sandbox.docker.engine as engine_module
from tests.support.docker_fixtures import known_images
from tests.support.docker_sandboxes import (
    containers_of,
    created,
    docker,
    eventually,
    function_in,
    nothing_made_ahead,
    running,
    write_function,
)
from workbench.sandbox.docker.engine import find_engine
from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.docker.provider import DockerSandboxProvider
from workbench.sandbox.protocol import Address, Exit

pytestmark = pytest.mark.docker


@pytest.fixture
async def containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DockerSandboxProvider]:
    images, real = known_images(), find_engine()
    distant = msgspec.structs.replace(real, shares_kernel=False, bridge_address="")

    def find_distant() -> EngineInfo:
        return distant

    monkeypatch.setattr(engine_module, "find_engine", find_distant)
    address = real.bridge_address
    provider = DockerSandboxProvider(engine_id="test-distant", state_folder=tmp_path, image_for=lambda _runtime, _machine: None,
                                     images=images, address=Address(address, address))
    with nothing_made_ahead():  # what a test does not need costs it a container
        yield provider
    await provider.close()


async def test_output_arrives_whole_and_in_order(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    """Mostly before `drain` returns; a busy container engine may be later than the silence that counts as drained."""
    source = "def handler(event, context):\n    for n in range(event):\n        print('line', n)\n"
    async with running(containers, function_in(write_function(tmp_path / "code", source))) as environment:
        for _ in range(3):
            environment.output.clear()
            await environment.invoke(1000)
            await eventually(lambda: len(environment.output.splitlines()) >= 1000)
            assert environment.output.decode().splitlines() == [f"line {n}" for n in range(1000)]


async def test_the_end_comes_with_all_output(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    code = write_function(tmp_path / "code", "#!/bin/sh\necho first\necho last >&2\nexit 4\n", file="bootstrap", mode=0o755)
    async with created(containers, function_in(code, runtime="provided.al2023")) as environment:
        await environment.sandbox.start()
        assert await environment.sandbox.wait() == Exit(code=4)
        assert environment.output == b"first\nlast\n"


async def test_freezing_pauses_the_container_a_moment_later(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    code = write_function(tmp_path / "code", "def handler(event, context):\n    return event\n")
    async with running(containers, function_in(code)) as environment:
        environment.sandbox.freeze()
        environment.sandbox.freeze()
        await eventually(lambda: state_of(environment.identifier) == "paused")
        await environment.sandbox.thaw()
        assert state_of(environment.identifier) == "running"
        environment.sandbox.freeze()
        await environment.sandbox.thaw()  # within the grace: never paused
        assert await environment.invoke(1) == 1
        environment.sandbox.freeze()


async def test_memory_is_sampled(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    code = write_function(tmp_path / "code", "data = bytearray(b'x') * (100 << 20)\ndef handler(event, context):\n    pass\n")
    async with running(containers, function_in(code)) as environment:
        await eventually(lambda: environment.sandbox.memory_peak_mb() > 100)


async def test_the_cpu_share_is_set_after_init(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    code = write_function(tmp_path / "code", "def handler(event, context):\n    pass\n")
    async with running(containers, function_in(code, memory_mb=1769)) as environment:
        assert inspect(environment.identifier, "{{.HostConfig.CpuQuota}}") == "0"
        await environment.sandbox.drain_output()
        await eventually(lambda: inspect(environment.identifier, "{{.HostConfig.CpuQuota}}") == "20000")


def state_of(environment_id: str) -> str:
    return inspect(environment_id, "{{.State.Status}}")


def inspect(environment_id: str, template: str) -> str:
    return docker("inspect", "-f", template, containers_of(environment_id))

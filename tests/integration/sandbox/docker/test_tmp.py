"""Files in /tmp outlive a sandbox, not its environment: real containers, killed and made anew."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import pytest

import workbench.sandbox.docker.engine as engine_module
from tests.support.docker_fixtures import docker_provider, known_images
from tests.support.docker_sandboxes import (
    Environment,
    containers_of,
    created,
    docker,
    eventually,
    function_in,
    nothing_made_ahead,
    running,
    write_function,
)
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.docker.engine import find_engine
from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.docker.pause_containers import MOST_SPARES
from workbench.sandbox.docker.provider import DockerSandboxProvider
from workbench.sandbox.protocol import Address

pytestmark = pytest.mark.docker

FILES = """
import os
inits = []
def handler(event, context):
    inits.append(1)
    if event == "crash":
        os._exit(1)
    if event:
        os.makedirs("/tmp/closed/deep", exist_ok=True)
        for name in (event, ".hidden", "..two", "with space", "closed/deep/file"):
            open("/tmp/" + name, "w").write("x")
        os.chmod("/tmp/closed/deep", 0)
        os.chmod("/tmp/closed", 0)
    return [sorted(os.listdir("/tmp")), len(inits)]
"""
WRITTEN = ["..two", ".hidden", "closed", "first", "with space"]


@pytest.fixture
async def containers(tmp_path: Path) -> AsyncIterator[DockerSandboxProvider]:
    async with docker_provider(tmp_path) as provider:
        yield provider


@pytest.fixture
def function(tmp_path: Path) -> FunctionConfiguration:
    return function_in(write_function(tmp_path / "code", FILES))


def pause_containers() -> set[str]:
    return set(docker("ps", "-q", "--no-trunc", "--filter", f"label=workbench.pid={os.getpid()}",
                      "--filter", "label=workbench.holder").split())


def volumes() -> set[str]:
    return set(docker("volume", "ls", "-q", "--filter", f"label=workbench.pid={os.getpid()}").split())


def volume_of(environment: Environment) -> str:
    template = '{{range .Mounts}}{{if eq .Destination "/tmp"}}{{.Name}}{{end}}{{end}}'
    return docker("inspect", "-f", template, containers_of(environment.identifier))


async def test_a_runtime_that_was_killed_leaves_its_files(
    containers: DockerSandboxProvider, function: FunctionConfiguration
) -> None:
    async with running(containers, function) as environment:
        assert await environment.invoke("first") == [WRITTEN, 1]
        await environment.reset()
        assert await environment.invoke() == [WRITTEN, 1]


async def test_a_runtime_that_crashed_leaves_its_files(
    containers: DockerSandboxProvider, function: FunctionConfiguration
) -> None:
    async with running(containers, function) as environment:
        await environment.invoke("first")
        environment.api.send("crash")
        assert (await environment.sandbox.wait()).code == 1
        await environment.reset()
        assert await environment.invoke() == [WRITTEN, 1]


async def test_the_next_environment_finds_an_empty_tmp(
    containers: DockerSandboxProvider, function: FunctionConfiguration
) -> None:
    with nothing_made_ahead():
        async with running(containers, function) as environment:
            await environment.invoke("first")
            volume = volume_of(environment)
        async with running(containers, function) as environment:
            assert volume_of(environment) == volume
            assert await environment.invoke() == [[], 1]


async def test_environments_at_the_same_time_have_their_own(
    containers: DockerSandboxProvider, function: FunctionConfiguration
) -> None:
    async with running(containers, function) as first, running(containers, function) as second:
        await first.invoke("first")
        assert await second.invoke() == [[], 1]


async def test_a_tmp_of_another_size_is_made_ahead(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    source = "import os\ndef handler(event, context):\n    found = os.statvfs('/tmp')\n" \
             "    mounts = [line.split()[3] for line in open('/proc/mounts') if line.split()[1] == '/tmp']\n" \
             "    return [found.f_bavail * found.f_frsize >> 20, sorted({*mounts[0].split(',')} & {'nosuid', 'nodev', 'noexec'})]"
    code = write_function(tmp_path / "code", source)
    for storage_mb in (512, 700):
        async with running(containers, function_in(code, ephemeral_storage_mb=storage_mb)) as environment:
            assert environment.sandbox.peer_address
            assert await environment.invoke() == [storage_mb, ["nodev", "nosuid"]]


async def test_idle_pause_containers_of_other_sizes_make_room(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    code = write_function(tmp_path / "code", FILES)
    for number in range(MOST_SPARES + 2):
        await containers.prepare(function_in(code, ephemeral_storage_mb=512 + number), lambda _: None)
    await eventually(lambda: len(pause_containers()) == len(volumes()) == MOST_SPARES)


@asynccontextmanager
async def without_pause_container(
    provider: DockerSandboxProvider, function: FunctionConfiguration
) -> AsyncIterator[Environment]:
    """An environment that came before another pause container was ready: network and /tmp are its own container's."""
    async with AsyncExitStack() as stack:
        with nothing_made_ahead():
            first = await stack.enter_async_context(running(provider, function))
        environment = Environment(provider, function)
        environment.runtime_plan = first.runtime_plan  # another prepare would make a pause container
        try:
            await environment.create({})
            await environment.start()
            assert docker("inspect", "-f", "{{.HostConfig.NetworkMode}}", containers_of(environment.identifier)) == "bridge"
            yield environment
        finally:
            await environment.close()


async def test_an_environment_that_found_no_pause_container_has_its_files_held_soon(
    containers: DockerSandboxProvider, function: FunctionConfiguration
) -> None:
    async with without_pause_container(containers, function) as environment:
        await environment.invoke("first")
        volume = volume_of(environment)
        await eventually(lambda: volume in _held())
        environment.api.send("crash")
        await environment.sandbox.wait()
        await environment.reset()
        assert await environment.invoke() == [WRITTEN, 1]
    await eventually(lambda: volume not in volumes())


async def test_a_runtime_killed_before_its_volume_was_held_leaves_its_files(
    containers: DockerSandboxProvider, function: FunctionConfiguration
) -> None:
    with nothing_made_ahead():
        async with without_pause_container(containers, function) as environment:
            await environment.invoke("first")
            await environment.reset()
            assert await environment.invoke() == [WRITTEN, 1]


async def test_a_runtime_that_crashed_before_its_volume_was_held_leaves_its_files(
    containers: DockerSandboxProvider, function: FunctionConfiguration
) -> None:
    with nothing_made_ahead():
        async with without_pause_container(containers, function) as environment:
            await environment.invoke("first")
            volume = volume_of(environment)
            environment.api.send("crash")
            end = await environment.sandbox.wait()
            assert (end.code, volume in _held()) == (1, False)
            await environment.reset()
            assert await environment.invoke() == [WRITTEN, 1]
        await eventually(lambda: volume not in volumes())


async def test_an_own_volume_whose_pause_container_was_killed_is_held_again(
    containers: DockerSandboxProvider, function: FunctionConfiguration
) -> None:
    async with without_pause_container(containers, function) as environment:
        volume = volume_of(environment)
        await eventually(lambda: volume in _held())
        killed = next(each for each in pause_containers() if volume in _mounted(each))
        docker("rm", "-f", killed)
        await environment.reset()
        assert await environment.invoke("first") == [WRITTEN, 1]
        assert volume_of(environment) == volume
        await environment.reset()
        assert await environment.invoke() == [WRITTEN, 1]


async def test_nothing_is_left_of_an_environment_whose_own_volume_lost_its_pause_container(
    containers: DockerSandboxProvider, function: FunctionConfiguration
) -> None:
    async with without_pause_container(containers, function) as environment:
        await environment.invoke("first")
        volume = volume_of(environment)
        await eventually(lambda: volume in _held())
        (pause_container,) = [each for each in pause_containers() if volume in _mounted(each)]
        docker("rm", "-f", pause_container)
        await eventually(lambda: containers._connector.connection.places.is_unheld(environment.identifier))
        identifier = containers_of(environment.identifier)
    await eventually(lambda: not docker("ps", "-aq", "--filter", f"id={identifier}"))
    await eventually(lambda: volume not in volumes())


async def test_a_pause_container_that_somebody_killed_is_replaced(
    containers: DockerSandboxProvider, function: FunctionConfiguration
) -> None:
    async with running(containers, function) as environment:
        pause_container = docker("inspect", "-f", "{{.HostConfig.NetworkMode}}", containers_of(environment.identifier))
        if not pause_container.startswith("container:"):
            pytest.skip("containers of this engine are on no network of this machine")
        volume = volume_of(environment)
        docker("rm", "-f", pause_container.removeprefix("container:"))
        await eventually(lambda: pause_container.removeprefix("container:") not in pause_containers())
        await environment.reset()
        assert await environment.invoke() == [[], 1]
        assert volume_of(environment) != volume


async def test_nothing_is_left_when_the_provider_closes(tmp_path: Path, function: FunctionConfiguration) -> None:
    async with docker_provider(tmp_path) as provider, running(provider, function), running(provider, function) as second:
        await second.invoke("first")
        await provider.close()
        assert not pause_containers()
        assert not volumes()


async def test_release_of_an_environment_that_never_was_is_nothing(
    containers: DockerSandboxProvider, function: FunctionConfiguration
) -> None:
    await containers.release("unknown")
    await containers.prepare(function, lambda _: None)
    await containers.release("unknown")


async def test_an_environment_that_never_ran_gives_its_pause_container_back(
    containers: DockerSandboxProvider, function: FunctionConfiguration
) -> None:
    with nothing_made_ahead():
        async with created(containers, function) as environment:
            volume = volume_of(environment)
        async with created(containers, function) as environment:
            assert volume_of(environment) == volume


async def test_an_engine_in_a_virtual_machine_keeps_files_too(
    tmp_path: Path, function: FunctionConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, real = known_images(), find_engine()
    distant = msgspec.structs.replace(real, shares_kernel=False, bridge_address="")

    def find_distant() -> EngineInfo:
        return distant

    monkeypatch.setattr(engine_module, "find_engine", find_distant)
    provider = DockerSandboxProvider(
        engine_id="test-distant-tmp", state_folder=tmp_path, image_for=lambda _runtime, _machine: None, images=images,
        address=Address(real.bridge_address, real.bridge_address))
    try:
        async with running(provider, function) as environment:
            await environment.invoke("first")
            await environment.reset()
            assert await environment.invoke() == [WRITTEN, 1]
        async with running(provider, function) as environment:
            assert await environment.invoke() == [[], 1]
    finally:
        await asyncio.shield(provider.close())
    assert not volumes()


def _mounted(pause_container: str) -> list[str]:
    return docker("inspect", "-f", "{{range .Mounts}}{{.Name}} {{end}}", pause_container).split()


def _held() -> set[str]:
    return {name for each in pause_containers() for name in _mounted(each)}

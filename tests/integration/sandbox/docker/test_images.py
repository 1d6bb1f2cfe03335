"""Images: what is here is used, what is not is pulled with progress, and what cannot be had is explained."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.docker_fixtures import docker_provider, known_images
from tests.support.docker_sandboxes import WAIT_S, docker, function_in, write_function
from tests.support.image_registry import ImageRegistry
from workbench.model.failures import SandboxUnavailable
from workbench.sandbox.docker.images import PullProgress
from workbench.sandbox.docker.provider import DockerSandboxProvider
from workbench.sandbox.protocol import Progress

_HANG_UP_S = 5.0


def test_progress_adds_up_the_bytes_of_all_layers() -> None:
    folded = PullProgress("image")
    assert folded.step().fraction is None
    folded.add({"id": "a", "status": "Downloading", "progressDetail": {"current": 10_000_000, "total": 40_000_000}})
    assert folded.step() == Progress(stage="pull", text="Fetching image: 10 of 40 MB", fraction=0.25, done_bytes=10_000_000)
    folded.add({"id": "b", "status": "Downloading", "progressDetail": {"current": 0, "total": 60_000_000}})
    assert folded.step().fraction == 0.25  # a layer that begins later does not take it back
    folded.add({"id": "a", "status": "Download complete"})
    assert folded.step().fraction == pytest.approx(0.4)
    folded.add({"id": "b", "status": "Pull complete"})
    assert folded.step() == Progress(stage="pull", text="Unpacking image", fraction=1.0)


@pytest.fixture
async def registry() -> AsyncIterator[ImageRegistry]:
    known_images()
    async with ImageRegistry() as serving:
        yield serving
    docker("rmi", "-f", serving.name)


def provider_with(tmp_path: Path, image: str) -> DockerSandboxProvider:
    return DockerSandboxProvider(engine_id="test-images", state_folder=tmp_path, image_for=lambda _runtime, _architecture: image)


@pytest.mark.docker
async def test_an_image_that_is_not_here_is_pulled_once(registry: ImageRegistry, tmp_path: Path) -> None:
    provider = provider_with(tmp_path, registry.name)
    function = function_in(write_function(tmp_path / "code", ""))
    steps: list[Progress] = []
    first, second = await asyncio.gather(*(provider.prepare(function, steps.append) for _ in range(2)))
    assert first == second
    assert [step.text for step in steps].count(f"Fetching {registry.name}") >= 1
    assert all(step.stage == "pull" for step in steps)
    steps.clear()
    await provider.prepare(function, steps.append)
    assert steps == []
    await provider.close()


@pytest.mark.docker
async def test_cancelling_stops_the_download(tmp_path: Path) -> None:
    """Docker 20.10 ends the pull every time, but forgets one connection in six instead of closing it: some tries are allowed."""
    known_images()
    for number in range(6):
        if await _hangs_up(tmp_path / str(number)):
            return
    pytest.fail("no connection to the registry was closed")


async def _hangs_up(folder: Path) -> bool:
    """Whether the registry sees the connection end when a pull of its image is cancelled."""
    async with ImageRegistry(held=True) as registry:
        provider = provider_with(folder, registry.name)
        pulling = asyncio.ensure_future(provider.prepare(function_in(write_function(folder / "code", "")), lambda _: None))
        async with asyncio.timeout(WAIT_S):
            await registry.layer_requested.wait()
            pulling.cancel()
            await asyncio.wait([pulling])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HANG_UP_S):
                await registry.hung_up.wait()
        assert pulling.cancelled()
        await provider.close()
    assert docker("images", "-q", registry.name) == ""
    return registry.hung_up.is_set()


@pytest.mark.docker
async def test_an_image_that_can_not_be_had_is_explained(tmp_path: Path) -> None:
    known_images()
    provider = provider_with(tmp_path, "127.0.0.1:9/nowhere/python:3.12")
    with pytest.raises(SandboxUnavailable) as unavailable:
        await provider.prepare(function_in(write_function(tmp_path / "code", "")), lambda _: None)
    assert "127.0.0.1:9/nowhere/python:3.12 is not on this machine and could not be fetched" in unavailable.value.message
    assert "docker pull" in unavailable.value.hint
    await provider.close()


@pytest.mark.docker
async def test_a_runtime_without_an_image_is_explained(tmp_path: Path) -> None:
    async with docker_provider(tmp_path) as provider:
        with pytest.raises(SandboxUnavailable, match="no container image for cobol1"):
            await provider.prepare(function_in(tmp_path, runtime="cobol1.x"), lambda _: None)


@pytest.mark.docker
async def test_what_is_not_as_in_lambda_is_told(tmp_path: Path) -> None:
    async with docker_provider(tmp_path) as provider:
        code = write_function(tmp_path / "code", "")
        function = function_in(code, memory_mb=10_240)
        runtime_plan = await provider.prepare(function, lambda _: None)
        assert "workbench-test/python" in runtime_plan.runs_on
        assert any("vCPU" in sentence for sentence in runtime_plan.not_enforced), runtime_plan.not_enforced

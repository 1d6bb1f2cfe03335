"""Which containers have ended, as the engine's events tell it."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import uuid
from pathlib import Path

import pytest
from docker import APIClient
from requests import ReadTimeout

from tests.support.docker_cable import Cable
from tests.support.docker_fixtures import known_images
from tests.support.docker_sandboxes import WAIT_S, docker
from workbench.sandbox.docker import events
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.engine import find_engine
from workbench.sandbox.docker.events import EndWatch

pytestmark = pytest.mark.docker


async def test_an_end_before_anybody_watched_is_told_too() -> None:
    """A container that is made and started in a thread may be dead by the time that its name is known here."""
    image, engine_id = known_images()["provided.al2023"], f"test-{uuid.uuid4().hex[:12]}"
    calls = DockerCalls(find_engine())
    ends = EndWatch(calls, engine_id)
    labelled = ("create", "--rm", "--label", f"workbench.engine={engine_id}", "--entrypoint", "/bin/sh", image, "-c")
    try:
        early, later = docker(*labelled, "exit 3"), docker(*labelled, "exit 4")
        watched = await ends.watch(later)
        with contextlib.suppress(subprocess.CalledProcessError):  # attached, it exits with the container's code
            docker("start", "--attach", early)
        docker("start", later)
        assert (await asyncio.wait_for(watched, WAIT_S)).exit_code == 4
        assert (await asyncio.wait_for(await ends.watch(early), WAIT_S)).exit_code == 3
    finally:
        await ends.close()
        calls.close()


async def test_a_stream_that_breaks_while_the_engine_goes_on_loses_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Podman ends its stream now and then."""
    image, engine_id = known_images()["provided.al2023"], f"test-{uuid.uuid4().hex[:12]}"
    labelled = ("create", "--rm", "--label", f"workbench.engine={engine_id}", "--entrypoint", "/bin/sh", image, "-c")
    runs = docker(*labelled, "sleep 60")
    async with Cable(tmp_path / "engine.sock") as cable:
        monkeypatch.setenv("DOCKER_HOST", cable.url)
        calls = DockerCalls(await asyncio.to_thread(find_engine))
        ends = EndWatch(calls, engine_id)
        try:
            watched = await ends.watch(runs)
            docker("start", runs)
            await cable.hang_up()
            docker("kill", runs)
            assert (await asyncio.wait_for(watched, WAIT_S)).exit_code == 137
        finally:
            await ends.close()
            await asyncio.to_thread(calls.close)


async def test_a_container_is_not_lost_because_a_busy_engine_does_not_tell_whether_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, engine_id = known_images()["provided.al2023"], f"test-{uuid.uuid4().hex[:12]}"
    labelled = ("create", "--rm", "--label", f"workbench.engine={engine_id}", "--entrypoint", "/bin/sh", image, "-c")
    runs = docker(*labelled, "sleep 60")
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def too_late(_client: APIClient, _container: str) -> None:
        loop.call_soon_threadsafe(asked.set)
        raise ReadTimeout

    async with Cable(tmp_path / "engine.sock") as cable:
        monkeypatch.setenv("DOCKER_HOST", cable.url)
        calls = DockerCalls(await asyncio.to_thread(find_engine))
        ends = EndWatch(calls, engine_id)
        try:
            watched = await ends.watch(runs)
            docker("start", runs)
            monkeypatch.setattr(events, "_REPLAY_LIMIT_S", 0.01)
            monkeypatch.setattr(APIClient, "inspect_container", too_late)
            await cable.hang_up()
            await asyncio.wait_for(asked.wait(), WAIT_S)
            lost, _ = await asyncio.wait([watched], timeout=1.0)
            assert not lost
            docker("kill", runs)
            assert (await asyncio.wait_for(watched, WAIT_S)).exit_code == 137
        finally:
            await ends.close()
            await asyncio.to_thread(calls.close)


async def test_a_process_that_is_killed_for_its_memory_is_told_though_its_container_goes_on() -> None:
    """Docker's event, for containers whose control groups are out of reach."""
    image, engine_id = known_images()["python3.11"], f"test-{uuid.uuid4().hex[:12]}"
    calls = DockerCalls(await asyncio.to_thread(find_engine))
    if calls.engine.product != "Docker":
        pytest.skip("Podman does not tell.")
    ends, told = EndWatch(calls, engine_id), asyncio.Event()
    script = "python3 -c 'b\"x\" * 200_000_000'; sleep 60"
    runs = docker("create", "--rm", "--label", f"workbench.engine={engine_id}", "--memory", "64m", "--memory-swap", "64m",
                  "--entrypoint", "/bin/sh", image, "-c", script)
    try:
        watched = await ends.watch(runs)
        ends.when_out_of_memory(runs, told.set)
        docker("start", runs)
        await asyncio.wait_for(told.wait(), WAIT_S)
        assert not watched.done()
    finally:
        docker("rm", "-f", runs)
        await ends.close()
        await asyncio.to_thread(calls.close)

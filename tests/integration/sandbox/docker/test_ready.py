"""Containers started ahead with their runtime held back, and the ways to freeze: real containers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.docker_fixtures import docker_provider
from tests.support.docker_sandboxes import (
    BEATING,
    WAIT_S,
    Environment,
    containers_of,
    created,
    docker,
    eventually,
    function_in,
    nothing_made_ahead,
    write_function,
)
from workbench.model.failures import SandboxError
from workbench.model.function import FreezeMode, FunctionConfiguration
from workbench.sandbox.docker.engine import find_engine
from workbench.sandbox.docker.provider import DockerSandboxProvider
from workbench.sandbox.protocol import Exit

pytestmark = pytest.mark.docker

ECHO = "print('init')\ndef handler(event, context):\n    return event\n"


@pytest.fixture
async def containers(tmp_path: Path) -> AsyncIterator[DockerSandboxProvider]:
    if not find_engine().shares_kernel:
        pytest.skip("this engine's containers are in another kernel: none can be held back")
    with nothing_made_ahead():  # what a test does not need costs it a container
        async with docker_provider(tmp_path) as provider:
            yield provider


def bootstrap(folder: Path, script: str) -> FunctionConfiguration:
    return function_in(write_function(folder, f"#!/bin/sh\n{script}\n", file="bootstrap", mode=0o755), runtime="provided.al2023")


class Unheard:
    """Implements ExtensionHandler."""

    def extension_output(self, name: str, data: bytes) -> None:
        """Nobody listens."""

    def extension_exited(self, name: str, exit_: Exit) -> None:
        """Nobody listens."""


def state_of(environment: Environment) -> str:
    return docker("inspect", "-f", "{{.State.Status}}", containers_of(environment.identifier))


async def test_a_runtime_that_was_made_ready_starts_when_it_is_told(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    async with created(containers, function_in(write_function(tmp_path / "code", ECHO))) as environment:
        await asyncio.gather(environment.sandbox.make_ready(), environment.sandbox.make_ready())
        await environment.sandbox.make_ready()
        assert state_of(environment) == "running"
        assert environment.output == b""
        assert not environment.api.next_requested.is_set()
        await environment.start()
        await environment.sandbox.drain_output()
        assert environment.output == b"init\n"
        assert environment.api.peers == {environment.sandbox.peer_address}
        assert 5 < environment.sandbox.memory_peak_mb() < 100
        environment.sandbox.freeze()
        await environment.sandbox.thaw()
        assert await environment.invoke(4) == 4


async def test_it_may_be_started_while_it_is_made_ready(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    async with created(containers, function_in(write_function(tmp_path / "code", ECHO))) as environment:
        making = asyncio.ensure_future(environment.sandbox.make_ready())
        await asyncio.sleep(0)
        await environment.start()
        await making
        assert await environment.invoke(1) == 1


async def test_a_start_after_making_ready_was_cancelled_goes_on(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    async with created(containers, function_in(write_function(tmp_path / "code", ECHO))) as environment:
        making = asyncio.ensure_future(environment.sandbox.make_ready())
        await asyncio.sleep(0)
        making.cancel()
        await environment.start()
        assert await environment.invoke(1) == 1


@pytest.mark.parametrize(("script", "expected"), [
    ("exit 3", Exit(code=3)), ("kill -9 $$", Exit(signal=9)), ("kill -ABRT $$", Exit(signal=6))])
async def test_it_ends_as_it_wants_to(containers: DockerSandboxProvider, tmp_path: Path, script: str, expected: Exit) -> None:
    async with created(containers, bootstrap(tmp_path / "code", f"echo last words\n{script}")) as environment:
        await environment.sandbox.make_ready()
        await environment.sandbox.start()
        assert await environment.sandbox.wait() == expected
        assert environment.output == b"last words\n"


async def test_the_memory_limit_kills_it(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    source = "def handler(event, context):\n    return len(bytes(1 << 30).replace(b'\\0', b'x'))\n"
    async with created(containers, function_in(write_function(tmp_path / "code", source), memory_mb=128)) as environment:
        await environment.sandbox.make_ready()
        await environment.start()
        environment.api.send(None)
        assert await environment.sandbox.wait() == Exit(signal=9, out_of_memory=True)


@pytest.mark.parametrize("grace_ms", [0, 20_000])
async def test_one_that_never_started_leaves_nothing(containers: DockerSandboxProvider, tmp_path: Path, grace_ms: int) -> None:
    async with created(containers, function_in(write_function(tmp_path / "code", ECHO))) as environment:
        await environment.sandbox.make_ready()
        await asyncio.wait_for(environment.sandbox.terminate(grace_ms), WAIT_S)
        assert containers_of(environment.identifier) == ""
        assert not list((tmp_path / "state").rglob(f"{environment.identifier}*"))
        assert environment.output == b""


async def test_terminating_while_it_is_made_ready_leaves_nothing(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    async with created(containers, function_in(write_function(tmp_path / "code", ECHO))) as environment:
        making = asyncio.ensure_future(environment.sandbox.make_ready())
        await asyncio.sleep(0)
        await environment.sandbox.terminate()
        await asyncio.wait([making])
        assert containers_of(environment.identifier) == ""


async def test_one_that_somebody_killed_meanwhile_is_told(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    async with created(containers, function_in(write_function(tmp_path / "code", ECHO))) as environment:
        await environment.sandbox.make_ready()
        waiting = asyncio.ensure_future(environment.sandbox.wait())
        docker("kill", containers_of(environment.identifier))
        await waiting
        with pytest.raises(SandboxError, match="made ready has ended"):
            await environment.sandbox.start_extensions(Unheard())
        with pytest.raises(SandboxError, match="made ready has ended"):
            await environment.sandbox.start()


@pytest.mark.parametrize("mode", ["on", "pause"])
async def test_background_work_stands_still(containers: DockerSandboxProvider, tmp_path: Path, mode: FreezeMode) -> None:
    async with created(containers, function_in(write_function(tmp_path / "code", BEATING), memory_mb=1769),
                       freeze=mode) as environment:
        await environment.start()
        before_s = await environment.invoke()
        environment.sandbox.freeze()
        if mode == "pause":
            await eventually(lambda: state_of(environment) == "paused")
        frozen_s = time.monotonic()
        while time.monotonic() - frozen_s < 3 * before_s + 0.1:
            assert state_of(environment) == ("paused" if mode == "pause" else "running")
        frozen_s = time.monotonic() - frozen_s
        await environment.sandbox.thaw()
        assert await environment.invoke() >= frozen_s


async def test_background_work_goes_on_when_nothing_is_frozen(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    source = BEATING.replace("last = now", "last = now; print(flush=True)")
    async with created(containers, function_in(write_function(tmp_path / "code", source)), freeze="off") as environment:
        await environment.start()
        environment.sandbox.freeze()
        written = len(environment.output)
        await eventually(lambda: len(environment.output) > written + 100)
        assert state_of(environment) == "running"
        await environment.sandbox.thaw()
        assert await environment.invoke() > 0

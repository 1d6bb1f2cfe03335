"""Networks made ahead: taken by one environment at a time, given to the next, made anew when they are lost."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.docker_fixtures import docker_provider
from tests.support.docker_sandboxes import (
    WAIT_S,
    created,
    docker,
    eventually,
    function_in,
    network_of,
    nothing_made_ahead,
    running,
    write_function,
)
from workbench.sandbox.docker.engine import find_engine
from workbench.sandbox.docker.provider import DockerSandboxProvider
from workbench.sandbox.protocol import EntrypointInvalid

pytestmark = pytest.mark.docker

ECHO = "def handler(event, context):\n    return event\n"


@pytest.fixture
async def containers(tmp_path: Path) -> AsyncIterator[DockerSandboxProvider]:
    """One whose networks are what its environments have given back, and not any made meanwhile."""
    with nothing_made_ahead():
        async with docker_provider(tmp_path) as provider:
            if not find_engine().bridge_address:
                pytest.skip("containers of this engine are on no network of this machine")
            yield provider


async def test_an_environment_joins_a_network_and_the_next_one_too(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    function = function_in(write_function(tmp_path / "code", ECHO))
    addresses = set()
    for _ in range(2):
        async with running(containers, function) as environment:
            mode, _, pause_container = network_of(environment.identifier).partition(":")
            assert mode == "container"
            # Docker need not wait for its end.
            assert docker("inspect", "-f", "{{.Config.StopSignal}}", pause_container) in ("SIGKILL", "9")
            addresses.add(environment.sandbox.peer_address)
            assert environment.api.peers == {environment.sandbox.peer_address}
    assert len(addresses) == 1


async def test_environments_at_the_same_time_have_their_own_networks(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    function = function_in(write_function(tmp_path / "code", ECHO))
    async with running(containers, function) as first, running(containers, function) as second:
        assert network_of(first.identifier) != network_of(second.identifier)
        assert first.sandbox.peer_address != second.sandbox.peer_address
        assert await second.invoke(1) == 1


async def test_an_environment_that_can_not_be_made_gives_its_network_back(
    containers: DockerSandboxProvider, tmp_path: Path
) -> None:
    function = function_in(write_function(tmp_path / "code", ECHO))
    broken = function_in(write_function(tmp_path / "broken", "", file="other"), runtime="provided.al2023")
    async with running(containers, function) as environment:
        first = network_of(environment.identifier)
    with pytest.raises(EntrypointInvalid):
        async with created(containers, broken):
            pass
    async with running(containers, function) as environment:
        assert network_of(environment.identifier) == first


async def test_a_pause_container_that_somebody_removed_is_not_used(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    function = function_in(write_function(tmp_path / "code", ECHO))
    async with running(containers, function) as environment:
        pause_container = network_of(environment.identifier).removeprefix("container:")
    docker("rm", "-f", pause_container)
    await eventually(lambda: docker("ps", "-aq", "--filter", f"id={pause_container}") == "")
    async with running(containers, function) as environment:
        assert await environment.invoke(1) == 1


async def test_many_functions_prepared_at_once_wait_for_one_pause_container(
    containers: DockerSandboxProvider, tmp_path: Path
) -> None:
    function = function_in(write_function(tmp_path / "code", ECHO))
    await asyncio.gather(*(containers.prepare(function, lambda _: None) for _ in range(20)))
    await containers.prepare(function, lambda _: None)
    ours = f"label=workbench.pid={os.getpid()}"
    assert len(docker("ps", "-aq", "--filter", ours, "--filter", "label=workbench.holder").split()) == 1


async def test_an_environment_whose_pause_container_is_killed_is_lost(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    """It has no network any more: left alone it would stand still until its timeout."""
    function = function_in(write_function(tmp_path / "code", ECHO))
    async with running(containers, function) as environment:
        waiting = asyncio.ensure_future(environment.sandbox.wait())
        docker("kill", network_of(environment.identifier).removeprefix("container:"))
        assert "its network is gone" in (await asyncio.wait_for(waiting, WAIT_S)).lost
        await environment.reset()
        assert await environment.invoke(1) == 1

"""Pause containers that end at the worst moment: what an environment gets instead of their networks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient
from docker.errors import APIError
from requests import Response

from tests.support.docker_fixtures import docker_provider
from tests.support.docker_sandboxes import (
    docker,
    eventually,
    function_in,
    network_of,
    nothing_made_ahead,
    running,
    write_function,
)
from workbench.model.failures import SandboxError
from workbench.sandbox.docker.engine import find_engine
from workbench.sandbox.docker.events import EndWatch
from workbench.sandbox.docker.provider import DockerSandboxProvider

pytestmark = pytest.mark.docker

ECHO = "def handler(event, context):\n    return event\n"


@pytest.fixture
async def containers(tmp_path: Path) -> AsyncIterator[DockerSandboxProvider]:
    with nothing_made_ahead():
        async with docker_provider(tmp_path) as provider:
            if not find_engine().bridge_address:
                pytest.skip("containers of this engine are on no network of this machine")
            yield provider


@pytest.mark.parametrize("when", ["before its program", "right after its start"])
async def test_one_whose_process_is_killed_as_it_starts_is_replaced(
    containers: DockerSandboxProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    start, killed = APIClient.start, list[str]()

    def kill_the_first(client: APIClient, container: str, *args: Any, **kwargs: Any) -> None:
        if killed:
            start(client, container, *args, **kwargs)
            return
        killed.append(container)
        if when == "before its program":
            raise APIError("500 Server Error", explanation="OCI runtime start failed: cannot start a stopped process: unknown")
        start(client, container, *args, **kwargs)
        client.kill(container)
        client.wait(container)

    monkeypatch.setattr(APIClient, "start", kill_the_first)
    async with running(containers, function_in(write_function(tmp_path / "code", ECHO))) as environment:
        mode, _, joined = network_of(environment.identifier).partition(":")
        assert (mode, joined != killed[0]) == ("container", True)
        assert docker("ps", "-aq", "--filter", f"id={killed[0]}") == ""


async def test_events_are_followed_before_the_first_one_starts(
    containers: DockerSandboxProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If it died between its start and the first look at the events, nobody would ever hear of it."""
    asked, events, start = list[str](), APIClient.events, APIClient.start

    def note_events(client: APIClient, *args: Any, **kwargs: Any) -> Any:
        asked.append("events")
        return events(client, *args, **kwargs)

    def note_start(client: APIClient, *args: Any, **kwargs: Any) -> None:
        asked.append("start")
        start(client, *args, **kwargs)

    monkeypatch.setattr(APIClient, "events", note_events)
    monkeypatch.setattr(APIClient, "start", note_start)
    await containers.prepare(function_in(write_function(tmp_path / "code", ECHO), runtime="provided.al2023"), lambda _: None)
    assert asked[:2] == ["events", "start"], asked


@pytest.mark.parametrize("end", ["kill", "rm", "rm, and refused"])
async def test_an_environment_whose_pause_container_ends_while_it_is_created_gets_another_network(
    containers: DockerSandboxProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    create, ended = APIClient.create_container, list[str]()
    loop = asyncio.get_running_loop()

    def end_its_network(client: APIClient, *args: Any, **kwargs: Any) -> Any:
        if "workbench.environment" in kwargs.get("labels", {}) and not ended:
            ended.append(kwargs["host_config"]["NetworkMode"].removeprefix("container:"))
            known = containers._connector.connection.ends.known(ended[0])
            if end == "rm, and refused":
                monkeypatch.setattr(EndWatch, "_happened", lambda *_: None)  # the events come late
            docker(*("kill",) if end == "kill" else ("rm", "-f"), ended[0])
            if end == "rm, and refused":  # as Podman does
                raise APIError("404 Client Error", explanation="no such container")
            asyncio.run_coroutine_threadsafe(asyncio.wait([known]), loop).result()
        return create(client, *args, **kwargs)

    monkeypatch.setattr(APIClient, "create_container", end_its_network)
    async with running(containers, function_in(write_function(tmp_path / "code", ECHO))) as environment:
        assert network_of(environment.identifier) != f"container:{ended[0]}"
        assert await environment.invoke(1) == 1
    await eventually(lambda: docker("ps", "-aq", "--filter", f"id={ended[0]}") == "")


async def test_a_creation_that_is_refused_while_its_network_lives_is_not_tried_again(
    containers: DockerSandboxProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, refused = APIClient.create_container, list[str]()

    def refuse(client: APIClient, *args: Any, **kwargs: Any) -> Any:
        if "workbench.environment" in kwargs.get("labels", {}):
            refused.append(kwargs["host_config"]["NetworkMode"])
            raise APIError("500 Server Error", explanation="no space left on device")
        return create(client, *args, **kwargs)

    monkeypatch.setattr(APIClient, "create_container", refuse)
    with pytest.raises(SandboxError, match="no space left"):
        async with running(containers, function_in(write_function(tmp_path / "code", ECHO))):
            pass
    assert len(refused) == 1


@pytest.mark.parametrize("status", [404, 500])
async def test_an_overloaded_engine_that_misses_the_shell_once_costs_no_network(
    containers: DockerSandboxProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    head, missed = APIClient.head, list[str]()

    def miss_once(client: APIClient, url: str, **kwargs: Any) -> Response:
        response: Response = head(client, url, **kwargs)
        if kwargs.get("params") == {"path": "/bin/sh"} and not missed:
            missed.append(url)
            response.status_code = status
        return response

    monkeypatch.setattr(APIClient, "head", miss_once)
    async with running(containers, function_in(write_function(tmp_path / "code", ECHO))) as environment:
        assert missed
        assert network_of(environment.identifier).startswith("container:")

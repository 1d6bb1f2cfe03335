"""The Docker sandbox on Podman's socket: what Podman does otherwise than Docker."""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from tests.support.docker_fixtures import docker_provider, known_images
from tests.support.docker_sandboxes import created, function_in, running, write_function
from tests.support.podman import podman_or_reason, podman_service
from workbench.sandbox.docker.container import ulimits
from workbench.sandbox.docker.engine import find_engine
from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.docker.network import listener_address
from workbench.sandbox.docker.provider import DockerSandboxProvider
from workbench.sandbox.protocol import Exit

pytestmark = [pytest.mark.docker, pytest.mark.skipif(sys.platform != "linux", reason="Podman runs on Linux")]
MEMBER = f"wb{secrets.token_hex(4)}"


@pytest.fixture(scope="module")
def podman() -> Iterator[str]:
    """A service of this module's own."""
    known_images()
    reason = podman_or_reason()
    if reason:
        pytest.skip(reason)
    with podman_service() as url:
        yield url


@pytest.fixture(autouse=True)
def engine(podman: str, monkeypatch: pytest.MonkeyPatch) -> EngineInfo:
    """The engine as the sandbox sees it."""
    monkeypatch.setenv("DOCKER_HOST", podman)
    return find_engine()


@pytest.fixture
async def containers(engine: EngineInfo, tmp_path: Path) -> AsyncIterator[DockerSandboxProvider]:
    async with docker_provider(tmp_path) as provider:
        yield provider


def bridge_of(engine: EngineInfo) -> tuple[str, str]:
    """The name of its bridge, and the hardware address."""
    return next((name, next(entry.address for entry in entries if entry.family == psutil.AF_LINK))
                for name, entries in psutil.net_if_addrs().items()
                if any(entry.address == engine.bridge_address for entry in entries))


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


def test_it_is_known_as_this_machines(engine: EngineInfo) -> None:
    assert engine.product == "Podman"
    assert engine.shares_kernel
    assert engine.bridge_address
    assert "on this machine" in engine.sentence()


def test_all_its_limits_are_named(engine: EngineInfo) -> None:
    names = {limit["Name"]: limit["Hard"] for limit in ulimits(engine.process_limit)}
    assert names == {"nofile": 1024, "nproc": engine.process_limit}
    assert 0 < engine.process_limit <= 32_768


def test_a_bridge_that_is_not_up_is_not_bound_to(engine: EngineInfo) -> None:
    down = msgspec.structs.replace(engine, bridge_address="192.0.2.77")
    address = listener_address(down, "", "")
    assert address.bind_host != "192.0.2.77"
    with socket.create_server((address.bind_host, 0)):
        pass


async def test_a_handler_runs_and_calls_by_its_own_address(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    function = function_in(write_function(tmp_path / "code", "def handler(event, context):\n    return event\n"))
    async with running(containers, function) as environment:
        assert environment.sandbox.peer_address
        assert environment.api.peers == {environment.sandbox.peer_address}
        environment.sandbox.freeze()
        await environment.sandbox.thaw()
        assert await environment.invoke({"a": "é"}) == {"a": "é"}


async def test_the_bridge_keeps_its_hardware_address(
    engine: EngineInfo, containers: DockerSandboxProvider, tmp_path: Path
) -> None:
    """Who is being talked to must not move because another container, or this member, has the lower address."""
    function = function_in(write_function(tmp_path / "code", "def handler(event, context):\n    return event\n"))
    async with running(containers, function) as environment:
        name, before = bridge_of(engine)
        ip("link", "add", MEMBER, "address", "02:00:00:00:00:01", "type", "veth", "peer", "name", f"{MEMBER}p")
        try:
            ip("link", "set", MEMBER, "master", name)
            assert bridge_of(engine) == (name, before)
            assert await environment.invoke(1) == 1
        finally:
            ip("link", "del", MEMBER)
        assert bridge_of(engine) == (name, before)


@pytest.mark.parametrize(("script", "expected"), [
    ("exit 3", Exit(code=3)), ("kill -9 $$", Exit(signal=9)), ("kill -ABRT $$", Exit(signal=6))])
async def test_a_runtime_ends_as_it_wants_to(
    containers: DockerSandboxProvider, tmp_path: Path, script: str, expected: Exit
) -> None:
    code = write_function(tmp_path / "code", f"#!/bin/sh\necho last words\n{script}\n", file="bootstrap", mode=0o755)
    async with created(containers, function_in(code, runtime="provided.al2023")) as environment:
        await environment.sandbox.start()
        assert await environment.sandbox.wait() == expected
        assert environment.output == b"last words\n"


async def test_the_memory_limit_is_told(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    source = "def handler(event, context):\n    return len(bytes(1 << 30).replace(b'\\0', b'x'))\n"
    function = function_in(write_function(tmp_path / "code", source), memory_mb=128)
    async with running(containers, function) as environment:
        environment.api.send(None)
        assert await environment.sandbox.wait() == Exit(signal=9, out_of_memory=True)


async def test_files_in_tmp_outlive_the_runtime(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    source = "import os\ndef handler(event, context):\n    if event:\n        open('/tmp/' + event, 'w').close()\n" \
             "    size = os.statvfs('/tmp')\n    return [os.listdir('/tmp'), size.f_blocks * size.f_frsize >> 20]\n"
    function = function_in(write_function(tmp_path / "code", source), ephemeral_storage_mb=600)
    async with running(containers, function) as environment:
        await environment.invoke("kept")
        await environment.reset()
        assert await environment.invoke() == [["kept"], 600]
    async with running(containers, function) as environment:
        assert await environment.invoke() == [[], 600]


@pytest.mark.parametrize(("script", "expected"), [("exit 3", Exit(code=3)), ("kill -9 $$", Exit(signal=9))])
async def test_a_runtime_made_ready_waits_and_ends_as_it_wants_to(
    containers: DockerSandboxProvider, tmp_path: Path, script: str, expected: Exit
) -> None:
    code = write_function(tmp_path / "code", f"#!/bin/sh\necho last words\n{script}\n", file="bootstrap", mode=0o755)
    async with created(containers, function_in(code, runtime="provided.al2023")) as environment:
        await environment.sandbox.make_ready()
        assert environment.output == b""
        await environment.sandbox.start()
        assert await environment.sandbox.wait() == expected
        assert environment.output == b"last words\n"

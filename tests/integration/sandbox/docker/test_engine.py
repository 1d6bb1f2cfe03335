"""Where engines are looked for, and what is said when there is none."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest

import workbench.sandbox.docker.endpoints as endpoints_module
import workbench.sandbox.docker.engine as engine_module
from tests.support.docker_fixtures import known_images
from workbench.model.failures import SandboxUnavailable
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.docker.endpoints import Endpoint, endpoints
from workbench.sandbox.docker.engine import EngineBusy, find_engine, find_patiently, probe
from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.docker.network import extra_hosts, listener_address
from workbench.sandbox.docker.notices import not_enforced
from workbench.sandbox.protocol import Address, Progress

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets of POSIX")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine where nobody has chosen an engine."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def write_context(home: Path, name: str, host: str) -> None:
    import hashlib

    folder = home / ".docker/contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    meta = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}}
    (folder / "meta.json").write_text(json.dumps(meta))
    (home / ".docker/config.json").write_text(json.dumps({"currentContext": name}))


def test_docker_host_is_the_only_place_when_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    assert [(found.url, found.chosen) for found in endpoints()] == [("unix:///nowhere/docker.sock", True)]


def test_the_current_context_comes_first(home: Path) -> None:
    write_context(home, "mine", f"unix://{home}/mine.sock")
    first = next(endpoints())
    assert (first.url, first.origin, first.chosen) == (f"unix://{home}/mine.sock", "Docker context mine", True)


def test_rootless_and_desktop_sockets_are_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
    for place in ("run/docker.sock", ".docker/run/docker.sock", "run/podman/podman.sock"):
        (home / place).parent.mkdir(parents=True, exist_ok=True)
        (home / place).touch()
    found = [endpoint.url.removeprefix(f"unix://{home}/") for endpoint in endpoints()]
    assert found[-3:] == ["run/docker.sock", ".docker/run/docker.sock", "run/podman/podman.sock"]


async def test_a_socket_nobody_listens_at_is_explained(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(home / "dead.sock"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/dead.sock")
    answer = await probe()
    assert isinstance(answer, str)
    assert "Nothing answers at Docker's socket" in answer
    assert "Start Docker" in answer


async def test_something_that_is_no_engine_is_explained(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_unix_server(hang_up, home / "odd.sock")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/odd.sock")
    answer = await probe()
    server.close()
    assert isinstance(answer, str)
    assert "does not answer" in answer


def test_an_engine_that_answers_late_is_busy_and_not_to_be_started(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket takes connections, nobody serves them; at the usual places it is asked again, more patiently."""
    monkeypatch.setattr(engine_module, "PROBE_TIMEOUT_S", 0.1)
    monkeypatch.setattr(engine_module, "CHOSEN_TIMEOUT_S", 0.2)
    path = home / "busy.sock"
    monkeypatch.setattr(endpoints_module, "_usual_sockets", lambda: iter([path]))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(20)
        with pytest.raises(EngineBusy, match=r"is there and has not answered within 0\.2 s") as busy:
            find_engine()
    assert "restart it if it does not recover" in busy.value.hint


async def test_that_an_engine_takes_its_time_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_QUICK_S", 0.01)
    monkeypatch.setattr(engine_module, "CHOSEN_TIMEOUT_S", 0.3)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/busy.sock")
    told: list[Progress] = []
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{home}/busy.sock")
        listening.listen(20)
        with pytest.raises(EngineBusy):
            await find_patiently(told.append)
    assert [step.text for step in told] == ["Waiting for the container engine to answer; it seems busy (up to 10 s)"]


def test_functions_that_no_process_can_run_are_not_sent_to_the_process_sandbox(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox does not know whose function it is; a Java function has no other."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/none.sock")
    with pytest.raises(SandboxUnavailable) as unavailable:
        find_engine()
    assert unavailable.value.hint == "Start Docker (or Podman) and try again."


def test_an_image_without_a_shell_keeps_what_the_engine_sets() -> None:
    engine = EngineInfo(
        endpoint=Endpoint(url="unix:///s", origin="test"), product="Docker", version="1", cgroup_version=2, cpus=8,
        memory_mb=8192, architecture="x86_64", rootless=False, shares_kernel=True, bridge_address="172.17.0.1", has_init=True)
    function = FunctionConfiguration(name="f", logical_id="F", runtime="", handler="", code_path="")
    with_shell, without = (
        not_enforced(function, engine, keeps_tmp=True, is_tmp_memory=False, has_extensions=False, has_shell=has_shell)
        for has_shell in (True, False))
    assert with_shell == ()
    assert len(without) == 1
    assert "HOME and HOSTNAME" in without[0]


@pytest.mark.parametrize("url", ["tcp://build.example.com:2375", "ssh://me@build.example.com"])
def test_an_engine_on_another_machine_is_refused_with_the_reason(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", url)
    with pytest.raises(SandboxUnavailable, match="another machine"):
        find_engine()


@pytest.mark.docker
async def test_the_engine_of_this_machine_is_described() -> None:
    known_images()
    engine = await probe()
    assert isinstance(engine, EngineInfo)
    assert engine.cgroup_version in (1, 2)
    assert engine.cpus >= 1
    address = listener_address(engine, "", "")
    if engine.bridge_address:
        assert address == Address(engine.bridge_address, engine.bridge_address)
        assert extra_hosts(address) == {}
    assert listener_address(engine, "10.0.0.1", "my.host") == Address("10.0.0.1", "my.host")


def test_the_host_of_a_virtual_machine_is_made_known() -> None:
    assert extra_hosts(Address("127.0.0.1", "host.docker.internal")) == {"host.docker.internal": "host-gateway"}

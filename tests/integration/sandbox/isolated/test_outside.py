"""The way to the outside: real pasta and slirp4netns between real network namespaces, as root and as an ordinary user."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.bubbles import PYTHON, Bubble, acting_as, bubble, needs_bubblewrap
from tests.support.process_sandboxes import WAIT_S
from workbench.sandbox.isolated.namespace_sockets import NamespaceSockets, helper_command
from workbench.sandbox.isolated.outside import TUNNEL, Outside, Tool, Way, resolv_conf
from workbench.sandbox.isolated.own_addresses import METADATA, closed_networks
from workbench.sandbox.process.guardian import Guardian

pytestmark = [needs_bubblewrap, pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("ip") is None or not os.path.exists(TUNNEL), reason="root makes the world around")]

_AS_ROOT_THERE = ("--uid", "0", "--gid", "0")
_FAR = "198.51.100.1"
_NEAR = "198.51.100.2"
_TRY = """
import errno, json, socket, sys
while True:
    said = {}
    for host, port in json.loads(input()):
        try:
            socket.create_connection((host, port), 30 if host == "198.51.100.1" else 1).close()
            said[host] = "reached"
        except OSError as error:
            said[host] = errno.errorcode.get(error.errno, "no answer")
    print(json.dumps(said))
"""
_SERVER = "import socket, time; s = socket.create_server(('', 8080)); print('ready', flush=True); s.accept(); time.sleep(99)"


@pytest.fixture(params=["root", "ordinary"])
def user(request: pytest.FixtureRequest) -> Iterator[str]:
    mode = os.stat(TUNNEL).st_mode & 0o777
    os.chmod(TUNNEL, 0o666)  # as udev makes it everywhere
    yield request.param
    os.chmod(TUNNEL, mode)


@pytest.fixture
def far() -> Iterator[str]:
    """Another machine with a server on port 8080: a namespace at the end of a cable."""
    name = f"far{secrets.token_hex(4)}"
    _ip("netns", "add", name)
    try:
        _ip("link", "add", name, "type", "veth", "peer", "eth0", "netns", name)
        _ip("address", "add", f"{_NEAR}/24", "dev", name)
        _ip("link", "set", name, "up")
        for command in (("address", "add", f"{_FAR}/24", "dev", "eth0"), ("link", "set", "eth0", "up")):
            _ip("-n", name, *command)
        server = subprocess.Popen(["ip", "netns", "exec", name, PYTHON, "-c", _SERVER], stdout=subprocess.PIPE)
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield _FAR
        server.kill()
        server.communicate()
    finally:
        _ip("netns", "delete", name)


def _ip(*arguments: str) -> None:
    _run("ip", *arguments)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


@pytest.fixture(params=["pasta", "slirp4netns"])
async def outside(request: pytest.FixtureRequest, user: str, far: str) -> AsyncIterator[Outside]:
    path = shutil.which(request.param)
    if path is None:
        pytest.skip(f"needs {request.param}")
    with acting_as(user):
        sockets, guardian = NamespaceSockets((PYTHON, *helper_command()[1:])), Guardian()
        made = Outside(sockets, guardian, (Tool(request.param, path),))
        yield made
        await made.close()
        await sockets.close()
        guardian.close()


@pytest.mark.parametrize("user", ["root"], indirect=True)
async def test_what_is_mounted_on_this_machine_stays_mounted(outside: Outside, tmp_path: Path) -> None:
    """slirp4netns unmounts all it sees. Below a shared mount, as Docker keeps the files of its containers, that reached us."""
    shared, inner = tmp_path / "shared", tmp_path / "shared/inner"
    shared.mkdir()
    _mount(shared)
    try:
        _run("mount", "--make-shared", str(shared))
        inner.mkdir()
        _mount(inner)
        with bubble(_TRY, *_AS_ROOT_THERE) as inside:
            await outside.attach(inside.pid)
            assert inner.is_mount()
    finally:
        _run("umount", "--recursive", str(shared))


def _mount(folder: Path) -> None:
    _run("mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(folder))


async def test_the_outside_is_reached_and_this_machine_is_not(outside: Outside, far: str) -> None:
    own = sorted({each.address.partition("%")[0] for addresses in psutil.net_if_addrs().values() for each in addresses
                  if each.family in (socket.AF_INET, socket.AF_INET6) and not each.address.startswith("fe80")})
    assert _NEAR in own
    with (socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener,
          bubble(_TRY, *_AS_ROOT_THERE) as inside):
        port = listener.getsockname()[1]
        way = await outside.attach(inside.pid)
        assert way.notice == ""
        gateways = ["192.0.2.1", "169.254.78.2", "169.254.78.3"]
        told = _told(inside, [(far, 8080), *((each, port) for each in (*own, *gateways))])
        assert told.pop(far) == "reached"
        assert set(told) == {*own, *gateways}
        assert "reached" not in told.values()
        assert told[_NEAR] == "EACCES"
        hidden = [network.partition("/")[0] for network in METADATA if ":" not in network]
        assert set(_told(inside, [(each, 80) for each in hidden]).values()) == {"EACCES"}


def _told(inside: Bubble, asked: list[tuple[str, int]]) -> dict[str, str]:
    inside.tell(json.dumps(asked))
    answer: dict[str, str] = json.loads(inside.line())
    return answer


async def test_an_address_that_comes_later_is_closed_too(outside: Outside, far: str) -> None:
    with bubble(_TRY, *_AS_ROOT_THERE) as inside:
        way = await outside.attach(inside.pid)
        with acting_as_root():
            _ip("address", "add", "198.51.100.77/32", "dev", "lo")
        try:
            async with asyncio.timeout(WAIT_S):
                while _told(inside, [("198.51.100.77", 9)]) != {"198.51.100.77": "EACCES"}:  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.01)
        finally:
            with acting_as_root():
                _ip("address", "delete", "198.51.100.77/32", "dev", "lo")
        await outside.detach(way)


class acting_as_root:
    """Root again for a moment."""


    def __enter__(self) -> None:
        self._user = os.geteuid()
        os.setresuid(0, 0, 0)

    def __exit__(self, *_: object) -> None:
        if self._user:
            os.setresuid(self._user, self._user, 0)


async def test_a_way_ends_with_its_environment(outside: Outside) -> None:
    with bubble(_TRY) as inside:
        way: Way = await outside.attach(inside.pid)
        tool = psutil.Process(way.pid)
        await outside.detach(way)
        assert not tool.is_running()


@pytest.mark.expects_log
async def test_a_tool_that_was_killed_is_started_again(outside: Outside, far: str) -> None:
    with bubble(_TRY) as inside:
        way = await outside.attach(inside.pid)
        first = way.pid
        psutil.Process(first).kill()
        async with asyncio.timeout(WAIT_S):
            while way.pid in (first, None):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        assert _told(inside, [(far, 8080), (_NEAR, 8080)]) == {far: "reached", _NEAR: "EACCES"}


async def test_a_machine_without_the_tool_or_its_device() -> None:
    sockets, guardian = NamespaceSockets(), Guardian()
    outside = Outside(sockets, guardian, ())
    assert outside.missing == "slirp4netns or pasta is needed for a network apart from this machine's."
    broken = Outside(sockets, guardian, (Tool("pasta", "/bin/false"),))
    with bubble(_TRY, *_AS_ROOT_THERE) as inside:
        way = await broken.attach(inside.pid)
        assert way.notice.startswith("The function reaches nothing outside of this machine, as pasta says: nothing. Look ")
        assert _told(inside, [("198.51.100.1", 80)]) == {"198.51.100.1": "ENETUNREACH"}
    for each in (outside, broken):
        await each.close()
    await sockets.close()
    guardian.close()


def test_the_networks_of_containers_are_closed() -> None:
    name = f"br{secrets.token_hex(4)}"
    _ip("link", "add", name, "type", "bridge")
    try:
        _ip("address", "add", "198.18.7.1/24", "dev", name)
        _ip("address", "add", "fd00:7::1/64", "dev", name)
        assert {"198.18.7.0/24", "198.18.7.1/32", "fd00:7::/64"} <= set(closed_networks())
    finally:
        _ip("link", "delete", name)
    assert "198.18.7.0/24" not in closed_networks()


def test_what_is_closed() -> None:
    closed = closed_networks()
    addresses = [each.address for each in psutil.net_if_addrs()["lo"]]
    assert not {f"{each}/32" for each in addresses} & set(closed)
    assert set(METADATA) <= set(closed)
    assert resolv_conf() == "nameserver 169.254.78.3\n"


_DOOMED = """
import asyncio, shutil, sys
from workbench.sandbox.isolated.namespace_sockets import NamespaceSockets
from workbench.sandbox.isolated.outside import Outside
from workbench.sandbox.process.guardian import Guardian
async def main():
    way = await Outside(NamespaceSockets(), Guardian()).attach(int(sys.argv[1]))
    print(way.pid, way.notice, flush=True)
    sys.stdin.read()
asyncio.run(main())
"""


def test_a_way_ends_with_a_killed_engine() -> None:
    with bubble(_TRY) as inside, subprocess.Popen([sys.executable, "-c", _DOOMED, str(inside.pid)],
                                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE) as engine:
        assert engine.stdout is not None
        tool = psutil.Process(int(engine.stdout.readline()))
        engine.kill()
        engine.wait()
        tool.wait(WAIT_S)

"""Sockets in other network namespaces: real bubblewrap, as root and as an ordinary user."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import psutil
import pytest

from tests.support.bubbles import PYTHON, Bubble, acting_as, bubble, needs_bubblewrap
from tests.support.process_sandboxes import WAIT_S, eventually
from workbench.model.failures import SandboxError
from workbench.sandbox.isolated import socket_helper
from workbench.sandbox.isolated.namespace_sockets import HELPER_COMMAND, NamespaceSockets, helper_command
from workbench.sandbox.isolated.network_namespace import NetworkNamespace

pytestmark = needs_bubblewrap

_READER = """
import socket
print("ready")
input()
print(socket.create_connection(("127.0.0.1", 9001)).recv(100).decode())
input()
"""
_WRITER = """
import socket
listener = socket.create_server(("127.0.0.1", 7000))
print("ready")
while True:
    other, _ = listener.accept()
    other.sendall(b"hello from inside")
    other.close()
"""
_IDLE = "input()"


@pytest.fixture(params=["root", "ordinary"])
def _user(request: pytest.FixtureRequest) -> Iterator[None]:
    with acting_as(request.param):
        yield


@pytest.fixture
async def sockets(_user: None) -> AsyncIterator[NamespaceSockets]:
    made = NamespaceSockets((PYTHON, *helper_command()[1:]))
    yield made
    await made.close()


@contextlib.contextmanager
def many_descriptors(count: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 500), hard))
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(count):
            stack.enter_context(open(os.devnull, "rb"))
        yield


async def test_a_listener_is_inside_and_nowhere_else(sockets: NamespaceSockets) -> None:
    with bubble(_READER) as inside:
        assert inside.line() == "ready"
        listener = await sockets.listen(inside.pid, "127.0.0.1", 9001)
        with listener, pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", 9001))
        listener = await sockets.listen(inside.pid, "127.0.0.1", 9001)
        with listener:
            inside.tell("go")
            other, _ = await asyncio.get_running_loop().sock_accept(listener)
            with other:
                other.sendall(b"hello from outside")
            assert inside.line() == "hello from outside"


async def test_two_environments_have_the_same_port(sockets: NamespaceSockets) -> None:
    with bubble(_READER) as first, bubble(_READER) as second:
        for inside in (first, second):
            with await sockets.listen(inside.pid, "127.0.0.1", 9001) as listener:
                await _hello(inside, listener, str(inside.pid))


async def _hello(inside: Bubble, listener: socket.socket, text: str) -> None:
    assert inside.line() == "ready"
    inside.tell("go")
    other, _ = await asyncio.get_running_loop().sock_accept(listener)
    with other:
        other.sendall(text.encode())
    assert inside.line() == text


async def test_a_listener_is_had_as_soon_as_the_pid_is_known(sockets: NamespaceSockets) -> None:
    """bwrap tells it before the loopback address is there."""
    sockets.start()
    for _ in range(5):
        with bubble(_IDLE) as inside, await sockets.listen(inside.pid, "127.0.0.1", 9001) as listener:
            assert listener.getsockname() == ("127.0.0.1", 9001)


async def test_a_namespace_whose_processes_left_for_another_user_namespace(sockets: NamespaceSockets) -> None:
    with bubble(_READER, "--disable-userns") as inside, await sockets.listen(inside.pid, "127.0.0.1", 9001) as listener:
        await _hello(inside, listener, "hello")


async def test_any_address_of_the_loopback_can_be_had_and_is_free_again_at_once(sockets: NamespaceSockets) -> None:
    with bubble(_IDLE) as inside:
        for address in (("127.0.0.1", 80), ("::1", 9001)):
            with await sockets.listen(inside.pid, *address) as listener:
                assert listener.getsockname()[:2] == address
        for _ in range(20):
            (await sockets.listen(inside.pid, "127.0.0.1", 9001)).close()
        with pytest.raises(ConnectionRefusedError):
            await sockets.connect(inside.pid, "127.0.0.1", 7000)


async def test_a_connection_to_inside_and_a_port_that_is_taken(sockets: NamespaceSockets) -> None:
    with bubble(_WRITER) as inside:
        assert inside.line() == "ready"
        with pytest.raises(SandboxError, match=r"127\.0\.0\.1:7000 cannot be had .*: Address already in use"):
            await sockets.listen(inside.pid, "127.0.0.1", 7000)
        with await sockets.connect(inside.pid, "127.0.0.1", 7000) as made:
            reader, writer = await asyncio.open_connection(sock=made)
            assert await reader.read() == b"hello from inside"
            writer.close()


async def test_an_environment_that_has_ended(sockets: NamespaceSockets) -> None:
    with bubble(_IDLE) as inside:
        namespace = NetworkNamespace.of(inside.pid)
        inside.end()
        with pytest.raises(SandboxError, match="it has ended"):
            await sockets.listen(inside.pid, "127.0.0.1", 9001)
        with await sockets.listen(namespace, "127.0.0.1", 9001), pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", 9001))  # held open, it is still that one and no other
        namespace.close()


async def test_never_this_machines_own_network_also_with_more_than_1024_descriptors(sockets: NamespaceSockets) -> None:
    with bubble(_IDLE) as inside, many_descriptors(1100):
        (await sockets.listen(inside.pid, "127.0.0.1", 9001)).close()
    with pytest.raises(SandboxError, match="this machine's own network"):
        await sockets.listen(os.getpid(), "127.0.0.1", 9001)


async def test_a_killed_helper_is_started_again(sockets: NamespaceSockets) -> None:
    with bubble(_IDLE) as inside:
        (await sockets.listen(inside.pid, "127.0.0.1", 9001)).close()
        first = sockets.helper_pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        asking = asyncio.create_task(sockets.listen(inside.pid, "127.0.0.1", 9001))
        await asyncio.sleep(0)
        os.kill(first, signal.SIGKILL)
        (await asking).close()
        assert sockets.helper_pid != first


async def test_a_network_that_was_closed_meanwhile_costs_nobody_else_the_helper(sockets: NamespaceSockets) -> None:
    with bubble(_IDLE) as inside:
        (await sockets.listen(inside.pid, "127.0.0.1", 9001)).close()
        helper = sockets.helper_pid
        closed = NetworkNamespace.of(inside.pid)
        closed.close()
        others = [asyncio.create_task(sockets.listen(inside.pid, "127.0.0.1", 20_000 + each)) for each in range(8)]
        with pytest.raises(SandboxError, match="network cannot be entered: Bad file descriptor"):
            await sockets.prohibit(closed, ["192.0.2.1/32"])
        for listener in await asyncio.gather(*others):
            listener.close()
        assert sockets.helper_pid == helper


async def test_a_helper_that_can_not_be(sockets: NamespaceSockets) -> None:
    with bubble(_IDLE) as inside:
        broken = NamespaceSockets(("/bin/false",))
        with pytest.raises(SandboxError, match="ends again and again"):
            await broken.listen(inside.pid, "127.0.0.1", 9001)
        await broken.close()
        missing = NamespaceSockets(("/nonexistent/python",))
        with pytest.raises(SandboxError, match="No process could be started: No such file"):
            await missing.listen(inside.pid, "127.0.0.1", 9001)
        await missing.close()


async def test_many_at_once_and_none_is_left(sockets: NamespaceSockets) -> None:
    with bubble(_IDLE) as inside:
        (await sockets.listen(inside.pid, "127.0.0.1", 9001)).close()
        before = len(os.listdir("/proc/self/fd"))
        listeners = await asyncio.gather(*(sockets.listen(inside.pid, "127.0.0.1", 20000 + each) for each in range(100)))
        assert sorted(each.getsockname()[1] for each in listeners) == list(range(20000, 20100))
        for listener in listeners:
            listener.close()
        assert len(os.listdir("/proc/self/fd")) == before
        helper = psutil.Process(sockets.helper_pid)
        await eventually(lambda: helper.children() == [] and helper.num_fds() <= 5)


_SLOW = """
import os, runpy, sys, time
fork = os.fork
def slow_fork():
    time.sleep(0.1)
    return fork()
os.fork = slow_fork
runpy.run_path(sys.argv[1], run_name="__main__")
"""


async def test_on_a_busy_machine_many_wait_as_long_as_some_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_helper, "ANSWER_TIMEOUT_S", 0.8)
    sockets = NamespaceSockets((PYTHON, "-c", _SLOW, helper_command()[-1]))
    with bubble(_IDLE) as inside:
        listeners = await asyncio.gather(*(sockets.listen(inside.pid, "127.0.0.1", 20000 + each) for each in range(16)))
        for listener in listeners:
            listener.close()
        os.kill(sockets.helper_pid or 0, signal.SIGSTOP)
        with pytest.raises(SandboxError, match="in time"):
            await sockets.listen(inside.pid, "127.0.0.1", 9001)
        os.kill(sockets.helper_pid or 0, signal.SIGKILL)
    await sockets.close()


async def test_whoever_stops_waiting_leaves_nothing(sockets: NamespaceSockets) -> None:
    with bubble(_IDLE) as inside:
        (await sockets.listen(inside.pid, "127.0.0.1", 9001)).close()
        before = len(os.listdir("/proc/self/fd"))
        for ticks in range(1, 8):
            asking = asyncio.create_task(sockets.listen(inside.pid, "127.0.0.1", 9001))
            for _ in range(ticks):
                await asyncio.sleep(0)
            asking.cancel()
            (given,) = await asyncio.gather(asking, return_exceptions=True)
            if isinstance(given, socket.socket):  # the answer was quicker than the cancellation
                given.close()
        with await sockets.listen(inside.pid, "127.0.0.1", 9002):
            pass  # requests are read in turn, so there is a child for each of those that nobody waits for, or was
        helper = psutil.Process(sockets.helper_pid)
        await eventually(lambda: helper.children() == [])  # they answer in any order
        await eventually(lambda: len(os.listdir("/proc/self/fd")) == before)


async def test_it_is_closed(sockets: NamespaceSockets) -> None:
    with bubble(_IDLE) as inside:
        (await sockets.listen(inside.pid, "127.0.0.1", 9001)).close()
        helper = psutil.Process(sockets.helper_pid)
        await sockets.close()
        assert not helper.is_running()
        with pytest.raises(SandboxError, match="about to end"):
            await sockets.listen(inside.pid, "127.0.0.1", 9001)


_DOOMED = """
import asyncio, os, sys
from workbench.sandbox.isolated.namespace_sockets import NamespaceSockets
async def main():
    sockets = NamespaceSockets()
    sockets.start()
    print(sockets.helper_pid, flush=True)
    sys.stdin.read()
asyncio.run(main())
"""


def test_the_helper_ends_with_a_killed_engine() -> None:
    with subprocess.Popen([sys.executable, "-c", _DOOMED], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as engine:
        assert engine.stdout is not None
        helper = psutil.Process(int(engine.stdout.readline()))
        engine.kill()
        engine.wait()
        helper.wait(WAIT_S)


async def test_an_app_that_is_one_program_starts_it_by_a_word() -> None:
    with acting_as("root"), bubble(_IDLE) as inside:
        sockets = NamespaceSockets((sys.executable, "-m", "workbench", HELPER_COMMAND))
        (await sockets.listen(inside.pid, "127.0.0.1", 9001)).close()
        await sockets.close()

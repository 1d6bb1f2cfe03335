"""Callers who connect by the thousand, begin requests and do not end them, or do not read: a live engine answers the others."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Iterator
from typing import NamedTuple

import psutil
import pytest

from tests.support.engines import served
from tests.support.request_parts import Fuzzed, send
from tests.support.shared_engine import SharedEngine
from tests.support.workspaces import one_function
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits of a process are POSIX's")

CONNECTIONS = 2_500
WAITING = 1_000
READERS, LARGE = 18, 5_900_000
GET = b"GET /2015-03-31/functions HTTP/1.1\r\nHost: localhost\r\n"
SMALL = Fuzzed(what="small", data=GET + b"Connection: close\r\n\r\n")
INVOKE = b"POST /2015-03-31/functions/Function/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7\r\n\r\n%d" % LARGE
ENDLESS = {
    "path": b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "query": b"GET /2015-03-31/functions?Marker=" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "method": b"G" * (1 << 20),
    "header": GET + b"X: " + b"a" * (1 << 20) + b"\r\n\r\n",
    "headers": GET + b"X: a\r\n" * 150_000 + b"\r\n",
}


class Target(NamedTuple):
    engine: SharedEngine
    process: psutil.Process
    address: tuple[str, int]

    @property
    def memory_mb(self) -> int:
        return int(self.process.memory_info().rss) >> 20

    def answers(self) -> None:
        answer = send(self.address, SMALL)
        assert answer is not None
        assert answer.status == 200


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    workspace = one_function(tmp_path_factory.mktemp("limits"), "def handler(event, context):\n    return 'x' * (event or 0)\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        with served(workspace, "--sandbox", "process") as server:
            connection = read_connection(state_directory(workspace))
            assert connection is not None
            host, _, port = server.url.removeprefix("http://").partition(":")
            engine = SharedEngine(server, connection)
            asyncio.run(engine.begin())
            yield Target(engine, psutil.Process(server.process.pid), (host, int(port)))
            assert "Traceback" not in server.stop()


@pytest.fixture
def many_files() -> Iterator[int]:
    """As many connections as this process may have, up to CONNECTIONS."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 500 if hard == resource.RLIM_INFINITY else min(hard, CONNECTIONS + 500)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield max(soft, wanted) - 500
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def until(condition: object, limit_s: float = 20) -> None:
    end_s = time.monotonic() + limit_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end_s
        os.sched_yield()


@pytest.mark.parametrize("what", ENDLESS)
def test_a_request_that_is_too_long_is_refused(shared: Target, what: str) -> None:
    before_mb = shared.memory_mb
    with socket.create_connection(shared.address, timeout=20) as connection:
        with contextlib.suppress(OSError):  # it was refused before all was sent
            connection.sendall(ENDLESS[what])
        with contextlib.suppress(OSError):
            assert connection.recv(100).startswith((b"HTTP/1.0 400", b"HTTP/1.1 4", b""))
    shared.answers()
    assert shared.memory_mb < before_mb + 30


def test_thousands_of_requests_that_are_only_begun(shared: Target, many_files: int) -> None:
    """Most are hung up on after a second; nobody else waits for that."""
    files = shared.process.num_fds()
    with contextlib.ExitStack() as stack:
        for _ in range(min(CONNECTIONS, many_files)):
            connection = stack.enter_context(socket.create_connection(shared.address, timeout=20))
            with contextlib.suppress(OSError):
                connection.sendall(GET + b"X: ")
        begun_s = time.monotonic()
        shared.answers()
        assert time.monotonic() - begun_s < 2
        until(lambda: shared.process.num_fds() <= files + WAITING)
        assert shared.memory_mb < 250
    until(lambda: shared.process.num_fds() <= files + 5)


def test_thousands_of_large_bodies_that_are_only_begun(shared: Target, many_files: int) -> None:
    """They wait for their turn, and nobody else for them: what their waiting costs does not grow with their number's square."""
    begun = INVOKE.partition(b"Content-Length")[0] + b"Content-Length: 1000000\r\n\r\n" + b"[" * 1_000
    with contextlib.ExitStack() as stack:
        for _ in range(min(CONNECTIONS, many_files)):
            connection = stack.enter_context(socket.create_connection(shared.address, timeout=60))
            with contextlib.suppress(OSError):
                connection.sendall(begun)
        for _ in range(20):  # when each of them looked for room, one answer took half a minute
            shared.answers()
        assert shared.memory_mb < 250


def test_answers_that_nobody_reads(shared: Target) -> None:
    """Those who have read nothing for longest are hung up on before all the answers take more than they may."""
    most_mb, whole = 0, 0
    with contextlib.ExitStack() as stack:
        readers = []
        for _ in range(READERS):
            connection = stack.enter_context(socket.socket())
            connection.settimeout(20)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(shared.address)
            connection.sendall(INVOKE)
            connection.recv(1)  # it has been answered: the next one needs no other environment
            readers.append(connection)
            most_mb = max(most_mb, shared.memory_mb)
        shared.answers()
        for connection in readers:
            whole += _rest(connection) > LARGE
    asyncio.run(shared.engine.stop_environments())
    assert 0 < whole < READERS
    assert most_mb < 300


def _rest(connection: socket.socket) -> int:
    """How many bytes still come until the answer's end, or until it is broken off."""
    got = 0
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    with contextlib.suppress(OSError):
        while got < LARGE and (part := connection.recv(1 << 20)):
            got += len(part)
    return got

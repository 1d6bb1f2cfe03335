"""Floods against a real engine: its memory stays small, a neighbor is answered meanwhile, nothing of value is left out.

How much slower a neighbor gets, and what is given back, is a benchmark (`dev.py bench attack`).
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from tests.support.engines import served, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

MEMORY_LIMIT_MB = 250
KEPT_MB = 45
"""What an engine may keep for long: growth of 32 MiB is not given back, see `memory_return`, and some is still to be written."""
CALLERS = 45
"""What they do not read is more than the limit, if it were kept."""
FLOOD = """
    import os, time
    WRITES = {
        "nothing": lambda: sum(range(1_000)) and 0,
        "print": lambda: [print("a") for _ in range(1_000)] and 2_000,
        "two characters": lambda data=b"a\\n" * 32_768: os.write(1, data),
        "empty lines": lambda data=b"\\n" * 65_536: os.write(1, data),
        "single bytes": lambda: os.write(1, b"a"),
        "no line end": lambda data=b"a" * 65_536: os.write(1, data),
        "binary": lambda data=bytes(range(256)) * 256: os.write(1, data),
        "frames that are none": lambda data=b"\\xa5\\x5a\\x00\\x03\\x00\\x00\\x00\\x00" * 8_192: os.write(1, data),
    }
    def handler(event, context):
        end, left = time.monotonic() + event["seconds"], event.get("megabytes", 10**9) * 1_000_000
        while time.monotonic() < end and left > 0:
            left -= WRITES[event["kind"]]() or 0
        return "written"
"""
LARGE = "def handler(event, context):\n    return 'x' * 5_000_000\n"
CALLER_HEAD = "POST /2015-03-31/functions/Large/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
KINDS = ("print", "two characters", "empty lines", "single bytes", "no line end", "binary", "frames that are none")


class Flooded:
    """An engine with a function that floods, one that answers with 5 MB, and a neighbor."""

    def __init__(self, url: str, token: str, engine: psutil.Process) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self.address = (host, int(port))
        self.token = token
        self._engine = engine

    def invoke(self, function: str, event: object, limit_s: float = 60) -> bytes:
        """The answer of a function."""
        connection = http.client.HTTPConnection(*self.address, timeout=limit_s)
        with contextlib.closing(connection):
            connection.request("POST", f"/2015-03-31/functions/{function}/invocations", msgspec.json.encode(event))
            return connection.getresponse().read()

    @property
    def memory_mb(self) -> float:
        """What the engine has now."""
        return float(self._engine.memory_info().rss) / 1e6

    def ask(self, text: str) -> socket.socket:
        """Send a request and read nothing."""
        connection = socket.create_connection(self.address, timeout=20)
        connection.sendall(text.encode())
        return connection


def follower_head(token: str) -> str:
    """What a follower of the stream begins with."""
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nConnection: Upgrade\r\nUpgrade: websocket"
    return f"GET /_workbench/stream?since=0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{key}\r\n\r\n"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Flooded]:
    builder = WorkspaceBuilder(tmp_path / "workspace")
    builder.function("Flood", {"app.py": FLOOD}, timeout_s=30)
    builder.function("Large", {"app.py": LARGE})
    workspace = builder.function("Neighbour", {"app.py": "def handler(event, context):\n    return 'here'\n"}).write()
    with served(workspace, "--sandbox", "process") as server:
        connection = read_connection(state_directory(workspace))
        assert connection is not None
        yield Flooded(server.url, connection.token, psutil.Process(server.process.pid))


def test_floods_of_output(engine: Flooded) -> None:
    for kind in KINDS:
        answers: list[bytes] = []
        event = {"kind": kind, "seconds": 0.3}
        flood = threading.Thread(target=lambda event=event, answers=answers: answers.append(engine.invoke("Flood", event)))
        flood.start()
        while flood.is_alive():
            assert engine.invoke("Neighbour", {}) == b'"here"'
            assert engine.memory_mb < MEMORY_LIMIT_MB, kind
        assert answers == [b'"written"'], kind


def test_followers_who_do_not_read(engine: Flooded) -> None:
    """What was in the journal before is more than anybody is sent at once."""
    assert engine.invoke("Flood", {"kind": "no line end", "seconds": 20, "megabytes": 20}) == b'"written"'
    with contextlib.ExitStack() as sockets:
        for _ in range(20):
            sockets.enter_context(engine.ask(follower_head(engine.token)))
        assert engine.invoke("Flood", {"kind": "print", "seconds": 0.5}) == b'"written"'
        assert engine.invoke("Neighbour", {}) == b'"here"'
        assert engine.memory_mb < MEMORY_LIMIT_MB


async def test_a_follower_that_is_silent_for_long_costs_no_more_than_one_that_is_for_a_moment(engine: Flooded) -> None:
    """Each event is 50 KB of the journal; more waits for it at the end than its socket and its share of memory hold.

    Meanwhile SQLite's cache grows to its 32 MB, and the C library keeps what was freed. The engine gives that back by and by,
    which takes what is held for nobody, but would not take what is held for a follower.
    """
    event = {"kind": "nothing", "seconds": 0, "text": "x" * 50_000}
    with engine.ask(follower_head(engine.token)) as follower:
        for _ in range(200):  # 10 MB
            assert engine.invoke("Flood", event) == b'"written"'
        most_mb = engine.memory_mb + KEPT_MB
        for _ in range(1_200):  # 60 MB
            engine.invoke("Flood", event)
        await until(lambda: engine.memory_mb < most_mb)
        assert follower.recv(15).startswith(b"HTTP/1.1 101")


def test_callers_who_do_not_read(engine: Flooded) -> None:
    """Again and again: what was meant for those who have left is not kept."""
    for callers in (CALLERS, CALLERS // 3):
        with contextlib.ExitStack() as sockets:
            for _ in range(callers):
                assert sockets.enter_context(engine.ask(CALLER_HEAD)).recv(15).startswith(b"HTTP/1.1 200")
            assert engine.invoke("Neighbour", {}) == b'"here"'
            assert engine.memory_mb < MEMORY_LIMIT_MB


def test_callers_who_do_not_read_what_the_journal_has(engine: Flooded) -> None:
    """Pages of it and single invocations, which may be tens of MB each."""
    assert engine.invoke("Flood", {"kind": "no line end", "seconds": 20, "megabytes": 20}) == b'"written"'
    path, who = "/_workbench/events?since=0&limit=10000", f"Authorization: Bearer {engine.token}"
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{who}\r\n\r\n"
    with contextlib.ExitStack() as sockets:
        for _ in range(CALLERS):
            assert sockets.enter_context(engine.ask(head)).recv(15).startswith(b"HTTP/1.1 200")
        assert engine.invoke("Neighbour", {}) == b'"here"'
        assert engine.memory_mb < MEMORY_LIMIT_MB


def test_callers_who_do_not_read_what_is_streamed(engine: Flooded) -> None:
    path = "/2021-11-15/functions/Large/response-streaming-invocations"
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{{}}"
    with contextlib.ExitStack() as sockets:
        for _ in range(CALLERS):
            assert sockets.enter_context(engine.ask(head)).recv(15).startswith(b"HTTP/1.1 200")
        assert engine.invoke("Neighbour", {}) == b'"here"'


def test_more_environments_than_there_can_be(engine: Flooded) -> None:
    connection = http.client.HTTPConnection(*engine.address, timeout=60)
    with contextlib.closing(connection):
        path = "/_workbench/provisioned/Neighbour?count=1000000000"
        connection.request("PUT", path, headers={"Authorization": f"Bearer {engine.token}"})
        answer = connection.getresponse()
        assert (answer.status, b"should not be greater than 100" in answer.read()) == (400, True)

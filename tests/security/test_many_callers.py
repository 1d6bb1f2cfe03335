"""Callers who connect and go no further, or send as slowly as they can: the engine's files and memory stay for the others."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import aiohttp
import psutil
import pytest
from aiohttp import web

from tests.support.engines import served, until
from tests.support.request_parts import Fuzzed, send
from tests.support.workspaces import one_function
from workbench.debugging.dap import DapFrames
from workbench.engine.clock import Clock
from workbench.engine.runtime_api.http_exchange import MOST_HEAD_BYTES, RuntimeConnection, RuntimeRequest
from workbench.engine.runtime_api.listener import MOST_CONNECTIONS, MOST_HELD_BYTES, RuntimeApi
from workbench.gateway import bodies_in_memory
from workbench.gateway.bodies_in_memory import BodiesInMemory
from workbench.gateway.errors import answer_errors
from workbench.gateway.http_log import server_logger
from workbench.gateway.waiting_connections import WaitingConnections
from workbench.sandbox.protocol import Address
from workbench.sandbox.sockets import listen_at
from workbench.storage.open_files import most_waiting

INVOKE = b"POST /2015-03-31/functions/Function/invocations HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
LARGE = 6_000_000


@contextlib.contextmanager
def callers(address: tuple[str, int], number: int, sent: bytes) -> Iterator[None]:
    """So many who have sent this, as far as it is taken, and wait."""
    with contextlib.ExitStack() as stack:
        for _ in range(number):
            connection = stack.enter_context(socket.create_connection(address, timeout=10))
            connection.setblocking(False)
            with contextlib.suppress(OSError):
                connection.send(sent)
        yield


@pytest.mark.skipif(os.name != "posix", reason="limits of a process are POSIX's")
def test_callers_who_send_bodies_and_no_end_cost_little(tmp_path: Path) -> None:
    workspace = one_function(tmp_path / "workspace", "def handler(event, context):\n    return len(event)\n")
    with served(workspace, "--sandbox", "process") as server:
        engine = psutil.Process(server.process.pid)
        host, _, port = server.url.removeprefix("http://").partition(":")
        address, small = (host, int(port)), Fuzzed(what="small", data=INVOKE + b"Content-Length: 2\r\n\r\n{}")
        begun = INVOKE + b"Content-Length: %d\r\n\r\n" % LARGE + b" " * (LARGE - 100_000)
        with callers(address, 150, begun):
            for _ in range(20):
                answer = send(address, small)
                assert answer is not None
                assert answer.status == 200
            assert engine.memory_info().rss < 250 << 20
        whole = Fuzzed(what="large", data=INVOKE + b"Content-Length: %d\r\n\r\n" % LARGE + b"[" + b" " * (LARGE - 2) + b"]")
        answer = send(address, whole)
        assert answer is not None
        assert (answer.status, answer.body) == (200, b"0")


@contextlib.asynccontextmanager
async def serving(
    *middlewares: object, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> AsyncIterator[web.AppRunner]:
    application = web.Application(middlewares=list(middlewares), client_max_size=LARGE)  # type: ignore[arg-type]
    application.router.add_route("*", "/", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, logger=server_logger())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner
    finally:
        await runner.cleanup()


async def test_a_body_has_its_turn_when_those_before_it_are_done_or_stalled() -> None:
    bodies, read = BodiesInMemory(most_bytes=200_000), list[int]()

    async def take(request: web.Request) -> web.Response:
        read.append(len(await bodies.read(request, 200_000)))
        return web.Response()

    async with serving(bodies.middleware, handler=take) as runner:
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
        host, port = runner.addresses[0]
        _, stalled = await asyncio.open_connection(host, port)
        stalled.write(head % 150_000 + b"x" * 149_999)
        await until(lambda: bodies._taken_bytes() == 150_000)
        _, second = await asyncio.open_connection(host, port)
        second.write(head % 120_000 + b"x" * 120_000)
        _, small = await asyncio.open_connection(host, port)
        small.write(head % 60_000 + b"x" * 60_000)
        await until(lambda: read == [60_000])
        await until(lambda: read == [60_000, 120_000])  # the first was hung up on
        for writer in (stalled, second, small):
            writer.close()
        await until(lambda: not bodies._bodies)


async def test_whoever_has_no_turn_is_throttled_and_not_told_that_he_was_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS's clients ask again after 429, after 408 most do not; and they do not wait for longer than a minute."""
    monkeypatch.setattr(bodies_in_memory, "TURN_S", 0.1)
    bodies, answered = BodiesInMemory(most_bytes=200_000), asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        await bodies.read(request, 200_000)
        await answered.wait()
        return web.Response()

    async with serving(answer_errors, bodies.middleware, handler=take) as runner, aiohttp.ClientSession() as session:
        url = "http://{}:{}/".format(*runner.addresses[0])
        first = asyncio.create_task(session.post(url, data=b"x" * 150_000))
        await until(lambda: bodies._taken_bytes() == 150_000)
        async with session.post(url, data=b"x" * 150_000) as second:
            assert (second.status, second.headers["x-amzn-ErrorType"]) == (429, "TooManyRequestsException")
        answered.set()
        (await first).close()
        async with session.post(url, data=b"x" * 150_000) as third:
            assert third.status == 200


async def test_connections_without_a_request_give_way_to_others() -> None:
    found: list[web.AppRunner] = []
    waiting = WaitingConnections(lambda: list(found[0].server.connections) if found and found[0].server else [], most=5)

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="fine")

    async with serving(waiting.middleware, handler=answer) as runner:
        found.append(runner)
        watch = asyncio.get_running_loop().create_task(waiting.watch())
        host, port = runner.addresses[0]
        opened = [await asyncio.open_connection(host, port) for _ in range(40)]
        for _, writer in opened:
            writer.write(b"GET / HTTP/1.1\r\nHost: loc")
        await until(lambda: len(waiting._since_s) <= 5 and len(list(waiting._connections())) <= 5)
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await reader.readuntil(b"fine")).startswith(b"HTTP/1.1 200")
        waiting._since_s = dict.fromkeys(waiting._connections(), -1_000.0)  # as if 1,000 seconds had passed
        await until(lambda: not list(waiting._connections()))
        watch.cancel()
        for _, each in (*opened, (reader, writer)):
            each.close()


def test_there_is_always_room_for_some() -> None:
    assert 32 <= most_waiting() <= 1_000


# --- the Runtime API: what a function has the engine keep is not the function's memory


@pytest.fixture
async def runtime_api() -> AsyncIterator[tuple[RuntimeApi, str, int]]:
    def answer(request: RuntimeRequest, connection: RuntimeConnection) -> None:
        connection.respond(200, request.path.encode())

    api, listening = RuntimeApi(None, Clock(), answer), listen_at(Address("127.0.0.1", "127.0.0.1"))  # type: ignore[arg-type]
    await api.listen(listening.socket)
    host, _, port = listening.runtime_api.partition(":")
    yield api, host, int(port)
    api.close()


async def _ended(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


@pytest.mark.parametrize("endless", [
    b"POST /x HTTP/1.1\r\nContent-Length: 1\r\nX: ", b"POST /", b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;",
    b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: "], ids=["header", "path", "extension", "trailer"])
async def test_what_has_no_end_is_hung_up_on(endless: bytes, runtime_api: tuple[RuntimeApi, str, int]) -> None:
    api, host, port = runtime_api
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(endless)
    with contextlib.suppress(ConnectionError):
        for _ in range(MOST_HEAD_BYTES // 65_536 + 20):
            writer.write(b"a" * 65_536)
            await writer.drain()
            assert sum(each.held_bytes for each in api._connections) < MOST_HEAD_BYTES + (1 << 20)
    await _ended(reader)
    writer.close()
    await until(lambda: not api._connections)


async def test_bodies_that_do_not_come_whole_are_few(runtime_api: tuple[RuntimeApi, str, int]) -> None:
    api, host, port = runtime_api
    opened = [await asyncio.open_connection(host, port) for _ in range(12)]
    for _, writer in opened:
        with contextlib.suppress(ConnectionError):
            writer.write(b"POST /2018-06-01/runtime/x HTTP/1.1\r\nContent-Length: 6000000\r\n\r\n" + b"a" * 5_900_000)
            await writer.drain()
        assert sum(each.held_bytes for each in api._connections) <= MOST_HELD_BYTES + (1 << 20)
    reader, writer = opened[0]
    writer.write(b"a" * 100_000)
    assert b"404" in await reader.readline() or api._connections
    for _, each in opened:
        each.close()
    await until(lambda: not api._connections)


async def test_connections_are_few(runtime_api: tuple[RuntimeApi, str, int]) -> None:
    api, host, port = runtime_api
    first = await asyncio.open_connection(host, port)
    await until(lambda: api._connections)
    opened = [await asyncio.open_connection(host, port) for _ in range(3 * MOST_CONNECTIONS)]
    await until(lambda: len(api._connections) <= MOST_CONNECTIONS)
    first[1].write(b"GET /extension HTTP/1.1\r\n\r\n")
    assert b"200" in await first[0].readline()
    for _, each in (first, *opened):
        each.close()
    await until(lambda: not api._connections)


@pytest.mark.parametrize("sent", [b"x" * 100_000, b"Content-Length: 99999999999\r\n\r\n", b"Content-Length: -5\r\n\r\nabcdefgh",
                                  b"Content-Length: " + b"9" * 6_000 + b"\r\n\r\n"])
def test_a_debugger_s_port_keeps_no_endless_message(sent: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        DapFrames().feed(sent)

"""A web page reaches every port of this machine: not only the engine's, also those of Runtime APIs and debuggers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import aiohttp
import pytest

from workbench.engine.clock import Clock
from workbench.engine.debugging.cdp_port import CdpPort
from workbench.engine.debugging.session import DebugSession
from workbench.engine.runtime_api.http_exchange import RuntimeConnection, RuntimeRequest
from workbench.engine.runtime_api.listener import RuntimeApi, RuntimeHost
from workbench.sandbox.protocol import Address
from workbench.sandbox.sockets import listen_at

NEXT = "/2018-06-01/runtime/invocation/next"
OF_PAGES = [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:8000"},
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, {"Host": "evil.example:9001"},
            {"Host": "localhost.evil"}]
OF_CLIENTS: list[dict[str, str]] = [
    {}, {"Sec-Fetch-Mode": "cors"}, {"Host": "localhost:1"}, {"Host": "sandbox:9001"}, {"Host": "[::1]:1"},
    {"Host": "10.1.0.1"}, {"Host": "host.docker.internal:9001"}, {"Host": "sandbox.localdomain"}]
"""What runtime clients send: Node.js' own `fetch` among them."""


class _Host:
    """Has an event for everybody who asks."""

    def runtime_next(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        connection.respond(200, b"event")


@pytest.fixture
async def runtime_api() -> AsyncIterator[str]:
    host = cast("RuntimeHost", _Host())
    api, listening = RuntimeApi(host, Clock(), lambda request, connection: connection.respond(200, b"")), listen_at(
        Address("127.0.0.1", "127.0.0.1"))
    await api.listen(listening.socket)
    yield f"http://{listening.runtime_api}"
    api.close()


async def _status(url: str, headers: dict[str, str]) -> int:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status


async def test_a_page_does_not_take_events_from_a_function(runtime_api: str) -> None:
    for headers in OF_PAGES:
        assert await _status(runtime_api + NEXT, headers) == 403, headers
    for headers in OF_CLIENTS:
        assert await _status(runtime_api + NEXT, headers) == 200, headers


async def test_a_page_does_not_debug() -> None:
    port = CdpPort(cast("DebugSession", None))  # nobody asks it before it is known who calls
    number = await port.open(0)
    try:
        for headers in (*OF_PAGES[:2], OF_PAGES[4], {"Origin": "file://"}, {"Origin": "http://127.0.0.1.evil.example"}):
            assert await _status(f"http://127.0.0.1:{number}/json/list", headers) == 403, headers
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                async with aiohttp.ClientSession() as session, session.ws_connect(
                        f"http://127.0.0.1:{number}/x", headers=headers):
                    pass
    finally:
        await port.close()


def test_a_page_is_no_debugger_of_python() -> None:
    """Its request has a Content-Length, too: only the protocol's own headers are taken."""
    from workbench.debugging.dap import DapFrames

    with pytest.raises(ValueError, match="not the Debug Adapter Protocol"):
        DapFrames().feed(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}")

"""Who may speak to an environment's Runtime API where every process of this machine can reach it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import pytest

from workbench.engine.clock import Clock
from workbench.engine.runtime_api.http_exchange import RuntimeConnection, RuntimeRequest
from workbench.engine.runtime_api.listener import RuntimeApi, RuntimeHost
from workbench.sandbox.isolated.callers import is_called_by
from workbench.sandbox.process.memory import family
from workbench.sandbox.protocol import Address
from workbench.sandbox.sockets import listen_at

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux shows whose a connection is")

_CALL = """
import http.client, sys
made = http.client.HTTPConnection(sys.argv[1])
for path in ("/one", "/two"):
    made.request("GET", path)
    answer = made.getresponse()
    print(answer.status, answer.read().decode())
"""


class _Nobody:
    """Is asked for nothing here: the calls are none of the Runtime API."""


def _answer(request: RuntimeRequest, connection: RuntimeConnection) -> None:
    connection.respond(200, request.path.encode())


@pytest.fixture
async def asked() -> AsyncIterator[tuple[str, list[int]]]:
    """The address of a Runtime API for this list of processes, and how often it had to look."""
    members: list[int] = []
    looks = []

    def admits(caller: tuple[str, int], called: tuple[str, int]) -> bool:
        looks.append(caller)
        return is_called_by([pid for member in members for pid in family(member)], caller, called)

    host: RuntimeHost = _Nobody()  # type: ignore[assignment]
    api, listening = RuntimeApi(host, Clock(), _answer), listen_at(Address("127.0.0.1", "127.0.0.1"))
    await api.listen(listening.socket, admits)
    yield listening.runtime_api, members
    api.close()
    assert len(looks) == 1


async def _called(address: str) -> list[str]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _CALL, address, stdout=asyncio.subprocess.PIPE,
                                                   stderr=asyncio.subprocess.DEVNULL)
    output, _ = await process.communicate()
    return output.decode().splitlines()


async def test_a_process_of_the_environment(asked: tuple[str, list[int]]) -> None:
    address, members = asked
    members.append(os.getpid())
    assert await _called(address) == ["200 /one", "200 /two"]


async def test_a_stranger(asked: tuple[str, list[int]]) -> None:
    address, _ = asked
    assert (await _called(address))[0] == '403 {"errorMessage":"Not this environment\'s Runtime API","errorType":"AccessDenied"}'

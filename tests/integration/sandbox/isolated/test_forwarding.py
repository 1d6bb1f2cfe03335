"""Services of this machine within an environment's network: exactly those that were configured."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest

import workbench.sandbox.isolated.forwarding as forwarding_module
from tests.support.bubbles import PYTHON, bubble, needs_bubblewrap
from workbench.sandbox.isolated.forwarding import Forwarding, Service, configured_services
from workbench.sandbox.isolated.namespace_sockets import NamespaceSockets, helper_command

_CLIENT = """
import errno, json, socket, sys
for line in sys.stdin:
    port, text = json.loads(line)
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as made:
            made.sendall(text.encode())
            made.shutdown(socket.SHUT_WR)
            print(len(b"".join(iter(lambda: made.recv(65536), b""))))
    except OSError as error:
        print(errno.errorcode.get(error.errno))
"""


@pytest.fixture
async def service() -> AsyncIterator[int]:
    """It answers with all that it was sent, when that has ended."""
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(-1))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@needs_bubblewrap
async def test_a_configured_service_and_no_other(service: int) -> None:
    sockets = NamespaceSockets((PYTHON, *helper_command()[1:]))
    with bubble(_CLIENT) as inside:
        async def ask(port: int, text: str = "hello") -> str:
            inside.tell(json.dumps([port, text]))
            return await asyncio.to_thread(inside.line)

        assert await ask(service) == "ECONNREFUSED"
        forwarding, notices = await Forwarding.into(sockets, inside.pid, [Service("127.0.0.1", service)])
        assert notices == ()
        assert await ask(service) == "5"
        assert await ask(service, "x" * 3_000_000) == "3000000"
        assert await ask(service + 1) == "ECONNREFUSED"
        again, notices = await Forwarding.into(sockets, inside.pid, [Service("127.0.0.1", service)])
        assert notices == (f"The function does not reach 127.0.0.1:{service} of this machine. 127.0.0.1:{service} cannot be had "
                           "in the environment's network: Address already in use. Let the service listen at another port, or run "
                           "the function in Docker or as a process.",)
        await again.close()
        await forwarding.close()
        assert await ask(service) == "ECONNREFUSED"
    await sockets.close()


@needs_bubblewrap
async def test_a_service_that_does_not_run() -> None:
    sockets = NamespaceSockets((PYTHON, *helper_command()[1:]))
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with bubble(_CLIENT) as inside:
        forwarding, _ = await Forwarding.into(sockets, inside.pid, [Service("127.0.0.1", port)])
        inside.tell(json.dumps([port, "hello"]))
        assert await asyncio.to_thread(inside.line) in ("ECONNRESET", "EPIPE", "ENOTCONN")
        await forwarding.close()
    await sockets.close()


async def test_more_connections_than_are_kept_are_reset(service: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes descriptors of the engine, which a function could take all of."""
    monkeypatch.setattr(forwarding_module, "MOST_KEPT", 2)
    forwarding = Forwarding()
    server = await asyncio.start_server(forwarding._relay(Service("127.0.0.1", service)), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
    with contextlib.suppress(ConnectionResetError):
        assert await made[2][0].read() == b""
    for reader, writer in made[:2]:
        writer.write(b"hello")
        writer.write_eof()
        assert await reader.read() == b"hello"
    for _, writer in made:
        writer.close()
    server.close()
    await forwarding.close()


def test_what_is_configured() -> None:
    variables = {"AWS_ENDPOINT_URL": "http://localhost:4566", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:5000/x",
                 "AWS_ENDPOINT_URL_SQS": "https://localhost", "AWS_ENDPOINT_URL_SNS": "http://[::1]:7",
                 "AWS_ENDPOINT_URL_SES": "https://ses.us-east-1.amazonaws.com", "AWS_ENDPOINT_URL_EC2": "http://localhost:99999",
                 "AWS_ENDPOINT_URL_KMS": "http://[bad", "DATABASE_URL": "http://localhost:5432",
                 "AWS_ENDPOINT_URL_SSM": "http://localhost:4566", "AWS_ENDPOINT_URL_EVENTS": "http://localhost.localstack.cloud:8",
                 "AWS_ENDPOINT_URL_SFN": "http://s3.localhost:9", "AWS_ENDPOINT_URL_ECS": "http://notlocalhost:10",
                 "AWS_ENDPOINT_URL_ECR": "http://localhost.example.com:11"}
    found = [(service.host, service.port) for service in configured_services(variables)]
    assert found == [("127.0.0.1", 8), ("127.0.0.1", 9), ("127.0.0.1", 443), ("127.0.0.1", 4566), ("127.0.0.1", 5000), ("::1", 7)]

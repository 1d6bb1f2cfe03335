"""Web pages reach function URLs and, by their hosts and paths, nothing else of the engine. A rebound name reaches neither."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests.support.api_clients import lambda_client
from tests.support.function_urls import Url, sent, url_of
from tests.support.shared_engine import SharedEngine, shared_by_tests
from tests.support.workspaces import WorkspaceBuilder

CODE = """
    def handler(event, context):
        if "much" in event["rawQueryString"]:
            return "x" * 5_000_000
        return event["rawPath"]
"""
PAGE = {"Origin": "http://evil.example", "Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "cors"}
ROUTES = ("/2015-03-31/functions", "/2015-03-31/functions/Open/invocations", "/_workbench/health", "/_workbench/function-urls",
          "/_code/x.zip", "/_url/other/", "/../_workbench/health", "//_workbench/health", "/%2e%2e/_workbench/health")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    builder = WorkspaceBuilder(tmp_path_factory.mktemp("workspace"))
    builder.function("Open", {"app.py": CODE}, properties="FunctionUrlConfig: {AuthType: NONE}")
    with shared_by_tests(tmp_path_factory, builder.write()) as engine:
        yield engine


@pytest.fixture
def url(engine: SharedEngine) -> Iterator[Url]:
    with closing(lambda_client(engine.url)) as client:
        yield url_of(client, "Open")
    asyncio.run(engine.stop_environments())


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_page_reaches_the_function_with_any_path(url: Url, method: str) -> None:
    address = urlsplit(url.engine).netloc
    for path in ROUTES:
        told = url.send(method, path, b"{}" if method == "POST" else b"", **PAGE)
        assert (told.status, told.body.decode()) == (200, path)
        told = url.send(method, f"/_url/{url.url_id}{path}", host=address, **PAGE)
        assert (told.status, told.body.decode()) == (200, path)


@pytest.mark.parametrize("target", ["{id}.lambda-url.us-east-1.localhost:443", "/_url/{id}/", "/"])
def test_nobody_is_told_that_there_is_a_tunnel(url: Url, target: str) -> None:
    """A 200 for CONNECT says so, and what follows is no HTTP: the connection ends."""
    address = urlsplit(url.engine)
    head = f"CONNECT {target} HTTP/1.1\r\nHost: {{id}}.lambda-url.us-east-1.localhost\r\n\r\n".replace("{id}", url.url_id)
    with socket.create_connection((address.hostname, address.port), timeout=30) as caller:
        caller.sendall(head.encode())
        told = b"".join(iter(lambda: caller.recv(65_536), b""))
    assert told.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert told.endswith(b'{"Message":"Could not parse request: the method CONNECT is not supported"}')


def test_and_nothing_beside_it(url: Url) -> None:
    address = urlsplit(url.engine).netloc
    for path in ("/_url/../_workbench/health", "/_url/../2015-03-31/functions", "/_URL/x/", "/%5Furl/x/", "/_url",
                 f"/_workbench/../_url/{url.url_id}/"):
        told = url.send(path=path, host=address, **PAGE)
        assert told.status == 403
        assert b"Functions" not in told.body
    assert url.send(path="/2015-03-31/functions", host=address, **PAGE).status == 403


@pytest.mark.parametrize("host", [
    "{id}.lambda-url.us-east-1.evil.example", "{id}.lambda-url.us-east-1.localhost.evil.example",
    "{id}.lambda-url.us-east-1.evil.example:9001", "{id}.lambda-url.us-east-1.localhost.", "{id}.lambda-url.us-east-1.127.0.0.1",
    "evil.example", "{id}.lambda-url.us-east-1.on.aws"])
def test_a_rebound_name_reaches_no_function(url: Url, host: str) -> None:
    """A page could read what a function answers to its own origin, by either form."""
    for path in ("/", f"/_url/{url.url_id}/"):
        told = url.send(path=path, host=host.format(id=url.url_id))
        assert told.status == 403
        assert b"The engine answers on loopback only" in told.body


def test_a_function_url_is_no_way_to_the_token(url: Url, engine: SharedEngine) -> None:
    """What only the engine's owner may do is not done for a function's host, whoever asks."""
    told = sent(url.engine, "POST", "/_workbench/shutdown", {"Host": url.host})
    assert (told.status, told.body) == (200, b"/_workbench/shutdown")
    assert engine.told(lambda client: client.health()).sandbox == "process"


def test_callers_that_never_read_do_not_keep_others_waiting(url: Url) -> None:
    """Each answer is kept within bounds; the others are answered meanwhile."""
    slow = [_slow_caller(url) for _ in range(2)]
    assert url.send(path="/quick").body == b"/quick"
    for each in slow:
        assert each.recv(1), "its function has ended, and the answer waits"
        each.close()


def _slow_caller(url: Url) -> socket.socket:
    """A caller with little room for what it is sent."""
    address = urlsplit(url.engine)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((address.hostname, address.port))
    connection.sendall(f"GET /?much HTTP/1.1\r\nHost: {url.host}\r\n\r\n".encode())
    return connection

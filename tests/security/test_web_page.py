"""A web page that someone has open must not reach the engine, by any of the ways that browsers give to pages."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engines import served
from tests.support.request_parts import Fuzzed, send
from tests.support.workspaces import one_function
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

INVOKE = "/2015-03-31/functions/Function/invocations"
MARK = "ran"


class Target:
    """An engine, and whether its function ran."""

    def __init__(self, workspace: Path, url: str, token: str) -> None:
        self.workspace = workspace
        self.token = token
        host, _, port = url.removeprefix("http://").partition(":")
        self.address = (host, int(port))

    def status(self, method: str, path: str, *headers: str, body: bytes = b"", host: str = "") -> int:
        """The answer to a request as a browser would send it."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{self.address[1]}'}", *headers,
                 f"Content-Length: {len(body)}", "Connection: close", "", ""]
        answer = send(self.address, Fuzzed(what=path, data="\r\n".join(lines).encode() + body))
        assert answer is not None
        return answer.status


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("page")
    code = f"def handler(event, context):\n    open({str(folder / MARK)!r}, 'w').close()\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        workspace = one_function(folder / "workspace", code)
        with served(workspace, "--sandbox", "process") as server:
            connection = read_connection(state_directory(workspace))
            assert connection is not None
            yield Target(folder, server.url, connection.token)


@pytest.fixture(autouse=True)
def _nothing_ran(target: Target) -> Iterator[None]:
    yield
    assert not (target.workspace / MARK).exists()


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:8000", "http://localhost", "file://", ""])
@pytest.mark.parametrize(("method", "path"), [("POST", INVOKE), ("GET", "/2015-03-31/functions"), ("GET", "/_workbench/health")])
def test_nothing_is_answered_to_a_page_of_any_origin(target: Target, method: str, path: str, origin: str) -> None:
    token = f"Authorization: Bearer {target.token}"
    assert target.status(method, path, f"Origin: {origin}", token, body=b"{}") == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin"])
def test_nor_to_one_that_sends_no_origin(target: Target, site: str) -> None:
    """Images, scripts, links and forms of a page by GET."""
    assert target.status("GET", "/2015-03-31/functions", f"Sec-Fetch-Site: {site}", "Sec-Fetch-Mode: no-cors") == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_can_not_invoke(target: Target, kind: str) -> None:
    """What a browser sends without asking first."""
    headers = (f"Content-Type: {kind}", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")
    assert target.status("POST", INVOKE, *headers, body=b'{"a":"="}') == 403


@pytest.mark.parametrize("path", [INVOKE, "/_workbench/settings", "/nowhere"])
def test_a_preflight_allows_nothing(target: Target, path: str) -> None:
    headers = ("Origin: http://evil.example", "Access-Control-Request-Method: PUT",
               "Access-Control-Request-Headers: authorization", "Access-Control-Request-Private-Network: true")
    with socket.create_connection(target.address, timeout=10) as connection:
        lines = [f"OPTIONS {path} HTTP/1.1", f"Host: localhost:{target.address[1]}", *headers, "Connection: close", "", ""]
        connection.sendall("\r\n".join(lines).encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b"")).lower()
    assert answer.startswith(b"http/1.1 403")
    assert b"access-control-allow" not in answer


@pytest.mark.parametrize("host", [
    "evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "127.0.0.1@evil.example", "2130706433",
    "0.0.0.0", "0x7f.1", "[::ffff:127.0.0.1]", "localhost.", "127.1", "example.com:localhost", "evil.example:127.0.0.1"])
def test_a_name_that_was_rebound_to_this_machine_is_refused(target: Target, host: str) -> None:
    assert target.status("POST", INVOKE, host=host, body=b"{}") == 403
    assert target.status("GET", "/_workbench/health", f"Authorization: Bearer {target.token}", host=host) == 403


def test_two_hosts_are_refused(target: Target) -> None:
    assert target.status("POST", INVOKE, "Host: evil.example", body=b"{}") in (400, 403)


def test_a_web_socket_of_a_page_is_refused(target: Target) -> None:
    handshake = ("Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                 f"Authorization: Bearer {target.token}")
    assert target.status("GET", "/_workbench/stream?since=0", *handshake, "Origin: http://evil.example") == 403
    assert target.status("GET", "/_workbench/stream?since=0", *handshake[:3]) == 403


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer null", "Basic eDp5", "bearer"])
def test_without_the_token_there_is_nothing_of_the_workbench(target: Target, given: str) -> None:
    for method, path in (("GET", "health"), ("PUT", "settings"), ("POST", "shutdown"), ("GET", "stream"),
                         ("DELETE", "environments")):
        assert target.status(method, f"/_workbench/{path}", f"Authorization: {given}") == 403
    for path in ("/_workbench%2Fhealth", "//_workbench/health", "/_workbench/../_workbench/health", "/_WORKBENCH/health"):
        assert target.status("GET", path) in (403, 404)

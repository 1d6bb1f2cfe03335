"""A web page that someone has open must not reach the engine, by any of the ways that browsers give to pages."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from tests.support.api_clients import ROLE, create, lambda_client, zipped
from tests.support.engines import served
from tests.support.request_parts import Fuzzed, send
from tests.support.workspaces import one_function
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

INVOKE = "/2015-03-31/functions/Function/invocations"
CREATE = "/2015-03-31/functions"
LAYER = "/2018-10-31/layers/layer/versions"
STATE = "/_workbench/api-state"
MARK = "ran"


class Target:
    """An engine, and whether its function ran. `code_path` downloads a package that the API made."""

    def __init__(self, workspace: Path, url: str, token: str) -> None:
        self.workspace = workspace
        self.token = token
        self.url = url
        self.code_path = self._made()
        host, _, port = url.removeprefix("http://").partition(":")
        self.address = (host, int(port))

    def _made(self) -> str:
        with closing(lambda_client(self.url)) as client:
            create(client, "made")
            location: str = client.get_function(FunctionName="made")["Code"]["Location"]
        return location.removeprefix(self.url)

    def made(self) -> list[str]:
        """The functions and layers that there are."""
        with closing(lambda_client(self.url)) as client:
            return [*(each["FunctionName"] for each in client.list_functions()["Functions"]),
                    *(each["LayerName"] for each in client.list_layers()["Layers"])]

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


def package() -> bytes:
    """What CreateFunction is sent: it would be accepted."""
    return msgspec.json.encode({"FunctionName": "evil", "Runtime": "python3.12", "Handler": "app.handler", "Role": ROLE,
                                "Code": {"ZipFile": zipped()}})


PAGES = {
    "origin": ("Origin: http://evil.example",),
    "no origin of its own": ("Origin: null",),
    "another port": ("Origin: http://127.0.0.1:8000",),
    "form": ("Content-Type: text/plain", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"),
    "image": ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"),
    "link": ("Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"),
}
"""How a page sends a request without having asked before, by what its headers say."""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_not_make_functions_nor_fetch_their_code(target: Target, page: str) -> None:
    before = target.made()
    requests = [
        ("POST", CREATE, package()), ("PUT", f"{CREATE}/made/code", msgspec.json.encode({"ZipFile": zipped("# evil")})),
        ("POST", f"{CREATE}/made/versions", b"{}"), ("DELETE", f"{CREATE}/made", b""),
        ("POST", f"{CREATE}/made/policy", b"{}"), ("POST", LAYER, msgspec.json.encode({"Content": {"ZipFile": zipped()}})),
        ("GET", target.code_path, b""), ("GET", f"{CREATE}/made", b""), ("GET", "/2018-10-31/layers", b"")]
    assert {path: target.status(method, path, *PAGES[page], body=body) for method, path, body in requests} == {
        path: 403 for _, path, _ in requests}
    assert target.made() == before
    assert target.status("GET", target.code_path) == 200  # to whom it was given, it is there


def test_the_address_of_a_package_is_good_for_no_longer_than_it_says(target: Target) -> None:
    """More digits behind those that are signed change nothing of it."""
    path, _, rest = target.code_path.partition("X-Amz-Expires=")
    until, _, signature = rest.partition("&")
    for other in (until + "9", until.zfill(18) + "9", until.zfill(18) + "9" * 20, str(int(until) + 1)):
        assert target.status("GET", f"{path}X-Amz-Expires={other}&{signature}") == 403


@pytest.mark.parametrize("page", PAGES)
def test_nor_export_import_or_remove_what_the_api_made(target: Target, page: str) -> None:
    before = target.made()
    for method, path in (("GET", STATE), ("GET", f"{STATE}/archive"), ("PUT", STATE), ("DELETE", STATE)):
        token = f"Authorization: Bearer {target.token}"
        assert target.status(method, path, *PAGES[page], token) == 403
        assert target.status(method, path) == 403  # without the token, a program neither
    assert target.made() == before


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost."])
def test_a_rebound_name_reaches_neither(target: Target, host: str) -> None:
    assert target.status("POST", CREATE, host=host, body=package()) == 403
    assert target.status("GET", target.code_path, host=host) == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:8000", "http://localhost", "file://", ""])
@pytest.mark.parametrize(("method", "path"), [("POST", INVOKE), ("GET", CREATE), ("GET", "/_workbench/health")])
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


@pytest.mark.parametrize("path", [INVOKE, CREATE, LAYER, "/_code/x.zip", "/_workbench/settings", STATE, "/nowhere"])
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


@pytest.mark.parametrize("host", ["bucket.localhost:9001", "s3.localhost", "evil.localhost"])
def test_names_below_localhost_are_loopbacks_and_no_way_around(target: Target, host: str) -> None:
    """Source: RFC 6761, 6.3. Amazon S3's clients put the bucket there; a page of a local server may have such a name, too."""
    assert target.status("GET", f"{CREATE}/made", host=f"lambda.{host}") == 200
    assert target.status("POST", INVOKE, "Origin: http://evil.localhost", host=host, body=b"{}") == 403
    assert target.status("GET", "/key", "Sec-Fetch-Site: same-site", host=host) == 403
    assert target.status("GET", "/_workbench/health", host=host) == 403


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

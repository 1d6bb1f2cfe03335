"""Single requests that long runs of the fuzzer found: each is the caller's mistake, not a fault of the engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.engines import served
from tests.support.request_parts import Fuzzed, send
from tests.support.workspaces import WorkspaceBuilder
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

_HEAD = b"Host: 127.0.0.1\r\nConnection: close\r\n"
_KEY = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \xff\xfe\r\n"
_FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


def _signed_for(service: bytes) -> bytes:
    return b"Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/" + service + b"/aws4_request\r\n"


def _stacks(fields: bytes) -> bytes:
    body = b"Action=DescribeStacks&Version=2010-05-15&" + fields
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return b"POST / HTTP/1.1\r\n" + _HEAD + _FORM + _signed_for(b"cloudformation") + length + body


ODD = {
    "a service that is not UTF-8": (b"GET /x HTTP/1.1\r\n" + _HEAD + _signed_for(b"\xff") + b"\r\n", 400),
    "a service that is not UTF-8, in CBOR": (
        b"POST / HTTP/1.1\r\n" + _HEAD + _signed_for(b"\xff") + b"smithy-protocol: rpc-v2-cbor\r\n\r\n", 400),
    "a target that is not UTF-8": (
        b"POST / HTTP/1.1\r\n" + _HEAD + b"X-Amz-Target: \xff.x\r\nContent-Length: 0\r\n\r\n", 400),
    "a field whose path ends with a dot": (_stacks(b"StackName=x&StackName.=y"), 400),
    "a field whose path is dots": (_stacks(b"...=1&.=2&=3&StackName..x=4"), 200),
    "a target without a slash and an Expect header that is not UTF-8": (
        b"OPTIONS * HTTP/1.1\r\n" + _HEAD + b"Expect: \xff\xfe\r\n\r\n", 417),
    "a target without a slash": (b"OPTIONS * HTTP/1.1\r\n" + _HEAD + b"\r\n", 404),
    "a handshake whose key is not ASCII": (
        b"GET /_workbench/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer TOKEN\r\n" + _KEY + b"\r\n", 400),
}


@pytest.fixture(scope="module")
def address_and_token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[tuple[str, int], str]]:
    workspace = WorkspaceBuilder(tmp_path_factory.mktemp("odd")).write()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        with served(workspace, "--sandbox", "process") as server:
            connection = read_connection(state_directory(workspace))
            assert connection is not None
            host, _, port = server.url.removeprefix("http://").partition(":")
            yield (host, int(port)), connection.token
            assert "Traceback" not in server.stop()


@pytest.mark.parametrize("what", ODD)
def test_an_odd_request_is_refused(address_and_token: tuple[tuple[str, int], str], what: str) -> None:
    address, token = address_and_token
    data, status = ODD[what]
    answer = send(address, Fuzzed(what=what, data=data.replace(b"TOKEN", token.encode())))
    assert answer is not None
    assert answer.status == status

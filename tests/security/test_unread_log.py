"""Who starts an engine with a pipe and does not read it has an engine that works."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from pathlib import Path

from tests.support.api_clients import lambda_client
from tests.support.engines import served
from tests.support.workspaces import WorkspaceBuilder

NO_HTTP = b"GET / HTTP/1.1\r\nno header\r\n\r\n"
MORE_THAN_A_PIPE_HOLDS = 1_500
"""Refused requests: each is a line of about 100 bytes in the log, and a pipe holds 65,536 bytes."""


def test_an_engine_whose_log_nobody_reads_goes_on(tmp_path: Path) -> None:
    workspace = WorkspaceBuilder(tmp_path).function("Hello", {"app.py": "def handler(event, context):\n    return 1\n"}).write()
    with served(workspace, "--sandbox", "process", is_read=False, is_whole=True) as server:
        host, _, port = server.url.removeprefix("http://").partition(":")
        for _ in range(MORE_THAN_A_PIPE_HOLDS):
            with socket.create_connection((host, int(port)), timeout=20) as connection:
                connection.sendall(NO_HTTP)
                assert connection.recv(1024).startswith(b"HTTP/1.")
        with closing(lambda_client(server.url)) as client:
            assert client.invoke(FunctionName="Hello")["Payload"].read() == b"1"
        begun_s = time.monotonic()
        server.process.terminate()
        assert server.process.wait(20) == 0, "it ends although a part of its log was never read"
        assert time.monotonic() - begun_s < 15
        assert "A request was refused" in server.ended()

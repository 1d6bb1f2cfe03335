"""A server in place of AWS services that tells what has arrived there, byte for byte."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from workbench.background import begin_thread


class Arrived(msgspec.Struct, frozen=True):
    """One request: its line as it was sent, headers in order, and the body as Latin-1."""

    line: str
    headers: list[tuple[str, str]]
    body: str

    def header(self, name: str) -> list[str]:
        return [value for other, value in self.headers if other.lower() == name.lower()]


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().handle_one_request()

    def _answer(self) -> None:
        body = self._chunks() if "chunked" in self.headers.get("Transfer-Encoding", "") else self.rfile.read(
            int(self.headers.get("Content-Length", 0)))
        told = msgspec.json.encode(Arrived(self.requestline, list(self.headers.items()), body.decode("latin-1")))
        if self.path == "/broken":
            self._send(200, len(told) * 1000, told)
            self.wfile.flush()
            self.connection.shutdown(2)
        else:
            self._send(299, len(told), told if self.command != "HEAD" else b"")

    def _send(self, status: int, length: int, body: bytes) -> None:
        self.send_response_only(status, "As It Came")
        for name, value in (("Content-Length", str(length)), ("X-Amz-Twice", "1"), ("X-Amz-Twice", "2"), ("Connection", "X-Hop"),
                            ("Keep-Alive", "timeout=5"), ("X-Hop", "not for you"), ("Content-Encoding", "as-it-is")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = _answer

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def echo_service() -> Iterator[str]:
    """Serve until the block ends: the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    server.daemon_threads = True
    thread = begin_thread("echo", lambda: server.serve_forever(0.01))
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


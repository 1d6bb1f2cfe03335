"""HTTP/1.1 as a runtime speaks it: keep-alive, one request at a time, bodies by length or chunked with trailers.

A body with the header `Lambda-Runtime-Function-Response-Mode` may be handed on while it arrives (`BodySink`).

A protocol of our own instead of a web framework: the time of a request is taken when its first byte arrives, before anything
is parsed, and a warm invocation costs two of these requests (see tests/benchmarks/invocations.py for what that buys).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol, cast

import httptools
import msgspec

from workbench.engine.clock import Clock
from workbench.engine.runtime_api.unread import is_refused

_REASONS = {
    200: "OK", 202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 413: "Request Entity Too Large", 500: "Internal Server Error",
}


MOST_HEAD_BYTES = 2 << 20
"""A head, or what stands between the parts of a body. Runtime clients send up to 1 MB in
Lambda-Runtime-Function-XRay-Error-Cause. Source: aws-lambda-python-runtime-interface-client, `lambda_runtime_client`."""
_MUCH_BYTES = 65_536

RESPONSE_MODE = "lambda-runtime-function-response-mode"


class RuntimeRequest(msgspec.Struct, frozen=True):
    """A request of the runtime. Header names are lower case; trailers are among them. Times are monotonic nanoseconds.

    One with a `RESPONSE_MODE` is shown twice: without its body (`complete_ns` 0) as soon as its headers are there, then whole;
    `streamed` says that the body went to a sink.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    arrived_ns: int
    complete_ns: int
    too_large: bool
    streamed: bool = False


class BodySink(Protocol):
    """Takes a body while it arrives."""

    def write(self, chunk: bytes) -> None:
        """The next part."""

    def lost(self) -> None:
        """The connection ended before the body did."""


Handler = Callable[[RuntimeRequest, "RuntimeConnection"], None]
SinkOpener = Callable[[RuntimeRequest, "RuntimeConnection"], BodySink | None]
"""Given a request without its body: who takes the body as it arrives, None to have it collected."""


class RuntimeConnection(asyncio.Protocol):
    """One connection of a runtime. `respond` may be called long after the request (the long poll of `next`)."""


    def __init__(
        self, handler: Handler, closed: Callable[[RuntimeConnection], None], clock: Clock, body_limit: int,
        open_sink: SinkOpener, has_room: Callable[[], bool] = lambda: True,
    ) -> None:
        """`has_room`: whether there is room for what this connection holds, and for it; asked when it is made and holds much."""
        self._has_room = has_room
        self._head_bytes = 0
        self._handler = handler
        self._open_sink = open_sink
        self._closed = closed
        self._clock = clock
        self._body_limit = body_limit
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self.peer = ""
        self.ends: tuple[tuple[str, int], tuple[str, int]] = ("", 0), ("", 0)
        """Address and port of the caller, and of who is called."""
        self._is_ending = False
        self._was_unread = False
        self._is_last = False
        self._arrived_ns = 0
        self._sink: BodySink | None = None
        self._reset()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: a runtime connected."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not derived from asyncio's
        caller, called = (transport.get_extra_info(name, ("", 0)) for name in ("peername", "sockname"))
        self.peer, self.ends = caller[0], (caller[:2], called[:2])
        if not self._has_room():
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: it is gone."""
        self._transport = None
        self._was_unread = self._was_unread or isinstance(exc, ConnectionError)
        if self._sink is not None:
            self._sink.lost()
        self._closed(self)

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes arrived; the clock is read before they are looked at."""
        if not self._arrived_ns:
            self._arrived_ns = self._clock.now_ns()
        self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.respond(400, b'{"errorMessage":"malformed HTTP request","errorType":"InvalidRequest"}')
            self.close()
        if self.held_bytes > _MUCH_BYTES and (self._head_bytes > MOST_HEAD_BYTES or not self._has_room()):
            self.respond(413, b'{"errorMessage":"too much at once","errorType":"RequestEntityTooLarge"}')
            self.close()

    @property
    def held_bytes(self) -> int:
        """What is kept of a request that has not come whole: of its body, and of headers, which may be as long."""
        return self._head_bytes + (0 if self._sink is not None else min(self._size, self._body_limit))

    def on_url(self, url: bytes) -> None:
        """httptools: the request target."""
        self._path = url.decode("latin-1").split("?", 1)[0]

    def on_header(self, name: bytes, value: bytes) -> None:
        """httptools: a header, or a trailer after the body."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """httptools: all but the body is known."""
        self._in_body = True
        self._head_bytes = 0
        if RESPONSE_MODE in self._headers:
            self._sink = self._open_sink(self._request(0), self)

    def on_body(self, body: bytes) -> None:
        """httptools: a part of the body; what exceeds the limit is not kept."""
        self._size += len(body)
        self._head_bytes = 0
        if self._sink is not None:
            self._sink.write(body)
            return
        if self._size <= self._body_limit:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """httptools: the request is whole."""
        request = self._request(self._clock.now_ns())
        self._is_last = not self._parser.should_keep_alive()
        self._reset()
        self._handler(request, self)

    def eof_received(self) -> None:
        """asyncio: nothing more comes; a body that was announced and did not come whole is told so."""
        self._look_for_unread()
        self._is_ending = True
        if self._in_body:
            document = b'{"errorMessage":"HTTP request detected as truncated","errorType":"TruncatedHTTPRequest"}'
            self.respond(400, document)

    def _request(self, complete_ns: int) -> RuntimeRequest:
        return RuntimeRequest(
            method=self._parser.get_method().decode("latin-1"),
            path=self._path,
            headers=self._headers,
            body=b"".join(self._body),
            arrived_ns=self._arrived_ns,
            complete_ns=complete_ns,
            too_large=self._sink is None and self._size > self._body_limit,
            streamed=self._sink is not None,
        )

    def respond(self, status: int, body: bytes, headers: str = "Content-Type: application/json\r\n") -> None:
        """Answer the current request. `headers` is a block of complete header lines."""
        if self._transport is None:
            return
        last = "Connection: close\r\n" if self._is_last else ""
        head = f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}\r\n{headers}{last}Content-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode("latin-1") + body)
        if self._is_last:
            self.close()

    def pause(self) -> None:
        """Pause reading: what was read is not consumed fast enough."""
        if self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._transport is not None and not self._transport.is_reading():
            self._transport.resume_reading()

    @property
    def is_open(self) -> bool:
        """Whether the runtime is still at the other end."""
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        """Hang up."""
        self._is_ending = True
        if self._transport is not None:
            self._transport.close()

    def was_unread(self) -> bool:
        """Whether the other end is gone and had not read all that it was sent; asked when it is known to be gone."""
        self._look_for_unread()
        return self._was_unread

    def _look_for_unread(self) -> None:
        """Ask the system, which knows before our loop does; what the loop knows it tells us in its next round."""
        if self._transport is None or self._is_ending:
            return
        if self._transport.is_closing() or is_refused(self._transport.get_extra_info("socket")):
            self._was_unread = True

    def _reset(self) -> None:
        self._path = ""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._sink = None
        self._in_body = False
        self._head_bytes = 0
        self._arrived_ns = 0

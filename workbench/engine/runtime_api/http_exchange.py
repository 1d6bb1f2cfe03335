"""HTTP/1.1 as a runtime speaks it: keep-alive, one request at a time, bodies by length or chunked with trailers.

A body with the header `Lambda-Runtime-Function-Response-Mode` may be passed on while it arrives (`BodySink`).

This is an own asyncio protocol instead of a web framework because the time of a request is taken when its first byte arrives,
before anything is parsed, and because a warm invocation costs two of these requests (tests/benchmarks/invocations.py measures
what that saves).
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
"""The maximum size of a request's head, and of what stands between the parts of a body. Runtime clients send up to 1 MB in
Lambda-Runtime-Function-XRay-Error-Cause. Source: aws-lambda-python-runtime-interface-client, `lambda_runtime_client`."""
_MUCH_BYTES = 65_536
"""Up to here a connection may hold data without being asked whether there is room: the usual request costs no check."""

RESPONSE_MODE = "lambda-runtime-function-response-mode"


class RuntimeRequest(msgspec.Struct, frozen=True):
    """A request of the runtime. Header names are lower case and include trailers. Times are monotonic nanoseconds.

    One with a `RESPONSE_MODE` is presented twice: without its body (`complete_ns` 0) as soon as its headers have arrived, then
    whole. `streamed`: its body went to a sink. `too_large`: the body exceeded the limit and was not kept.
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
        """Take the next part."""

    def lost(self) -> None:
        """The connection ended before the body did: nothing more comes."""


Handler = Callable[[RuntimeRequest, "RuntimeConnection"], None]
"""Takes a whole request; it responds on the connection, now or later."""


class ConnectionOwner(Protocol):
    """What a connection belongs to. Called on the engine's loop, in the middle of what arrives: nothing here may wait."""

    def has_room(self) -> bool:
        """Whether there is room: for a new connection, or for one that holds much of an incomplete request."""

    def open_sink(self, request: RuntimeRequest, connection: RuntimeConnection) -> BodySink | None:
        """Return, for a request without its body, the sink that takes the body as it arrives; None to have it collected."""

    def handle(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        """Take a whole request; respond on the connection, now or later."""

    def forget(self, connection: RuntimeConnection) -> None:
        """The connection is gone."""


class RuntimeConnection(asyncio.Protocol):
    """One connection of a runtime. `respond` may be called long after the request, as for the long poll of `next`."""

    def __init__(self, owner: ConnectionOwner, clock: Clock, body_limit: int) -> None:
        """Make a connection. Of a body, at most `body_limit` bytes are kept."""
        self._owner = owner
        self._head_bytes = 0
        self._clock = clock
        self._body_limit = body_limit
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self.peer = ""
        self.ends: tuple[tuple[str, int], tuple[str, int]] = ("", 0), ("", 0)
        """Address and port of the caller, then of the called side."""
        self._is_ending = False
        self._was_unread = False
        self._is_last = False
        self._arrived_ns = 0
        self._sink: BodySink | None = None
        self._reset()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol: a runtime connected."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not derived from asyncio's
        caller, called = (transport.get_extra_info(name, ("", 0)) for name in ("peername", "sockname"))
        self.peer, self.ends = caller[0], (caller[:2], called[:2])
        if not self._owner.has_room():
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol: the connection is gone."""
        self._transport = None
        # A reset rather than an orderly end: the other system says that data was not read (see `unread`).
        self._was_unread = self._was_unread or isinstance(exc, ConnectionError)
        if self._sink is not None:
            self._sink.lost()
        self._owner.forget(self)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol. The clock is read before the bytes are looked at."""
        if not self._arrived_ns:
            self._arrived_ns = self._clock.now_ns()
        # Counts what brings no progress: the parser's callbacks reset it with every complete head and every part of a body. What
        # is left is an endless head, chunk extension or trailer.
        self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.respond(400, b'{"errorMessage":"malformed HTTP request","errorType":"InvalidRequest"}')
            self.close()
        if self.held_bytes > _MUCH_BYTES and (self._head_bytes > MOST_HEAD_BYTES or not self._owner.has_room()):
            self.respond(413, b'{"errorMessage":"too much at once","errorType":"RequestEntityTooLarge"}')
            self.close()

    @property
    def held_bytes(self) -> int:
        """How much of an incomplete request is kept in memory: of its body, and of its headers, which may be as long."""
        # A body in a sink is not kept here, and of one that is too large only the limit was kept.
        return self._head_bytes + (0 if self._sink is not None else min(self._size, self._body_limit))

    def on_url(self, url: bytes) -> None:
        """See httptools: the request target, or the part of it that has arrived."""
        if not self._arrived_ns:  # it came together with the end of the request before it
            self._arrived_ns = self._clock.now_ns()
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools: a header, or a trailer after the body."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """See httptools: everything but the body is known."""
        self._path = self._target.decode("latin-1").split("?", 1)[0]  # no call of these APIs has a query
        self._in_body = True
        self._head_bytes = 0
        if RESPONSE_MODE in self._headers:
            self._sink = self._owner.open_sink(self._request(0), self)

    def on_body(self, body: bytes) -> None:
        """See httptools: a part of the body. What exceeds the limit is counted but not kept."""
        self._size += len(body)
        self._head_bytes = 0
        if self._sink is not None:
            self._sink.write(body)
            return
        if self._size <= self._body_limit:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """See httptools: the request is complete."""
        request = self._request(self._clock.now_ns())
        self._is_last = not self._parser.should_keep_alive()
        self._reset()  # before the handler, which may answer at once: the next request then begins with a clean state
        self._owner.handle(request, self)

    def eof_received(self) -> None:
        """See asyncio.Protocol: nothing more comes. A body that is incomplete is refused."""
        self._look_for_unread()  # before our side closes: afterwards the socket no longer tells
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
        """Answer the current request; nothing if the caller is gone. `headers` is a block of complete header lines."""
        if self._transport is None:
            return
        last = "Connection: close\r\n" if self._is_last else ""
        head = f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}\r\n{headers}{last}Content-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode("latin-1") + body)
        if self._is_last:
            self.close()

    def pause(self) -> None:
        """Pause reading because what was read is not consumed fast enough. Idempotent."""
        if self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Resume reading. Idempotent."""
        if self._transport is not None and not self._transport.is_reading():
            self._transport.resume_reading()

    @property
    def is_open(self) -> bool:
        """Whether the runtime is still connected, as far as the loop knows."""
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        """Close the connection once everything written has been sent."""
        self._is_ending = True
        if self._transport is not None:
            self._transport.close()

    def was_unread(self) -> bool:
        """Whether the other end had not read everything that it was sent. Ask only when it is known to be gone."""
        self._look_for_unread()
        return self._was_unread

    def _look_for_unread(self) -> None:
        """Ask the system, which knows of a reset before the loop has called `connection_lost`."""
        if self._transport is None or self._is_ending:
            return
        if self._transport.is_closing() or is_refused(self._transport.get_extra_info("socket")):
            self._was_unread = True

    def _reset(self) -> None:
        self._target = bytearray()  # which is not copied with each part
        self._path = ""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._sink = None
        self._in_body = False
        self._head_bytes = 0
        self._arrived_ns = 0

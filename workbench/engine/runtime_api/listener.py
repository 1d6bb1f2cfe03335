"""The Runtime API (`/2018-06-01/runtime/…`): one listener per sandbox, which only that sandbox may call.

Source: Lambda guide, "Using the Lambda runtime API for custom runtimes". Illegal calls are refused as AWS's emulator does:
403 InvalidStateTransition, 400 InvalidRequestID, 413 RequestEntityTooLarge.
"""

from __future__ import annotations

import asyncio
import re
import socket
from typing import Protocol

from workbench.engine.clock import Clock
from workbench.engine.runtime_api.http_exchange import RESPONSE_MODE, BodySink, Handler, RuntimeConnection, RuntimeRequest
from workbench.engine.runtime_api.refusal import Refusal
from workbench.model.quotas import RESPONSE_LIMIT_BYTES
from workbench.model.web_pages import is_of_a_page, is_public_name
from workbench.sandbox.protocol import Admits

PREFIX = "/2018-06-01/runtime/"
INIT_REPORT_HEADER = "workbench-init"
_INVOCATION = re.compile(r"invocation/([^/]+)/(response|error)$")
MOST_CONNECTIONS = 64
"""The maximum number of connections per environment: a runtime has one, each of at most ten extensions one or two."""
MOST_HELD_BYTES = 3 * RESPONSE_LIMIT_BYTES
"""The maximum size of all incomplete requests of one environment; a runtime sends one result at a time."""
_OK = b'{"status":"OK"}\n'


class RuntimeHost(Protocol):
    """Answers a runtime. Methods raise Refusal for what is not allowed in the present state."""

    def runtime_next(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        """The runtime waits for an event; respond on the connection when there is one, however long that takes."""

    def runtime_stream(self, request_id: str, request: RuntimeRequest, connection: RuntimeConnection) -> BodySink:
        """Return the sink for a result that begins to arrive; `runtime_response` ends it."""

    def runtime_response(self, request_id: str, request: RuntimeRequest) -> None:
        """Take the result of an invocation."""

    def runtime_error(self, request_id: str, request: RuntimeRequest) -> None:
        """Take the error of a handler."""

    def runtime_init_error(self, request: RuntimeRequest) -> None:
        """Take the error of a runtime that could not initialize."""

    def runtime_restore_next(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        """The runtime is at its snapshot; respond on the connection when it is restored."""

    def runtime_restore_error(self, request: RuntimeRequest) -> None:
        """Take the error of a hook that ran after the restore."""


class RuntimeApi:
    """The listener of one sandbox. It serves `allowed_peers` (all if empty), if the `admits` of `listen` admits them as well.

    Implements ConnectionOwner.
    `others` answers calls that are not of the Runtime API (extensions, telemetry), and raises Refusal likewise.
    """

    def __init__(self, host: RuntimeHost, clock: Clock, others: Handler) -> None:
        self._host = host
        self._others = others
        self._clock = clock
        self._server: asyncio.Server | None = None
        self._connections: set[RuntimeConnection] = set()
        self.allowed_peers: frozenset[str] = frozenset()
        self._admits: Admits | None = None
        self._admitted: dict[RuntimeConnection, bool] = {}

    async def listen(self, listener: socket.socket, admits: Admits | None = None) -> None:
        """Serve a socket that listens already, and own it. `admits` is asked once per connection."""
        self._admits = admits
        # In two steps: a caller that is cancelled during the second one already has a server that `close` can close.
        self._server = await asyncio.get_running_loop().create_server(self._connection, sock=listener, start_serving=False)
        await self._server.start_serving()

    def close(self) -> None:
        """Stop listening and close all connections."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections):
            connection.close()

    def _connection(self) -> RuntimeConnection:
        connection = RuntimeConnection(self, self._clock, RESPONSE_LIMIT_BYTES)
        self._connections.add(connection)
        return connection

    def has_room(self) -> bool:
        """See ConnectionOwner: what a function sends takes memory of the engine, not its own."""
        # The connection that asks is among them.
        held_bytes = sum(each.held_bytes for each in self._connections)
        return len(self._connections) <= MOST_CONNECTIONS and held_bytes <= MOST_HELD_BYTES

    def open_sink(self, request: RuntimeRequest, connection: RuntimeConnection) -> BodySink | None:
        """See ConnectionOwner. A streamed response has one. A call to be refused has none: it is refused once it is complete."""
        match = _INVOCATION.match(request.path.removeprefix(PREFIX))
        # Asked here too, because a body in a sink takes effect before the request is complete and `handle` refuses it.
        if self._is_stranger(request, connection) or request.headers[RESPONSE_MODE] != "streaming":
            return None
        if not match or match[2] != "response":
            return None
        try:
            return self._host.runtime_stream(match[1], request, connection)
        except Refusal:
            return None

    def forget(self, connection: RuntimeConnection) -> None:
        """See ConnectionOwner."""
        self._connections.discard(connection)
        self._admitted.pop(connection, None)

    def _is_stranger(self, request: RuntimeRequest, connection: RuntimeConnection) -> bool:
        """Whether the caller is not this sandbox: another process, another container, or a web page in this machine's browser.

        Whoever gets through could take the function's events and answer in its place.
        """
        if _is_a_pages(request, connection):
            return True
        if self.allowed_peers and connection.peer not in self.allowed_peers:
            return True
        if self._admits is not None and connection not in self._admitted:
            # It takes up to some milliseconds to find the process at the other end, and that does not change.
            self._admitted[connection] = self._admits(*connection.ends)
        return not self._admitted.get(connection, True)

    def handle(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        """See ConnectionOwner. A stranger is sent away."""
        if self._is_stranger(request, connection):
            connection.respond(403, b'{"errorMessage":"Not this environment\'s Runtime API","errorType":"AccessDenied"}')
            connection.close()  # a stranger must not hold one of the MOST_CONNECTIONS
            return
        try:
            self._route(request, connection)
        except Refusal as refusal:
            connection.respond(refusal.status, refusal.body)

    def _route(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        path = request.path.removeprefix(PREFIX)
        if request.method == "GET" and path == "invocation/next":
            self._host.runtime_next(request, connection)  # no response here: it comes with the next event
            return
        if request.method == "GET" and path == "restore/next":
            self._host.runtime_restore_next(request, connection)  # nor here: it comes with the restore
            return
        if not request.path.startswith(PREFIX):
            self._others(request, connection)
            return
        if request.headers.get(RESPONSE_MODE, "streaming") != "streaming":
            raise Refusal(400, "InvalidFunctionResponseMode", "Invalid function response mode")
        match = _INVOCATION.match(path)
        if request.method == "POST" and match:
            request_id, what = match.groups()
            call = self._host.runtime_response if what == "response" else self._host.runtime_error
            call(request_id, request)
        elif request.method == "POST" and path == "init/error":
            self._host.runtime_init_error(request)
        elif request.method == "POST" and path == "restore/error":
            self._host.runtime_restore_error(request)
        else:
            raise Refusal(404, "NotFound", f"No such Runtime API path: {request.method} {request.path}")
        connection.respond(202, _OK)


def _is_a_pages(request: RuntimeRequest, connection: RuntimeConnection) -> bool:
    headers, called = request.headers, connection.ends[1][0]
    # The name is only checked at loopback: elsewhere containers call, by names of their own.
    return is_of_a_page(headers) or (called in ("127.0.0.1", "::1") and is_public_name(headers.get("host", "")))

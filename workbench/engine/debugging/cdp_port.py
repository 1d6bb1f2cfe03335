"""The debugger port of a Node.js function: passes debuggers' HTTP and WebSocket requests to the inspector inside the sandbox."""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp
from aiohttp import web

from workbench.background import begin
from workbench.debugging.cdp import RUN, CdpSession
from workbench.engine.debugging.environment_debugger import EnvironmentDebugger
from workbench.engine.debugging.session import DebugSession
from workbench.engine.inward import InwardConnector, inside_url
from workbench.model.web_pages import is_loopback

RETRY_S = 0.05
"""The pause before an inspector that does not answer yet is asked again, in seconds."""
CONNECT_S = 2.0
RELEASE_S = 20.0
"""How long to wait for a runtime to accept that it may run, in seconds; Node.js may still be starting."""
CLOSE_S = 1.0
"""How long to wait for the other end to close, in seconds: an inspector that stands at a breakpoint may never do so."""


class CdpPort:
    """Implements DebugPort."""

    def __init__(self, session: DebugSession) -> None:
        self._session = session
        self._runner: web.AppRunner | None = None
        self._sockets: set[web.WebSocketResponse] = set()

    async def open(self, port: int) -> int:
        """Listen on 127.0.0.1 and return the port. Raises OSError."""
        application = web.Application()
        application.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=CLOSE_S)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        return int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Stop listening and hang up."""
        for socket in tuple(self._sockets):
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def release(self, debugger: EnvironmentDebugger) -> None:
        """Let the program run that waits for a debugger. Raises OSError."""
        async with _client(debugger, RELEASE_S) as client:
            try:
                async with client.get(inside_url(debugger.port, "/json/list")) as answer:
                    path = (await answer.json(content_type=None))[0]["id"]
                async with client.ws_connect(inside_url(debugger.port, f"/{path}")) as socket:
                    await socket.send_str(RUN)
                    await socket.receive(RELEASE_S)
            except (aiohttp.ClientError, TimeoutError) as error:
                raise OSError(str(error)) from error

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        # Whoever speaks to an inspector runs code in the function: a web page in this machine's browser must not get to it.
        if not _is_a_debuggers(request):
            return web.Response(status=403, text="Debuggers are answered, web pages are not.\n")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._relay(request)
        return await self._forward(request)

    async def _forward(self, request: web.Request) -> web.Response:
        """Answer with the inspector's list of targets, as soon as there is one.

        The Host header is passed on because node builds the WebSocket URLs of the list from it: they must lead to this port.
        """
        while True:  # a debugger may ask before the runtime has started, or while it starts anew
            debugger = await self._session.environment()
            try:
                url, host = inside_url(debugger.port, request.path_qs), {"Host": request.host}
                async with _client(debugger) as client, client.get(url, headers=host) as answer:
                    return web.Response(status=answer.status, body=await answer.read(), content_type="application/json")
            except aiohttp.ClientError:
                await asyncio.sleep(RETRY_S)

    async def _relay(self, request: web.Request) -> web.StreamResponse:
        debugger = await self._session.environment()
        async with _client(debugger) as client:
            try:
                url = inside_url(debugger.port, request.path_qs)
                # No limit on messages: a debugger's answers contain whole scripts, source maps and heap snapshots.
                server = await client.ws_connect(url, max_msg_size=0, timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_S))
            except aiohttp.ClientError as error:
                return web.Response(status=400, text=f"The inspector does not answer: {error}\n")
            return await self._relayed(request, debugger, server)

    async def _relayed(
        self, request: web.Request, debugger: EnvironmentDebugger, server: aiohttp.ClientWebSocketResponse
    ) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=0, compress=False, timeout=CLOSE_S)
        try:
            await socket.prepare(request)
            self._sockets.add(socket)
            await CdpRelay(self._session, debugger, socket, server).run()
        finally:
            self._sockets.discard(socket)
            await server.close()
        return socket


class CdpRelay:
    """Relays one debugger's WebSocket, and notes in passing whether the function stands at a breakpoint."""

    def __init__(self, session: DebugSession, debugger: EnvironmentDebugger, client: web.WebSocketResponse,
                 server: aiohttp.ClientWebSocketResponse) -> None:
        self._session = session
        self._debugger = debugger
        self._client = client
        self._server = server
        self._cdp = CdpSession(is_attached=not debugger.is_waiting)

    async def run(self) -> None:
        """Relay until one end closes or this is cancelled."""
        ends = {begin("Hearing a debugger", self._hear_client()), begin("Hearing Node.js", self._hear_server())}
        try:
            self._tell()
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
            self._cdp.is_attached = self._cdp.is_stopped = False
            self._tell()  # always: limits that are held for a debugger that is gone would never end
            with contextlib.suppress(ConnectionError):
                await self._client.close()

    async def _hear_client(self) -> None:
        async for message in self._client:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._cdp.from_client(message.data)
                await self._server.send_str(message.data)
                self._tell()

    async def _hear_server(self) -> None:
        async for message in self._server:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._cdp.from_server(message.data)
                self._tell()  # before the debugger knows: the limits must be held from the moment at which the function stands
                await self._client.send_str(message.data)
                if self._cdp.is_over:
                    return

    def _tell(self) -> None:
        self._session.debugger_told(
            self, self._debugger, attached=self._cdp.is_attached, stopped=self._cdp.is_stopped)


def _is_a_debuggers(request: web.Request) -> bool:
    """Whether a debugger asks, and no web page.

    Chrome's debugger is a page of its own kind (`devtools://`); other debuggers send no origin, or name this machine. The Host
    must be loopback too, as a page can have its own name resolve to 127.0.0.1.
    """
    origin = request.headers.get("Origin", "devtools://devtools")
    scheme, _, host = origin.partition("://")
    return is_loopback(request.host) and (scheme == "devtools" or (scheme in ("http", "https") and is_loopback(host)))


def _client(debugger: EnvironmentDebugger, limit_s: float | None = None) -> aiohttp.ClientSession:
    timeout = aiohttp.ClientTimeout(total=limit_s, sock_connect=CONNECT_S)
    return aiohttp.ClientSession(connector=InwardConnector(debugger.connect), timeout=timeout)

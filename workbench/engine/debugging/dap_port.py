"""The debugger port of a Python function: leads one IDE at a time to debugpy in the current environment."""

from __future__ import annotations

import asyncio
import contextlib

from workbench.background import begin, begin_awaited
from workbench.debugging import dap
from workbench.engine.debugging.environment_debugger import EnvironmentDebugger
from workbench.engine.debugging.session import DebugSession

RETRY_S = 0.05
"""The pause before the next attempt to connect, in seconds: debugpy takes some tenths of a second until it listens."""
CONNECT_S = 2.0
GOODBYE_S = 2.0
"""How long to wait for debugpy to confirm that a debugger signed off, in seconds."""
RELEASE_S = 20.0
"""How long to wait for debugpy to let a waiting function go on, in seconds."""
_CHUNK_BYTES = 1 << 16


class DapPort:
    """Implements DebugPort."""

    def __init__(self, session: DebugSession) -> None:
        self._session = session
        self._server: asyncio.Server | None = None
        self._relays: dict[DapRelay, asyncio.Task[None]] = {}

    async def open(self, port: int) -> int:
        """Listen on 127.0.0.1 and return the port. Raises OSError."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()
        tasks = tuple(self._relays.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def release(self, debugger: EnvironmentDebugger) -> None:
        """Attach and detach at once, so that a function that waits for a debugger goes on. Raises OSError."""
        reader, writer = await _connect(debugger)
        try:
            session = dap.DapSession()
            writer.write(dap.release())
            await _until_over(reader, dap.DapFrames(), session, RELEASE_S)
        finally:
            writer.close()
        if not session.is_over:
            raise OSError("debugpy does not answer")

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self._relays:
            if any(not relay.is_ending for relay in self._relays):
                writer.close()  # debugpy serves one debugger at a time: a second one would push the first one out
                return
            # An IDE that restarts its session connects while the former connection is still signing off: it must not be refused.
            await asyncio.wait(self._relays.values())
        relay = DapRelay(self._session, reader, writer)
        task = self._relays[relay] = begin("A debugger's connection", relay.run())
        task.add_done_callback(lambda _: self._relays.pop(relay, None))


class DapRelay:
    """Relays one IDE's connection. It may begin before there is an environment: messages are kept until then."""

    def __init__(self, session: DebugSession, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._session = session
        self._reader = reader
        self._writer = writer
        self._dap = dap.DapSession()
        self._debugger: EnvironmentDebugger | None = None
        self._server: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._pending: list[bytes] = []
        self._from_server = dap.DapFrames()
        self.is_ending = False

    async def run(self) -> None:
        """Relay until one end closes or this is cancelled."""
        ends = {begin("Hearing a debugger", self._hear_client()), begin("Hearing debugpy", self._hear_server())}
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.is_ending = True
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
            # Shielded: if the port is closed during the sign-off, a function that nobody lets go would stand for ever.
            await asyncio.shield(begin_awaited("Letting a debugger go", self._end()))

    async def _hear_client(self) -> None:
        frames = dap.DapFrames()
        with contextlib.suppress(ConnectionError, ValueError):  # hung up, or no DAP: both end the relay
            while data := await self._reader.read(_CHUNK_BYTES):
                for body in frames.feed(data):
                    await self._to_server(dap.framed(self._dap.from_client(body)))

    async def _to_server(self, message: bytes) -> None:
        if self._server is None:
            self._pending.append(message)
            return
        self._server[1].write(message)
        await self._server[1].drain()

    async def _hear_server(self) -> None:
        self._debugger, self._server = await self._reach_environment()
        reader, writer = self._server
        writer.writelines(self._pending)
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(_CHUNK_BYTES):
                for body in self._from_server.feed(data):
                    self._dap.from_server(body)
                    self._tell()
                self._writer.write(data)  # unchanged: the messages are only read in passing
                await self._writer.drain()
            if not self._dap.is_over:  # the runtime was killed: without this event an IDE goes on showing a running session
                self._writer.write(dap.terminated())

    async def _reach_environment(self) -> tuple[EnvironmentDebugger, tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        while True:
            debugger = await self._session.environment()
            try:
                return debugger, await _connect(debugger)
            except OSError:
                await asyncio.sleep(RETRY_S)

    def _tell(self) -> None:
        if self._debugger is not None:
            self._session.debugger_told(
                self, self._debugger, attached=self._dap.is_attached, stopped=self._dap.is_stopped)

    async def _end(self) -> None:
        """Sign off for a debugger that did not do so itself, so that the function goes on, and only then its time limits."""
        if self._server is not None:
            reader, writer = self._server
            if not self._dap.is_over and not reader.at_eof():
                with contextlib.suppress(ConnectionError):
                    writer.write(dap.goodbye())
                    await _until_over(reader, self._from_server, self._dap)
            writer.close()
        self._dap.is_attached = self._dap.is_stopped = False
        self._tell()
        self._writer.close()


async def _connect(debugger: EnvironmentDebugger) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(CONNECT_S):
        return await asyncio.open_connection(sock=await debugger.connect(debugger.port))


async def _until_over(
    reader: asyncio.StreamReader, frames: dap.DapFrames, session: dap.DapSession, limit_s: float = GOODBYE_S
) -> None:
    """Read until debugpy has signed off or is gone, or for `limit_s`. Never raises; `session.is_over` tells which."""
    with contextlib.suppress(TimeoutError, ConnectionError, ValueError):
        async with asyncio.timeout(limit_s):
            while not session.is_over and (data := await reader.read(_CHUNK_BYTES)):
                for body in frames.feed(data):
                    session.from_server(body)

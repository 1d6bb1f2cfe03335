"""A small debugger for tests: speaks the Debug Adapter Protocol as an IDE does when it attaches."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

Message = dict[str, Any]


class DapClient:
    """One connection. Every message that came is kept in `messages`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._seq = 0
        self.messages: list[Message] = []
        self.is_over = False
        self._news = asyncio.Condition()
        self._receiving = asyncio.create_task(self._receive())

    async def request(self, command: str, arguments: Mapping[str, Any] | None = None) -> Any:
        """Send a request and return its answer's body. Fails when the answer says so."""
        seq = self.send(command, arguments)
        answer = await self.message(lambda message: message["type"] == "response" and message["request_seq"] == seq)
        assert answer["success"], answer
        return answer.get("body", {})

    def send(self, command: str, arguments: Mapping[str, Any] | None = None) -> int:
        """Send a request without waiting; its number."""
        self._seq += 1
        body = msgspec.json.encode(
            {"seq": self._seq, "type": "request", "command": command, "arguments": dict(arguments or {})})
        self._writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        return self._seq

    async def event(self, name: str, number: int = 1) -> Message:
        """The body of the so many-th event of a name, as soon as it is there."""
        async with asyncio.timeout(30), self._news:
            while True:
                found = [message for message in self.messages if message["type"] == "event" and message["event"] == name]
                if len(found) >= number:
                    return found[number - 1].get("body", {})  # type: ignore[no-any-return]
                assert not self.is_over, f"no {name} came: {self.messages}"
                await self._news.wait()

    async def message(self, matches: Callable[[Message], bool]) -> Message:
        """The first message that matches."""
        async with asyncio.timeout(30), self._news:
            while True:
                for message in self.messages:
                    if matches(message):
                        return message
                assert not self.is_over, f"the debugger's connection ended: {self.messages}"
                await self._news.wait()

    async def attach(
        self, path_mappings: Sequence[Mapping[str, str]] = (), breakpoints: Mapping[Path, Sequence[int]] | None = None
    ) -> None:
        """What an IDE does to attach: returns when the program may run."""
        await self.request("initialize", {"adapterID": "debugpy", "clientID": "test", "pathFormat": "path"})
        attached = self.send("attach", {"pathMappings": list(path_mappings)})
        await self.event("initialized")
        for path, lines in (breakpoints or {}).items():
            wanted = {"source": {"path": str(path)}, "breakpoints": [{"line": line} for line in lines]}
            await self.request("setBreakpoints", wanted)
        await self.request("configurationDone")
        await self.message(lambda message: message["type"] == "response" and message["request_seq"] == attached)

    async def stopped(self, number: int = 1) -> tuple[int, list[Message]]:
        """The thread that stopped (for the so many-th time), and its stack."""
        thread = (await self.event("stopped", number))["threadId"]
        return thread, (await self.request("stackTrace", {"threadId": thread}))["stackFrames"]

    async def variables(self, frame: Message) -> dict[str, str]:
        """The values of a frame's local variables."""
        scopes = (await self.request("scopes", {"frameId": frame["id"]}))["scopes"]
        listed = await self.request("variables", {"variablesReference": scopes[0]["variablesReference"]})
        return {variable["name"]: variable["value"] for variable in listed["variables"]}

    def vanish(self) -> None:
        """As when an IDE is killed: the connection is reset."""
        self._writer.transport.abort()

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()
        await asyncio.wait([self._receiving])

    async def over(self) -> None:
        """Wait until the other end has hung up."""
        await asyncio.wait([self._receiving])

    async def _receive(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await self._reader.readuntil(b"\r\n\r\n")
                length = int(head.split(b":")[1])
                message = msgspec.json.decode(await self._reader.readexactly(length))
                async with self._news:
                    self.messages.append(message)
                    self._news.notify_all()
        async with self._news:
            self.is_over = True
            self._news.notify_all()


@contextlib.asynccontextmanager
async def dap_client(port: int, host: str = "127.0.0.1") -> AsyncIterator[DapClient]:
    """Connected for the block."""
    client = DapClient(*await asyncio.open_connection(host, port))
    try:
        yield client
    finally:
        await client.close()

"""A small debugger for tests: speaks the Chrome DevTools Protocol as an IDE does when it attaches to Node.js."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import msgspec

Message = dict[str, Any]


class CdpClient:
    """One WebSocket. Every message that came is kept in `messages`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self._id = 0
        self.messages: list[Message] = []
        self.is_over = False
        self._news = asyncio.Condition()
        self._receiving = asyncio.create_task(self._receive())

    async def send(self, method: str, params: Mapping[str, Any] | None = None) -> Any:
        """Call a method and return its result."""
        self._id += 1
        number = self._id
        await self.socket.send_json({"id": number, "method": method, "params": dict(params or {})})
        answer = await self._message(lambda message: message.get("id") == number)
        assert "error" not in answer, answer
        return answer["result"]

    async def event(self, name: str, number: int = 1) -> Any:
        """What the so many-th event of a name says, as soon as it is there."""
        async with asyncio.timeout(30), self._news:
            while True:
                found = [message for message in self.messages if message.get("method") == name]
                if len(found) >= number:
                    return found[number - 1]["params"]
                assert not self.is_over, f"no {name} came"
                await self._news.wait()

    async def attach(self, breakpoints: Mapping[str, list[int]]) -> None:
        """What an IDE does to attach: returns when the program may run. Lines from 1, files as regular expressions."""
        await self.send("Runtime.enable")
        await self.send("Debugger.enable")
        for pattern, lines in breakpoints.items():
            for line in lines:
                await self.send("Debugger.setBreakpointByUrl", {"urlRegex": pattern, "lineNumber": line - 1})
        await self.send("Runtime.runIfWaitingForDebugger")

    async def evaluate(self, frame: Message, expression: str) -> Any:
        """The value of an expression in a frame."""
        result = await self.send("Debugger.evaluateOnCallFrame", {
            "callFrameId": frame["callFrameId"], "expression": expression, "returnByValue": True})
        return result["result"]["value"]

    async def _message(self, matches: Any) -> Message:
        async with asyncio.timeout(30), self._news:
            while True:
                for message in self.messages:
                    if matches(message):
                        return message
                assert not self.is_over, "the debugger's connection ended"
                await self._news.wait()

    async def _receive(self) -> None:
        async for message in self.socket:
            async with self._news:
                self.messages.append(msgspec.json.decode(message.data))
                self._news.notify_all()
        async with self._news:
            self.is_over = True
            self._news.notify_all()

    def vanish(self) -> None:
        """As when an IDE is killed: the connection is reset."""
        self.socket._writer.transport.abort()

    async def over(self) -> None:
        """Wait until the other end has hung up."""
        await asyncio.wait([self._receiving])


async def inspected(port: int) -> list[Message]:
    """What can be debugged at a port, as soon as it answers."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/json/list") as answer:
        return await answer.json(content_type=None)  # type: ignore[no-any-return]


@contextlib.asynccontextmanager
async def cdp_client(url: str) -> AsyncIterator[CdpClient]:
    """Connected to a webSocketDebuggerUrl for the block."""
    async with aiohttp.ClientSession() as session, session.ws_connect(url, max_msg_size=0) as socket:
        client = CdpClient(socket)
        yield client
        await socket.close()
        await client.over()

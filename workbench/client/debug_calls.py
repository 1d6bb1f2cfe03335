"""Calls about debugging."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from workbench.client.sending import Send
from workbench.model.engine_api import DebuggedFunction, DebugRequest
from workbench.model.function import SandboxKind

_PATH = "/_workbench/debug"


class DebugCalls:
    """Every call raises ServiceError for an error answer and EngineError when the engine does not answer."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def debugged(self) -> list[DebuggedFunction]:
        """The functions that are being debugged."""
        _, body = await self._send("GET", _PATH)
        return msgspec.json.decode(body, type=list[DebuggedFunction])

    async def start(self, function_name: str, *, port: int = 0, sandbox: SandboxKind | None = None) -> DebuggedFunction:
        """Start debugging a function. Debuggers attach to 127.0.0.1 at the port of the answer; `port` 0 takes any free one.

        May take minutes, as debugpy and packages may have to be installed. Raises ServiceError when there is no such function,
        no debugger for its runtime, or when the port is taken.
        """
        request = msgspec.json.encode(DebugRequest(port=port, sandbox=sandbox))
        _, body = await self._send("PUT", f"{_PATH}/{quote(function_name, safe='')}", data=request)
        return msgspec.json.decode(body, type=DebuggedFunction)

    async def stop(self, function_name: str) -> None:
        """Stop debugging a function. If it is stopped at a breakpoint, it continues."""
        await self._send("DELETE", f"{_PATH}/{quote(function_name, safe='')}")

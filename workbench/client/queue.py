"""Calls about the queue of asynchronous invocations and its clocks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import msgspec

from workbench.model.queue import QueueInfo, QueueMove

Send = Callable[..., Awaitable[tuple[Any, bytes]]]
"""Sends a request, given its method and path, and returns headers and body. Raises ServiceError and EngineError."""
_QUEUE = "/_workbench/queue"


class QueueCalls:
    """Every call raises ServiceError for an error answer and EngineError when the engine does not answer.

    `function_name` "" means all functions.
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    async def info(self, function_name: str = "", *, after: int = 0, limit: int = 100) -> QueueInfo:
        """The queue, with up to `limit` events with larger numbers than `after`."""
        return await self._info("GET", _QUEUE, functionName=function_name, after=after, limit=limit)

    async def send(self, function_name: str, payload: bytes) -> str:
        """Invoke a function asynchronously, and return the request ID."""
        headers, _ = await self._send(
            "POST", f"/2015-03-31/functions/{quote(function_name, safe='')}/invocations", data=payload,
            headers={"Content-Type": "application/json", "X-Amz-Invocation-Type": "Event"})
        return str(headers["x-amzn-RequestId"])

    async def hold(self, function_name: str = "") -> QueueInfo:
        """Hold a clock: nothing becomes due by itself."""
        return await self._info("POST", f"{_QUEUE}/hold", functionName=function_name)

    async def resume(self, function_name: str = "") -> QueueInfo:
        """Let a clock go on, and try the events that wait for a decision."""
        return await self._info("POST", f"{_QUEUE}/resume", functionName=function_name)

    async def step(self, function_name: str = "") -> QueueMove:
        """Try the next event under a held clock, and return what became of it. Raises ServiceError 409 if none is held."""
        return await self._move(f"{_QUEUE}/step", functionName=function_name)

    async def forward(self, function_name: str = "", seconds: int | None = None) -> QueueMove:
        """Move a clock forward by a duration, or (None) to when the next event is due."""
        duration = {} if seconds is None else {"seconds": seconds}
        return await self._move(f"{_QUEUE}/forward", functionName=function_name, **duration)

    async def retry(self, event_id: int) -> QueueMove:
        """Try an event now, and return what became of it."""
        return await self._move(f"{_QUEUE}/events/{event_id}")

    async def payload(self, event_id: int) -> bytes:
        """The payload of an event."""
        _, body = await self._send("GET", f"{_QUEUE}/events/{event_id}")
        return body

    async def edit(self, event_id: int, payload: bytes | None, *, send_again: bool = False) -> QueueInfo:
        """Replace an event's payload (None: leave it); with `send_again` the event begins anew."""
        query = {"sendAgain": "true"} if send_again else {}
        _, body = await self._send("PUT", f"{_QUEUE}/events/{event_id}", params=query, data=payload)
        return msgspec.json.decode(body, type=QueueInfo)

    async def drop(self, event_id: int) -> QueueInfo:
        """Drop one event."""
        return await self._info("DELETE", f"{_QUEUE}/events/{event_id}")

    async def drop_all(self, function_name: str = "", *, only_asked: bool = False) -> QueueInfo:
        """Drop all events, or those of them that wait for a decision."""
        asked = {"asked": "true"} if only_asked else {}
        return await self._info("DELETE", f"{_QUEUE}/events", functionName=function_name, **asked)

    async def _info(self, method: str, path: str, **query: str | int) -> QueueInfo:
        _, body = await self._send(method, path, params=query)
        return msgspec.json.decode(body, type=QueueInfo)

    async def _move(self, path: str, **query: str | int) -> QueueMove:
        _, body = await self._send("POST", path, params=query)
        return msgspec.json.decode(body, type=QueueMove)

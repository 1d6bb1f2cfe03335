"""A response on its way to the caller while the runtime still writes it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from workbench.engine.runtime_api.http_exchange import RuntimeConnection

WAITING_LIMIT_BYTES = 1024 * 1024
"""How much may wait for a slow caller. Above it, reading from the runtime pauses until half of it has been sent.

The gap between the two marks keeps a connection from being paused and resumed with every chunk.
"""


class ResponseStream:
    """Passes chunks from a runtime to one caller: `write` on the engine's loop, one task iterates `chunks`."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._changed = asyncio.Event()
        self._closed = False
        self._abandoned = False
        self._source: RuntimeConnection | None = None
        self.content_type = ""

    def begin(self, content_type: str, source: RuntimeConnection) -> None:
        """Note that the runtime began to answer; `source` is the connection to pause for a slow caller."""
        self.content_type = content_type
        self._source = source

    def write(self, chunk: bytes) -> None:
        """Take the next part."""
        if self._abandoned:
            return
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk)
        if self._waiting_bytes > WAITING_LIMIT_BYTES and self._source is not None:
            self._source.pause()
        self._changed.set()

    def close(self) -> None:
        """End the stream: `chunks` ends once everything written has been taken."""
        self._closed = True
        self._changed.set()

    def abandon(self) -> None:
        """Drop everything from now on because the caller is gone. The function goes on writing, as on Lambda."""
        self._abandoned = True
        self._waiting.clear()
        self._resume(0)  # a connection that stays paused would block the function until its timeout

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield parts as they arrive, until the end."""
        while True:
            while self._waiting:
                chunk = self._waiting.popleft()
                self._resume(self._waiting_bytes - len(chunk))
                yield chunk
            if self._closed:
                return
            self._changed.clear()
            await self._changed.wait()

    def _resume(self, waiting_bytes: int) -> None:
        self._waiting_bytes = waiting_bytes
        if waiting_bytes <= WAITING_LIMIT_BYTES // 2 and self._source is not None:
            self._source.resume()

"""A response on its way to the caller while the runtime still writes it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from workbench.engine.runtime_api.http_exchange import RuntimeConnection

WAITING_LIMIT_BYTES = 1024 * 1024
"""How much may wait for a slow caller. Then reading from the runtime pauses until half of it has been sent."""


class ResponseStream:
    """Chunks from a runtime to one caller: `write` on the engine's loop, one task iterates `chunks`."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._changed = asyncio.Event()
        self._closed = False
        self._abandoned = False
        self._source: RuntimeConnection | None = None
        self.content_type = ""

    def begin(self, content_type: str, source: RuntimeConnection) -> None:
        """The runtime began to answer."""
        self.content_type = content_type
        self._source = source

    def write(self, chunk: bytes) -> None:
        """The next part."""
        if self._abandoned:
            return
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk)
        if self._waiting_bytes > WAITING_LIMIT_BYTES and self._source is not None:
            self._source.pause()
        self._changed.set()

    def close(self) -> None:
        """Nothing more comes."""
        self._closed = True
        self._changed.set()

    def abandon(self) -> None:
        """The caller is gone: the function writes on, for nobody."""
        self._abandoned = True
        self._waiting.clear()
        self._resume(0)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Parts as they arrive, until the end."""
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

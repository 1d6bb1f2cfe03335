"""The inbox: receives what is addressed to any ARN and has nobody else to receive it, and keeps it until it is cleared."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from workbench.engine.asynchronous.deliveries.inbox_file import Bounds, InboxFile
from workbench.engine.asynchronous.deliveries.messages import Message
from workbench.model.failures import ServiceError
from workbench.model.inbox import EVERYTHING, InboxFilter, InboxMessage

T = TypeVar("T")
PAGE_BYTES = 4_000_000
"""The maximum size of a page, unless a single message is larger."""
_LATEST = 2**62


class _Waiting:
    """A message that is being put. `number` is its id, 0 until it is on disk."""

    def __init__(self, message: InboxMessage) -> None:
        self.message = message
        self.number = 0


class Inbox:
    """The inbox of a workspace. Use it on the engine's loop; a thread of its own writes, what comes at once in one go."""

    def __init__(self, path: Path, bounds: Bounds | None = None) -> None:
        self._file = InboxFile(path, bounds or Bounds())
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="inbox")
        self._waiting: list[_Waiting] = []
        self._turn = asyncio.Lock()

    async def put(self, message: Message, why: str = "") -> int:
        """Keep a message and return its id: it is on disk then. `why` its target did not get it, "" if there is no service.

        Raises WorkspaceError if it cannot be written.
        """
        waiting = _Waiting(_kept(message, why))
        self._waiting.append(waiting)
        async with self._turn:
            if not waiting.number:
                await self._write(waiting)
        return waiting.number

    async def page(
        self, wanted: InboxFilter = EVERYTHING, *, before: int | None = None, most: int = 100
    ) -> list[InboxMessage]:
        """Return messages, newest first, with ids below `before`; None for the newest."""
        return await self._done(lambda: self._file.read(wanted, _LATEST if before is None else before, most, PAGE_BYTES))

    async def message(self, number: int) -> InboxMessage:
        """Return one message. Raises ServiceError 404 if there is none with this id."""
        found = await self._done(lambda: self._file.read(EVERYTHING, number + 1, 1, PAGE_BYTES))
        if not found or found[0].id != number:
            raise ServiceError("ResourceNotFoundException", 404, f"The inbox has no message {number}.",
                               hint="The list of the inbox shows the ids of its messages.")
        return found[0]

    async def clear(self, wanted: InboxFilter = EVERYTHING) -> int:
        """Delete messages, and return how many."""
        return await self._done(lambda: self._file.remove(wanted))

    async def close(self) -> None:
        """Close the file."""
        await self._done(self._file.close)
        self._executor.shutdown()

    async def _write(self, own: _Waiting) -> None:
        """Write all that waits. If that fails, the others try for themselves."""
        batch, self._waiting = self._waiting, []
        try:
            numbers = await self._done(lambda: self._file.add([each.message for each in batch]))
        except BaseException:
            self._waiting = [each for each in batch if each is not own] + self._waiting
            raise
        for each, number in zip(batch, numbers, strict=True):
            each.number = number

    async def _done(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def _kept(message: Message, why: str) -> InboxMessage:
    return InboxMessage(
        id=0, time_ms=message.time_ms, kind=message.kind, target=message.target, function_arn=message.function_arn,
        function_name=message.function_name, request_id=message.request_id, body=message.body.decode("utf-8", "replace"),
        attributes=message.attributes, trace_header=message.trace_header, why=why)

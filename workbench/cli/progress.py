"""Print an engine's progress and notices (images pulled, packages built, layers left out) to standard error."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable

from workbench.background import begin_awaited
from workbench.client.api import EngineClient
from workbench.client.stream import follow
from workbench.model.events import StreamEvent
from workbench.model.failures import EngineError
from workbench.model.shown import shown

_DRAIN_S = 5.0
"""How long to wait for the rest of the stream: an engine that dies meanwhile must not hold up the command."""


@contextlib.asynccontextmanager
async def told_progress(client: EngineClient, function_name: str, request_id: str = "") -> AsyncIterator[None]:
    """Print progress and notices as they happen during the block. All that exist at its end are printed before it returns.

    Limited to the function, and to `request_id` unless that is "": others may use the engine at the same time.
    """
    telling = _Telling(client, (await client.health()).seq, lambda event: event.function_name == function_name and (
        not request_id or event.request_id in ("", request_id)))
    try:
        yield
    finally:
        await telling.end()


class _Telling:
    """Follows the stream in a task of its own. `end` returns once everything in the stream by then has been printed."""

    def __init__(self, client: EngineClient, since: int, is_ours: Callable[[StreamEvent], bool]) -> None:
        self._is_ours = is_ours
        self._client = client
        self._seen = since
        self._wanted: int | None = None
        self._reached = asyncio.Event()
        self._said = ""
        self._task = begin_awaited("Following the engine", self._follow())

    async def end(self) -> None:
        """Print what is in the stream by now, then stop following."""
        try:
            with contextlib.suppress(TimeoutError, EngineError):
                async with asyncio.timeout(_DRAIN_S):
                    self._wanted = (await self._client.health()).seq
                    self._look_whether_reached()  # it may be there already, and then no further batch would say so
                    await self._reached.wait()
        finally:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _follow(self) -> None:
        try:
            async for batch in follow(self._client, self._seen):
                for event in batch:
                    self._tell(event)
                self._seen = batch[-1].seq
                self._look_whether_reached()
        finally:
            self._reached.set()  # a stream that ended has nothing more to wait for

    def _look_whether_reached(self) -> None:
        if self._wanted is not None and self._seen >= self._wanted:
            self._reached.set()

    def _tell(self, event: StreamEvent) -> None:
        if event.type != "sandbox.progress" or not self._is_ours(event) or event.fields()["stage"] == "prepare":
            return
        text = str(event.fields()["text"])
        if text != self._said:
            self._said = text
            sys.stderr.write(shown(text) + "\n")

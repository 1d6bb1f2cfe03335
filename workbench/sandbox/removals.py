"""Removals of what environments kept, which continue even if their caller is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from workbench.background import TaskSet


class Removals:
    """The removals of one provider that are under way. On the engine's loop."""

    def __init__(self) -> None:
        self._running = TaskSet()

    async def remove(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a removal to its end. Shielded: canceling the caller would leave processes and folders behind."""
        await asyncio.shield(self._running.begin_awaited("Removing what an environment kept", work))

    async def finished(self) -> None:
        """Return when all have ended, including those whose callers are gone."""
        await self._running.finished()

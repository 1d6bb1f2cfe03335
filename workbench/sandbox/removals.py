"""Removing what environments kept: it goes on when the one who asked for it is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from workbench.background import TaskSet


class Removals:
    """Those of one provider that are under way. On the engine's loop."""

    def __init__(self) -> None:
        self._running = TaskSet()

    async def remove(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it to its end."""
        await asyncio.shield(self._running.begin_awaited("Removing what an environment kept", work))

    async def finished(self) -> None:
        """Return when all have ended, no matter which caller asked for them."""
        await self._running.finished()

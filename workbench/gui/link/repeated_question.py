"""A question that the engine is asked again and again, whenever its answer may have changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink


class RepeatedQuestion:
    """Asks it once at a time, because an older answer must not replace a newer one. Runs on the window's loop."""

    def __init__(
        self, name: str, link: EngineLink, put: Callable[[], Awaitable[None]], report: Callable[[BaseException], None]
    ) -> None:
        """`put` asks the engine and takes the answer."""
        self._name = name
        self._link = link
        self._put = put
        self._tasks = Tasks(report)
        self._asking: asyncio.Task[None] | None = None
        self._is_due = False
        self._is_closed = False

    def ask(self) -> None:
        """Ask, after the answer to a question in progress. Without an engine, it has to be asked again once there is one."""
        if self._is_closed or not self._link.is_running:
            return
        self._is_due = True
        if self._asking is None or self._asking.done():
            self._asking = self._tasks.spawn(self._name, self._ask())

    async def close(self) -> None:
        """Cancel the question in progress, and put no other."""
        # Owners need not disconnect their signals: their page may be gone already, and with it the part of them that Qt has.
        self._is_closed = True
        await self._tasks.cancel()

    async def _ask(self) -> None:
        while self._is_due and self._link.is_running:
            self._is_due = False
            await self._put()

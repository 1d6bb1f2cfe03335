"""Coroutines started from slots, which cannot await them: keeps references to the tasks and reports their failures."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio


class Tasks:
    """The running tasks of one owner on the window's loop. Failures go to `report`. The owner calls `cancel` when it ends."""

    def __init__(self, report: Callable[[BaseException], None]) -> None:
        self._report = report
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a task. Raises RuntimeError without a running loop."""
        import asyncio  # not at the top: the window is painted before asyncio is imported

        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)  # asyncio holds only a weak reference: an unkept task may vanish while it waits
        task.add_done_callback(self._on_done)
        return task

    async def cancel(self) -> None:
        """Cancel all tasks and wait until they have ended. Their failures still go to `report`."""
        import asyncio

        running = list(self._running)  # a copy: tasks leave the set as they end
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._report(error)

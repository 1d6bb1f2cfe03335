"""Notices what changes in the workspace, whatever happens to its files, its folder or the watching itself."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import watchfiles

from workbench.model.left_out import NEVER_CODE

LOOK_AGAIN_MS = 1_000
"""So often the folder itself is looked at: the system tells nothing of one that was removed and made again."""

FIRST_RETRY_S, LAST_RETRY_S = 0.25, 4.0
"""Watching that fails at once fails again: the pauses double. In each the workspace is read, so no change stays unseen."""

_STEP_MS, _DEBOUNCE_MS = 50, 200
_log = logging.getLogger(__name__)


class WorkspaceWatch:
    """Watches a folder in a thread and calls `changed` on the loop, at least once after every change. One `run` at a time."""

    def __init__(self, root: Path, changed: Callable[[], Awaitable[None]]) -> None:
        self.problem = ""
        """Why changes are noticed late now, in a sentence; "" while all is well."""
        self._root = root
        self._changed = changed

    async def run(self) -> None:
        """Until it is cancelled; the thread has ended then. Nothing but that ends it."""
        failure = await self._follow(missed=False)
        pause_s = FIRST_RETRY_S
        while True:
            self._tell(failure)
            await asyncio.sleep(pause_s)
            await self._read()
            failure = await self._follow(missed=True)
            pause_s = min(pause_s * 2, LAST_RETRY_S) if failure else FIRST_RETRY_S

    async def _follow(self, *, missed: bool) -> str:
        """Watch until the folder is another one or gone, or watching fails; returns why, "" for the former.

        `missed`: there may have been changes that nobody saw.
        """
        loop, seen, stop = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
        with ThreadPoolExecutor(1, "workspace-watch") as thread:
            watching = loop.run_in_executor(thread, self._watch, stop, missed, lambda: loop.call_soon_threadsafe(seen.set))
            watching.add_done_callback(lambda _: seen.set())
            try:
                while not watching.done():
                    await seen.wait()
                    seen.clear()
                    await self._read()
                return watching.result()
            finally:
                stop.set()
                await asyncio.shield(asyncio.wait([watching]))

    def _watch(self, stop: threading.Event, missed: bool, seen: Callable[[], object]) -> str:
        """In a thread: making a watch takes long for a large folder."""
        try:
            before = self._identity()
            for changes in watchfiles.watch(
                    self._root, stop_event=stop, step=_STEP_MS, debounce=_DEBOUNCE_MS, rust_timeout=LOOK_AGAIN_MS,
                    yield_on_timeout=True, watch_filter=_Watched(), raise_interrupt=False,
                    ignore_permission_denied=True):
                if self._identity() != before:
                    return ""
                if changes or missed:
                    seen()
                self.problem, missed = "", False
        except FileNotFoundError:
            return "its folder is gone"
        except Exception as failure:  # also watchfiles' own, for names that are no text
            return str(failure) or type(failure).__name__
        return ""

    def _identity(self) -> tuple[int, int]:
        status = os.stat(self._root)
        return status.st_dev, status.st_ino

    async def _read(self) -> None:
        try:
            await self._changed()
        except Exception:
            _log.exception("A change in %s could not be taken in", self._root)

    def _tell(self, failure: str) -> None:
        if failure and not self.problem:
            self.problem = f"Changes in the workspace are noticed late for now: {failure}."
            _log.warning("%s", self.problem)


class _Watched(watchfiles.DefaultFilter):
    """All files but those of tools and of our own state."""

    ignore_dirs = tuple({*watchfiles.DefaultFilter.ignore_dirs, *NEVER_CODE.names})

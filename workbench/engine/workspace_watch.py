"""Notices changes in the workspace and in code beside it, whatever happens to files, to folders or to the watch itself."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import watchfiles

from workbench.model.left_out import NEVER_CODE

LOOK_AGAIN_MS = 1_000
"""How often the folder itself is checked: the system reports nothing about one that was removed and created again."""

FIRST_RETRY_S, LAST_RETRY_S = 0.25, 4.0
"""The pauses after a failure. A watch that fails at once would fail again, so they double; after each, the workspace is read, so
that no change stays unseen."""

_STEP_MS, _DEBOUNCE_MS = 50, 200
_log = logging.getLogger(__name__)


class WorkspaceWatch:
    """Watches a folder in a thread and calls `changed` on the loop, at least once after every change. One `run` at a time."""

    def __init__(
        self, root: Path, changed: Callable[[], Awaitable[None]], beside: Callable[[], Collection[Path]] = tuple
    ) -> None:
        """`beside` returns, in any thread, what else is to be watched now: folders or files outside of the root."""
        self.problem = ""
        """Why changes are noticed late now, as a sentence; "" while the watch works."""
        self._root = root
        self._changed = changed
        self._beside = beside
        self._left_out: set[Path] = set()
        """What could not be watched beside the root, for its size perhaps: the root is watched without it."""

    async def run(self) -> None:
        """Watch until this is cancelled, whatever fails. Its thread has ended when this returns."""
        failure = await self._follow(missed=False)
        pause_s = FIRST_RETRY_S
        while True:
            self._tell(failure)
            await asyncio.sleep(pause_s)
            await self._read()
            failure = await self._follow(missed=True)
            pause_s = min(pause_s * 2, LAST_RETRY_S) if failure else FIRST_RETRY_S

    async def _follow(self, *, missed: bool) -> str:
        """Watch until the folder is replaced or gone, or until watching fails. Return why; "" if the folder was replaced.

        `missed`: there may have been changes that nobody saw, so the workspace is read once the watch stands.
        """
        loop, seen, stop = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
        with ThreadPoolExecutor(1, "workspace-watch") as thread:
            watching = loop.run_in_executor(thread, self._watch, stop, missed, lambda: loop.call_soon_threadsafe(seen.set))
            watching.add_done_callback(lambda _: seen.set())
            try:
                while not watching.done():
                    await seen.wait()
                    seen.clear()  # before the reading: a change during it causes another one
                    await self._read()
                return watching.result()
            finally:
                stop.set()
                # Waited for here, or leaving the executor's block would block the loop until the thread ends.
                await asyncio.shield(asyncio.wait([watching]))

    def _watch(self, stop: threading.Event, missed: bool, seen: Callable[[], object]) -> str:
        """Watch, in a thread of its own because setting up a watch takes long for a large folder."""
        beside: Mapping[Path, tuple[int, int]] = {}
        try:
            before, beside = self._identity(), self._identities()
            for changes in watchfiles.watch(
                    self._root, *beside, stop_event=stop, step=_STEP_MS, debounce=_DEBOUNCE_MS, rust_timeout=LOOK_AGAIN_MS,
                    yield_on_timeout=True, watch_filter=_Watched(), raise_interrupt=False,
                    ignore_permission_denied=True):
                if self._identity() != before or self._identities() != beside:
                    return ""
                if changes or missed:
                    seen()
                self.problem, missed = "", False
        except FileNotFoundError:
            return "its folder is gone"
        except Exception as failure:  # watchfiles also fails for file names that are not Unicode
            self._left_out.update(beside)
            return str(failure) or type(failure).__name__
        return ""

    def _identity(self) -> tuple[int, int]:
        status = os.stat(self._root)
        return status.st_dev, status.st_ino

    def _identities(self) -> dict[Path, tuple[int, int]]:
        """Return what is there now of what is to be watched beside the root."""
        found: dict[Path, tuple[int, int]] = {}
        for place in self._beside():
            with suppress(OSError):
                status = os.stat(place)
                if place not in self._left_out:
                    found[place] = status.st_dev, status.st_ino
        return found

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
    """Watches all files except those of tools and of our own state, whose changes would otherwise cause further readings."""

    ignore_dirs = tuple({*watchfiles.DefaultFilter.ignore_dirs, *NEVER_CODE.names})

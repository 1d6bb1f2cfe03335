"""The program that started an engine as its child: the window, or a program that embeds it (`workbench.Engine`)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable

from workbench.background import TaskSet, begin_thread

WINDOW_GRACE_S = 30.0
"""How long an engine whose window is gone waits for another window before it ends."""
_LOOK_S = 1.0
ALONE = ("The window of this engine ended without saying so. The engine waits {} s for another window of this workspace, "
         "then ends.")
_log = logging.getLogger(__name__)


class Parent:
    """Ends an engine with the program that it belongs to. Use it on the engine's loop."""

    def __init__(
        self, ended: asyncio.Event, is_needed: Callable[[], bool], grace_s: float, tell: Callable[[str], None]
    ) -> None:
        """`ended` is set once the parent is gone and `is_needed` was false for `grace_s`.

        A delay lets the engine outlive a crash of its window, so that the next window finds everything as it was. `tell` gets
        a sentence that says so while that goes on, and "" once somebody follows the engine again.
        """
        self._ended = ended
        self._is_needed = is_needed
        self._grace_s = grace_s
        self._tell = tell
        self._tasks = TaskSet()
        self.is_gone = False
        self._told = ""

    def watch(self) -> None:
        """Begin to watch. Without a call of this, there is no parent to wait for."""
        self._tasks.begin("The watch of the parent", self._watch())

    async def close(self) -> None:
        """Watch no more."""
        await self._tasks.cancel()

    async def _watch(self) -> None:
        input_ended = self._tasks.begin("The watch of standard input", _input_ended())
        orphaned = self._tasks.begin("The watch of the parent's process", _orphaned())
        await asyncio.wait({input_ended, orphaned}, return_when=asyncio.FIRST_COMPLETED)
        self.is_gone = True
        alone_s = 0.0
        while alone_s < self._grace_s:
            if not alone_s:
                self._say(is_alone=not self._is_needed())
            await asyncio.sleep(_LOOK_S)
            alone_s = 0.0 if self._is_needed() else alone_s + _LOOK_S
        self._ended.set()

    def _say(self, *, is_alone: bool) -> None:
        sentence = ALONE.format(round(self._grace_s)) if is_alone else ""
        if sentence != self._told:
            self._told = sentence
            self._tell(sentence)
            _log.warning("%s", sentence or "A window uses this engine again: it stays.")


async def _orphaned() -> None:
    """Wait until this process has another parent: standard input stays open while forks of the former one have it."""
    first = os.getppid()
    while os.getppid() == first:  # noqa: ASYNC110 nobody tells of it. On Windows this goes on for ever; there are no forks there.
        await asyncio.sleep(_LOOK_S)


async def _input_ended() -> None:
    """Wait for the end of standard input, in a daemon thread: an executor's thread would keep us alive as long as the parent."""
    loop, closed = asyncio.get_running_loop(), asyncio.Event()

    def read_to_end() -> None:
        with contextlib.suppress(OSError):
            while os.read(sys.stdin.fileno(), 4096):  # not sys.stdin.read: the lock it holds is a fatal error at exit
                pass
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(closed.set)

    begin_thread("The watch of the parent's end", read_to_end)
    await closed.wait()

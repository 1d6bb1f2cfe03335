"""Long blocking work off the event loop that stops when it is cancelled."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

Result = TypeVar("Result")
CheckPoint = Callable[[], None]
"""Called between the steps of blocking work. Raises when the work is no longer wanted."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of long work, shown as progress. `fraction` is from 0 to 1, None if it is not known."""

    stage: str
    text: str
    fraction: float | None = None


StepHandler = Callable[[Step], None]


class _NotWanted(Exception):
    """Ends the work in its thread; never seen outside this module."""


async def in_thread(work: Callable[[CheckPoint], Result]) -> Result:
    """Do blocking work in a thread. When cancelled, return only after the work has stopped and cleaned up after itself."""
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise _NotWanted

    running = asyncio.get_running_loop().run_in_executor(None, work, check)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        while not running.done():  # wait even if canceled again, because the caller deletes the work's folders next
            with suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        running.exception()  # or asyncio would log that nobody retrieved it
        raise


def never() -> None:
    """A CheckPoint for work that is never cancelled."""


def remove_folder(folder: Path) -> None:
    """Delete a folder of ours with everything in it, as far as possible. Blocks."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.is_dir():  # Windows cannot delete write-protected files, nor POSIX anything in write-protected folders
        for parent, folders, names in os.walk(folder):
            for name in (".", *folders, *names):
                with suppress(OSError):
                    os.chmod(os.path.join(parent, name), 0o700)
        shutil.rmtree(folder, ignore_errors=True)

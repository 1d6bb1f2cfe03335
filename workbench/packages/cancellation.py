"""Long work on the disk off the event loop, that ends when it is cancelled."""

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
"""Called between two steps of blocking work: raises when the work is no longer wanted."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of something long: `fraction` from 0 to 1 where it is known."""

    stage: str
    text: str
    fraction: float | None = None


StepHandler = Callable[[Step], None]


class _NotWanted(Exception):
    """Ends the work in its thread; nobody else sees it."""


async def in_thread(work: Callable[[CheckPoint], Result]) -> Result:
    """Do blocking work in a thread. When cancelled, return only after the work has ended and cleared up behind itself."""
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise _NotWanted

    running = asyncio.get_running_loop().run_in_executor(None, work, check)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        while not running.done():  # whoever is impatient and cancels again waits too: what comes next deletes folders
            with suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        running.exception()
        raise


def never() -> None:
    """A check point for work that nobody cancels."""


def remove_folder(folder: Path) -> None:
    """Delete a folder of ours with everything in it, as far as that is possible. Blocks."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.is_dir():  # Windows does not delete write-protected files, POSIX nothing in write-protected folders
        for parent, folders, names in os.walk(folder):
            for name in (".", *folders, *names):
                with suppress(OSError):
                    os.chmod(os.path.join(parent, name), 0o700)
        shutil.rmtree(folder, ignore_errors=True)

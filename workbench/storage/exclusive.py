"""Lets one program at a time read a document, change it and write it back, so that no change is lost."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from workbench.storage.safe_files import Unfit, open_regular, set_aside

LIMIT_S = 5.0
"""How long to wait for the lock. It is held for milliseconds, so a longer holder hangs, and changes proceed without the lock."""
_LOOK_S = 0.005


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file `path`. Blocks for up to LIMIT_S, then proceeds without the lock.

    The file is used only for locking. It is never removed, because two programs could then hold locks on different files of one
    name; the system releases the lock when its holder ends. Raises OSError if the file cannot be created.
    """
    descriptor = _opened(path)
    try:
        until_s = time.monotonic() + LIMIT_S
        while not _is_locked(descriptor) and time.monotonic() < until_s:
            time.sleep(_LOOK_S)
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    try:
        return open_regular(path, os.O_RDWR | os.O_CREAT)
    except Unfit as unfit:
        set_aside(path, unfit.reason)
        return open_regular(path, os.O_RDWR | os.O_CREAT)


def _is_locked(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

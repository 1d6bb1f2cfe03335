"""One program at a time: reading a document, changing it and writing it back is one step for all that share it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from workbench.storage.safe_files import Unfit, open_regular, set_aside

LIMIT_S = 5.0
"""Each has it for some milliseconds. Whoever holds it for longer hangs: changes go on without it then."""
_LOOK_S = 0.005


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock with this name, which is a file of its own and stays; the system releases it with its holder. Blocks.

    Raises OSError where there can be none.
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

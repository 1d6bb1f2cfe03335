"""Starting a program so that permissions of files count for it, also where the engine belongs to root.

Lambda's user is nobody special: a file that others may not read is denied. The kernel lets root read whatever it likes, because
it gives every program that root starts all capabilities. It does not to what a thread starts that asked it not to
(SECBIT_NOROOT); so the thread asks, starts, and takes it back, in some microseconds. Source: capabilities(7), "The securebits
flags".
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator

_PR_GET_SECUREBITS, _PR_SET_SECUREBITS = 27, 28
_NO_ROOT = 1


def ignores_modes() -> bool:
    """Whether what this process starts may read files that their modes deny to it."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


@contextlib.contextmanager
def without_privileges() -> Iterator[None]:
    """What this thread starts meanwhile has no capabilities. Nothing for who is not root or has another kernel."""
    if sys.platform != "linux" or not ignores_modes():
        yield
        return
    library = ctypes.CDLL(None, use_errno=True)
    before = library.prctl(_PR_GET_SECUREBITS, 0, 0, 0, 0)
    if before < 0 or library.prctl(_PR_SET_SECUREBITS, before | _NO_ROOT, 0, 0, 0) != 0:
        yield
        return
    try:
        yield
    finally:
        library.prctl(_PR_SET_SECUREBITS, before, 0, 0, 0)


def can_give_up_privileges() -> bool:
    """Whether `without_privileges` has an effect, or none is needed."""
    if not ignores_modes():
        return True
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    before = library.prctl(_PR_GET_SECUREBITS, 0, 0, 0, 0)
    return bool(before >= 0 and library.prctl(_PR_SET_SECUREBITS, before, 0, 0, 0) == 0)

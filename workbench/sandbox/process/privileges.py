"""Starts a program so that file permissions apply to it, even if the engine runs as root.

Lambda's user is unprivileged: it cannot read a file that others may not read. Root can read anything, because the kernel gives
every program that root starts all capabilities. It does not do so for a thread that has set SECBIT_NOROOT. So the thread sets the
flag, starts the program, and resets the flag, within microseconds. Source: capabilities(7), "The securebits flags".
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
    """Whether programs that this process starts may read files against their modes, as root's may."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


@contextlib.contextmanager
def without_privileges() -> Iterator[None]:
    """Start programs of this thread without capabilities in this block. Does nothing unless we are root on Linux.

    The flag belongs to the thread, so starts in other threads are unaffected.
    """
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
    """Whether `without_privileges` works here, or is not needed."""
    if not ignores_modes():
        return True
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    before = library.prctl(_PR_GET_SECUREBITS, 0, 0, 0, 0)
    # Setting the flags to what they are changes nothing, but fails without the right to change them (CAP_SETPCAP).
    return bool(before >= 0 and library.prctl(_PR_SET_SECUREBITS, before, 0, 0, 0) == 0)

"""What the system limits for a single process: open files and core dumps, as in Lambda. Linux alone can set it from outside."""

from __future__ import annotations

import contextlib
import sys

OPEN_FILES_LIMIT = 1024
"""Source: Lambda quotas, "File descriptors"."""
CAN_LIMIT = sys.platform == "linux"


def raise_own_limit() -> None:
    """Let this process have as many open files as its system permits. Nothing on Windows, which has no such limit.

    An environment takes about eight, and Linux systems give a program 1,024 unless it asks: it may ask where it does not use
    select(2). Source: systemd, "File Descriptor Limits".
    """
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(OSError, ValueError):  # macOS permits fewer than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def limit_process(pid: int) -> None:
    """At most 1,024 open files and no core dump for this process and what it starts from now on; 5 µs. Nothing elsewhere.

    To be called right after the start: that costs nothing, where a function between fork and exec costs 5 ms. A program that
    opens files in its first microseconds may be ahead of it.
    """
    if sys.platform == "linux":
        import resource

        # It may have ended already; and a lower limit of the engine's own can not be raised.
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (OPEN_FILES_LIMIT, OPEN_FILES_LIMIT))

"""What the system limits for a single process: open files and core dumps, as in Lambda. Linux alone can set it from outside."""

from __future__ import annotations

import contextlib
import sys

from workbench.model.quotas import OPEN_FILES_LIMIT

CAN_LIMIT = sys.platform == "linux"


def limit_process(pid: int) -> None:
    """At most 1,024 open files and no core dump for this process and what it starts from now on; 5 µs. Nothing elsewhere.

    To be called right after the start: that costs nothing, where a function between fork and exec costs 5 ms. A program that
    opens files in its first microseconds may be ahead of it.
    """
    if sys.platform == "linux":
        import resource

        # It may have ended already; and a lower limit of the engine's own cannot be raised.
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (OPEN_FILES_LIMIT, OPEN_FILES_LIMIT))
